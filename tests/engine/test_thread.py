from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import accumulate, count, cycle
from typing import Any

import pytest

from netscope.demo.wire import SECOND, Frame
from netscope.engine.capture.source import FrameSink, SourceInterface
from netscope.engine.pipeline import Pipeline
from netscope.engine.thread import Engine, link_type_name
from netscope.model.errors import NetScopeError
from netscope.model.records import Session
from tests.engine.memory_source import MemorySource
from tests.engine.small_network import PHONE, SERVER, START_NS, conversation, lookup
from tests.engine.test_pipeline import a_pipeline, an_evening


class Kept:
    """A writer that keeps what it is given."""

    def __init__(self) -> None:
        self.batches: list[dict[str, Any]] = []
        self.written_ns: list[int] = []
        self.session: Session | None = None
        self.closed = 0
        self.waits = 0

    def write(self, session: Session, changes: dict[str, Any], now_ns: int) -> None:
        self.session = session
        self.batches.append(changes)
        self.written_ns.append(now_ns)

    def wait_for_room(self) -> None:
        self.waits += 1

    def counters(self) -> dict[str, int]:
        return {"store_rows": len(self.batches)}

    def take_notices(self) -> list[str]:
        return []

    def size_bytes(self) -> int:
        return 0

    def close(self) -> None:
        self.closed += 1


