"""Hands the pipeline's changes to the store as batches."""

from __future__ import annotations

from typing import Any

from netscope.engine.store.rows import Batch
from netscope.engine.store.writer import Recording
from netscope.model.records import Session


class InlineWriter:
    """Writes in the engine's own thread: for a file, where a slow disk should slow the reading."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def write(self, session: Session, changes: dict[str, list[Any]]) -> None:
        self.recording.write(Batch(session=session, **changes))

    def close(self) -> None:
        self.recording.close()
