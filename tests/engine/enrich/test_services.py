"""Applications by name, AS, User-Agent, fingerprint and protocol, in that order."""

from __future__ import annotations

import pytest

from netscope.engine.enrich import services
from netscope.engine.enrich.fingerprints import embedded
from netscope.engine.enrich.services import Attribution
from netscope.engine.parse import recognise


@pytest.mark.parametrize(
    ("name", "application"),
    [
        ("rr3---sn-4g5ednsl.googlevideo.com", "YouTube"),
        ("www.youtube.com", "YouTube"),
        ("music.youtube.com", "YouTube Music"),
        ("WWW.NETFLIX.COM.", "Netflix"),
        ("mail.google.com", "Gmail"),
        ("www.google.com", "Google"),
        ("ctldl.windowsupdate.com", "Windows system"),
        ("71.2.0.192.bc.googleusercontent.com", "Google Cloud"),
        ("notnetflix.com", None),
        ("com", None),
        ("", None),
    ],
)
def test_the_longest_listed_suffix_names_the_service(name: str, application: str | None) -> None:
    assert services.service_of_name(name) == application


def test_only_an_as_with_one_service_names_it() -> None:
    assert services.service_of_as(2906) == "Netflix"
    assert services.service_of_as(16509) is None  # Amazon's cloud carries everybody


def test_a_name_beats_the_as_and_the_as_the_protocol() -> None:
    assert services.service("www.youtube.com", 2906, "dns") == Attribution("YouTube", "name")
    assert services.service("unknown.example", 2906, "dns") == Attribution("Netflix", "as")
    assert services.service("unknown.example", 64496, "ssh") == Attribution("SSH", "protocol")
    assert services.service(None, None, "tls") is None


@pytest.mark.parametrize(
    ("user_agent", "application"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox"),
        (
            "Mozilla/5.0 (…) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0",
            "Microsoft Edge",
        ),
        ("Mozilla/5.0 (…) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36", "Chrome"),
        ("Mozilla/5.0 (iPhone; …) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1", "Safari"),
        ("curl/8.5.0", "curl"),
        ("Debian APT-HTTP/1.3 (2.6.1)", "APT"),
        ("something nobody knows", None),
    ],
)
def test_user_agents_name_the_client(user_agent: str, application: str | None) -> None:
    assert services.client_of_user_agent(user_agent) == application


def test_what_a_client_says_of_itself_beats_its_fingerprint() -> None:
    ja4, ja3 = "t13d1715h2_5b57614c22b0_7121afd63204", "fe048fe8faf797796e278f2b4f1e9c24"
    assert services.client("curl/8", ja4, ja3, embedded()) == Attribution("curl", "user_agent")
    assert services.client(None, ja4, ja3, embedded()) == Attribution("Mozilla Firefox", "ja4")
    assert services.client(None, None, ja3, embedded()) == Attribution("curl SNI", "ja3")
    assert services.client("odd", None, None, embedded()) is None


def test_the_table_is_large_and_no_name_is_in_it_that_could_not_match() -> None:
    names, _ = services._services()
    assert services.known_names() == len(names) > 500
    assert all(name == name.lower().strip(".") and "." in name for name in names)


def test_every_protocol_the_recogniser_knows_has_an_application_or_carries_others() -> None:
    rows = (*recognise._FROM_CLIENT, *recognise._FROM_SERVER, *recognise._DATAGRAM)
    known = {token for _, _, token in rows} | {*recognise._TCP_PORTS.values(), *recognise._UDP_PORTS.values()}
    carriers = {"tls", "dtls", "quic", "http", "http2", "dot", "doq"}
    assert known - set(services.PROTOCOLS) == carriers
