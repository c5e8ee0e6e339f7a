"""Headless runs: a status line every ten seconds, a closing summary, and a clean end on SIGINT and SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from netscope import __version__
from netscope.assemble import Options, Run, assemble, assemble_run, open_source
from netscope.config.settings import Settings
from netscope.engine.thread import Engine
from netscope.model.errors import NetScopeError
from netscope.reload import Reloader
from netscope.report import write_report
from netscope.service.log import Log
from netscope.service.notify import Heartbeat, Notifier
from netscope.service.status import StatusBoard, StatusServer

STATUS_PERIOD_NS: Final = 10_000_000_000
LOG_PERIOD_NS: Final = 3_600_000_000_000
"""A journal is read afterwards and kept for months; netscope status has the live counters."""
BAR_CELLS: Final = 30


@dataclass(slots=True)
class StatusLine:
    """Says how the run stands: a line each ten seconds, each hour in a journal, or a progress bar on a terminal."""

    log: Log
    only_notices: bool = False
    _last_ns: int = 0
    _last_packets: int = 0
    _in_place: bool = False
    _told: tuple[str, ...] = ()
    _told_of_store: tuple[str, ...] = ()

    def publish(self, engine: Engine, now_ns: int) -> None:
        self._tell_notices(engine)
        if self.only_notices:
            return
        period_ns = LOG_PERIOD_NS if self.log.is_structured else STATUS_PERIOD_NS
        if engine.source.kind == "file" and not self.log.is_structured:
            self._draw_bar(engine, now_ns)
        elif not 0 <= now_ns - self._last_ns < period_ns and not engine.finished:
            if self._last_ns:
                self._tell_status(engine, now_ns)
            self._last_ns, self._last_packets = now_ns, engine.pipeline.meter.packets

    def _tell_notices(self, engine: Engine) -> None:
        notices = (*engine.notices, *engine.source.notices())
        self._tell_new(notices, self._told)
        if self.log.is_structured:
            for notice in self._told:
                if notice not in notices:
                    self.log.write("notice_over", notice)
        self._told = notices
        if engine.writer is not None:
            of_store = tuple(engine.writer.take_notices())
            self._tell_new(of_store, self._told_of_store)
            self._told_of_store = of_store

    def _tell_new(self, notices: tuple[str, ...], before: tuple[str, ...]) -> None:
        for notice in notices:
            if notice not in before:
                self._clear_bar()
                self.log.write("notice", notice, "warning")

    def _tell_status(self, engine: Engine, now_ns: int) -> None:
        pipeline = engine.pipeline
        packets = pipeline.meter.packets
        rate = (packets - self._last_packets) * 1e9 / max(1, now_ns - self._last_ns)
        flows, devices, alerts = pipeline.meter.flows_open, len(pipeline.correlator.devices), len(pipeline.alerts)
        dropped = engine.statistics.dropped_kernel + engine.statistics.dropped_interface
        if self.log.is_structured:
            self.log.write(
                "status", packets=packets, packets_per_s=rate, flows_open=flows, devices=devices, alerts=alerts,
                dropped=dropped,
            )  # fmt: skip
            return
        stamp = time.strftime("%H:%M:%S", time.localtime(now_ns // 1_000_000_000))
        self.log.line(
            f"{stamp} {packets:,} packets ({rate:,.0f}/s), {flows:,} flows open, "
            f"{devices:,} devices, {alerts:,} alerts, {dropped:,} dropped"
        )

    def _draw_bar(self, engine: Engine, now_ns: int) -> None:
        progress = engine.source.progress()
        if progress is None:
            return
        filled = round(progress * BAR_CELLS)
        bar = "#" * filled + "." * (BAR_CELLS - filled)
        self.log.out.write(f"\r[{bar}] {progress:4.0%}  {engine.pipeline.meter.packets:,} packets")
        self._in_place = True
        if engine.finished:
            self._clear_bar()
        self.log.out.flush()

    def _clear_bar(self) -> None:
        if self._in_place:
            self.log.out.write("\n")
            self._in_place = False


def summary(engine: Engine, record: Path | None, elapsed_s: float) -> dict[str, Any]:
    """What a run came to, as numbers a script can use."""
    pipeline = engine.pipeline
    session = pipeline.session
    return {
        "source": session.source,
        "kind": session.kind,
        "recording": str(record) if record is not None else None,
        "elapsed_s": round(elapsed_s, 3),
        "packets": session.packets,
        "bytes": session.bytes,
        "packets_per_s": round(session.packets / elapsed_s) if elapsed_s > 0 else 0,
        "dropped": session.dropped,
        "truncated": session.truncated,
        "malformed": session.malformed,
        "flows": pipeline.meter.flows_opened,
        "devices": len(pipeline.correlator.devices),
        "alerts": len(pipeline.alerts),
        "counters": dict(sorted(session.counters.items())),
        "notices": [*engine.notices, *engine.source.notices(), *_of_store(engine)],
        "error": engine.error,
    }


def _of_store(engine: Engine) -> list[str]:
    """What befell the recording, where nobody was told yet."""
    return engine.writer.take_notices() if engine.writer is not None else []


def summary_text(result: dict[str, Any]) -> str:
    megabytes = result["bytes"] / 1e6
    lines = [
        f"{result['packets']:,} packets, {megabytes:,.1f} MB in {result['elapsed_s']:.1f} s "
        f"({result['packets_per_s']:,}/s), {result['dropped']:,} dropped",
        f"{result['flows']:,} flows, {result['devices']:,} devices, {result['alerts']:,} alerts, "
        f"{result['malformed']:,} malformed, {result['truncated']:,} cut by the snap length",
    ]
    if result["recording"]:
        lines.append(f"recorded {'in' if result['error'] is None else 'until then in'} {result['recording']}")
    return "\n".join(lines)


def run(
    options: Options,
    *,
    duration_s: float | None = None,
    quiet: bool = False,
    as_json: bool = False,
    read_settings: Callable[[], Settings] = Settings,
) -> int:
    """Record or read until the source ends, ``duration_s`` is over, or a signal comes. Returns the exit code.

    ``read_settings``: the configuration again, as it is now, for a reload.
    """
    log, notifier = Log.to(sys.stderr), Notifier.from_environment()
    # The notices are in the object.
    watchers = () if as_json else (StatusLine(log, only_notices=quiet),)
    source = open_source(options)
    try:
        assembled = assemble_run(options, source, watchers=watchers)
    except BaseException:
        source.close()
        raise
    engine = assembled.engine
    if not quiet and not as_json:
        _tell_start(log, assembled)
    _stop_on_signals(engine)
    began = time.monotonic()
    if duration_s is not None:
        _stop_after(engine, duration_s)
    with _open_to_others(assembled, read_settings, log, notifier):
        engine.run()
    result = summary(engine, options.record, time.monotonic() - began)
    if as_json:
        sys.stdout.write(json.dumps(result) + "\n")
    elif not quiet:
        sys.stdout.write(summary_text(result) + "\n")
    raise_error(engine, options.record)
    return 0


def _tell_start(log: Log, assembled: Run) -> None:
    where = f" into {assembled.options.record}" if assembled.options.record is not None else ""
    ending = "" if log.is_structured else "; ctrl+c ends"
    log.write("start", f"reading {assembled.engine.source.name}{where}{ending}", version=__version__, pid=os.getpid())
    if assembled.dropped is not None:
        log.write("rights", str(assembled.dropped))


@contextmanager
def _open_to_others(
    assembled: Run, read_settings: Callable[[], Settings], log: Log, notifier: Notifier
) -> Iterator[None]:
    """While a live recording runs: the service manager hears of it, its owner may ask and have it reloaded."""
    engine, recording = assembled.engine, assembled.options.record
    if engine.source.kind != "live" or recording is None:
        yield
        return
    board = StatusBoard(recording, str(assembled.dropped) if assembled.dropped is not None else None)
    engine.watchers = (*engine.watchers, board, Heartbeat(notifier))
    reloader = Reloader(assembled, read_settings, log, notifier)
    # On a terminal SIGHUP says that it has gone, and ends the run as SIGTERM does.
    before = None if sys.stderr.isatty() else signal.signal(signal.SIGHUP, lambda number, frame: reloader.request())
    try:
        server = StatusServer(recording.absolute(), board, reloader.reload)
        try:
            yield
        finally:
            server.close()
    finally:
        if before is not None:
            signal.signal(signal.SIGHUP, before)
        reloader.close()
        notifier.close()


def raise_error(engine: Engine, recording: Path | None = None) -> None:
    """NetScopeError with why the engine stopped, if it did; the trace of a defect goes to a file."""
    if engine.crash is not None:
        # Landlock may leave only the recording's folder writable.
        for folder in (recording.absolute().parent if recording is not None else None, None, Path.cwd()):
            try:
                raise NetScopeError(f"{engine.error}; the report is in {write_report(engine.crash, folder)}")
            except OSError:
                continue
        raise NetScopeError(f"{engine.error}\n{engine.crash}")
    if engine.error is not None:
        raise NetScopeError(engine.error)


def _stop_on_signals(engine: Engine) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        engine.request_stop()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def _stop_after(engine: Engine, duration_s: float) -> None:

    timer = threading.Timer(duration_s, engine.request_stop)
    timer.daemon = True
    timer.start()


def run_file(path: str, record: Path | None = None) -> dict[str, Any]:
    """Read a capture in this process and return the summary. Raises NetScopeError."""
    options = Options(file=path, record=record)
    source = open_source(options)
    try:
        engine = assemble(options, source)
    except BaseException:
        source.close()
        raise
    began = time.monotonic()
    engine.run()
    if engine.error is not None:
        raise NetScopeError(engine.crash or engine.error)
    return summary(engine, record, time.monotonic() - began)
