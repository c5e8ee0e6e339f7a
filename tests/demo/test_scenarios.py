"""Each scenario holds what its name says, in the order of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from ipaddress import ip_address
from itertools import pairwise

import dpkt
import pytest

from netscope.demo import scenarios
from netscope.demo.cast import CAMERA, DESKTOP, GUEST, NAS, PLUG, ROUTER, ROUTER_IPV6, Device
from netscope.demo.household import Household
from netscope.demo.wire import MS, SECOND, Frame, Frames, mac_bytes
from netscope.engine.parse.dns import parse_message

START_NS = 1_767_290_400 * SECOND

ALL: dict[str, Callable[[Household], Frames]] = {
    "port_scan": lambda home: scenarios.port_scan(home, GUEST, NAS, START_NS, open_ports=(22,)),
    "host_sweep": lambda home: scenarios.host_sweep(home, GUEST, ("198.51.100.1", "198.51.100.2"), 445, START_NS),
    "arp_sweep": lambda home: scenarios.arp_sweep(GUEST, START_NS),
    "beacon": lambda home: scenarios.beacon(home, PLUG, "198.51.100.9", START_NS, count=6),
    "arp_spoof": lambda home: scenarios.arp_spoof(GUEST, DESKTOP, ROUTER, START_NS, count=5),
    "ndp_spoof": lambda home: scenarios.ndp_spoof(GUEST, DESKTOP, ROUTER_IPV6, START_NS, count=3),
    "rogue_router": lambda home: scenarios.rogue_router(GUEST, START_NS, count=3),
    "dhcp_exchange": lambda home: scenarios.dhcp_exchange(home, CAMERA, START_NS),
    "dhcp_offer": lambda home: scenarios.dhcp_offer(CAMERA, GUEST, START_NS),
    "dns_tunnel": lambda home: scenarios.dns_tunnel(home, GUEST, "t.example.net", START_NS, queries=20),
    "dns_tunnel fast": lambda home: scenarios.dns_tunnel(home, GUEST, "t.example.net", START_NS, queries=20, gap_ns=MS),
    "generated_domains": lambda home: scenarios.generated_domains(home, GUEST, START_NS, count=12),
    "login_attempts": lambda home: scenarios.login_attempts(home, GUEST, NAS, START_NS, count=4),
    "upload": lambda home: scenarios.upload(home, NAS, "198.51.100.9", START_NS, total_bytes=400_000),
    "syn_flood": lambda home: scenarios.syn_flood(home, NAS, START_NS, count=50),
    "amplification": lambda home: scenarios.amplification(home, NAS, "198.51.100.9", START_NS, count=5),
    "clear_text_login": lambda home: scenarios.clear_text_login(home, DESKTOP, "198.51.100.9", START_NS),
}


@pytest.fixture
def home() -> Household:
    return Household(1, START_NS)


def packets(frames: list[Frame]) -> list[dpkt.ip.IP]:
    return [dpkt.ethernet.Ethernet(frame).data for _, frame in frames]


@pytest.mark.parametrize("scenario", ALL.values(), ids=ALL)
def test_frames_are_in_order_and_the_same_each_time(scenario: Callable[[Household], Frames]) -> None:
    frames = list(scenario(Household(1, START_NS)))
    times = [timestamp_ns for timestamp_ns, _ in frames]
    assert frames
    assert times[0] >= START_NS - SECOND
    assert times == sorted(times)
    assert frames == list(scenario(Household(1, START_NS)))


def test_a_port_scan_tries_each_port_once_and_only_open_ones_answer(home: Household) -> None:
    seen = packets(list(scenarios.port_scan(home, GUEST, NAS, START_NS, ports=(21, 22, 23), open_ports=(22,))))
    asked = [packet.data.dport for packet in seen if packet.data.flags == 0x02]
    answers = {packet.data.sport: packet.data.flags for packet in seen if packet.src == NAS.end().address}
    assert (asked, answers) == ([21, 22, 23], {21: 0x14, 22: 0x12, 23: 0x14})


def test_a_beacon_keeps_its_interval(home: Household) -> None:
    frames = list(scenarios.beacon(home, PLUG, "198.51.100.9", START_NS, count=10, every_ns=30 * SECOND, jitter=0.02))
    starts = [
        at for (at, _), packet in zip(frames, packets(frames), strict=True) if packet.data.flags == 0x02
    ]  # fmt: skip
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert len(starts) == 10
    assert all(28.8 * SECOND <= gap <= 31.2 * SECOND for gap in gaps)


def test_arp_spoofing_claims_both_addresses_for_one_mac() -> None:
    claims = {
        (packet.spa, packet.sha)
        for packet in packets(list(scenarios.arp_spoof(GUEST, DESKTOP, ROUTER, START_NS, count=3)))
    }
    attacker = mac_bytes(GUEST.mac)
    assert claims == {(ROUTER.end().address, attacker), (DESKTOP.end().address, attacker)}


def test_an_arp_sweep_asks_for_every_host() -> None:
    asked = {packet.tpa for packet in packets(list(scenarios.arp_sweep(GUEST, START_NS)))}
    assert len(asked) == 254


def test_ndp_spoofing_overrides() -> None:
    for packet in packets(list(scenarios.ndp_spoof(GUEST, DESKTOP, ROUTER_IPV6, START_NS, count=2))):
        body = bytes(packet.data)
        assert (body[0], body[4] & 0x20) == (136, 0x20)
        assert ip_address(body[8:24]) == ip_address(ROUTER_IPV6)


@pytest.mark.parametrize("server", [ROUTER, GUEST])
def test_dhcp_gives_the_device_its_address(home: Household, server: Device) -> None:
    seen = packets(list(scenarios.dhcp_exchange(home, CAMERA, START_NS, server=server)))
    messages = [dpkt.dhcp.DHCP(packet.data.data) for packet in seen if isinstance(packet, dpkt.ip.IP)]
    kinds = [dict(message.opts)[53][0] for message in messages]
    assert kinds == [1, 2, 3, 5]
    assert messages[-1].yiaddr == int.from_bytes(CAMERA.end().address)
    assert dict(messages[-1].opts)[54] == server.end().address


def test_a_tunnel_asks_for_long_names_never_twice(home: Household) -> None:
    seen = packets(list(scenarios.dns_tunnel(home, GUEST, "t.example.net", START_NS, queries=30, label_chars=50)))
    names = [parse_message(packet.data.data).questions[0].name for packet in seen if packet.data.dport == 53]
    assert len(names) == len(set(names)) == 30
    assert all(len(name.split(".")[0]) == 50 and name.endswith(".t.example.net") for name in names)


def test_generated_names_do_not_exist(home: Household) -> None:
    seen = packets(list(scenarios.generated_domains(home, GUEST, START_NS, count=12)))
    answers = [parse_message(packet.data.data) for packet in seen if packet.data.sport == 53]
    assert [answer.rcode for answer in answers] == ["NXDOMAIN"] * 12


def test_an_upload_sends_as_much_as_asked(home: Household) -> None:
    seen = packets(list(scenarios.upload(home, NAS, "198.51.100.9", START_NS, total_bytes=400_000)))
    assert sum(len(packet.data.data) for packet in seen if packet.src == NAS.end().address) == 400_000


def test_amplification_answers_more_than_it_was_asked(home: Household) -> None:
    sizes = Counter()
    for packet in packets(list(scenarios.amplification(home, NAS, "198.51.100.9", START_NS, count=5))):
        sizes[packet.src] += len(packet.data.data)
    assert sizes[NAS.end().address] > 50 * (sizes.total() - sizes[NAS.end().address])


def test_a_password_goes_in_clear(home: Household) -> None:
    seen = packets(list(scenarios.clear_text_login(home, DESKTOP, "198.51.100.9", START_NS)))
    assert any(packet.data.data.startswith(b"PASS ") for packet in seen)
