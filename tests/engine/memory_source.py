"""A frame source that plays frames from memory, for tests of what drives the engine."""

from __future__ import annotations

from collections.abc import Iterable

from netscope.demo.wire import Frame
from netscope.engine.capture.source import CaptureStatistics, FrameSink, SourceInterface


class MemorySource:
    """Implements ``FrameSource``; ``fail_after`` frames it raises ``failure``."""

    def __init__(
        self,
        frames: Iterable[Frame],
        kind: str = "file",
        fail_after: int | None = None,
        failure: Exception | None = None,
    ) -> None:
        self.kind = kind
        self.name = "memory"
        self.filter: str | None = None
        self.closed = 0
        self._frames = list(frames)
        self._at = 0
        self._fail_after = fail_after
        self._failure = failure

    def pump(self, sink: FrameSink, budget: int, timeout_s: float) -> bool:
        for at_ns, frame in self._frames[self._at : self._at + budget]:
            if self._at == self._fail_after and self._failure is not None:
                raise self._failure
            sink.add_frame(at_ns, frame, len(frame), 1, 0)
            self._at += 1
        return self._at < len(self._frames) or self.kind == "live"

    def statistics(self) -> CaptureStatistics:
        return CaptureStatistics(self._at, 3, 4)

    def interfaces(self) -> tuple[SourceInterface, ...]:
        return (SourceInterface("memory", 1, ("203.0.113.1/24",), "203.0.113.254"),)

    def progress(self) -> float | None:
        return self._at / len(self._frames) if self._frames else 1.0

    def notices(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        self.closed += 1