def wait_until(is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 20
    while not is_so() and time.monotonic() < end_s:
        time.sleep(0.01)
    assert is_so()


def an_engine(source: MemorySource, pipeline: Pipeline | None = None) -> tuple[Engine, Kept]:
    kept, ticks = Kept(), count(START_NS, SECOND)
    return Engine(source, pipeline or a_pipeline(), kept, clock=lambda: next(ticks)), kept


def test_a_run_writes_everything_and_closes_everything() -> None:
    source = MemorySource(an_evening())
    engine, kept = an_engine(source)
    engine.run()
    assert engine.error is None
    assert engine.finished
    assert (source.closed, kept.closed) == (1, 1)
    assert len({flow.id for batch in kept.batches for flow in batch.get("flows", ())}) == 4
    assert kept.session is not None
    assert (kept.session.packets, kept.session.dropped, kept.session.link_type) == (len(an_evening()), 7, "EN10MB")
    assert kept.session.ended_ns is not None


class Ending:
    """Stops a run after so many seconds of its clock, and says something halfway."""

    def __init__(self, seconds: int, said: Callable[[], None] | None = None) -> None:
        self._left, self._said, self._half = seconds, said, seconds // 2

    def publish(self, engine: Engine, now_ns: int) -> None:
        self._left -= 1
        if self._left == self._half and self._said is not None:
            engine.submit(self._said)
        if self._left == 0:
            engine.request_stop()


@pytest.mark.parametrize(("period_s", "said", "least", "most"), [(1, None, 40, 60), (15, None, 3, 5), (15, int, 4, 6)])
def test_rows_wait_for_their_transaction_and_none_is_lost(
    period_s: int, said: Callable[[], None] | None, least: int, most: int
) -> None:
    kept, ticks = Kept(), count(START_NS, SECOND // 2)
    source = MemorySource(an_evening(), kind="live")
    engine = Engine(source, a_pipeline(), kept, watchers=(Ending(40, said),), clock=lambda: next(ticks))
    engine.write_period_ns = period_s * SECOND
    engine.run()
    assert engine.error is None
    assert least <= len(kept.batches) <= most
    assert len({flow.id for batch in kept.batches for flow in batch.get("flows", ())}) == 4


def test_each_second_is_written_as_soon_as_it_is_over_however_late_the_turn_comes() -> None:
    """A turn of the loop takes 0.2 s here and 0.3 s there; none may leave a second unwritten until the next."""
    turns_ns = (START_NS + SECOND // 10 * tenths for tenths in accumulate(cycle([2, 3, 1, 3])))
    kept = Kept()
    source = MemorySource(an_evening(), kind="live")
    engine = Engine(source, a_pipeline(), kept, watchers=(Ending(30),), clock=lambda: next(turns_ns))
    engine.run()
    assert engine.error is None
    assert [at_ns // SECOND - START_NS // SECOND for at_ns in kept.written_ns[:30]] == list(range(30))
    assert all(at_ns % SECOND <= SECOND // 10 * 3 for at_ns in kept.written_ns[1:30])


def test_the_interfaces_prefixes_are_local() -> None:
    engine, _ = an_engine(MemorySource(an_evening()))
    engine.run()
    assert engine.pipeline.correlator.networks.is_local("203.0.113.77")


def test_a_stop_ends_a_live_run_with_everything_written() -> None:
    source = MemorySource(conversation(PHONE, PHONE, 8443, b"\x9f\x11\x22", b"", START_NS)[:4], kind="live")
    engine, kept = an_engine(source)
    done = threading.Event()
    engine.submit(done.set)
    engine.start()
    assert done.wait(10)
    engine.stop()
    assert engine.finished
    assert [flow.end_reason for batch in kept.batches for flow in batch.get("flows", ())][-1] == "capture_end"


def test_what_the_user_can_mend_is_one_line() -> None:
    engine, _ = an_engine(MemorySource(an_evening(), fail_after=3, failure=NetScopeError("eth0 is gone; plug it in")))
    engine.run()
    assert engine.error == "eth0 is gone; plug it in"
    assert engine.crash is None


def test_a_defect_stops_the_run_and_keeps_its_trace() -> None:
    source = MemorySource(an_evening(), fail_after=3, failure=ZeroDivisionError("oh"))
    engine, kept = an_engine(source)
    engine.run()
    assert engine.error == "stopped by a defect in NetScope: ZeroDivisionError: oh"
    assert engine.crash is not None
    assert "Traceback" in engine.crash
    assert (source.closed, kept.closed, engine.finished) == (1, 1, True)


class Blind:
    """A watcher that fails when it is shown the end."""

    def publish(self, engine: Engine, now_ns: int) -> None:
        if engine.finished:
            raise LookupError("no picture")


def test_a_watcher_that_fails_at_the_end_loses_nothing_and_raises_nothing() -> None:
    source, kept = MemorySource(an_evening()), Kept()
    engine = Engine(source, a_pipeline(), kept, watchers=(Blind(),))
    engine.run()
    assert engine.error == "stopped by a defect in NetScope: LookupError: no picture"
    assert engine.crash is not None
    assert (source.closed, kept.closed) == (1, 1)
    assert len({flow.id for batch in kept.batches for flow in batch.get("flows", ())}) == 4


def test_commands_run_on_the_engines_thread() -> None:
    engine, _ = an_engine(MemorySource(lookup(PHONE, "a.example", "192.0.2.1", START_NS), kind="live"))
    names: list[str] = []
    done = threading.Event()
    engine.submit(lambda: names.append(threading.current_thread().name))
    engine.submit(done.set)
    engine.start()
    assert done.wait(10)
    engine.stop()
    assert names == ["engine"]


def test_what_the_user_says_after_a_file_has_ended_is_done_and_shown() -> None:
    class Told:
        published = 0

        def publish(self, engine: Engine, now_ns: int) -> None:
            self.published += 1

    told = Told()
    engine = Engine(MemorySource(lookup(PHONE, "a.example", "192.0.2.1", START_NS)), a_pipeline(), None, (told,))
    engine.run()
    before = told.published
    done: list[int] = []
    engine.submit(lambda: done.append(1))
    assert (done, told.published) == ([1], before + 1)


def test_a_quiet_live_network_still_ends_its_flows() -> None:
    frames = lookup(PHONE, "a.example", "192.0.2.1", START_NS)
    closed = threading.Event()
    pipeline = a_pipeline()
    source = MemorySource(frames, kind="live")
    ticks = count(START_NS, 60 * SECOND)
    engine = Engine(source, pipeline, clock=lambda: next(ticks))

    class Watch:
        def publish(self, engine: Engine, now_ns: int) -> None:
            if pipeline.meter.flows_opened and not pipeline.meter.flows_open:
                closed.set()

    engine.watchers = (Watch(),)
    engine.start()
    assert closed.wait(10)
    engine.stop()


def test_an_address_that_comes_while_a_run_lasts_is_local() -> None:
    class Readdressed(TimedSource):
        def interfaces(self) -> tuple[SourceInterface, ...]:
            prefixes = ("203.0.113.1/24",) if self.turns_left > 15 else ("198.51.100.1/24",)
            return (SourceInterface("memory", 1, prefixes),)

    source, pipeline = Readdressed(), a_pipeline(is_live=True)
    source.turns_left = 30
    Engine(source, pipeline, clock=StepClock(START_NS)).run()
    assert pipeline.correlator.networks.is_local("198.51.100.77")
    assert pipeline.correlator.networks.is_local("203.0.113.77")
    assert not pipeline.correlator.networks.is_local("192.0.2.77")


class StepClock:
    """A clock that the test sets; each look moves it on by a tenth of a second."""

    def __init__(self, now_ns: int) -> None:
        self.now_ns = now_ns

    def __call__(self) -> int:
        self.now_ns += SECOND // 10
        return self.now_ns


@pytest.mark.parametrize("step_s", [-3600, -400 * 86_400, 3600, 20_000 * 86_400], ids="{:+d}s".format)
def test_a_clock_that_is_set_does_not_stop_the_run(step_s: int) -> None:
    """Back by an hour, or on by 50 years: seconds pass, flows are counted and expire, the writer is given rows."""
    clock = StepClock(START_NS)
    pipeline = a_pipeline(is_live=True)
    source, kept = TimedSource(), Kept()
    engine = Engine(source, pipeline, kept, clock=clock)
    source.play(lookup(PHONE, "a.example", "192.0.2.1", START_NS))
    source.turns_left = 30
    engine._loop()
    clock.now_ns += step_s * SECOND
    source.play(conversation(PHONE, SERVER, 443, b"request", b"response", clock.now_ns))
    batches = len(kept.batches)
    source.turns_left = 300
    engine._loop()
    assert engine.error is None
    assert len(kept.batches) >= batches + 20
    flows = {flow.id: flow for batch in kept.batches for flow in batch.get("flows", ())}
    assert [flow.end_reason for flow in flows.values()][-1] == "fin"
    assert all(flow.last_seen_ns >= flow.first_seen_ns for flow in flows.values())
    assert pipeline.counters["clock_set_back"] == (1 if step_s < 0 else 0)


def test_a_clock_that_is_set_is_told_by_how_much() -> None:
    clock = StepClock(START_NS)
    pipeline = a_pipeline(is_live=True)
    source = TimedSource()
    engine = Engine(source, pipeline, Kept(), clock=clock)
    engine.steady = lambda: clock.now_ns - shift_ns
    shift_ns = 0
    source.turns_left = 40
    engine._loop()
    clock.now_ns += 3_600 * SECOND
    shift_ns = 3_600 * SECOND
    source.turns_left = 40
    engine._loop()
    assert [alert.title for alert in pipeline.alerts.values() if alert.key == "clock"] == [
        "The clock was set forward by 3,600 s"
    ]


class TimedSource(MemorySource):
    """A live source that gives what it was told to play, and ends after so many turns."""

    def __init__(self) -> None:
        super().__init__([], kind="live")
        self.turns_left = 0

    def play(self, frames: list[Frame]) -> None:
        self._frames += frames

    def pump(self, sink: FrameSink, budget: int, timeout_s: float) -> bool:
        self.turns_left -= 1
        return super().pump(sink, budget, timeout_s) and self.turns_left > 0


@pytest.mark.parametrize(("number", "name"), [(1, "EN10MB"), (276, "LINUX_SLL2"), (9999, "LINKTYPE_9999"), (-1, "")])
def test_link_types_have_libpcaps_names(number: int, name: str) -> None:
    assert link_type_name(number) == name
