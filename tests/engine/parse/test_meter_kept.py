"""Packets kept for who asked for it: in a ring of memory, given out as a pcap file of some flows."""

from __future__ import annotations

import random
import struct

import pytest

from netscope.model.flow import Flow
from tests.engine.parse.frames import (
    ACK,
    CLIENT,
    SECOND,
    SERVER,
    START,
    SYN,
    ethernet,
    ipv4,
    ipv6,
    tcp,
    udp,
    vlan,
)
from tests.engine.parse.meter_log import MeterLog

MEBIBYTE = 1 << 20
RING_BYTES = 2 * MEBIBYTE


def kept(ring_bytes: int = RING_BYTES) -> MeterLog:
    log = MeterLog()
    log.meter.keep_packets(ring_bytes)
    return log


def packet(port: int, size: int = 60, *, up: bool = True, fill: int = 0) -> bytes:
    ends = (port, 9999) if up else (9999, port)
    addresses = (CLIENT, SERVER) if up else (SERVER, CLIENT)
    return ethernet(ipv4(udp(bytes([fill]) * (size - 28), *ends), 17, *addresses), up=up)


def records(document: bytes) -> list[tuple[int, int, bytes]]:
    """(time, length on the wire, frame) of each record of a little-endian pcap file with nanoseconds."""
    magic, major, minor, _, _, _, _ = struct.unpack_from("<IHHiIII", document)
    assert (magic, major, minor) == (0xA1B23C4D, 2, 4)
    at, found = 24, []
    while at < len(document):
        seconds, nanoseconds, captured, wire = struct.unpack_from("<IIII", document, at)
        found.append((seconds * SECOND + nanoseconds, wire, document[at + 16 : at + 16 + captured]))
        at += 16 + captured
    assert at == len(document)
    return found


def written(log: MeterLog, *flows: Flow) -> list[tuple[int, int, bytes]]:
    document, count = log.meter.packets_of(flows)
    found = records(document)
    assert len(found) == count
    return found


def test_a_flows_packets_come_out_as_they_went_by_both_ways() -> None:
    log = kept()
    frames = [packet(1000), packet(2000), packet(1000, up=False), packet(2000, up=False), packet(1000, 99)]
    for number, frame in enumerate(frames):
        log.meter.add_frame(START + number * 1_234_567, frame, -1, 1, 0)
    log.meter.collect()
    first, second = log.opened
    assert written(log, first) == [
        (START + number * 1_234_567, len(frames[number]), frames[number]) for number in (0, 2, 4)
    ]
    assert [frame for _, _, frame in written(log, second)] == [frames[1], frames[3]]
    assert [frame for _, _, frame in written(log, second, first)] == frames
    assert log.meter.kept_since_ns == START


def test_a_document_of_nothing_is_a_file_without_packets() -> None:
    log = kept()
    log.feed(packet(1000))
    assert written(log) == []
    assert log.meter.packets_of([])[0][20:24] == struct.pack("<I", 1)


@pytest.mark.parametrize(
    "frame",
    [
        ethernet(ipv6(udp(b"x" * 30)), 0x86DD),
        ethernet(vlan(10, 0x0800, ipv4(udp(b"x" * 30))), 0x8100),
        ethernet(vlan(10, 0x8100, vlan(20, 0x0800, ipv4(udp(b"x" * 30)))), 0x88A8),
        ethernet(ipv4(tcp(SYN, 1), 6)),
        ethernet(ipv4(b"\x08\0\0\0\0\1\0\1" + bytes(20), 1)),
        ethernet(ipv4(bytes(40), 200)),
    ],
    ids=["ipv6", "vlan", "vlan in vlan", "tcp", "icmp", "a protocol without a name"],
)
def test_every_kind_of_flow_is_found_again(frame: bytes) -> None:
    log = kept().feed(packet(50_001), frame, packet(50_002))
    log.meter.collect()
    (flow,) = (flow for flow in log.opened if flow.client_port not in (50_001, 50_002))
    assert [found for _, _, found in written(log, flow)] == [frame]


def test_the_link_type_is_written_as_files_have_it() -> None:
    log = kept()
    raw = ipv4(udp(b"x" * 30))
    log.meter.add_frame(START, raw, -1, 12, 0)
    log.meter.add_frame(START, packet(40000), -1, 1, 0)
    log.meter.collect()
    document, count = log.meter.packets_of(log.opened)
    assert (struct.unpack_from("<I", document, 20)[0], count) == (101, 1)


def test_fragments_belong_to_the_flow_of_their_datagram() -> None:
    payload = udp(bytes(2000))
    pieces = [
        ethernet(ipv4(payload[:1480], fragment=0, more=True)),
        ethernet(ipv4(payload[1480:], fragment=1480)),
    ]
    log = kept().feed(*pieces, packet(50_000))
    log.meter.collect()
    (flow,) = (flow for flow in log.opened if flow.client_port != 50_000)
    assert [frame for _, _, frame in written(log, flow)] == pieces


def test_a_port_used_again_is_another_flow() -> None:
    log = kept()
    syn = [ethernet(ipv4(tcp(SYN, n), 6)) for n in (1, 1_000_000)]
    log.meter.add_frame(START, syn[0], -1, 1, 0)
    log.meter.add_frame(START + SECOND, ethernet(ipv4(tcp(ACK, 2), 6)), -1, 1, 0)
    log.meter.finish()
    log.meter.add_frame(START + 60 * SECOND, syn[1], -1, 1, 0)
    log.meter.collect()
    assert [len(written(log, flow)) for flow in log.opened] == [2, 1]


def test_the_oldest_make_room_and_the_memory_stays_as_it_is() -> None:
    log = kept().feed(packet(1000))
    memory = log.meter.memory_bytes
    rng = random.Random(3)
    sent = [packet(1000)]
    for number in range(9_000):
        frame = packet(1000, rng.choice((60, 61, 400, 1_500, 9_000)), fill=number % 251)
        sent.append(frame)
        log.meter.add_frame(START + number, frame, -1, 1, 0)
        if number % 500 == 499:
            log.meter.collect()
            found = [frame for _, _, frame in written(log, log.opened[0])]
            assert found == sent[-len(found) :]
            held = sum(map(len, found))
            assert held <= RING_BYTES
            if number > 2_000:
                assert held > RING_BYTES // 2
                assert log.meter.kept_since_ns > START
    assert log.meter.memory_bytes == memory


def test_a_frame_of_the_largest_size_fits() -> None:
    log = kept()
    large = ethernet(ipv4(udp(bytes(65_000))))
    for _ in range(70):
        log.feed(large)
    log.meter.collect()
    found = written(log, log.opened[0])
    assert len(found) in range(28, 33)
    assert {frame for _, _, frame in found} == {large}


def test_without_being_asked_nothing_is_kept() -> None:
    log = MeterLog().feed(packet(1000))
    log.meter.collect()
    assert (log.meter.kept_bytes, log.meter.kept_since_ns) == (0, 0)
    assert written(log, log.opened[0]) == []


@pytest.mark.parametrize("size_bytes", [0, 100_000])
def test_a_ring_too_small_for_a_frame_is_refused(size_bytes: int) -> None:
    with pytest.raises(ValueError, match="two megabytes"):
        MeterLog().meter.keep_packets(size_bytes)


def test_a_ring_is_made_once() -> None:
    log = kept()
    assert log.meter.kept_bytes == RING_BYTES
    with pytest.raises(ValueError, match="once"):
        log.meter.keep_packets(RING_BYTES)
