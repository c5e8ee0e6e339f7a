"""The demo as a source: minutes that have passed at once, then as time goes by, evening after evening."""

from __future__ import annotations

import itertools

import pytest

from netscope.demo import source as source_module
from netscope.demo.source import ALREADY_PAST_MINUTES, FULL_SPEED, DemoSource
from netscope.demo.wire import MINUTE, SECOND

NOW_NS = 1_800_000_000 * SECOND


class Clock:
    """Stands still but for ``sleep``."""

    def __init__(self) -> None:
        self.passed_ns = 0

    def time_ns(self) -> int:
        return NOW_NS + self.passed_ns

    def monotonic_ns(self) -> int:
        return self.passed_ns

    def sleep(self, seconds: float) -> None:
        self.passed_ns += round(seconds * SECOND)


class Sink:
    def __init__(self) -> None:
        self.times: list[int] = []
        self.ports: set[bytes] = set()

    def add_frame(self, timestamp_ns: int, data: bytes, wire_length: int, link_type: int, interface: int) -> None:
        assert (wire_length, link_type, interface) == (len(data), 1, 0)
        self.times.append(timestamp_ns)

    def open_capture(self, buffer: object, end: int) -> int:
        raise AssertionError

    def read_capture(self, buffer: object, offset: int, end: int, max_packets: int) -> tuple[int, int]:
        raise AssertionError


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(source_module, "time", clock)
    return clock


def pump_until_quiet(source: DemoSource, sink: Sink) -> None:
    before = -1
    while before != len(sink.times):
        before = len(sink.times)
        assert source.pump(sink, 5000, 0.0)


def test_the_past_comes_at_once_and_the_rest_with_the_clock(clock: Clock) -> None:
    source, sink = DemoSource(), Sink()
    pump_until_quiet(source, sink)
    past = len(sink.times)
    assert sink.times[0] >= NOW_NS - ALREADY_PAST_MINUTES * MINUTE
    assert NOW_NS - SECOND < sink.times[-1] <= NOW_NS
    assert past > 10_000
    clock.passed_ns += 30 * SECOND
    pump_until_quiet(source, sink)
    assert len(sink.times) > past + 500
    assert NOW_NS + 29 * SECOND < sink.times[-1] <= NOW_NS + 30 * SECOND
    assert source.statistics().received == len(sink.times)


def test_it_waits_for_the_next_frame_but_not_longer_than_asked(clock: Clock) -> None:
    source, sink = DemoSource(), Sink()
    pump_until_quiet(source, sink)
    before_ns = clock.passed_ns
    assert source.pump(sink, 10, 0.0001)
    assert clock.passed_ns - before_ns <= SECOND // 10_000


def test_speed_makes_time_pass_faster(clock: Clock) -> None:
    source, sink = DemoSource(speed=4), Sink()
    clock.passed_ns += 10 * SECOND
    pump_until_quiet(source, sink)
    assert NOW_NS + 39 * SECOND < sink.times[-1] <= NOW_NS + 40 * SECOND


@pytest.mark.usefixtures("clock")
def test_the_budget_is_kept() -> None:
    sink = Sink()
    assert DemoSource().pump(sink, 7, 0.0)
    assert len(sink.times) == 7


@pytest.mark.usefixtures("clock")
def test_one_evening_at_full_speed_ends() -> None:
    source, sink = DemoSource(speed=FULL_SPEED, loop=False), Sink()
    while source.pump(sink, 10_000, 0.0):
        pass
    assert 40_000 <= len(sink.times) <= 80_000


@pytest.mark.usefixtures("clock")
def test_evening_follows_evening_without_a_step_in_time() -> None:
    source, sink = DemoSource(speed=FULL_SPEED), Sink()
    while len(sink.times) < 100_000:
        assert source.pump(sink, 10_000, 0.0)
    assert all(earlier <= later for earlier, later in itertools.pairwise(sink.times))
    assert max(later - earlier for earlier, later in itertools.pairwise(sink.times)) < 5 * SECOND


@pytest.mark.usefixtures("clock")
def test_it_says_which_network_it_is_and_closes_twice() -> None:
    source = DemoSource()
    (interface,) = source.interfaces()
    assert (interface.networks, interface.gateway) == (("192.168.1.0/24", "2001:db8:42:1::/64"), "192.168.1.1")
    source.close()
    source.close()
