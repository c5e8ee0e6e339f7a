"""What of a live recording is written within the second, and what may wait.

News is written at once: a flow, a question, a device, a name, an alert, a minute's traffic. A row that only brings
running totals up to date (a device was seen again, a counter rose) would cost a page of the card each second for
something nobody waits for.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, Final

from netscope.engine.store.rows import UPSERTS, Row, Rows, merge

REFRESH_NS: Final = 10_000_000_000
"""How old the totals in the file may get; an open flow's row (pipeline.py) is brought up to date as often."""

WRITTEN_KEPT: Final = 65_536
"""Rows of a table whose lasting columns are remembered, at most."""

SESSIONS: Final = "sessions"
ADDRESSES: Final = "device_addresses"
LOST: Final = "lost_addresses"
"""Rows that delete one of ADDRESSES, under its key."""
LEARNED: Final = "baselines"
"""Never news: what detectors learned is read at the next start only."""

RUNNING: Final[dict[str, frozenset[str]]] = {
    SESSIONS: frozenset({"packets", "bytes", "dropped", "truncated", "malformed"}),
    "devices": frozenset({"last_seen_ns", "bytes_sent", "bytes_received"}),
    ADDRESSES: frozenset({"last_seen_ns"}),
    "device_evidence": frozenset({"last_seen_ns", "count"}),
    "counters": frozenset({"value"}),
}
"""Columns that change as long as traffic flows; a change of any other column of the table is news."""


def _lasting(columns: tuple[str, ...], running: frozenset[str]) -> Callable[[Row], Any]:
    return itemgetter(*[place for place, column in enumerate(columns) if column not in running])


_LASTING: Final = {
    upsert.table: _lasting(upsert.columns, RUNNING[upsert.table]) for upsert in UPSERTS if upsert.table in RUNNING
}


class RunningTotals:
    """Holds rows back until they are due. Bound: a row of a key, WRITTEN_KEPT keys a table."""

    def __init__(self) -> None:
        self._written: dict[str, dict[Any, Any]] = {table: {} for table in RUNNING}
        """By key the lasting columns, as they were last let through."""
        self._held: Rows = {}
        self._refreshed_ns: int | None = None

    def due(self, rows: Rows, now_ns: int) -> Rows:
        """Of ``rows`` and of those held back before, what is to be written now."""
        for lost in rows.get(LOST, ()):
            # What is held back would bring it back; found again, it is news.
            self._held.get(ADDRESSES, {}).pop(lost, None)
            self._written[ADDRESSES].pop(lost, None)
        if self._refreshed_ns is None or not 0 <= now_ns - self._refreshed_ns < REFRESH_NS:  # or the clock was set back
            self._refreshed_ns = now_ns
            held = self.take_held()
            merge(held, rows)
            self._note(held)
            return held
        news = {table: found for table, rows_of in rows.items() if (found := self._news(table, rows_of))}
        if news and self._held.get(SESSIONS):
            # One page beside the others: how much was received is then as new as what was.
            news[SESSIONS] = self._held.pop(SESSIONS)
        return news

    def take_held(self) -> Rows:
        """All that is held back, to be written now."""
        held, self._held = self._held, {}
        return {table: rows for table, rows in held.items() if rows}

    def _news(self, table: str, rows: dict[Any, Row]) -> dict[Any, Row]:
        if table == LEARNED:
            self._held.setdefault(table, {}).update(rows)
            return {}
        if table not in RUNNING:
            return rows
        news: dict[Any, Row] = {}
        written, held, lasting = self._written[table], self._held.setdefault(table, {}), _LASTING[table]
        for key, row in rows.items():
            if written.get(key) == lasting(row):
                held[key] = row
            else:
                news[key] = row
                held.pop(key, None)
        self._note({table: news})
        return news

    def _note(self, rows: Rows) -> None:
        for table, lasting in _LASTING.items():
            written = self._written[table]
            written.update([(key, lasting(row)) for key, row in rows.get(table, {}).items()])
            if len(written) > WRITTEN_KEPT:
                # What is not remembered is taken for news once more: a page too many, nothing lost.
                written.clear()
