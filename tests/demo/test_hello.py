"""Hellos as the demo's clients send them, read by NetScope's parser and checked against published fingerprints."""

from __future__ import annotations

from random import Random

import pytest

from netscope.demo import hello
from netscope.engine.parse.ja4 import ja4
from netscope.engine.parse.tls import parse_client_hello, parse_server_hello
from netscope.model.tls import ClientHello

PROFILES = {
    name: getattr(hello, name)
    for name in (
        "CHROME", "FIREFOX", "SAFARI_IOS", "ANDROID", "OPENSSL", "WINDOWS", "TELEVISION", "EMBEDDED", "QUIC_CHROME",
        "QUIC_APPLE",
    )
}  # fmt: skip


def opened(profile: hello.ClientProfile, name: str | None = "www.example.org", seed: int = 1) -> ClientHello:
    message = hello.client_hello(profile, name, Random(seed))
    assert message[0] == 1
    assert int.from_bytes(message[1:4]) == len(message) - 4
    return parse_client_hello(message[4:])


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_every_profile_is_a_hello_with_its_name(profile: hello.ClientProfile) -> None:
    parsed = opened(profile)
    assert parsed.sni == "www.example.org"
    assert [name.decode() for name in parsed.alpn] == list(profile.alpn)
    assert len(parsed.cipher_suites) == len(profile.suites)


def test_a_hello_without_a_name_has_none() -> None:
    assert opened(hello.FIREFOX, None).sni is None


def test_chrome_shuffles_and_yet_has_one_ja4() -> None:
    first, second = (opened(hello.CHROME, seed=seed) for seed in (1, 2))
    assert [code for code, _ in first.extensions] != [code for code, _ in second.extensions]
    assert ja4(first, "tcp") == ja4(second, "tcp")
    # FoxIO's database: Chromium since its change of the application settings code point.
    assert ja4(first, "tcp").startswith("t13d1516h2_8daaf6152771_")


def test_firefox_has_its_published_cipher_hash() -> None:
    assert ja4(opened(hello.FIREFOX), "tcp").split("_")[1] == "5b57614c22b0"


def test_grease_differs_between_hellos_and_stays_reserved() -> None:
    firsts = {opened(hello.CHROME, seed=seed).cipher_suites[0] for seed in range(20)}
    assert len(firsts) > 5
    assert all(value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF for value in firsts)


def test_a_padded_hello_is_512_bytes() -> None:
    assert len(hello.client_hello(hello.SAFARI_IOS, "a.example", Random(1))) == 512


@pytest.mark.parametrize("version", [hello.TLS12, hello.TLS13])
def test_server_hello_says_the_version(version: int) -> None:
    message = hello.server_hello(version, 0x1301, Random(1))
    assert message[0] == 2
    parsed = parse_server_hello(message[4:])
    assert (parsed.negotiated_version, parsed.cipher_suite) == (version, 0x1301)
