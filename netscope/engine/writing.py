"""Hands the pipeline's changes to the store: at the disk's pace for a file, dropping the least for live traffic."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from netscope.engine.store.backlog import WriterThread
from netscope.engine.store.history import History
from netscope.engine.store.process import RecordingProcess
from netscope.engine.store.rows import Batch, Rows
from netscope.engine.store.writer import Recording
from netscope.model.errors import NetScopeError
from netscope.model.records import Session


def a_batch(session: Session, changes: dict[str, Any], history: History | None, now_ns: int) -> Batch:
    """What the pipeline changed, with what the detectors learned."""
    learned = history.take_changed() if history is not None else {}
    return Batch(session=session, baselines=learned, baselines_ns=now_ns, **changes)


class PacedWriter:
    """Writes in a thread of its own, at most one batch behind: a slow disk slows the reading of a file, no row is lost.

    Bound: the batch being written and the one that waits; ``write`` waits until there is room.
    """

    def __init__(self, recording: Recording | RecordingProcess, history: History | None = None) -> None:
        self.recording = recording
        self._history = history
        self._waiting: queue.Queue[Rows | None] = queue.Queue(maxsize=1)
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._main, name="netscope-writer", daemon=True)
        self._thread.start()

    def write(self, session: Session, changes: dict[str, Any], now_ns: int) -> None:
        """Raises what the batch before met."""
        if self._failure is not None:
            raise self._failure
        self._waiting.put(self.recording.rows(a_batch(session, changes, self._history, now_ns)))

    def _main(self) -> None:
        while (rows := self._waiting.get()) is not None:
            if self._failure is None:
                try:
                    self.recording.write_rows(rows)
                except Exception as failure:  # noqa: BLE001
                    # The thread's boundary: write() and close() raise it in the engine's thread.
                    self._failure = failure

    def wait_for_room(self) -> None:
        """``write`` waits itself."""

    def counters(self) -> dict[str, int]:
        return {}

    def take_notices(self) -> list[str]:
        notices, self.recording.notices = self.recording.notices, []
        return notices

    def size_bytes(self) -> int:
        return self.recording.size_bytes()

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()
        self.recording.close()
        if self._failure is not None:
            raise self._failure


class QueuedWriter:
    """Never lets the disk hold up the capture; what does not fit is dropped by value and counted."""

    def __init__(
        self, recording: Recording, history: History | None = None, upkeep: Callable[[int], object] | None = None
    ) -> None:
        """``upkeep``: bounded work on the file after each transaction, such as retention."""
        self.recording = recording
        self._history = history
        self._thread = WriterThread(recording, upkeep)
        self._was_refused = False

    def write(self, session: Session, changes: dict[str, Any], now_ns: int) -> None:
        self._thread.submit(a_batch(session, changes, self._history, now_ns), now_ns)

    def wait_for_room(self) -> None:
        """At the end there is no capture that could be held up."""
        self._thread.wait_for_room()

    def reopen(self) -> None:
        """Open the recording again by its name, as a file that was moved away wants."""
        self._thread.reopen()

    def counters(self) -> dict[str, int]:
        return self._thread.counters()

    def take_notices(self) -> list[str]:
        """With why nothing is written now, as long as that lasts, and once that it is over."""
        notices, fault = self._thread.take_notices(), self._thread.fault
        was_refused, self._was_refused = self._was_refused, fault is not None
        if fault is not None:
            return [*notices, str(fault)]
        return [*notices, f"{self.recording.path}: it is written again"] if was_refused else notices

    def size_bytes(self) -> int:
        return self.recording.size_bytes()

    def close(self) -> None:
        written = self._thread.close()
        if not written:
            raise NetScopeError(f"{self.recording.path}: the disk did not take the last rows in time; they are lost")
