"""What the run has to say (a database that is damaged, a recording set aside), one after the other in the footer."""

from __future__ import annotations

from collections.abc import Sequence


class Notices:
    """Which of the run's notices wait to be shown. One that stands for long is shown once."""

    def __init__(self) -> None:
        self._told: frozenset[str] = frozenset()
        self._waiting: list[str] = []

    def hear(self, notices: Sequence[str]) -> None:
        """All that stand now."""
        self._waiting += [notice for notice in notices if notice not in self._told]
        self._told = frozenset(notices)

    def next(self) -> str | None:
        return self._waiting.pop(0) if self._waiting else None
