"""The programme: strands in order, and what the evening is to show is in it."""

from __future__ import annotations

import heapq
from itertools import pairwise

import dpkt
import pytest

from netscope.demo.cast import BEACON_SERVER, GUEST, NAS, SERVERS
from netscope.demo.evening import GUEST_JOINS_S, SCAN_S, programme
from netscope.demo.household import Household
from netscope.demo.wire import SECOND, Frame, ip_bytes, mac_bytes

START_NS = 1_767_290_400 * SECOND


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return list(heapq.merge(*programme(Household(1, START_NS), 10)))


def syns(frames: list[Frame]) -> list[tuple[int, bytes, bytes, int]]:
    """(time, source, target, target port)."""
    found = []
    for timestamp_ns, frame in frames:
        packet = dpkt.ethernet.Ethernet(frame).data
        if isinstance(getattr(packet, "data", None), dpkt.tcp.TCP) and packet.data.flags == 0x02:
            found.append((timestamp_ns, packet.src, packet.dst, packet.data.dport))
    return found


@pytest.mark.parametrize("minutes", [1, 6])
def test_every_strand_is_in_order(minutes: int) -> None:
    strands = programme(Household(1, START_NS), minutes)
    assert len(strands) > 100
    for strand in strands:
        times = [timestamp_ns for timestamp_ns, _ in strand]
        assert times == sorted(times)


def test_the_guest_comes_late_and_scans_the_nas(frames: list[Frame]) -> None:
    mac = mac_bytes(GUEST.mac)
    first_ns = next(timestamp_ns for timestamp_ns, frame in frames if frame[6:12] == mac)
    assert first_ns == START_NS + GUEST_JOINS_S * SECOND
    tried = [
        (at, port)
        for at, source, target, port in syns(frames)
        if (source, target) == (GUEST.end().address, NAS.end().address)
    ]
    assert len({port for _, port in tried}) >= 50
    assert tried[0][0] == START_NS + SCAN_S * SECOND


def test_the_beacon_goes_out_every_half_minute(frames: list[Frame]) -> None:
    starts = [at for at, _, target, _ in syns(frames) if target == ip_bytes(BEACON_SERVER)]
    assert len(starts) >= 19
    assert all(28 * SECOND < later - earlier < 32 * SECOND for earlier, later in pairwise(starts))


def test_every_server_of_the_cast_is_called(frames: list[Frame]) -> None:
    targets = set()
    for _, frame in frames:
        packet = dpkt.ethernet.Ethernet(frame).data
        if isinstance(packet, dpkt.ip.IP | dpkt.ip6.IP6):
            targets.add(packet.dst)
    unused = {
        server.name
        for server in SERVERS.values()
        if ip_bytes(server.address) not in targets and ip_bytes(server.address6 or "::") not in targets
    }
    assert unused == set()
