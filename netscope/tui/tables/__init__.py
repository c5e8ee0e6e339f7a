"""What each table shows: its rows' identity, columns, orders and groupings. Data and pure functions only."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from netscope.query import RowKind, quote
from netscope.query.fields import marks as letters
from netscope.tui.columns import Cell, Column, Drawing
from netscope.tui.glyphs import sparkline


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    name: str
    """Stable; preferences are kept under it."""
    title: str
    kind: RowKind | None
    """What filters ask of its rows; None when filters do not apply."""
    columns: tuple[Column, ...]
    order: str
    """Key of the column sorted by at first."""
    row_id: Callable[[Any], Hashable]
    device_id: Callable[[Any], int | None] = lambda row: None
    empty: str = ""
    """Said when there are no rows and no filter."""
    groups: tuple[str, ...] = ()
    order_words: str = ""
    """The order in the title when it is not by a column's name."""
    settled_order: str = ""
    """Key of the column sorted by at first once nothing moves any more; ``order`` by default."""

    def column(self, key: str) -> Column | None:
        return next((column for column in self.columns if column.key == key), None)

    @property
    def own_columns(self) -> tuple[Column, ...]:
        """Unless the user picks others."""
        return tuple(column for column in self.columns if column.shown in ("yes", "spare"))

    @property
    def orders(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.sort is not None)


def text(get: Callable[[Any], Any], style: str = "") -> Callable[[Any, Drawing, int], Cell]:
    """A cell that shows a value as it is, ``-`` when there is none."""
    return lambda row, drawing, width: _text_cell(get(row), style)


def _text_cell(value: Any, style: str) -> Cell:
    return Cell(str(value), style) if value not in (None, "") else Cell("-", "dim")


def figure(get: Callable[[Any], Any], form: Callable[[Any], str]) -> Callable[[Any, Drawing, int], Cell]:
    """A number in its form; ``-`` is dim."""

    def cell(row: Any, drawing: Drawing, width: int) -> Cell:
        shown = form(get(row))
        return Cell(shown, "dim" if shown == "-" else "")

    return cell


def term(field: str, get: Callable[[Any], Any]) -> Callable[[Any], str | None]:
    """The filter ``field=value`` of a row."""

    def select(row: Any) -> str | None:
        value = get(row)
        return None if value is None else f"{field}={quote(str(value))}"

    return select


URGENT = {"!": "warn", "T": "accent", "NX": "warn", "?": "accent", "*": "accent"}


def marks_cell(kind: RowKind) -> Callable[[Any, Drawing, int], Cell]:
    def cell(row: Any, drawing: Drawing, width: int) -> Cell:
        found = letters(kind, row, drawing.now_ns, drawing.since_ns)
        if drawing.marked and (kind, getattr(row, "id", None) or row.name) in drawing.marked:
            found = (*found, "m")
        if not found:
            return Cell("")
        return Cell("".join(found), URGENT.get(found[0], "dim"))

    return cell


def marks_order(kind: RowKind) -> Callable[[Any], int]:
    """Rows with the most urgent marks first; ``*`` and ``x`` need the clock and do not count."""
    weights = {"!": 8, "T": 4, "NX": 2, "?": 2, "gw": 1}
    return lambda row: sum(weights.get(letter, 0) for letter in letters(kind, row, 0))


def history_cell(row: Any, drawing: Drawing, width: int) -> Cell:
    # Not up to the full height: the peaks of a row would touch the row above.
    line = sparkline(row.history_bytes, width, drawing.glyphs.levels[:-1])
    return Cell(line, "chart" if any(row.history_bytes) else "dim")


def total_order(rows: Sequence[Any], column: Column, reverse: bool) -> list[Any]:
    """Rows in the column's natural order, or against it; ties keep their place."""
    assert column.sort is not None
    return sorted(rows, key=column.sort, reverse=column.descending != reverse)
