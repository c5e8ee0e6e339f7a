"""Captures as events: to the end, left half way, closed from elsewhere, failing, slow to take, several at once."""

from __future__ import annotations

import gc
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import netscope
from netscope.assemble import Options
from netscope.config.capture import Capture as CaptureConfig
from netscope.config.schema import Config
from netscope.demo.synthesis import write_pcap
from netscope.library import Capture, DnsQuery, Flow, HttpRequest, NetScopeError, capture
from netscope.library.capture import Waiting
from tests.engine.memory_source import MemorySource
from tests.engine.test_pipeline import an_evening


@pytest.fixture
def evening(tmp_path: Path) -> Path:
    path = tmp_path / "evening.pcap"
    write_pcap(path, iter(an_evening()))
    return path


def played(source: MemorySource, monkeypatch: pytest.MonkeyPatch) -> Capture:
    monkeypatch.setattr(capture, "open_source", lambda options: source)
    return netscope.open("memory")


def capture_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "netscope-capture"]


def test_a_file_is_told_to_its_end(evening: Path) -> None:
    events = list(netscope.open(file=evening))
    assert [event.query_name for event in events if isinstance(event, DnsQuery)] == [
        "app-measurement.com",
        "www.example.org",
    ]
    assert len([event for event in events if isinstance(event, Flow)]) == 4
    assert [event.status for event in events if isinstance(event, HttpRequest)] == [200]
    assert capture_threads() == []


def test_events_are_the_rows_of_the_recording_made_beside(evening: Path, tmp_path: Path) -> None:
    path = tmp_path / "beside.db"
    with netscope.open(file=evening, record=path) as live:
        events = list(live)
        assert (live.source, live.packets, live.dropped_events) == (str(evening), len(an_evening()), 0)
    kept = netscope.recording(path)
    told = {event.id: event for event in events if isinstance(event, Flow)}
    for flow in kept.flows():
        # A device gets its name when it is known, which may be after the flow was told.
        assert told[flow.id]._replace(session_id=1, device_name=None) == flow._replace(device_name=None)


def test_only_the_kinds_asked_for_come(evening: Path) -> None:
    assert {type(event) for event in netscope.open(file=evening, kinds=["dns"])} == {DnsQuery}
    with pytest.raises(NetScopeError, match="no events of packets; kinds are flows, devices"):
        netscope.open(file=evening, kinds=["packets"])


def test_leaving_the_loop_ends_the_capture(evening: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = MemorySource(an_evening(), kind="live")
    for _ in played(source, monkeypatch):
        break
    gc.collect()
    assert capture_threads() == []
    assert source.closed == 1


def test_closing_from_another_thread_ends_the_iteration(monkeypatch: pytest.MonkeyPatch) -> None:
    source = MemorySource(an_evening(), kind="live")
    with played(source, monkeypatch) as live:
        closer = threading.Thread(target=live.close)
        for event in live:
            if isinstance(event, DnsQuery) and closer.ident is None:
                closer.start()
        closer.join()
    assert source.closed == 1


def test_an_interrupt_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    source = MemorySource(an_evening(), kind="live")
    main = threading.main_thread().ident
    assert main is not None
    left = threading.Event()

    def interrupt() -> None:
        """Sent, not simulated: only a real signal wakes a thread that waits for a lock.

        Again, as a person would: Python drops an interrupt that comes while it collects garbage or imports.
        """
        while not left.wait(0.5):
            signal.pthread_kill(main, signal.SIGINT)

    sender = threading.Thread(target=interrupt)

    def iterate() -> None:
        with played(source, monkeypatch) as live:
            try:
                for _ in live:
                    if sender.ident is None:
                        sender.start()
            finally:
                left.set()

    with pytest.raises(KeyboardInterrupt):
        iterate()
    sender.join()
    assert capture_threads() == []
    assert source.closed == 1


def test_a_capture_that_is_not_iterated_is_closed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    source = MemorySource([], kind="live")
    with played(source, monkeypatch) as live:
        pass
    live.close()
    assert source.closed == 1
    with pytest.raises(NetScopeError, match="open another one"):
        iter(live)


def test_it_is_iterated_once(evening: Path) -> None:
    live = netscope.open(file=evening)
    assert list(live)
    with pytest.raises(NetScopeError, match="iterated once"):
        list(live)


def test_it_may_run_in_a_thread_and_beside_another(evening: Path) -> None:
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(sum(1 for _ in netscope.open(file=evening)))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(counts)) == 1
    assert counts[0] > 8


