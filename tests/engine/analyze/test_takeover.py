"""Devices under someone's control, and who opens doors, forges names and reads memory."""

from __future__ import annotations

from netscope.engine.analyze.backdoor import Backdoor
from netscope.engine.analyze.heartbleed import Heartbleed
from netscope.engine.analyze.name_spoof import NameSpoof
from netscope.engine.analyze.port_mapping import PortMapping
from netscope.model.dns import DnsRecord
from netscope.model.records import Alert, DnsQuery
from netscope.model.service import HeartbeatSeen, PortMappingSeen, ServiceSeen, Side
from tests.engine.analyze.samples import at, certificate, flow, network

GUEST = "192.168.1.66"


def shell(side: Side, *, server: str = "203.0.113.9", attribute: str = "shell") -> list[Alert]:
    said = ServiceSeen(flow(server=server, port=4444), at(0), "backdoor", attribute, "Unix shell", side)
    return list(Backdoor(network()).observe(said))


def test_a_shell_is_the_device_s_that_shows_it() -> None:
    (reverse,) = shell("client")
    assert (reverse.severity, reverse.title) == ("high", "laptop gives 203.0.113.9 a Unix shell")
    (bound,) = shell("server", server=GUEST)
    assert bound.title == f"{GUEST} gives 192.168.1.61 a Unix shell"
    assert bound.evidence["controlled"] == GUEST


def test_a_trojan_s_greeting_and_its_kit_s_certificate() -> None:
    (greeting,) = shell("server", attribute="trojan")
    assert greeting.title == "laptop is controlled from 203.0.113.9: Unix shell"
    (shown,) = Backdoor(network()).observe(certificate(subject="CN=AsyncRAT Server"))
    assert shown.title == "laptop is controlled from 198.51.100.7: AsyncRAT"
    assert list(Backdoor(network()).observe(certificate())) == []
    assert list(Backdoor(network()).observe(certificate(subject="CN=AsyncRAT Server", position=1))) == []


def test_what_other_protocols_say_is_no_shell() -> None:
    said = ServiceSeen(flow(), at(0), "ssh", "server_version", "Unix shell", "server")
    assert list(Backdoor(network()).observe(said)) == []


def answer(name: str, address: str, seconds: float, *, kind: str = "A", transport: str = "llmnr") -> DnsQuery:
    record = DnsRecord(name, kind, 1, 30, address, False)
    return DnsQuery(None, "192.168.1.61", "224.0.0.252", transport, at(seconds), 7, name, "A", "NOERROR", (record,))


def spoofed(*answers: DnsQuery) -> list[Alert]:
    detector = NameSpoof(network())
    return [alert for said in answers for alert in detector.observe(said)]


def test_one_address_for_many_names_is_told_at_the_fourth() -> None:
    said = spoofed(*[answer(f"host{n}", GUEST, n) for n in range(9)])
    assert said[0].evidence["observed"] == {"names": 4}
    assert said[0].evidence["names"] == ["host0", "host1", "host2", "host3"]
    assert sum(alert.count for alert in said) == 1


def test_the_proxy_s_name_alone_is_enough() -> None:
    (said,) = spoofed(answer("WPAD<00>", f"{GUEST} unique", 0, kind="NB", transport="nbns"))
    assert (said.severity, said.title) == ("high", f"{GUEST} answers for the proxy (WPAD)")


def test_hosts_that_answer_for_themselves_and_their_group() -> None:
    own = [answer(name, GUEST, n) for n, name in enumerate(("nas", "NAS<20>", "nas.local", "files"))]
    groups = [answer(f"GROUP{n}<00>", f"{GUEST} group", n, kind="NB", transport="nbns") for n in range(9)]
    each = [answer(f"host{n}", f"192.168.1.{n}", n) for n in range(9)]
    published = [answer(f"service{n}.local", GUEST, n, transport="mdns") for n in range(9)]
    assert spoofed(*own, *groups, *each, *published) == []


def heartbeat(leaked: int, *, client: str = "203.0.113.5") -> HeartbeatSeen:
    return HeartbeatSeen(flow(client=client, server="192.168.1.5"), at(0), True, 16_384, 0, leaked)


def test_a_heartbeat_that_asks_for_too_much_and_one_that_is_answered() -> None:
    detector = Heartbleed(network())
    (asked,) = detector.observe(heartbeat(0))
    (leaked,) = detector.observe(heartbeat(16_000))
    (more,) = detector.observe(heartbeat(4_000))
    assert [(a.severity, a.count) for a in (asked, leaked, more)] == [("medium", 1), ("high", 0), ("high", 0)]
    assert more.title == "192.168.1.5 gave 20,000 bytes of its memory"
    (inside,) = Heartbleed(network()).observe(heartbeat(0, client=GUEST))
    assert inside.severity == "high"


def door(port: int, client: str | None = None) -> PortMappingSeen:
    return PortMappingSeen(flow(server="192.168.1.1", port=49_152), at(0), "tcp", port, port, client, "game")


def test_doors_are_told_once_each_and_worse_where_worms_look() -> None:
    detector = PortMapping(network())
    (first,) = detector.observe(door(27_015))
    assert list(detector.observe(door(27_015))) == []
    (second,) = detector.observe(door(3389))
    assert [(a.severity, a.count) for a in (first, second)] == [("low", 1), ("medium", 0)]
    assert second.title == "laptop opens its ports 27015, 3389 to the internet"


def test_a_door_for_another_device_is_worse() -> None:
    (said,) = PortMapping(network()).observe(door(8080, "192.168.1.5"))
    assert (said.severity, said.title) == ("medium", "laptop opens 192.168.1.5's port 8080 to the internet")
