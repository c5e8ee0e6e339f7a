"""How often something happened by the minute of the last hour and by the hour of the last day."""

from __future__ import annotations

from array import array
from typing import Final

from netscope.model.history import Uses

MINUTE_NS: Final = 60_000_000_000
HOUR_NS: Final = 60 * MINUTE_NS
MINUTES: Final = 60
HOURS: Final = 24
MOST: Final = 0xFFFF
"""In one slot; more is told as so many."""


class _Ring:
    """Counts in the last slots of equal length."""

    __slots__ = ("_counts", "_length_ns", "_newest")

    def __init__(self, slots: int, length_ns: int) -> None:
        self._counts = array("H", bytes(2 * slots))
        self._length_ns = length_ns
        self._newest = 0

    def add(self, at_ns: int) -> None:
        slots, slot = len(self._counts), at_ns // self._length_ns
        if slot > self._newest:
            for passed in range(max(self._newest + 1, slot - slots + 1), slot + 1):
                self._counts[passed % slots] = 0
            self._newest = slot
        if slot > self._newest - slots and self._counts[slot % slots] < MOST:
            self._counts[slot % slots] += 1

    def last(self, now_ns: int) -> tuple[int, ...]:
        """The oldest slot first, that of ``now_ns`` last."""
        counts, now, newest = tuple(self._counts), now_ns // self._length_ns, self._newest
        slots = len(counts)
        return tuple(
            [counts[slot % slots] if newest - slots < slot <= newest else 0 for slot in range(now - slots + 1, now + 1)]
        )


class UseCounts:
    """Some 400 bytes."""

    __slots__ = ("_hours", "_minutes")

    def __init__(self) -> None:
        self._minutes = _Ring(MINUTES, MINUTE_NS)
        self._hours = _Ring(HOURS, HOUR_NS)

    def add(self, at_ns: int) -> None:
        self._minutes.add(at_ns)
        self._hours.add(at_ns)

    def told(self, now_ns: int) -> Uses:
        return Uses(self._minutes.last(now_ns), self._hours.last(now_ns))