def test_a_failure_comes_after_the_events_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = an_evening()
    source = MemorySource(frames, fail_after=len(frames) - 1, failure=NetScopeError("memory is gone"))
    events: list[Any] = []
    with pytest.raises(NetScopeError, match="memory is gone"):
        events.extend(played(source, monkeypatch))
    assert source.closed == 1


def test_a_defect_comes_with_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    source = MemorySource(an_evening(), fail_after=0, failure=ZeroDivisionError("by zero"))
    with pytest.raises(NetScopeError, match="defect") as told:
        list(played(source, monkeypatch))
    assert "Traceback" in told.value.__notes__[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"interface": "nosuch0"}, "no interface is called nosuch0"),
        ({"interface": ["nosuch0"]}, "no interface is called nosuch0"),
        ({"file": "/no/such/file"}, "no such file"),
        ({"file": "x.pcap", "interface": "lo"}, "interface and filter are for live traffic"),
        ({"file": "x.pcap", "filter": "tcp"}, "interface and filter are for live traffic"),
    ],
)
def test_what_cannot_be_opened_is_said(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(NetScopeError, match=words):
        netscope.open(**arguments)


def test_the_interface_may_be_that_of_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Options] = []

    def open_source(options: Options) -> MemorySource:
        opened.append(options)
        return MemorySource([], kind="live")

    monkeypatch.setattr(capture, "open_source", open_source)
    config = Config(capture=CaptureConfig(interfaces=("wlan0",), filter="tcp"))
    netscope.open(config=config).close()
    netscope.open("eth0", filter="udp", config=config).close()
    settings = [options.config.capture for options in opened]
    assert [(of.interfaces, of.filter) for of in settings] == [(("wlan0",), "tcp"), (("eth0",), "udp")]
    assert all(options.embedded for options in opened)


def test_the_process_keeps_its_cycle_collection(evening: Path) -> None:
    with netscope.open(file=evening) as live:
        next(iter(live))
        assert gc.isenabled()
        assert gc.get_freeze_count() == 0


# -- the queue --


def event_of(number: int) -> Any:
    return number


def test_of_live_traffic_the_oldest_go_and_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "MAX_WAITING", 3)
    waiting = Waiting(may_drop=True)
    for number in range(5):
        waiting.put(event_of(number))
    assert (waiting.take(0), waiting.dropped) == ([2, 3, 4], 2)


def test_a_file_waits_until_events_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "MAX_WAITING", 3)
    waiting = Waiting(may_drop=False)
    thread = threading.Thread(target=lambda: [waiting.put(event_of(number)) for number in range(10)])
    thread.start()
    taken: list[Any] = []
    while len(taken) < 10:
        time.sleep(0.01)
        some = waiting.take(5)
        assert len(some) <= 3
        taken += some
    thread.join()
    assert (taken, waiting.dropped) == (list(range(10)), 0)


def test_nothing_waits_for_what_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "MAX_WAITING", 1)
    waiting = Waiting(may_drop=False)
    waiting.put(event_of(1))
    thread = threading.Thread(target=waiting.put, args=(event_of(2),))
    thread.start()
    waiting.end()
    thread.join(5)
    assert not thread.is_alive()
    assert waiting.take(5) == [1, 2]
    assert waiting.is_over
