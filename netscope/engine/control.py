"""The screens' ``RunControl`` on a running engine. Called on the screen's thread; changes go on as commands."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from netscope.engine import switching
from netscope.engine.capture.interfaces import Interface, list_interfaces, received_totals
from netscope.engine.midway import MidwayWriter, known_by, repeat_the_user
from netscope.engine.outbox import Outbox
from netscope.engine.thread import Engine, RecordingWriter
from netscope.model.control import Adapter, Recorded, WrittenPackets, check_writable
from netscope.model.errors import NetScopeError

Outcome = TypeVar("Outcome")
ANSWER_S: Final = 10.0
"""Longest wait for the engine; it answers between two turns."""


@dataclass(frozen=True, slots=True)
class Recordings:
    """How recordings are begun in the middle of a run."""

    open: Callable[[Path], RecordingWriter]
    """Raises NetScopeError."""
    finish: Callable[[Path], None]
    """Ends the flows that were open when the recording was; the file is closed by then. Raises NetScopeError."""
    folder: Path
    """Where they go when no other folder is named."""
    writable: tuple[Path, ...] = ()
    """The only folders that can still be written to; empty: all that the user can."""


class EngineControl:
    """Implements ``RunControl``."""

    def __init__(self, engine: Engine, outbox: Outbox, recordings: Recordings | None = None) -> None:
        self._engine = engine
        self._outbox = outbox
        self._recordings = recordings

    @property
    def can_listen(self) -> bool:
        return self._engine.source.kind == "live"

    def adapters(self) -> Sequence[Adapter]:
        heard = self._engine.source.name.split(", ")
        totals = received_totals()
        return [_adapter(found, totals.get(found.name, (0, 0)), heard) for found in list_interfaces()]

    def listen(self, name: str) -> Future[None]:
        return switching.listen(self._engine, [name])

    @property
    def can_record(self) -> bool:
        return self._engine.source.kind != "file" and self._recordings is not None

    @property
    def recording(self) -> str | None:
        return self._outbox.recording

    @property
    def writable(self) -> Sequence[Path]:
        return self._recordings.writable if self._recordings is not None else ()

    def new_recording(self) -> Path:
        folder = self._recordings.folder if self._recordings is not None else Path()
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(self._engine.clock() // 1_000_000_000))
        return folder / f"netscope-{stamp}.db"

    def start_recording(self, path: Path) -> Future[Recorded]:
        """Opened on a thread of its own, because a disk may take its time; begun on the engine's."""
        recordings, engine = self._recordings, self._engine

        def begin(writer: RecordingWriter) -> None:
            session = engine.pipeline.update_session()
            session.dropped = engine.statistics.dropped_kernel + engine.statistics.dropped_interface
            engine.pipeline.start_keeping(known_by(engine.pipeline))
            repeat_the_user(engine.pipeline)
            engine.writer = MidwayWriter(writer, session, engine.clock())
            self._outbox.recording = str(path)

        def start() -> Recorded:
            if recordings is None or engine.source.kind == "file":
                raise NetScopeError("a file is recorded from its start: netscope -r FILE --record DB")
            if engine.writer is not None:
                raise NetScopeError("a recording is running already")
            check_writable(path, recordings.writable)
            if path.exists():
                raise NetScopeError(f"{path} is already there; choose another name, or go on with it by: "
                                    f"netscope --record {path}")  # fmt: skip
            writer = recordings.open(path)
            self._on_engine(lambda: begin(writer))
            return Recorded(path.absolute(), writer.size_bytes())

        return in_background(start, name="recording")

    def stop_recording(self) -> Future[Recorded]:
        engine, outbox = self._engine, self._outbox

        def end() -> RecordingWriter | None:
            writer = engine.writer
            if isinstance(writer, MidwayWriter):
                writer.ended_ns = engine.clock()
            engine.detach_writer()
            return writer

        def stop() -> Recorded:
            writer, path = self._on_engine(end), outbox.recording
            outbox.recording = None
            if writer is None or path is None:
                raise NetScopeError("no recording is running")
            writer.close()
            if self._recordings is not None:
                self._recordings.finish(Path(path))
            return Recorded(Path(path).absolute(), Path(path).stat().st_size)

        return in_background(stop, name="recording")

    def _on_engine(self, work: Callable[[], Outcome]) -> Outcome:
        """Waits for the engine's next turn. Not on the engine's thread."""
        done: Future[Outcome] = Future()

        def run() -> None:
            try:
                done.set_result(work())
            except NetScopeError as problem:
                done.set_exception(problem)

        self._engine.submit(run)
        return done.result(ANSWER_S)

    @property
    def kept_bytes(self) -> int:
        return self._engine.pipeline.meter.kept_bytes

    def write_packets(self, flow_ids: Sequence[int], path: Path) -> Future[WrittenPackets]:
        """Found on the engine's thread, written on one of its own."""

        def find() -> tuple[bytes, int, int]:
            meter = self._engine.pipeline.meter
            flows = [flow for flow_id in flow_ids if (flow := self._outbox.flow(flow_id)) is not None]
            return *meter.packets_of(flows), meter.kept_since_ns

        def write() -> WrittenPackets:
            check_writable(path, self.writable)
            return _write(path, *self._on_engine(find))

        return in_background(write, name="packets")


def in_background(work: Callable[[], Outcome], *, name: str) -> Future[Outcome]:
    """Done on a thread that ends with it."""
    done: Future[Outcome] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except (NetScopeError, OSError, TimeoutError) as problem:
            done.set_exception(NetScopeError(_words(problem)))

    threading.Thread(target=run, name=name, daemon=True).start()
    return done


def _words(problem: Exception) -> str:
    if isinstance(problem, TimeoutError):
        return "the engine did not answer: it has ended or is overloaded"
    if isinstance(problem, FileExistsError):
        return f"{problem.filename} is already there; choose another name"
    if isinstance(problem, OSError):
        return f"cannot write {problem.filename}: {problem.strerror}"
    return str(problem)


def _write(path: Path, document: bytes, packets: int, kept_since_ns: int) -> WrittenPackets:
    if not packets:
        raise NetScopeError("no packet of it is kept any more: newer ones took its place")
    # "x": what is there is never overwritten.
    with path.open("xb") as out:
        out.write(document)
    return WrittenPackets(path.absolute(), packets, kept_since_ns)


def _adapter(found: Interface, totals: tuple[int, int], heard: Sequence[str]) -> Adapter:
    state = "down" if not found.is_up else "up" if found.has_carrier else "no link"
    address = found.addresses[0] if found.addresses else None
    return Adapter(found.name, found.description, address, state, *totals, found.name in heard)
