"""When things happen: the engine's loop, its thread, its clock, and the one boundary that catches everything.

Decides nothing about traffic.
"""

from __future__ import annotations

import gc
import queue
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, Final, Protocol

from netscope.engine.capture.source import CaptureStatistics, FrameSource
from netscope.engine.pipeline import Pipeline
from netscope.model.errors import NetScopeError
from netscope.model.records import Session

PUMP_PACKETS: Final = 4096
"""Packets a turn: about a millisecond of work, so that the screen's thread gets its share of the interpreter."""
PUMP_WAIT_S: Final = 0.2
"""Longest wait for a packet, and so for a stop."""
FLUSH_PERIOD_NS: Final = 1_000_000_000
FLUSH_ROWS: Final = 10_000
"""Rows that wait, whatever the period: about 10 MB of records. A file is read faster than a second's should wait."""
COMMANDS_A_TURN: Final = 64
COLLECT_LIVE_NS: Final = 5_000_000_000
"""Between runs of the cycle collector over a live capture, where the process turned Python's own off (cli.py). A run
looks at what was made since the last and is still there: five busy seconds take it some 50 ms, a minute took so long
that the kernel's buffer ran over. By its count of objects Python would walk flows and records, which make no cycles,
again and again: a third of all time."""
COLLECT_FILE_NS: Final = 60_000_000_000
"""Nothing is lost while a file waits."""
COLLECT_ALL_NS: Final = 3_600_000_000_000
"""Between runs that look at everything."""


class RecordingWriter(Protocol):
    """Where batches go: the recording itself for a file, a bounded queue before it for live traffic."""

    def write(self, session: Session, changes: dict[str, Any], now_ns: int) -> None: ...

    def wait_for_room(self) -> None:
        """Until as much again can be written without dropping any, or the disk refuses."""
        ...

    def counters(self) -> dict[str, int]:
        """Rows dropped or waiting, by slug."""
        ...

    def take_notices(self) -> list[str]:
        """What the user should be told, once."""
        ...

    def size_bytes(self) -> int: ...

    def close(self) -> None: ...


class Watcher(Protocol):
    """Is told once a second how things stand: the outbox, the status line."""

    def publish(self, engine: Engine, now_ns: int) -> None: ...


