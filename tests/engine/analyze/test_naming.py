"""What is asked for and answered: tunnels, made-up names, rebinding, other resolvers, fast flux."""

from __future__ import annotations

import random
from base64 import b32encode

import pytest

from netscope.engine.analyze.dns_rebinding import DnsRebinding
from netscope.engine.analyze.dns_tunnel import DnsTunnel
from netscope.engine.analyze.fast_flux import FastFlux
from netscope.engine.analyze.nxdomain_storm import NxdomainStorm
from netscope.engine.analyze.resolver_bypass import ResolverBypass
from netscope.model.records import Alert
from tests.engine.analyze.samples import dhcp, flow, hello, network, query


def labels(count: int, chars: int = 40) -> list[str]:
    rng = random.Random(5)
    return [b32encode(rng.randbytes(chars)).decode().lower()[:chars] for _ in range(count)]


def tunnel(
    *,
    count: int = 200,
    gap_s: float = 1,
    chars: int = 40,
    zone: str = "t.example.net",
    kind: str = "A",
    repeat: int = 1,
) -> list[Alert]:
    detector = DnsTunnel()
    names = [label for label in labels(count // repeat, chars) for _ in range(repeat)]
    queries = [query(f"{label}.{zone}", n * gap_s, kind=kind) for n, label in enumerate(names)]
    return [alert for asked in queries for alert in detector.observe(asked)]


def test_many_long_random_lasting_names_are_a_tunnel() -> None:
    said = tunnel()
    assert {alert.severity for alert in said} == {"high"}
    assert said[0].evidence["observed"]["queries"] >= 50
    assert said[0].evidence["observed"]["span_s"] >= 120


@pytest.mark.parametrize(
    "twin",
    [
        {"gap_s": 0.01},  # the burst of a page's hashed names
        {"chars": 8},  # numbered machines
        {"repeat": 4},  # the same names again and again
        {"count": 40},
        {"zone": "sophosxl.net"},
        {"zone": "5.5.5.in-addr.arpa"},
    ],
)
def test_leaving_out_one_condition_is_no_tunnel(twin: dict[str, object]) -> None:
    assert tunnel(**twin) == []  # type: ignore[arg-type]


def test_types_that_tunnels_use_make_a_shorter_time_enough() -> None:
    assert tunnel(gap_s=0.1, kind="A") == []
    assert tunnel(gap_s=0.1, kind="NULL") != []


def test_a_file_carried_off_in_seconds_is_a_tunnel_and_a_page_of_hashed_names_is_none() -> None:
    assert tunnel(count=400, gap_s=0.02, kind="A") != []
    assert tunnel(count=200, gap_s=0.02, kind="A") == []


def test_hundreds_of_short_questions_for_text_are_a_tunnel_however_fast() -> None:
    def asked(kind: str, count: int, zone: str = "d.example.org", distinct: bool = True) -> list[Alert]:
        detector = DnsTunnel()
        return [
            alert
            for n in range(count)
            for alert in detector.observe(query(f"q{n if distinct else 0}.{zone}", n / 2000, kind=kind))
        ]

    said = asked("TXT", 400)
    assert [alert.severity for alert in said] == ["high"] * len(said)
    assert said[0].evidence["observed"]["queries"] == 200
    assert said[0].evidence["threshold"]["queries"] == 200
    assert asked("A", 400) == []
    assert asked("TXT", 150) == []
    assert asked("TXT", 400, distinct=False) == []
    assert asked("TXT", 400, zone="sophosxl.net") == []


def test_answers_are_not_counted_a_second_time() -> None:
    detector = DnsTunnel()
    for n, label in enumerate(labels(40)):
        for rcode in (None, "NOERROR"):
            assert list(detector.observe(query(f"{label}.t.example.net", n * 5, rcode=rcode))) == []


def missing(names: list[str]) -> list[Alert]:
    detector = NxdomainStorm()
    return [alert for n, name in enumerate(names) for alert in detector.observe(query(name, n, rcode="NXDOMAIN"))]


def test_fifteen_made_up_domains_are_told() -> None:
    names = [f"{label}.com" for label in labels(30, 16)]
    assert missing(names[:14]) == []
    alert = missing(names)[0]
    assert (alert.severity, alert.evidence["observed"]["made_up_domains"]) == ("high", 15)


def test_search_suffixes_and_one_domain_are_no_storm() -> None:
    assert missing([f"{label}.lan" for label in labels(60, 16)]) == []
    assert missing(labels(60, 16)) == []
    assert missing([f"{label}.example.com" for label in labels(60, 16)]) == []


def test_a_blocking_resolver_is_low_and_late() -> None:
    words = ["ads", "track", "pixel", "stats", "metric", "banner", "media", "count", "beam", "tag", "lead", "sale", "u"]
    names = [f"{a}{b}.com" for a in words for b in words]
    assert missing(names[:140]) == []
    assert {alert.severity for alert in missing(names)} == {"low"}


def resolve(*answers: tuple[str, float], name: str = "www.example-page.net", ttl: int = 5) -> list[Alert]:
    detector = DnsRebinding()
    return [
        alert
        for address, seconds in answers
        for alert in detector.observe(query(name, seconds, rcode="NOERROR", answers=address.split(), ttl=ttl))
    ]


def test_a_name_that_turns_inward_is_high() -> None:
    assert [alert.severity for alert in resolve(("203.0.113.5", 0), ("192.168.1.1", 30))] == ["high"]
    assert [alert.severity for alert in resolve(("203.0.113.5 10.0.0.1", 0))] == ["high"]


def test_a_name_that_was_always_inside_is_low_and_a_day_s_answer_nothing() -> None:
    assert [alert.severity for alert in resolve(("192.168.1.1", 0))] == ["low"]
    assert resolve(("192.168.1.1", 0), ttl=86_400) == []


@pytest.mark.parametrize("name", ["nas.local", "fritz.box", "abc.plex.direct", "router.asus.com", "dns.msftncsi.com"])
def test_names_meant_to_point_inside(name: str) -> None:
    assert resolve(("203.0.113.5", 0), ("192.168.1.1", 30), name=name) == []


def test_blocking_answers_are_no_rebinding() -> None:
    assert resolve(("203.0.113.5", 0), ("127.0.0.1", 30), ("0.0.0.0", 60)) == []


def watched(detector: ResolverBypass) -> None:
    """Three hours of queries to the network's own resolver."""
    for minute in range(0, 180, 5):
        assert list(detector.observe(query("own.org", minute * 60, server="192.168.1.1"))) == []


def test_an_unknown_resolver_is_medium_and_a_public_one_low() -> None:
    detector = ResolverBypass(network())
    detector.observe(dhcp("ACK", from_client=False, dns_servers=("192.168.1.1",)))
    early = list(detector.observe(query("a.org", server="203.0.113.52")))
    watched(detector)
    unknown = list(detector.observe(query("a.org", 3 * 3600, server="203.0.113.53")))
    public = list(detector.observe(query("a.org", 3 * 3600, server="8.8.8.8")))
    assert [alert.severity for alert in early + unknown + public] == ["low", "medium", "low"]
    assert unknown[0].evidence["observed"] == {"resolvers": ["203.0.113.52", "203.0.113.53"]}
    assert (early[0].key, early[0].count, unknown[0].count) == (unknown[0].key, 1, 0)
    assert list(detector.observe(query("b.org", 3 * 3600, server="203.0.113.53"))) == []


def test_the_network_s_own_resolvers_are_no_bypass() -> None:
    detector = ResolverBypass(network())
    detector.observe(dhcp("ACK", from_client=False, dns_servers=("203.0.113.1",)))
    for server in ("192.168.1.1", "203.0.113.1"):
        assert list(detector.observe(query("a.org", server=server))) == []


def test_without_dhcp_the_resolvers_of_the_first_hours_are_learned() -> None:
    detector = ResolverBypass(network())
    assert list(detector.observe(query("a.org", server="203.0.113.1"))) == []
    watched(detector)
    assert len(list(detector.observe(query("a.org", 3 * 3600, server="203.0.113.66")))) == 1
    assert list(detector.observe(query("a.org", 3 * 3600, server="203.0.113.1", client="192.168.1.70"))) == []


def test_hidden_dns_is_told_once() -> None:
    detector = ResolverBypass(network())
    over_tls = hello(of=flow(port=853), sni=None)
    again = hello(1, sni="mozilla.cloudflare-dns.com")
    hellos = (hello(sni="mozilla.cloudflare-dns.com"), over_tls, again, hello(sni="www.example.org"))
    said = [alert for opening in hellos for alert in detector.observe(opening)]
    assert [alert.severity for alert in said] == ["low", "low"]


def flux(addresses: list[str], *, ttl: int = 60, name: str = "x.example-flux.net") -> list[Alert]:
    detector = FastFlux()
    return [
        alert
        for n, address in enumerate(addresses)
        for alert in detector.observe(query(name, n * 20, rcode="NOERROR", answers=(address,), ttl=ttl))
    ]


def test_a_name_all_over_the_internet_is_told() -> None:
    assert len(flux([f"{20 + n}.{n}.1.1" for n in range(40)])) == 1


def test_content_networks_pools_and_lasting_answers_are_no_flux() -> None:
    spread = [f"{20 + n}.{n}.1.1" for n in range(60)]
    assert flux([f"23.{50 + n % 3}.{n}.9" for n in range(60)]) == []
    assert flux(spread, name="2.pool.ntp.org") == []
    assert flux(spread, ttl=3600) == []
