"""Rows of a recording that another process is writing: each once, when no more of it is to come.

A row's number says when it was first met, not when it was written: a flow that opened early may be written late. So
who follows remembers the numbers it has passed without seeing a row (``holes``) and the rows it saw unfinished
(``waiting``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from netscope.export.kinds import Kind
from netscope.export.rows import IDS_A_QUESTION, Row, Span, Table

HOLE_S: Final = 300.0
"""How long a number's row may come late: open flows of a file are written once a minute, a stalled disk delays more."""
MAX_HOLES: Final = 250_000
"""More than flows are held at once (65,536); the oldest are given up, and counted."""
MAX_WAITING: Final = 250_000
"""As many; the oldest are handed on as they are."""
NS: Final = 1_000_000_000
MINUTE_BUCKET_S: Final = 60


class Follower:
    """Follows one kind. Bounds: MAX_HOLES and MAX_WAITING numbers."""

    def __init__(self, table: Table, span: Span, clock_s: Callable[[], float] = time.monotonic) -> None:
        self.table = table
        self.given_up = 0
        """Numbers whose row never came, or went before it was finished; retention and a full disk take rows."""
        self._kind: Kind = table.kind
        self._span = span
        self._clock_s = clock_s
        self._after = table.first_of(span) - 1
        self._holes: dict[int, float] = {}
        self._waiting: dict[int, float] = {}
        self._told: dict[int, tuple[Any, ...]] = {}
        """What was last told of rows that are told again. As many as devices are kept."""
        self._now_s = 0.0
        self._newest_ns = 0
        self._is_written = True

    @property
    def waiting(self) -> int:
        """Rows seen that are not finished."""
        return len(self._waiting)

    def poll(self) -> Iterator[list[Row]]:
        """What is new since the last call, a page at a time. Raises StoreFault."""
        recorded = self.table.recorded
        self._now_s = self._clock_s()
        self._newest_ns = recorded.newest_ns()
        self._is_written = recorded.is_written()
        self._after = min(self._after, self.table.bounds()[1])
        if self._kind.changes:
            recorded.refresh_names()
            yield from self._changed()
            return
        yield from self._new()
        yield from self._late()
        yield from self._finished()

    def _new(self) -> Iterator[list[Row]]:
        top = self.table.bounds()[1]
        for reached, rows in self.table.pages(Span(), self._after):
            for row in rows:
                # Where numbers began again, one may be new that was a hole.
                self._holes.pop(row["rowid"], None)
            self._note_holes(max(self._after + 1, top - MAX_HOLES), reached, rows)
            self._after = reached
            yield self._take(rows)

    def _note_holes(self, first: int, reached: int, rows: list[Row]) -> None:
        """Numbers from ``first`` on without a row. Far below the newest, retention has taken them."""
        if reached - first + 1 == len(rows):
            return
        seen = {row["rowid"] for row in rows}
        self._holes.update((number, self._now_s) for number in range(first, reached + 1) if number not in seen)
        while len(self._holes) > MAX_HOLES:
            del self._holes[next(iter(self._holes))]

    def _take(self, rows: list[Row]) -> list[Row]:
        """Those that are finished; the others wait."""
        done = []
        for row in rows:
            if not self._is_wanted(row):
                continue
            if self._is_finished(row):
                done.append(row)
            else:
                self._waiting[row["rowid"]] = self._now_s
        return done

    def _is_wanted(self, row: Row) -> bool:
        if not self._span.holds(self._kind, row) and row[self._kind.settles or "rowid"] is not None:
            return False
        # Retention gathers old minutes into coarser buckets, which is nothing new.
        return self._kind.table != "traffic" or row["bucket_seconds"] == MINUTE_BUCKET_S

    def _is_finished(self, row: Row) -> bool:
        kind = self._kind
        if kind.settles is not None and row[kind.settles] is not None:
            return not self.table.is_without_flow(row) or self._is_over(row, 90.0)
        if kind.wait_s is None:
            return False
        return self._is_over(row, 90.0 if self.table.is_without_flow(row) else kind.wait_s)

    def _is_over(self, row: Row, wait_s: float) -> bool:
        """Whether the row has waited its time: by the traffic's time, or by this machine's clock where that rests."""
        if not self._is_written:
            return True
        noticed_s = self._waiting.get(row["rowid"], self._now_s)
        if self._now_s - noticed_s > wait_s + 10.0 or not wait_s:
            return True
        moment_ns: int = row[self._kind.last] if self._kind.last is not None else 0
        return moment_ns + wait_s * NS < self._newest_ns

    def _late(self) -> Iterator[list[Row]]:
        """Rows that have come for numbers passed before."""
        come = self.table.present(list(self._holes)) if self._holes else []
        for number in come:
            del self._holes[number]
        for rows in self.table.by_number(come):
            yield self._take(rows)
        over = [number for number, noticed_s in self._holes.items() if self._now_s - noticed_s > HOLE_S]
        for number in over:
            del self._holes[number]

    def _finished(self) -> Iterator[list[Row]]:
        """Rows that waited."""
        if not self._waiting:
            return
        numbers = self.table.settled(list(self._waiting)) if self._kind.wait_s is None else list(self._waiting)
        for start in range(0, len(numbers), IDS_A_QUESTION):
            asked = numbers[start : start + IDS_A_QUESTION]
            rows = next(self.table.by_number(asked), [])
            done = [row for row in rows if self._is_finished(row)]
            there = {row["rowid"] for row in rows}
            gone = [number for number in asked if number not in there]
            self.given_up += len(gone)
            for number in (*gone, *(row["rowid"] for row in done)):
                del self._waiting[number]
            yield done
        while len(self._waiting) > MAX_WAITING:
            oldest = list(self._waiting)[: len(self._waiting) - MAX_WAITING]
            for number in oldest:
                del self._waiting[number]
            for rows in self.table.by_number(oldest):
                yield rows

    def _changed(self) -> Iterator[list[Row]]:
        """Every row that is new or that says other things of what matters; few enough to look at all of them."""
        for _, rows in self.table.pages(self._span):
            told = []
            for row in rows:
                now = tuple(row.get(name) for name in self._kind.changes)
                if self._told.get(row["rowid"]) != now:
                    self._told[row["rowid"]] = now
                    told.append(row)
            yield told
