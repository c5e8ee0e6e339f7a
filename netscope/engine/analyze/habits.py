"""What each device is used to: a bounded set of things per device, learned for a while, then judged before learned.

Kept in the recording's baselines where there is one, so that a restart forgets nothing. The learning period is time
watched, not time passed: a recording that was off for a month has learned nothing in it.
"""

from __future__ import annotations

from typing import Final

from netscope.engine.analyze.detector import HOUR_NS, MINUTE_NS, History
from netscope.engine.analyze.tables import bounded

MAX_DEVICES: Final = 8_192
"""Devices whose habits are held; of further ones nothing is news, and that is counted."""
PAUSE_NS: Final = 10 * MINUTE_NS
"""A silence longer than this is not time watched."""
WATCHED_KEY: Final = "watched_ns"


class Habit:
    """Of one device."""

    __slots__ = ("items", "since_ns")

    def __init__(self, since_ns: int, items: dict[str, None]) -> None:
        self.since_ns = since_ns
        """Time watched when it was met."""
        self.items = items


class Habits:
    """``bound`` items a device: one with more has no habit worth the name and makes no news."""

    def __init__(self, detector: str, history: History | None, learning_ns: int, bound: int) -> None:
        self._detector = detector
        self._history = history
        self._learning_ns = learning_ns
        self._bound = bound
        stored = history.baselines(detector) if history is not None else {}
        self._watched_ns: int = stored.pop(WATCHED_KEY, 0)
        self._now_ns = 0
        self._saved_ns = 0
        self._habits = {mac: Habit(value["since_ns"], dict.fromkeys(value["items"])) for mac, value in stored.items()}
        self.refused = 0

    def pass_time(self, now_ns: int) -> None:
        """Each second."""
        passed_ns = now_ns - self._now_ns
        if 0 < passed_ns <= PAUSE_NS:
            self._watched_ns += passed_ns
            if self._history is not None and self._watched_ns - self._saved_ns > HOUR_NS:
                self._saved_ns = self._watched_ns
                self._history.set_baseline(self._detector, WATCHED_KEY, self._watched_ns)
        self._now_ns = now_ns

    def meet(self, mac: str) -> Habit | None:
        """Its time begins when it is met, not when it first does what is learned: never to have done it is a habit."""
        habit = self._habits.get(mac)
        if habit is None:
            if len(self._habits) >= bounded(MAX_DEVICES):
                self.refused += 1
                return None
            habit = self._habits[mac] = Habit(self._watched_ns, {})
            self._keep(mac, habit)
        return habit

    def _keep(self, mac: str, habit: Habit) -> None:
        if self._history is not None:
            self._history.set_baseline(self._detector, mac, {"since_ns": habit.since_ns, "items": list(habit.items)})

    def news(self, mac: str, item: str) -> bool:
        """Whether the device has never done this though it is known for long enough. It is learned now."""
        habit = self.meet(mac)
        if habit is None:
            return False
        if item in habit.items:
            return False
        if len(habit.items) >= self._bound:
            return False
        is_news = self._watched_ns - habit.since_ns >= self._learning_ns
        habit.items[item] = None
        self._keep(mac, habit)
        return is_news

    def usual(self, mac: str) -> list[str]:
        habit = self._habits.get(mac)
        return list(habit.items) if habit is not None else []

    def counters(self) -> dict[str, int]:
        counted = {f"{self._detector}_devices": len(self._habits)}
        if self.refused:
            counted[f"{self._detector}_refused"] = self.refused
        return counted
