"""Hands the pipeline's changes to the store: inline for a file, through a bounded queue for live traffic."""

from __future__ import annotations

from typing import Any

from netscope.engine.store.backlog import WriterThread
from netscope.engine.store.rows import Batch
from netscope.engine.store.writer import Recording
from netscope.model.errors import NetScopeError
from netscope.model.records import Session


class InlineWriter:
    """Writes in the engine's own thread: a slow disk should slow the reading of a file, not lose rows."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def write(self, session: Session, changes: dict[str, Any], now_ns: int) -> None:
        self.recording.write(Batch(session=session, **changes))

    def counters(self) -> dict[str, int]:
        return {}

    def take_notices(self) -> list[str]:
        notices, self.recording.notices = self.recording.notices, []
        return notices

    def size_bytes(self) -> int:
        return self.recording.size_bytes()

    def close(self) -> None:
        self.recording.close()


class QueuedWriter:
    """Never lets the disk hold up the capture; what does not fit is dropped by value and counted."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._thread = WriterThread(recording)

    def write(self, session: Session, changes: dict[str, Any], now_ns: int) -> None:
        self._thread.submit(Batch(session=session, **changes), now_ns)

    def counters(self) -> dict[str, int]:
        return self._thread.counters()

    def take_notices(self) -> list[str]:
        notices = self._thread.take_notices()
        fault = self._thread.fault
        return [*notices, str(fault)] if fault is not None else notices

    def size_bytes(self) -> int:
        return self.recording.size_bytes()

    def close(self) -> None:
        if not self._thread.close():
            raise NetScopeError(f"{self.recording.path}: the disk did not take the last rows in time; they are lost")
