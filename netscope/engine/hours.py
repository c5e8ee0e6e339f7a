"""Counts by the hour of the last day."""

from __future__ import annotations

from array import array
from typing import Final

HOUR_NS: Final = 3_600_000_000_000
HOURS: Final = 24


class HourCounts:
    """How often something happened in each hour of the last day; 160 bytes."""

    __slots__ = ("_counts", "_hour")

    def __init__(self) -> None:
        self._counts = array("I", bytes(4 * HOURS))
        self._hour = 0
        """Of the newest count, since the epoch."""

    def add(self, at_ns: int, number: int = 1) -> None:
        hour = at_ns // HOUR_NS
        if hour > self._hour:
            for passed in range(max(self._hour + 1, hour - HOURS + 1), hour + 1):
                self._counts[passed % HOURS] = 0
            self._hour = hour
        if hour > self._hour - HOURS:
            self._counts[hour % HOURS] += number

    def last_day(self, now_ns: int) -> tuple[int, ...]:
        """The oldest hour first, that of ``now_ns`` last."""
        now = now_ns // HOUR_NS
        counts = tuple(self._counts)
        return tuple(
            [
                counts[hour % HOURS] if self._hour - HOURS < hour <= self._hour else 0
                for hour in range(now - HOURS + 1, now + 1)
            ]
        )
