"""The shape the meter counts: sizes and gaps by direction, busy seconds, the busiest one."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from netscope.model.shape import BINS, GAP_LIMITS_MS, SIZE_LIMITS_BYTES, FlowShape
from tests.engine.parse.frames import CLIENT, SECOND, SERVER, START, ethernet, ipv4, udp
from tests.engine.parse.meter_log import MeterLog

HEADERS_BYTES = 28
MS = 1_000_000


def packet(size: int, *, up: bool = True) -> bytes:
    """A UDP packet of ``size`` layer-3 bytes."""
    ends = (40000, 9999) if up else (9999, 40000)
    addresses = (CLIENT, SERVER) if up else (SERVER, CLIENT)
    return ethernet(ipv4(udp(bytes(size - HEADERS_BYTES), *ends), 17, *addresses), up=up)


def shape(frames: Iterable[tuple[int, bytes]]) -> FlowShape:
    """Of a flow of these (milliseconds after the start, frame)."""
    log = MeterLog()
    for at_ms, frame in frames:
        log.meter.add_frame(START + int(at_ms * MS), frame, -1, 1, 0)
    packed = log.finish().flow.shape
    assert packed is not None
    return FlowShape.unpack(packed)


@pytest.mark.parametrize("at", range(BINS))
def test_a_size_falls_in_the_bin_its_limits_say(at: int) -> None:
    limits = (HEADERS_BYTES, *SIZE_LIMITS_BYTES, 1601)
    smallest, largest = limits[at], limits[at + 1] - 1
    found = shape((number, packet(size)) for number, size in enumerate([smallest, largest] * 4))
    assert [count for count in found.sizes_up if count] == [8]
    assert found.sizes_up[at] == 8
    assert sum(found.sizes_down) == 0


@pytest.mark.parametrize("at", range(BINS))
def test_a_gap_falls_in_the_bin_its_limits_say(at: int) -> None:
    # A tick is 16.4 us: a little inside the limits.
    limits_ms = (0, *GAP_LIMITS_MS, 100_000)
    gap_ms = (limits_ms[at] + limits_ms[at + 1]) / 2
    found = shape((number * gap_ms, packet(100)) for number in range(8))
    assert found.gaps_up[at] == 7
    assert sum(found.gaps_up) == 7


def test_limits_hold_to_a_tick() -> None:
    below, above = (shape((number * gap_ms, packet(100)) for number in range(9)) for gap_ms in (9.97, 10.02))
    assert below.gaps_up[1] == 8
    assert above.gaps_up[2] == 8


def test_each_direction_has_its_own_sizes_and_gaps() -> None:
    frames = [(20 * number, packet(60)) for number in range(6)]
    frames += [(20 * number + 1, packet(1500, up=False)) for number in range(6)]
    found = shape(sorted(frames))
    assert (found.sizes_up[0], found.sizes_down[6]) == (6, 6)
    assert (found.gaps_up[2], found.gaps_down[2]) == (5, 5)


def test_a_late_packet_followed_at_once() -> None:
    found = shape((at_ms, packet(100)) for at_ms in (0, 500, 400, 600, 700, 800, 900, 950))
    assert found.gaps_up[0] == 1
    assert sum(found.gaps_up) == 7


def test_busy_seconds_and_the_busiest_one() -> None:
    frames = [(0, 100), (900, 100), (5_000, 1000), (5_100, 1000), (5_200, 500), (9_000, 100), (9_999, 100), (60_000, 9)]
    found = shape((at_ms, packet(max(size, HEADERS_BYTES))) for at_ms, size in frames)
    assert found.busy_s == 4
    assert found.peak_bytes == 2500


def test_a_full_counter_halves_its_histogram_and_keeps_the_shares() -> None:
    log = MeterLog()
    small, large = packet(100), packet(1000)
    for number in range(40_000):
        for frame in (small, small, small, large):
            log.meter.add_frame(START + number * MS, frame, -1, 1, 0)
    packed = log.finish().flow.shape
    assert packed is not None
    sizes = FlowShape.unpack(packed).sizes_up
    assert 32_767 <= max(sizes) < 65_535
    assert sizes[1] / sizes[4] == pytest.approx(3, rel=0.01)


def test_a_short_flow_has_no_shape() -> None:
    log = MeterLog().feed(*[packet(100)] * 7)
    assert log.meter.shape(log.opened[0]) is None
    assert log.finish().flow.shape is None


def test_the_shape_of_an_open_flow_can_be_asked_for_until_it_ends() -> None:
    log = MeterLog().feed(*[packet(100)] * 9)
    flow = log.opened[0]
    packed = log.meter.shape(flow)
    assert packed is not None
    assert FlowShape.unpack(packed).sizes_up[1] == 9
    log.finish()
    assert log.meter.shape(flow) is None
    assert flow.shape == packed


def test_a_slot_taken_again_starts_at_nothing() -> None:
    log = MeterLog()
    for number in range(8):
        log.meter.add_frame(START + number * SECOND, packet(1500), -1, 1, 0)
    log.meter.expire(START + 1000 * SECOND)
    for number in range(8):
        log.meter.add_frame(START + 2000 * SECOND + number, packet(100), -1, 1, 0)
    log.finish()
    first, second = (FlowShape.unpack(flow.shape or b"") for flow in log.closed)
    assert (first.sizes_up[6], first.busy_s) == (8, 8)
    assert (second.sizes_up[6], second.sizes_up[1], second.busy_s) == (0, 8, 1)


def test_another_flow_in_the_slot_is_not_asked_for() -> None:
    log = MeterLog().feed(*[packet(100)] * 9)
    flow = log.opened[0]
    log.finish()
    log.feed(*[packet(100)] * 9)
    flow.slot = 0
    assert log.meter.shape(flow) is None
