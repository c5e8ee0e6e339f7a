"""The demo as a source of frames for the engine: the first minutes at once, as if just past, then as time goes by."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from netscope.demo.cast import IPV6_PREFIX, NETWORK_PREFIX, ROUTER
from netscope.demo.synthesis import DEFAULT_MINUTES, LINK_TYPE_ETHERNET, synthesise
from netscope.demo.wire import MINUTE, SECOND, Frame
from netscope.engine.capture.source import CaptureStatistics, FrameSink, SourceInterface

ALREADY_PAST_MINUTES: Final = 4
"""As long as the pulse on the screen reaches back."""
FULL_SPEED: Final = 0.0


class DemoSource:
    """A ``FrameSource``. Evening follows evening, each with another seed, so ports and names of files differ."""

    kind = "demo"
    name = "demo"
    filter: str | None = None

    def __init__(self, *, seed: int = 1, speed: float = 1.0, loop: bool = True) -> None:
        """``speed`` 2 plays twice as fast, ``FULL_SPEED`` as fast as the engine takes it."""
        self._speed = speed
        self._loop = loop
        self._seed = seed
        self._opened_ns = time.time_ns()
        self._opened_monotonic_ns = time.monotonic_ns()
        self._start_ns = self._opened_ns - ALREADY_PAST_MINUTES * MINUTE
        self._frames = self._evenings()
        self._next = next(self._frames, None)
        self._taken = 0

    def pump(self, sink: FrameSink, budget: int, timeout_s: float) -> bool:
        due_ns = self._due_ns()
        if self._next is not None and self._next[0] > due_ns:
            self._sleep(self._next[0] - due_ns, timeout_s)
            due_ns = self._due_ns()
        moved = 0
        while self._next is not None and moved < budget and self._next[0] <= due_ns:
            timestamp_ns, frame = self._next
            sink.add_frame(timestamp_ns, frame, len(frame), LINK_TYPE_ETHERNET, 0)
            self._next = next(self._frames, None)
            moved += 1
        self._taken += moved
        return self._next is not None

    def statistics(self) -> CaptureStatistics:
        return CaptureStatistics(received=self._taken, per_interface=((self._taken, 0, 0),))

    def interfaces(self) -> tuple[SourceInterface, ...]:
        networks = (f"{NETWORK_PREFIX}0/24", f"{IPV6_PREFIX}:/64")
        return (SourceInterface("demo", LINK_TYPE_ETHERNET, networks, ROUTER.address),)

    def progress(self) -> float | None:
        return None

    def notices(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        self._frames = iter(())
        self._next = None

    def _evenings(self) -> Iterator[Frame]:
        start_ns = self._start_ns
        while True:
            yield from synthesise(self._seed, DEFAULT_MINUTES, start_ns)
            if not self._loop:
                return
            start_ns += DEFAULT_MINUTES * MINUTE
            self._seed += 1

    def _due_ns(self) -> int:
        """Frames up to this time have happened."""
        if self._speed == FULL_SPEED:
            return 1 << 63
        passed_ns = time.monotonic_ns() - self._opened_monotonic_ns
        return self._opened_ns + int(passed_ns * self._speed)

    def _sleep(self, ahead_ns: int, timeout_s: float) -> None:
        time.sleep(min(ahead_ns / self._speed / SECOND, timeout_s))
