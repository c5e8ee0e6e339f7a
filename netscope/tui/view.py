"""What the screens look at: the live snapshot, the one shown, pause, filters, marks and undo. No widgets here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from netscope.model.snapshot import FlowRow, Snapshot
from netscope.query import Filter, FilterError, RowKind, parse_filter
from netscope.tui.columns import Drawing
from netscope.tui.glyphs import BLOCKS, Glyphs

UNDO_STEPS: Final = 50
SETTLING_NS: Final = 60 * 1_000_000_000

ROWS: Final[dict[RowKind, str]] = {
    "flow": "flows", "device": "devices", "name": "names", "tracker": "trackers", "alert": "alerts",
}  # fmt: skip


@dataclass(slots=True)
class Scope:
    """A filter as typed, and the last text that could be read. Mode screens share one, details own theirs."""

    text: str = ""
    filter: Filter | None = None
    error: FilterError | None = None

    def set(self, text: str) -> None:
        """An unreadable text keeps the filter in force."""
        self.text = text
        try:
            self.filter = parse_filter(text)
        except FilterError as error:
            self.error = error
        else:
            self.error = None

    def clear(self) -> None:
        self.text, self.filter, self.error = "", None, None

    @property
    def active(self) -> bool:
        return bool(self.text.strip())


@dataclass(slots=True)
class View:
    live: Snapshot | None = None
    shown: Snapshot | None = None
    """What the screens show: ``live``, or the snapshot of the moment the screen was paused."""
    paused: bool = False
    arrived: int = 0
    """Flows that began since the screen was paused."""
    scope: Scope = field(default_factory=Scope)
    show_closed: bool = True
    names: bool = True
    glyphs: Glyphs = BLOCKS
    marked: set[tuple[str, object]] = field(default_factory=set)
    _undo: list[tuple[str, Callable[[], None]]] = field(default_factory=list)
    _cache: dict[object, Any] = field(default_factory=dict)
    _judged: dict[RowKind, tuple[Filter, dict[int, tuple[Any, bool]]]] = field(default_factory=dict)
    """The filter last asked of a kind; rows by their identity and whether they passed. Most stay from pull to pull."""
    _drawing: Drawing | None = None

    def update(self, snapshot: Snapshot) -> bool:
        """Takes a new snapshot; whether what is shown changed."""
        if self.paused and self.shown is not None and self.live is not snapshot:
            since = self.shown.capture.now_ns
            self.arrived = sum(1 for row in snapshot.flows if row.first_seen_ns > since)
        self.live = snapshot
        if self.paused and self.shown is not None:
            return False
        changed = self.shown is not snapshot
        self.shown = snapshot
        self.forget()
        return changed

    def forget(self) -> None:
        """What was derived from the shown snapshot is stale."""
        self._cache.clear()
        self._drawing = None

    def pause(self, paused: bool) -> None:
        self.paused = paused
        self.arrived = 0
        if not paused:
            self.shown = self.live
        self.forget()

    @property
    def now_ns(self) -> int:
        return self.shown.capture.now_ns if self.shown else 0

    @property
    def since_ns(self) -> int:
        """What is seen in the first minute of a run was there before; only what comes later is new."""
        return self.shown.capture.started_ns + SETTLING_NS if self.shown else 0

    def rows(self, kind: RowKind, scope: Scope | None = None) -> Sequence[Any]:
        """Rows of the shown snapshot that pass the filter and, for flows, the choice to hide closed ones."""
        scope = scope or self.scope
        key = (kind, id(scope.filter))
        if key not in self._cache:
            self._cache[key] = self._select(kind, scope.filter)
        found: Sequence[Any] = self._cache[key]
        return found

    def total(self, kind: RowKind) -> int:
        return len(getattr(self.shown, ROWS[kind])) if self.shown else 0

    def _select(self, kind: RowKind, wanted: Filter | None) -> Sequence[Any]:
        if self.shown is None:
            return ()
        rows: Sequence[Any] = getattr(self.shown, ROWS[kind])
        if kind == "flow" and not self.show_closed:
            rows = [row for row in rows if row.end_reason is None]
        test = wanted.predicate(kind, self.now_ns, self.marked, self.since_ns) if wanted else None
        if wanted is None or test is None:
            self._judged.pop(kind, None)
            return rows
        return self._passing(kind, wanted, test, rows) if wanted.is_steady else [row for row in rows if test(row)]

    def _passing(self, kind: RowKind, wanted: Filter, test: Callable[[Any], bool], rows: Sequence[Any]) -> list[Any]:
        """Rows that pass, judging only those that were not there at the last pull."""
        asked, before = self._judged.get(kind, (wanted, {}))
        if asked != wanted:
            before = {}
        judged = {}
        for row in rows:
            key = id(row)
            judged[key] = before.get(key) or (row, test(row))
        self._judged[kind] = wanted, judged
        return [row for row, passed in judged.values() if passed]

    @property
    def drawing(self) -> Drawing:
        if self._drawing is None:
            local = {a: row.name for row in (self.shown.devices if self.shown else ()) for a in row.addresses}
            self._drawing = Drawing(
                self.now_ns,
                self.names,
                self.glyphs,
                frozenset(self.marked),
                since_ns=self.since_ns,
                local_names=local,
            )
        return self._drawing

    def flow(self, flow_id: int) -> FlowRow | None:
        return next((row for row in (self.shown.flows if self.shown else ()) if row.id == flow_id), None)

    def remember(self, what: str, undo: Callable[[], None]) -> None:
        """``undo`` takes back what was just done; ``what`` says so to the user."""
        self._undo.append((what, undo))
        del self._undo[:-UNDO_STEPS]

    def undo(self) -> str | None:
        """Takes back the last step; what it was, or None."""
        if not self._undo:
            return None
        what, take_back = self._undo.pop()
        take_back()
        return what

    @property
    def can_undo(self) -> bool:
        return bool(self._undo)
