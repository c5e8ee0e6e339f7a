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


FEW: Final = 8
"""Most names are used less often in a run: until then the moments take a third of what the slots do."""


class UseCounts:
    """170 bytes at first, 550 of what is used more often. Counted on one thread, told on any."""

    __slots__ = ("_few", "_hours", "_minutes")

    def __init__(self) -> None:
        self._few: array[int] | None = array("Q")
        """When, as long as there are few of them."""
        self._minutes: _Ring | None = None
        self._hours: _Ring | None = None

    def add(self, at_ns: int) -> None:
        if self._few is not None:
            if len(self._few) < FEW:
                self._few.append(at_ns)
                return
            self._minutes, self._hours = _rings(self._few)
            self._few = None
        assert self._minutes is not None
        assert self._hours is not None
        self._minutes.add(at_ns)
        self._hours.add(at_ns)

    def told(self, now_ns: int) -> Uses:
        few = self._few
        minutes, hours = (self._minutes, self._hours) if few is None else _rings(few)
        assert minutes is not None
        assert hours is not None
        return Uses(minutes.last(now_ns), hours.last(now_ns))


def _rings(moments: array[int]) -> tuple[_Ring, _Ring]:
    minutes, hours = _Ring(MINUTES, MINUTE_NS), _Ring(HOURS, HOUR_NS)
    for at_ns in moments:
        minutes.add(at_ns)
        hours.add(at_ns)
    return minutes, hours
