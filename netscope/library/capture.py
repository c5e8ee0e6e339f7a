"""Live traffic, or a file, as an iteration of events. The engine runs in a thread of its own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from types import TracebackType
from typing import Final

from netscope.assemble import Options, assemble_run, open_source
from netscope.engine.thread import Engine
from netscope.library.rows import Event
from netscope.library.telling import Teller
from netscope.model.errors import NetScopeError

MAX_WAITING: Final = 50_000
"""Events not yet taken, some 50 MB. Of live traffic the oldest then go, counted; a file waits."""
TAKEN: Final = 256
"""Events handed over at once: a lock each would cost more than the event."""


def failure_of(engine: Engine) -> NetScopeError | None:
    """Why it stopped; of a defect with its traceback as a note."""
    if engine.error is None:
        return None
    failure = NetScopeError(engine.error)
    if engine.crash is not None:
        failure.add_note(engine.crash)
    return failure


class Waiting:
    """Events between the engine's thread and whoever iterates. Bound: MAX_WAITING."""

    def __init__(self, *, may_drop: bool) -> None:
        self._events: deque[Event] = deque()
        self._changed = threading.Condition()
        self._may_drop = may_drop
        self._over = False
        self.dropped = 0

    def put(self, event: Event) -> None:
        with self._changed:
            if len(self._events) >= MAX_WAITING:
                if self._may_drop:
                    self._events.popleft()
                    self.dropped += 1
                else:
                    self._changed.wait_for(lambda: self._over or len(self._events) < MAX_WAITING)
            self._events.append(event)
            self._changed.notify()

    def take(self, timeout_s: float) -> list[Event]:
        """Some of the oldest; empty when none came in time or none will."""
        with self._changed:
            self._changed.wait_for(lambda: self._events or self._over, timeout_s)
            taken = [self._events.popleft() for _ in range(min(TAKEN, len(self._events)))]
            self._changed.notify()
            return taken

    def end(self) -> None:
        """Nothing waits any longer."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    @property
    def is_over(self) -> bool:
        return self._over and not self._events


class Capture:
    """Iterate it once. ``close``, from any thread, ends the iteration; so does leaving a ``with`` or the loop."""

    def __init__(self, options: Options, kinds: tuple[str, ...]) -> None:
        """Opens the source, which may need a right. Raises NetScopeError."""
        source = open_source(options)
        self._waiting = Waiting(may_drop=source.kind != "file")
        self._teller = Teller(self._waiting.put, kinds)
        try:
            self._engine: Engine = assemble_run(options, source, observer=self._teller).engine
        except BaseException:
            source.close()
            raise
        self._thread = threading.Thread(target=self._run, name="netscope-capture", daemon=True)
        self._started = False

    def __enter__(self) -> Capture:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Event]:
        """Raises NetScopeError when the capture fails, once all events before that are taken."""
        if self._started:
            raise NetScopeError("a capture is iterated once: open another one")
        self._started = True
        self._thread.start()
        return self._events()

    def _events(self) -> Iterator[Event]:
        try:
            while not self._waiting.is_over:
                yield from self._waiting.take(1.0)
        finally:
            self.close()
        failure = failure_of(self._engine)
        if failure is not None:
            raise failure

    def _run(self) -> None:
        try:
            self._engine.run()
            self._teller.finish()
        finally:
            self._waiting.end()

    def close(self) -> None:
        """End the capture and let go of the source. Events not yet taken are gone."""
        self._engine.request_stop()
        self._waiting.end()
        if not self._started:
            self._started = True
            self._engine.source.close()
        elif self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    @property
    def source(self) -> str:
        """Interfaces, or the file."""
        return self._engine.source.name

    @property
    def packets(self) -> int:
        """Seen so far."""
        return self._engine.pipeline.meter.packets

    @property
    def dropped_packets(self) -> int:
        """By the kernel and the interface: the machine was too slow, or the loop took too long."""
        statistics = self._engine.statistics
        return statistics.dropped_kernel + statistics.dropped_interface

    @property
    def dropped_events(self) -> int:
        """Of live traffic: not taken before too many waited."""
        return self._waiting.dropped

    @property
    def notices(self) -> tuple[str, ...]:
        """What one should know of how it goes."""
        return (*self._engine.notices, *self._engine.source.notices())
