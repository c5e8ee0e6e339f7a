"""How fast flows move, as the meter keeps it for a screen: beside sums made anew from all that was sent."""

from __future__ import annotations

import random

import pytest

from netscope.engine.parse.meter import RATE_SLOTS, RATE_WINDOW_S, Meter
from netscope.engine.rates import slots_of
from netscope.model.flow import Flow
from tests.engine.parse.frames import CLIENT, SECOND, SERVER, START, ethernet, ipv4, udp
from tests.engine.parse.meter_log import MeterLog

HEADERS_BYTES = 28
SLOT_S = 4
T0 = START // SECOND


def packet(size: int, *, up: bool = True, port: int = 40000) -> bytes:
    ends = (port, 9999) if up else (9999, port)
    addresses = (CLIENT, SERVER) if up else (SERVER, CLIENT)
    return ethernet(ipv4(udp(bytes(size - HEADERS_BYTES), *ends), 17, *addresses), up=up)


class Watched:
    """A meter whose seconds pass when told, and what its flows sent."""

    def __init__(self) -> None:
        self.log = MeterLog()
        self.meter = self.log.meter
        self.meter.watch_rates()

    def send(self, second: int, *frames: bytes) -> None:
        for frame in frames:
            self.meter.add_frame((T0 + second) * SECOND, frame, -1, 1, 0)
        self.meter.collect()

    def rate(self, number: int = 0, *, inward: bool = False) -> tuple[int, int, tuple[int, ...]]:
        return self.meter.rate(self.log.opened[number].slot, inward)

    def moving(self, second: int) -> list[int]:
        return [flow.id for flow in self.meter.moving((T0 + second) * SECOND)]


def test_the_window_is_the_last_five_seconds() -> None:
    watched = Watched()
    for second in range(9):
        watched.send(second, packet(100), packet(300, up=False))
    assert watched.rate()[:2] == (500, 1500)


def test_the_rate_falls_to_nothing_when_nothing_comes() -> None:
    watched = Watched()
    watched.send(0, packet(100))
    up = []
    for second in range(7):
        watched.moving(second)
        up.append(watched.rate()[0])
    assert up == [100] * RATE_WINDOW_S + [0, 0]


def test_slots_shift_with_time_and_are_empty_after_a_minute() -> None:
    watched = Watched()
    for second in (0, 4, 8):
        watched.send(second, packet(100 + second))
    history = watched.rate()[2]
    assert len(history) == RATE_SLOTS
    assert [size for size in history if size] == [100, 104, 108]
    assert history[-1] == 108
    watched.moving(8 + SLOT_S)
    assert watched.rate()[2] == (*history[1:], 0)
    watched.moving(8 + 70)
    assert watched.rate()[2] == (0,) * RATE_SLOTS


def test_any_traffic_gives_the_sums_of_all_that_was_sent() -> None:
    rng = random.Random(5)
    watched = Watched()
    sent: list[tuple[int, int, int]] = []
    second = 0
    for number in range(300):
        second += rng.choice((0, 1, 1, 1, 2, 3, 7, 90))
        # Who speaks first is the client.
        up = number == 0 or rng.random() < 0.5
        size = rng.randrange(40, 1400)
        watched.send(second, packet(size, up=up))
        sent.append((second, size * up, size * (not up)))
        slot = watched.log.opened[-1].slot

        def slot_of(at: int, phase: int = slot % SLOT_S) -> int:
            return (T0 + at + phase) // SLOT_S

        window = [entry for entry in sent if entry[0] > second - RATE_WINDOW_S]
        history = [0] * RATE_SLOTS
        for at, *both in sent:
            place = RATE_SLOTS - 1 - (slot_of(second) - slot_of(at))
            if place >= 0:
                history[place] += sum(both)
        assert watched.rate() == (sum(e[1] for e in window), sum(e[2] for e in window), tuple(history))
        series = slots_of(watched.meter.rate_slots(slot))
        assert tuple(map(sum, zip(series.up, series.down, strict=True))) == tuple(history)
        assert sum(series.down) == sum(size for at, _, size in sent if slot_of(second) - slot_of(at) < RATE_SLOTS)
        assert 0 <= series.end_ns // SECOND - (T0 + second) - 1 < SLOT_S


def test_slots_of_a_flow_that_ends_are_told_with_its_end() -> None:
    told: list[bytes] = []

    class Sink(MeterLog):
        def close_flow(self, flow: Flow) -> None:
            told.append(self.meter.rate_slots_at_end())
            super().close_flow(flow)

    log = Sink()
    log.meter.watch_rates()
    with pytest.raises(ValueError, match="no flow is ending"):
        log.meter.rate_slots_at_end()
    log.meter.add_frame(START, packet(100), -1, 1, 0)
    log.meter.finish()
    (packed,) = told
    assert slots_of(packed).up[-1] == 100
    with pytest.raises(ValueError, match="no rate is kept"):
        Meter(MeterLog(), 16).rate_slots(0)


