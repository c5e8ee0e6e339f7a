"""Bounded memory for detectors: tables that refuse new keys when full, and sets that forget by time.

Refusing, not evicting: whoever floods a table must not be able to push out the evidence of what else they do.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any, ClassVar, Final, Generic, TypeVar

SWEEP_NS: Final = 600_000_000_000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound="Aging")


class Room:
    """What the machine has room for."""

    keys: ClassVar[int] = 65_536
    """No table holds more, whatever its own bound. A small machine lowers it before detectors are made."""


def bounded(keys: int) -> int:
    """A table's own bound, within ``Room``."""
    return min(keys, Room.keys)


class Aging:
    """An entry that knows when it was last used."""

    __slots__ = ("last_ns",)

    def __init__(self) -> None:
        self.last_ns = 0


class Table(Generic[K, V]):
    """At most ``bound`` entries; one unused for ``idle_ns`` goes, now and then and when the table is full.

    A new key that finds no room is refused and counted.
    """

    def __init__(self, slug: str, bound: int, idle_ns: int, make: Callable[[], V]) -> None:
        self._slug = slug
        self._bound = bounded(bound)
        self._idle_ns = idle_ns
        self._sweep_ns = max(idle_ns, SWEEP_NS)
        """Between sweeps of a table that is not full: what is idle must not stay for months only since it may."""
        self._make = make
        self._entries: dict[K, V] = {}
        self._swept_ns = 0
        self.refused = 0
        self.get = self._entries.get

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def items(self) -> list[tuple[K, V]]:
        return list(self._entries.items())

    def values(self) -> list[V]:
        return list(self._entries.values())

    def entry(self, key: K, now_ns: int) -> V | None:
        """The key's entry, made if new; None when there is no room for it."""
        found = self._entries.get(key)
        if found is None:
            if now_ns - self._swept_ns > self._sweep_ns:
                self.sweep(now_ns)
            if len(self._entries) >= self._bound and not self._make_room(now_ns):
                self.refused += 1
                return None
            found = self._entries[key] = self._make()
        found.last_ns = max(found.last_ns, now_ns)
        return found

    def _make_room(self, now_ns: int) -> bool:
        """Sweep at most once a minute: a full table must not cost a sweep for each key it refuses."""
        if now_ns - self._swept_ns < 60_000_000_000:
            return False
        self.sweep(now_ns)
        return len(self._entries) < self._bound

    def sweep(self, now_ns: int) -> None:
        """Drop what has not been used for the idle time."""
        self._swept_ns = now_ns
        limit_ns = now_ns - self._idle_ns
        for key in [key for key, entry in self._entries.items() if entry.last_ns < limit_ns]:
            del self._entries[key]

    def drop(self, key: K) -> None:
        self._entries.pop(key, None)

    def counters(self) -> dict[str, int]:
        counted = {f"{self._slug}_entries": len(self._entries)}
        if self.refused:
            counted[f"{self._slug}_refused"] = self.refused
        return counted


class RecentSet:
    """Distinct items of the last ``window_ns``, at most ``bound`` held; more are not told apart.

    What has grown old goes together, at most thirty-two times a window: one by one would cost more than the adding.
    """

    def __init__(self, window_ns: int, bound: int) -> None:
        self._items: dict[Any, int] = {}
        self._window_ns = window_ns
        self._bound = bound
        self._oldest_ns = 0
        """No item is older."""
        self._looked_ns = 0
        """When old ones were last taken out."""

    def add(self, item: Hashable, now_ns: int) -> bool:
        """Whether it was not there."""
        if now_ns - self._oldest_ns > self._window_ns:
            self.forget(now_ns)
        items = self._items
        if item in items:
            items[item] = now_ns
            return False
        if not items:
            self._oldest_ns = self._looked_ns = now_ns
        if len(items) < self._bound:
            items[item] = now_ns
        return True

    def forget(self, now_ns: int) -> None:
        """Drop what is older than the window."""
        if now_ns - self._oldest_ns <= self._window_ns or (now_ns - self._looked_ns) * 32 < self._window_ns:
            return
        limit_ns = now_ns - self._window_ns
        kept: dict[Any, int] = {}
        oldest_ns = now_ns
        for item, seen_ns in self._items.items():
            if seen_ns >= limit_ns:
                kept[item] = seen_ns
                oldest_ns = min(oldest_ns, seen_ns)
        self._items, self._oldest_ns, self._looked_ns = kept, oldest_ns, now_ns

    def discard(self, item: Hashable) -> None:
        self._items.pop(item, None)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __contains__(self, item: Hashable) -> bool:
        return item in self._items

    @property
    def first_ns(self) -> int:
        return min(self._items.values(), default=0)

    def clear(self) -> None:
        self._items.clear()


class Growth:
    """Says when a count is worth telling again: at its threshold, then each time it has grown by a tenth."""

    __slots__ = ("told",)

    def __init__(self) -> None:
        self.told = 0

    def worth(self, count: int, threshold: float) -> bool:
        if count < threshold or count < self.told * 1.1:
            return False
        self.told = count
        return True
