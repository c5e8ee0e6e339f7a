"""Headless runs: a status line every ten seconds, a closing summary, and a clean end on SIGINT and SIGTERM."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final, TextIO

from netscope.assemble import Options, assemble, open_source
from netscope.engine.thread import Engine
from netscope.model.errors import NetScopeError
from netscope.model.text import neutralise
from netscope.report import write_report

STATUS_PERIOD_NS: Final = 10_000_000_000
BAR_CELLS: Final = 30


@dataclass(slots=True)
class StatusLine:
    """Writes how the run stands: a line each ten seconds, or a progress bar that stays in place on a terminal."""

    out: TextIO
    clock: Callable[[], int] = time.time_ns
    started_ns: int = 0
    _last_ns: int = 0
    _last_packets: int = 0
    _in_place: bool = False
    _told: tuple[str, ...] = ()

    def publish(self, engine: Engine, now_ns: int) -> None:
        self._tell_notices(engine)
        if engine.source.kind == "file" and self.out.isatty():
            self._draw_bar(engine, now_ns)
        elif not 0 <= now_ns - self._last_ns < STATUS_PERIOD_NS and not engine.finished:
            if self._last_ns:
                self.out.write(self._line(engine, now_ns) + "\n")
                self.out.flush()
            self._last_ns, self._last_packets = now_ns, engine.pipeline.meter.packets

    def _tell_notices(self, engine: Engine) -> None:
        notices = (*engine.notices, *engine.source.notices())
        for notice in notices:
            if notice not in self._told:
                self._clear_bar()
                self.out.write(f"netscope: {neutralise(notice, 300)}\n")
        self._told = notices
        if engine.writer is not None:
            for notice in engine.writer.take_notices():
                self.out.write(f"netscope: {neutralise(notice, 300)}\n")
        self.out.flush()

    def _line(self, engine: Engine, now_ns: int) -> str:
        pipeline = engine.pipeline
        packets = pipeline.meter.packets
        rate = (packets - self._last_packets) * 1e9 / max(1, now_ns - self._last_ns)
        stamp = time.strftime("%H:%M:%S", time.localtime(now_ns // 1_000_000_000))
        return (
            f"{stamp} {packets:,} packets ({rate:,.0f}/s), {pipeline.meter.flows_open:,} flows open, "
            f"{len(pipeline.correlator.devices):,} devices, {len(pipeline.alerts):,} alerts, "
            f"{engine.statistics.dropped_kernel + engine.statistics.dropped_interface:,} dropped"
        )

    def _draw_bar(self, engine: Engine, now_ns: int) -> None:
        progress = engine.source.progress()
        if progress is None:
            return
        filled = round(progress * BAR_CELLS)
        bar = "#" * filled + "." * (BAR_CELLS - filled)
        self.out.write(f"\r[{bar}] {progress:4.0%}  {engine.pipeline.meter.packets:,} packets")
        self._in_place = True
        if engine.finished:
            self._clear_bar()
        self.out.flush()

    def _clear_bar(self) -> None:
        if self._in_place:
            self.out.write("\n")
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
        "notices": list(engine.source.notices()),
        "error": engine.error,
    }


def summary_text(result: dict[str, Any]) -> str:
    megabytes = result["bytes"] / 1e6
    lines = [
        f"{result['packets']:,} packets, {megabytes:,.1f} MB in {result['elapsed_s']:.1f} s "
        f"({result['packets_per_s']:,}/s), {result['dropped']:,} dropped",
        f"{result['flows']:,} flows, {result['devices']:,} devices, {result['alerts']:,} alerts, "
        f"{result['malformed']:,} malformed, {result['truncated']:,} cut by the snap length",
    ]
    if result["recording"]:
        lines.append(f"recorded in {result['recording']}")
    return "\n".join(lines)


def run(options: Options, *, duration_s: float | None = None, quiet: bool = False, as_json: bool = False) -> int:
    """Record or read until the source ends, ``duration_s`` is over, or a signal comes. Returns the exit code."""
    source = open_source(options)
    try:
        watchers = () if quiet or as_json else (StatusLine(sys.stderr),)
        engine = assemble(options, source, watchers=watchers)
    except BaseException:
        source.close()
        raise
    if not quiet and not as_json:
        where = f" into {options.record}" if options.record is not None else ""
        sys.stderr.write(f"netscope: reading {neutralise(source.name, 200)}{where}; ctrl+c ends\n")
    _stop_on_signals(engine)
    began = time.monotonic()
    if duration_s is not None:
        _stop_after(engine, duration_s)
    engine.run()
    result = summary(engine, options.record, time.monotonic() - began)
    if as_json:
        sys.stdout.write(json.dumps(result) + "\n")
    elif not quiet:
        sys.stdout.write(summary_text(result) + "\n")
    raise_error(engine)
    return 0


def raise_error(engine: Engine) -> None:
    """NetScopeError with why the engine stopped, if it did; the trace of a defect goes to a file."""
    if engine.crash is not None:
        # Landlock may leave only the recording's folder writable.
        for folder in (None, Path.cwd()):
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

    for number in (signal.SIGINT, signal.SIGTERM):
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
