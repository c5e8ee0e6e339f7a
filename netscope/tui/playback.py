"""What a reader of recorded data offers beyond Reader: a strip of the whole time, and moving in it.

Optional: a reader without these methods shows its one moment, and the Past screen says how to record.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, TypeGuard


class TimeBucket(NamedTuple):
    start_ns: int
    bytes: int
    alerts: int


class Playback(Protocol):
    """A reader whose ``snapshot`` shows the moment of ``position_ns``. Calls return at once."""

    def time_range(self) -> tuple[int, int]:
        """First and last moment recorded, in nanoseconds."""
        ...

    def strip(self, buckets: int) -> Sequence[TimeBucket]:
        """The whole range in at most ``buckets`` equal parts, oldest first."""
        ...

    @property
    def position_ns(self) -> int: ...

    @property
    def speed(self) -> float:
        """0 while stopped."""
        ...

    @property
    def at_live(self) -> bool:
        """Whether the moment shown is now: the end of what is being captured."""
        ...

    def seek(self, time_ns: int) -> None: ...

    def play(self, speed: float) -> None:
        """0 stops."""
        ...

    def to_live(self) -> None:
        """To the end, and to staying there."""
        ...


def has_playback(reader: Any) -> TypeGuard[Playback]:
    return hasattr(reader, "seek") and hasattr(reader, "strip") and hasattr(reader, "time_range")
