"""What is added up over all flows: anew for each snapshot, and of very many only every few seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from netscope.model.snapshot import Snapshot

MANY: Final = 10_000
"""Adding up so many flows takes as long as all else a pull does."""
EVERY_S: Final = 5.0

Summed = TypeVar("Summed")


class Seldom(Generic[Summed]):
    """The last sum, of which snapshot it is, by its version, and when it was made."""

    def __init__(self) -> None:
        self._made: tuple[Summed, int, float] | None = None

    def of(self, shown: Snapshot, now_s: float, add_up: Callable[[], Summed]) -> Summed:
        """``now_s`` is a reading of a steady clock."""
        if self._made is not None:
            kept, version, at_s = self._made
            if version == shown.version or (len(shown.flows) >= MANY and now_s - at_s < EVERY_S):
                return kept
        made = add_up()
        self._made = made, shown.version, now_s
        return made
