"""One target's queue: throttled, retried with growing pauses, bounded, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from netscope.notify.message import plain_message
from netscope.notify.targets import Send, SendFailed

Message = dict[str, Any]

MAX_WAITING: Final = 200
"""Messages waiting for one target; further ones are counted and told in one message when there is room."""
RETRY_S: Final = (5.0, 15.0, 60.0, 300.0, 900.0)
"""Pauses between attempts; the last one goes on."""
BURST: Final = 10
"""Messages that may go at once before the hourly rate holds."""
HOUR_S: Final = 3600.0


class Delivery:
    """``report(name, event, words)`` is told of each: sent, failed, dropped; called on the thread."""

    def __init__(
        self,
        name: str,
        send: Send,
        per_hour: int,
        report: Callable[[str, str, str], None],
        *,
        retry_s: tuple[float, ...] = RETRY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._send = send
        self._per_hour = per_hour
        self._report = report
        self._retry_s = retry_s
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: deque[Message] = deque()
        self._held_back = 0
        self._tokens = float(BURST)
        self._counted_s = clock()
        self._ending_s: float | None = None
        self._thread = threading.Thread(target=self._main, name=f"notify {name}", daemon=True)
        self._thread.start()

    def submit(self, message: Message) -> None:
        """Never waits."""
        with self._changed:
            if len(self._waiting) >= MAX_WAITING:
                self._held_back += 1
                self._report(self.name, "dropped", "")
                return
            self._waiting.append(message)
            self._changed.notify()

    def close(self, timeout_s: float) -> None:
        """Send what waits for as long as there is time; rates no longer hold."""
        with self._changed:
            self._ending_s = self._clock() + timeout_s
            self._changed.notify()
        self._thread.join(timeout_s + 0.5)

    def _main(self) -> None:
        while (message := self._next()) is not None:
            self._deliver(message)

    def _next(self) -> Message | None:
        """The next to send, when its time has come; None at the end."""
        with self._changed:
            while True:
                if self._waiting and (self._take_token() or self._ending_s is not None):
                    return self._waiting.popleft()
                if self._ending_s is not None:
                    return None
                if self._held_back and not self._waiting and self._take_token():
                    return self._summary()
                pause_s = self._until_token_s() if self._waiting or self._held_back else None
                self._changed.wait(pause_s)

    def _summary(self) -> Message:
        number, self._held_back = self._held_back, 0
        return plain_message("summary", "low", f"{number} more alerts were held back", time.time_ns())

    def _take_token(self) -> bool:
        now_s = self._clock()
        self._tokens = min(float(BURST), self._tokens + (now_s - self._counted_s) * self._per_hour / HOUR_S)
        self._counted_s = now_s
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _until_token_s(self) -> float:
        return max(0.05, (1 - self._tokens) * HOUR_S / self._per_hour)

    def _deliver(self, message: Message) -> None:
        attempt = 0
        while True:
            try:
                self._send(message)
            except SendFailed as failure:
                attempt += 1
                self._report(self.name, "failed", str(failure))
                if failure.lasting or not self._pause(self._retry_s[min(attempt, len(self._retry_s)) - 1]):
                    self._report(self.name, "dropped", "")
                    return
            else:
                self._report(self.name, "sent", "")
                return

    def _pause(self, pause_s: float) -> bool:
        """Whether there is another attempt: at the end only while there is time."""
        with self._changed:
            self._changed.wait_for(lambda: self._ending_s is not None, pause_s)
            if self._ending_s is None:
                return True
            left_s = self._ending_s - self._clock()
        if left_s < 1:
            return False
        time.sleep(min(0.5, left_s))
        return True
