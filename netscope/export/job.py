"""One export from beginning to end: rows chosen, made fit for sharing and written; once, or as they come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from netscope.engine.store.faults import StoreFault
from netscope.export import filters
from netscope.export.follow import Follower
from netscope.export.formats import Writer
from netscope.export.kinds import BY_NAME, KINDS, Kind
from netscope.export.outputs import Outputs, flow_columns, kinds_of, make_writer
from netscope.export.rows import Lookups, Recorded, Row, Span, Table
from netscope.model.errors import NetScopeError

POLL_S: Final = 1.0
"""A recorder commits once a second."""


class Mask(Protocol):
    """Makes rows fit for sharing."""

    def rows(self, table: str, rows: Sequence[Row]) -> list[Row]: ...

    def lookups(self, of: Lookups) -> Lookups:
        """What the masked rows' records may look up."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for."""

    db: Path
    kinds: tuple[str, ...]
    form: str = "jsonl"
    output: Path | None = None
    """None: standard output."""
    filter: str | None = None
    span: Span = field(default_factory=Span)
    mask: Mask | None = None
    overwrite: bool = False


def chosen_kinds(
    names: Sequence[str], form: str, *, has_filter: bool = False, follows: bool = False
) -> tuple[Kind, ...]:
    """``all`` stands for every kind the format, the filter and following have. Raises NetScopeError."""
    possible = kinds_of(form)
    if "all" in names:
        return tuple(
            kind
            for kind in KINDS
            if (possible is None or kind.name in possible)
            and (not has_filter or kind.name in filters.FILTERED_KINDS)
            and (not follows or kind.is_followed)
        )
    kinds = tuple(BY_NAME[name] for name in dict.fromkeys(names))
    for kind in kinds:
        if possible is not None and kind.name not in possible:
            raise NetScopeError(f"{form} has no records of {kind.name}; it has of {', '.join(possible)}")
        if follows and not kind.is_followed:
            raise NetScopeError(f"{kind.name} change all the time; export them without --follow")
    return kinds


class _Lane:
    """One kind on its way from the recording to its writer."""

    def __init__(self, table: Table, test: filters.Test | None, mask: Mask | None, writer: Writer) -> None:
        self.table = table
        self.writer = writer
        self.rows = 0
        self._test = test
        self._mask = mask

    def take(self, rows: list[Row]) -> None:
        if self._test is not None:
            rows = [row for row in rows if self._test(row)]
        if not rows:
            return
        self.rows += len(rows)
        if self._mask is not None:
            rows = self._mask.rows(self.table.kind.table, rows)
        self.writer.write(rows)


def _lane(request: Request, recorded: Recorded, kind: Kind, outputs: Outputs, now_ns: int) -> _Lane:
    of_flow = flow_columns(request.form)
    test = None
    if request.filter is not None:
        test = filters.filter_test(request.filter, kind.name, recorded, now_ns)
    # What a filter asks of the flow is not written: the writer knows its columns.
    plain = Table(recorded, kind, of_flow)
    table = Table(recorded, kind, (*of_flow, *filters.FLOW_COLUMNS)) if test is not None else plain
    lookups: Lookups = recorded if request.mask is None else request.mask.lookups(recorded)
    return _Lane(table, test, request.mask, make_writer(request.form, plain, lookups, outputs.for_kind(kind)))


Tell = Callable[[str, float, int], None]
"""Is told the kind at work, the share of its rows that were looked at, and how many rows of all kinds are written."""


def export(request: Request, tell: Tell = lambda kind, done, rows: None) -> int:
    """Everything there is now; returns how many rows. Raises NetScopeError; then no half file is left behind."""
    kinds = chosen_kinds(request.kinds, request.form, has_filter=request.filter is not None)
    written = 0
    with Recorded(request.db) as recorded, closing(_outputs(request, kinds)) as outputs:
        lanes = [_lane(request, recorded, kind, outputs, time.time_ns()) for kind in kinds]
        for lane in lanes:
            low, high = lane.table.bounds()
            for reached, rows in lane.table.pages(request.span):
                lane.take(rows)
                tell(lane.table.kind.name, (reached - low + 1) / max(1, high - low + 1), written + lane.rows)
            lane.writer.finish()
            written += lane.rows
        outputs.finish()
    return written


def _outputs(request: Request, kinds: Sequence[Kind]) -> Outputs:
    return Outputs(request.output, request.form, many=len(kinds) > 1, overwrite=request.overwrite)


class Following:
    """An export that goes on as rows come. Survives retention, and a recording that is begun anew."""

    def __init__(self, request: Request) -> None:
        """Raises NetScopeError."""
        if request.form == "parquet":
            raise NetScopeError("a Parquet file can be read only once it is finished; follow as jsonl")
        self._request = request
        self._kinds = chosen_kinds(request.kinds, request.form, has_filter=request.filter is not None, follows=True)
        self._stop = threading.Event()
        self.written = 0
        self.waiting = 0
        """Rows seen that were not finished."""
        self.given_up = 0
        """Rows that went, by retention, before they were finished."""

    def stop(self) -> None:
        """End soon, with everything finished written; safe in a signal handler and from another thread."""
        self._stop.set()

    def run(self) -> None:
        """Until ``stop``. Raises NetScopeError."""
        request = self._request
        with Recorded(request.db) as recorded, closing(_outputs(request, self._kinds)) as outputs:
            lanes = [_lane(request, recorded, kind, outputs, time.time_ns()) for kind in self._kinds]
            outputs.show()
            followers = [Follower(lane.table, request.span) for lane in lanes]
            while not self._stop.is_set():
                if not recorded.is_replaced():
                    self._poll(lanes, followers)
                    outputs.flush()
                elif _reopens(recorded):
                    followers = [Follower(lane.table, request.span) for lane in lanes]
                    continue
                self._stop.wait(POLL_S)
            for lane in lanes:
                lane.writer.finish()
            outputs.finish()

    def _poll(self, lanes: Sequence[_Lane], followers: Sequence[Follower]) -> None:
        for lane, follower in zip(lanes, followers, strict=True):
            for rows in follower.poll():
                lane.take(rows)
                if self._stop.is_set():
                    break
            lane.writer.pause(time.time_ns())
        self.written = sum(lane.rows for lane in lanes)
        self.waiting = sum(follower.waiting for follower in followers)
        self.given_up = sum(follower.given_up for follower in followers)


def _reopens(recorded: Recorded) -> bool:
    """False while the recorder is still making the new file."""
    try:
        recorded.reopen()
    except StoreFault:
        return False
    return True