def test_only_flows_whose_figures_changed_since_they_were_told_are_moving() -> None:
    watched = Watched()
    watched.send(0, packet(100), packet(100, port=40001))
    assert watched.moving(0) == [1, 2]
    watched.rate(0)
    assert watched.moving(0) == [2]
    watched.rate(1)
    assert watched.moving(0) == []
    told: list[int] = []
    for second in range(1, 80):
        for flow_id in watched.moving(second):
            told.append(flow_id)
            watched.rate(flow_id - 1)
    # The rate ends once, and the slot shifts through the picture until it has left it.
    assert told.count(1) == told.count(2)
    assert 1 < told.count(1) <= RATE_SLOTS + 2
    assert watched.moving(1000) == []


def test_a_clock_set_back_starts_over_and_one_a_little_behind_does_not() -> None:
    watched = Watched()
    watched.send(5000, packet(1000))
    watched.moving(5002)
    watched.send(5001, packet(200))
    assert watched.rate()[0] == 1200
    watched.meter.rewind((T0 + 10) * SECOND)
    watched.send(10, packet(60))
    assert watched.rate()[0] == 60
    assert watched.rate()[2] == (*(0,) * 15, 60)
    watched.moving(16)
    assert watched.rate()[0] == 0


def test_those_that_move_most_come_first_also_when_they_just_stopped() -> None:
    watched = Watched()
    watched.send(0, packet(60), packet(1400, port=40001), packet(300, port=40002))
    assert watched.moving(0) == [2, 3, 1]
    for number in range(3):
        watched.rate(number)
    watched.send(6, packet(60))
    # The second fell from 1400 bytes to none: more than the first moves now.
    assert watched.moving(6)[0] == 2


def test_the_pulse_counts_each_byte_once_and_knows_inward_flows() -> None:
    watched = Watched()
    watched.send(0, packet(100), packet(300, up=False))
    assert watched.meter.take_pulse() == (100, 300, 2)
    assert watched.meter.take_pulse() == (0, 0, 0)
    watched.rate(inward=True)
    watched.send(1, packet(100), packet(300, up=False))
    assert watched.meter.take_pulse() == (300, 100, 2)


def test_an_ending_flow_is_measured_to_its_last_packet() -> None:
    at_end: list[tuple[int, int, tuple[int, ...]]] = []

    class Ends(MeterLog):
        def close_flow(self, flow) -> None:  # type: ignore[no-untyped-def]
            super().close_flow(flow)
            at_end.append(self.meter.rate_at_end())

    log = Ends()
    log.meter.watch_rates()
    log.meter.add_frame(START, packet(100), -1, 1, 0)
    log.meter.finish()
    assert at_end[0][:2] == (100, 0)
    assert log.meter.take_pulse() == (100, 0, 1)
    with pytest.raises(ValueError, match="no flow is ending"):
        log.meter.rate_at_end()


def test_a_place_taken_again_starts_from_nothing() -> None:
    log = MeterLog(max_flows=16)
    log.meter.watch_rates()
    for port in range(40000, 40040):
        log.meter.add_frame(START, packet(100, port=port), -1, 1, 0)
    log.meter.collect()
    open_ = [flow for flow in log.opened if flow.slot >= 0]
    assert len(open_) == 16
    assert {log.meter.rate(flow.slot, False)[0] for flow in open_} == {100}


def test_who_comes_later_sees_what_moves_from_then_on() -> None:
    log = MeterLog()
    log.meter.add_frame(START, packet(100), -1, 1, 0)
    log.meter.collect()
    assert log.meter.moving(START) == []
    memory = log.meter.memory_bytes
    log.meter.watch_rates()
    log.meter.watch_rates()
    assert log.meter.memory_bytes > memory
    assert log.meter.moving(START) == []
    log.meter.add_frame(START + SECOND, packet(300), -1, 1, 0)
    log.meter.collect()
    assert log.meter.take_pulse() == (300, 0, 1)
    assert log.meter.rate(log.opened[0].slot, False)[0] == 300


@pytest.mark.parametrize("slot", [-1, 5_000])
def test_no_rate_where_no_flow_is(slot: int) -> None:
    log = MeterLog()
    with pytest.raises(ValueError, match="no rate"):
        log.meter.rate(0, False)
    log.meter.watch_rates()
    with pytest.raises(ValueError, match="no rate"):
        log.meter.rate(slot, False)
