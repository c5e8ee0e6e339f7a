"""Which columns a table shows at a width, and how wide each is: pure functions of width.

Columns leave in a fixed order, so a wider terminal never loses what a narrower one shows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from rich.cells import cell_len, set_cell_size

from netscope.model.text import neutralise
from netscope.tui.glyphs import BLOCKS, Glyphs

GAP = 1
"""Least blank cells between columns."""

WIDEST_GAP = 5
"""Most, where all columns have as much as they can use: a table spread over its width reads better than one with a
blank margin, until the eye loses the line."""

CURSOR_CELLS = 2
"""The selection sign and a blank, before the first column."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """What a cell may depend on besides its row. One per pull; strips are cached per drawing."""

    now_ns: int = 0
    names: bool = True
    """Host names where known; else addresses."""
    glyphs: Glyphs = BLOCKS
    marked: Collection[object] = frozenset()
    """(kind, id) of rows the user marked."""
    since_ns: int = 0
    """What was seen before is not marked as new: at first everything is."""
    local_names: Mapping[str, str] = field(default_factory=dict)
    """Address to name of the devices of the network."""


LATE = 3
"""Columns from this ``drop`` on are extras: they show only when the others have room for whole names."""


class Cell(NamedTuple):
    text: str
    style: str = ""
    """``""``, dim, accent, warn or name."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    key: str
    title: str
    least: int
    """Cells it needs; below that it leaves."""
    most: int
    drop: int
    """Columns with the largest number leave first; 0 never leaves."""
    cell: Callable[[Any, Drawing, int], Cell]
    """(row, drawing, width of the column) to the cell."""
    weight: int = 1
    """Share of spare width, up to ``most``."""
    right: bool = False
    sort: Callable[[Any], Any] | None = None
    descending: bool = False
    """Whether the natural order has the largest first."""
    term: Callable[[Any], str | None] | None = None
    """The filter that selects the value of this row."""
    copy: Callable[[Any, Drawing], str] | None = None
    """The full value; the cell's text by default."""
    drawn: bool = False
    """A picture of figures: no part of a copied row."""
    short: str = ""
    """Title where the whole one does not fit."""
    comfort: int = 0
    """Cells it wants before columns with ``drop`` of ``LATE`` or more may show; ``least`` by default."""
    shown: str = "yes"
    """``yes``, ``spare`` (where all others have as much as they can use, or when picked), ``optional`` (only when
    picked) or ``never`` (only to sort by)."""
    help: str = ""


class Placed(NamedTuple):
    column: Column
    start: int
    width: int


def fit(columns: Sequence[Column], width: int) -> tuple[Placed, ...]:
    """Columns for ``width`` cells, from cell ``CURSOR_CELLS`` on."""
    kept = list(columns)
    room = width - CURSOR_CELLS
    while len(kept) > 1 and _needed(kept) > room:
        leaving = max(kept, key=lambda column: column.drop)
        if leaving.drop == 0:
            break
        kept.remove(leaving)
    widths = _share(_least_widths(kept), kept, room - GAP * (len(kept) - 1))
    gaps = _gaps(room - sum(widths), len(kept) - 1)
    placed = []
    start = CURSOR_CELLS
    for column, cells, gap in zip(kept, widths, (*gaps, 0), strict=True):
        placed.append(Placed(column, start, cells))
        start += cells + gap
    return tuple(placed)


def _gaps(room: int, count: int) -> list[int]:
    """``room`` cells spread over so many gaps, each within its bounds."""
    if count < 1:
        return []
    each, more = divmod(max(room, GAP * count), count)
    return [min(WIDEST_GAP, each + (number < more)) for number in range(count)]


def _needed(columns: Sequence[Column]) -> int:
    return sum(_least_widths(columns)) + GAP * (len(columns) - 1)


def _least_widths(columns: Sequence[Column]) -> list[int]:
    """What each needs for the last one that shows to have its place."""
    if any(column.shown == "spare" for column in columns):
        return [column.least if column.shown == "spare" else max(column.most, column.comfort) for column in columns]
    if any(column.drop >= LATE for column in columns):
        return [max(column.least, column.comfort) for column in columns]
    return [column.least for column in columns]


def _share(widths: list[int], columns: Sequence[Column], room: int) -> list[int]:
    """Spare room goes out a cell at a time to the column furthest below its share."""
    spare = room - sum(widths)
    while spare > 0:
        growing = [index for index, column in enumerate(columns) if column.weight and widths[index] < column.most]
        if not growing:
            break
        index = min(growing, key=lambda i: (widths[i] - columns[i].least) / columns[i].weight)
        widths[index] += 1
        spare -= 1
    if spare < 0:
        widths[0] = max(1, widths[0] + spare)
    return widths


LABEL_SHARE = 0.7
"""Of the width that whole labels of a host name must fill; else the first of them is cut too."""


@lru_cache(maxsize=8192)
def keep_end(text: str, width: int, cut: str = "…") -> str:
    """Like ``pad`` for host names, whose end says most: what does not fit goes from the front, by whole labels where
    that leaves enough."""
    shown = neutralise(text, 300)
    if cell_len(shown) <= width:
        return shown
    while shown and cell_len(shown) >= width:
        shown = shown[max(1, (cell_len(shown) - width) // 2) :]
    labels = shown[shown.find(".") :] if "." in shown else ""
    return cut + (labels if cell_len(labels) >= LABEL_SHARE * width else shown)


@lru_cache(maxsize=8192)
def fit_words(text: str, width: int) -> str:
    """As many whole words as fit; the first one is left to be cut."""
    shown = neutralise(text, 300)
    while cell_len(shown) > width and " " in shown:
        shown = shown.rpartition(" ")[0].rstrip(" ,;&-")
    return shown


def fit_items(items: Sequence[str], width: int, separator: str = ", ") -> str:
    """As many whole items as fit, and how many more there are: ``Pixel-8 +2``; the first one is left to be cut."""
    shown = [neutralise(item, 300) for item in items]
    for kept in range(len(shown), 0, -1):
        more = f" +{len(shown) - kept}" if kept < len(shown) else ""
        line = separator.join(shown[:kept]) + more
        if cell_len(line) <= width:
            return line
        if kept == 1 and more:
            return pad(shown[0], max(1, width - len(more))).rstrip() + more if width > len(more) + 3 else shown[0]
    return shown[0] if shown else ""


@lru_cache(maxsize=8192)
def pad(text: str, width: int, right: bool = False, cut: str = "…") -> str:
    """``text`` in exactly ``width`` terminal cells; what does not fit ends in ``cut``."""
    if width <= 0:
        return ""
    shown = neutralise(text, width + 1 if text.isascii() else 4 * width + 4)
    cells = cell_len(shown)
    if cells > width:
        return set_cell_size(shown.removesuffix("…"), width - 1) + cut
    return " " * (width - cells) + shown if right else shown + " " * (width - cells)
