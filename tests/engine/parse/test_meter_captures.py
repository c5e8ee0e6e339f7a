"""Walking capture files in memory: byte orders, time units, sections, interfaces, and what is damaged."""

from __future__ import annotations

import struct

import pytest

from netscope.model.errors import ParseError
from tests.engine.parse import frames as f
from tests.engine.parse.meter_log import MeterLog

FRAME = f.ethernet(f.ipv4(f.udp(b"x")))
HALF_SECOND = f.START + f.SECOND // 2


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("magic", [0xA1B2C3D4, 0xA1B23C4D])
def test_pcap_in_each_byte_order_and_time_unit(order: str, magic: int) -> None:
    log = MeterLog().read(f.pcap([(HALF_SECOND, FRAME, 90)], order=order, magic=magic))
    assert (log.meter.packets, log.meter.bytes, log.meter.truncated) == (1, 90, 1)
    assert log.meter.now_ns == HALF_SECOND


def test_pcap_with_a_patched_record_header() -> None:
    file = bytearray(f.pcap([], magic=0xA1B2CD34))
    file += struct.pack("<IIIIIHBB", 7, 0, len(FRAME), len(FRAME), 0, 0, 0, 0) + FRAME
    assert MeterLog().read(bytes(file)).datagrams == [(0, b"x")]


def test_frame_check_bits_beside_the_link_type() -> None:
    file = bytearray(f.pcap([FRAME]))
    file[20:24] = struct.pack("<I", 0x24000001)
    assert MeterLog().read(bytes(file)).meter.link_type == 1


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(
    ("resolution", "ticks"),
    [(6, 2_500_000), (9, 2_500_000_000), (0, 2), (0x81, 5), (0x8A, 2560), (12, 2_500_000_000_000)],
)
def test_pcapng_in_each_byte_order_and_resolution(order: str, resolution: int, ticks: int) -> None:
    offset = f.option(14, struct.pack(order + "q", 1000), order)
    options = f.option(9, bytes((resolution,)), order) + offset + f.option(0, b"", order)
    log = MeterLog().read(
        f.section(order) + f.interface(1, options, order) + f.enhanced(FRAME, ticks, 0, order, wire=99)
    )
    assert log.meter.now_ns == (1002 if resolution == 0 else 1002.5) * f.SECOND
    assert (log.meter.bytes, log.datagrams) == (99, [(0, b"x")])


def test_pcapng_with_several_interfaces_sections_and_blocks() -> None:
    names = f.block(4, bytes(8)) + f.block(5, bytes(12)) + f.block(10, bytes(8))
    first = f.section() + f.interface(1) + f.interface(101, f.option(9, b"\x09")) + names
    packets = f.enhanced(FRAME, 5_000_000) + f.enhanced(FRAME[14:], 6 * f.SECOND, 1)
    simple = f.block(3, struct.pack("<I", len(FRAME)) + FRAME)
    obsolete = f.block(2, struct.pack("<HHIIII", 1, 0, 0, 7, len(FRAME) - 14, 200) + FRAME[14:])
    second = (
        f.section(">") + f.interface(101, b"", ">") + f.enhanced(FRAME[14:], 8_000_000, 0, ">") + f.block(77, b"", ">")
    )
    log = MeterLog().read(first + packets + simple + obsolete + second)
    assert log.datagrams == [(0, b"x")] * 5
    assert log.meter.bytes == len(FRAME) * 2 + (len(FRAME) - 14) * 2 + 200
    assert log.counters == {"capture_unknown_block": 1}


@pytest.mark.parametrize("file", [f.pcap([FRAME] * 3), f.pcapng([FRAME] * 3)])
def test_a_cut_file_gives_the_whole_packets_before_the_cut(file: bytes) -> None:
    whole = len(file)
    for size in range(28, whole):
        meter = MeterLog().meter
        offset = meter.open_capture(file, size)
        end, taken = meter.read_capture(file, offset, size, 100)
        assert end <= size
        assert taken == meter.packets < 3
        assert meter.read_capture(file, end, whole, 100)[0] == whole
        assert meter.packets == 3


def test_reading_stops_at_the_budget() -> None:
    file = f.pcap([FRAME] * 3)
    meter = MeterLog().meter
    offset, taken = meter.read_capture(file, meter.open_capture(file, len(file)), len(file), 2)
    assert (taken, meter.read_capture(file, offset, len(file), 2)) == (2, (len(file), 1))


def damaged(block: bytes, length: int) -> bytes:
    return f.section() + f.interface() + block[:4] + struct.pack("<I", length) + block[8:] + bytes(64)


@pytest.mark.parametrize(
    ("file", "slug"),
    [
        (f.pcap([])[:20] + b"\1\0\0\0" + struct.pack("<IIII", 0, 0, 262145, 0) + bytes(64), "capture_record_too_long"),
        (f.section() + f.enhanced(FRAME), "capture_interface_unknown"),
        (f.section() + f.interface() + f.enhanced(FRAME, 0, 1), "capture_interface_unknown"),
        (damaged(f.enhanced(FRAME), 33), "capture_block_length"),
        (damaged(f.enhanced(FRAME), 8), "capture_block_length"),
        (damaged(f.enhanced(FRAME), 28), "capture_block_length"),
        (damaged(f.block(3, bytes(4)), 12), "capture_block_length"),
        (damaged(f.enhanced(FRAME), 36), "capture_record_too_long"),
        (damaged(f.interface(), 16), "capture_block_length"),
        (f.section()[:8] + bytes(4) + f.section()[12:], "capture_byte_order_unknown"),
        (f.section() + f.interface() * 1025, "capture_interfaces_too_many"),
        (bytes(64), "capture_format_unknown"),
        (b"\x0a\x0d\x0d\x0a", "capture_header_incomplete"),
    ],
)
def test_damaged_files_are_refused_by_name(file: bytes, slug: str) -> None:
    with pytest.raises(ParseError) as refused:
        MeterLog().read(file)
    assert refused.value.slug == slug


def test_times_no_clock_shows_are_brought_into_range() -> None:
    options = f.option(9, b"\x00") + f.option(14, struct.pack("<q", -4_000_000_000)) + f.option(0, b"")
    before_1970 = f.section() + f.interface(1, options) + f.enhanced(FRAME, 5)
    log = MeterLog().read(
        before_1970 + f.section() + f.interface(1, f.option(9, b"\x00")) + f.enhanced(FRAME, 2**64 - 1)
    )
    assert log.meter.now_ns == 4_600_000_000 * f.SECOND
    assert [flow.first_seen_ns for flow in log.opened] == [0]
    log.feed(FRAME).finish()
    assert log.flow.packets_up == 3
