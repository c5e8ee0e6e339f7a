"""What a reader of recorded data offers beyond Reader: moving in its time.

Optional: a reader without these methods shows its one moment, and the Past screen says how to record.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeGuard


class Playback(Protocol):
    """A reader whose ``snapshot`` shows the moment of ``position_ns``. Calls return at once."""

    def time_range(self) -> tuple[int, int]:
        """First and last moment recorded, in nanoseconds."""
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
    return hasattr(reader, "seek") and hasattr(reader, "time_range")