class Engine:
    """One run over one source. ``run`` blocks; front ends start it in a thread with ``start``."""

    def __init__(
        self,
        source: FrameSource,
        pipeline: Pipeline,
        writer: RecordingWriter | None = None,
        watchers: tuple[Watcher, ...] = (),
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.source = source
        self.pipeline = pipeline
        self.writer: RecordingWriter | None = writer
        self.watchers = watchers
        self.clock: Callable[[], int] = clock
        self.steady: Callable[[], int] = time.monotonic_ns
        """Time that nobody sets."""
        self._offset_ns: int | None = None
        self.statistics = CaptureStatistics()
        self.notices: list[str] = []
        """What the user should know of how the run began."""
        self.finished = False
        self.error: str | None = None
        """Why the engine stopped, in words for the user."""
        self.crash: str | None = None
        """The traceback of a defect, for a report."""
        self._stop = threading.Event()
        self._commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.write_period_ns = FLUSH_PERIOD_NS
        """Between transactions of a recording, a second or more: what a power cut may cost."""
        self._next_flush_ns = self._next_write_ns = 0
        self._collect_ns = COLLECT_LIVE_NS if source.kind == "live" else COLLECT_FILE_NS
        self._collected_ns = self._collected_all_ns = 0

    def start(self) -> None:
        self._thread = threading.Thread(target=self.run, name="engine", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Ask the loop to end and wait for it; everything read so far is written."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)

    def request_stop(self) -> None:
        """Ask the loop to end; safe in a signal handler."""
        self._stop.set()

    def submit(self, command: Callable[[], None]) -> None:
        """Run something on the engine's thread, between two turns; once a run has ended, here and now."""
        self._commands.put(command)
        if self.finished:
            self._obey()
            for watcher in self.watchers:
                watcher.publish(self, self.clock())

    def detach_writer(self) -> RecordingWriter | None:
        """Give the writer its last batch and let it go, still open. On the engine's thread."""
        writer = self.writer
        if writer is not None:
            self.pipeline.take_stock()
            self._write(self.clock())
            self.writer = None
            self.pipeline.stop_keeping()
        return writer

    def run(self) -> None:
        """Read until the source ends or a stop is asked for. Never raises: see ``error`` and ``crash``."""
        if not gc.isenabled():
            # What is there at the start stays: it is left out of every collection.
            gc.freeze()
        try:
            self.learn_networks()
            self._loop()
            self._end()
        except NetScopeError as problem:
            self.error = str(problem)
        except Exception as defect:  # noqa: BLE001 - the one boundary: publish the failure and stop
            self._stopped_by(defect)
        finally:
            self._close()

    def learn_networks(self) -> None:
        """Addresses change while a capture runs; a prefix once known stays."""
        for interface in self.source.interfaces():
            for prefix in interface.networks:
                self.pipeline.correlator.networks.add_prefix(prefix)

    def _loop(self) -> None:
        is_live = self.source.kind == "live"
        alive = True
        meter = self.pipeline.meter
        while alive and not self._stop.is_set():
            before = meter.packets
            alive = self.source.pump(meter, PUMP_PACKETS, PUMP_WAIT_S)
            now_ns = self.clock()
            if is_live and meter.packets == before:
                # Time comes from packets; only when there are none does the clock speak for them.
                meter.advance(now_ns)
            went_back = now_ns < self._next_flush_ns - 2 * FLUSH_PERIOD_NS
            if went_back and is_live:
                meter.rewind(now_ns)
                self.pipeline.count("clock_set_back")
            if now_ns >= self._next_flush_ns or went_back:
                self._next_flush_ns = _whole_second_ns(now_ns) + FLUSH_PERIOD_NS
                self._flush(now_ns)
            elif self.pipeline.rows_waiting >= FLUSH_ROWS:
                self._write(now_ns)
            self._obey()

    def _obey(self) -> None:
        for _ in range(COMMANDS_A_TURN):
            try:
                command = self._commands.get_nowait()
            except queue.Empty:
                return
            command()
            self._next_write_ns = 0  # the user's own words do not wait long

    def _flush(self, now_ns: int) -> None:
        self.statistics = self.source.statistics()
        if self.source.kind == "live":
            dropped = self.statistics.dropped_kernel + self.statistics.dropped_interface
            self.pipeline.capture(now_ns, dropped, self._clock_jump_s(now_ns))
        self.learn_networks()
        wait_ns = self._next_write_ns - now_ns
        if self.writer is None or self.pipeline.rows_waiting >= FLUSH_ROWS or not 0 < wait_ns <= self.write_period_ns:
            self._write(now_ns)
        for watcher in self.watchers:
            watcher.publish(self, now_ns)
        self._collect_cycles(now_ns)

    def _clock_jump_s(self, now_ns: int) -> float:
        """How much more the clock has moved than time has passed since the last look."""
        steady_ns = self.steady()
        before_ns, self._offset_ns = self._offset_ns, now_ns - steady_ns
        return (self._offset_ns - before_ns) / 1e9 if before_ns is not None else 0.0

    def _collect_cycles(self, now_ns: int) -> None:
        """What this thread does makes none; what draws the screens does. Where Python collects itself, it may."""
        if gc.isenabled() or 0 <= now_ns - self._collected_ns < self._collect_ns:
            return
        if self._collected_ns:
            whole = not 0 <= now_ns - self._collected_all_ns < COLLECT_ALL_NS
            gc.collect(2 if whole else 1)
            self._collected_all_ns = now_ns if whole else self._collected_all_ns
        else:
            self._collected_all_ns = now_ns
        self._collected_ns = now_ns

    def _write(self, now_ns: int) -> None:
        session = self.pipeline.update_session()
        session.link_type = link_type_name(self.pipeline.meter.link_type)
        session.dropped = self.statistics.dropped_kernel + self.statistics.dropped_interface
        if self.statistics.failures:
            session.counters["capture_failures"] = self.statistics.failures
        changes = self.pipeline.changes(now_ns)
        self._next_write_ns = _whole_second_ns(now_ns) + self.write_period_ns
        if self.writer is not None:
            session.counters.update(self.writer.counters())
            self.writer.write(session, changes, now_ns)

    def _end(self) -> None:
        self.statistics = self.source.statistics()
        while not self.pipeline.finish(FLUSH_ROWS):
            self._write(self.clock())
            if self.writer is not None:
                self.writer.wait_for_room()
        session = self.pipeline.session
        session.ended_ns = self.clock()
        self._obey()
        self._write(self.clock())

    def _close(self) -> None:
        try:
            self.source.close()
            if self.writer is not None:
                self.writer.close()
        except NetScopeError as problem:
            self.error = self.error or str(problem)
        self.finished = True
        try:
            # What was asked for while it closed; from here on who asks is answered at once.
            self._obey()
            for watcher in self.watchers:
                watcher.publish(self, self.clock())
        except Exception as defect:  # noqa: BLE001 - everything is written: a last picture is not worth a traceback
            self._stopped_by(defect)

    def _stopped_by(self, defect: Exception) -> None:
        """Call it from the handler: the trace is kept. The first reason stands."""
        if self.error is None:
            self.error = f"stopped by a defect in NetScope: {type(defect).__name__}: {defect}"
            self.crash = traceback.format_exc()


def _whole_second_ns(now_ns: int) -> int:
    """Totals of flows are collected at whole seconds of packet time: written just then, they are new."""
    return now_ns - now_ns % FLUSH_PERIOD_NS


LINK_TYPES: Final = {
    0: "NULL",
    1: "EN10MB",
    9: "PPP",
    12: "RAW",
    14: "RAW",
    50: "PPP_SERIAL",
    51: "PPP_ETHER",
    101: "RAW",
    104: "C_HDLC",
    105: "IEEE802_11",
    108: "LOOP",
    113: "LINUX_SLL",
    127: "IEEE802_11_RADIO",
    228: "IPV4",
    229: "IPV6",
    239: "NFLOG",
    276: "LINUX_SLL2",
}


def link_type_name(number: int) -> str:
    """libpcap's name of a link type, or ``LINKTYPE_n``; empty before the first packet."""
    return "" if number < 0 else LINK_TYPES.get(number, f"LINKTYPE_{number}")
