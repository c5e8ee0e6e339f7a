"""A table of many rows, drawn line by line: title, heading, rows. A frame costs the visible rows only.

Rows are immutable and swapped whole; the selection is a row's id, and keeps its screen line when rows
move. The order holds while the user moves, and changes at most once a second.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import compress, count, repeat
from operator import eq
from typing import Any, Final

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from netscope.tui.columns import CURSOR_CELLS, Column, Drawing, Placed, fit, pad
from netscope.tui.layout import Want
from netscope.tui.tables import Table, total_order
from netscope.tui.widgets.paint import Painted, Piece

HOLD_S: Final = 2.0
"""The order stays as it is for this long after a key press."""

REORDER_S: Final = 0.95
"""Least time between two changes of order; just below the usual pull of 1 s."""

MANY: Final = 5_000
MERGE_S: Final = 5.0
"""Of more than so many rows, only those in sight are exchanged while the order is held; the whole list this often."""
ALL: Final = 1_000_000

KEPT_STRIPS: Final = 600
"""Lines kept drawn; more than any terminal shows."""


def without_notes(pieces: Sequence[Piece], room: int) -> list[Piece]:
    """A title less the notes, those in dim, that do not fit; the last go first."""
    kept = list(pieces)
    while sum(cell_len(text) for text, _ in kept) > room:
        last = next((number for number in range(len(kept) - 1, -1, -1) if kept[number][1] == "dim"), None)
        if last is None:
            break
        del kept[last]
    return kept


class RowTable(Painted, can_focus=True):
    class Opened(Message):
        @property
        def control(self) -> RowTable:
            return self.row_table

        def __init__(self, table: RowTable, row: Any) -> None:
            super().__init__()
            self.row_table = table
            self.row = row

    class Moved(Message):
        """Another row is selected."""

        @property
        def control(self) -> RowTable:
            return self.row_table

        def __init__(self, table: RowTable) -> None:
            super().__init__()
            self.row_table = table

    class HeadingChosen(Message):
        def __init__(self, table: RowTable, key: str) -> None:
            super().__init__()
            self.row_table = table
            self.key = key

    def __init__(
        self,
        table: Table,
        *,
        heading: bool = True,
        id: str | None = None,  # noqa: A002
        title: bool = True,
        least: int = 2,
        enough: int = ALL,
    ) -> None:
        """``least`` rows it needs to be of use, and no more than ``enough`` before others have what they want."""
        super().__init__(id=id or table.name)
        self.least_rows, self.enough_rows = least, enough
        self.table = table
        self.columns: tuple[Column, ...] = table.own_columns
        self.order: tuple[str, bool] = (table.order, False)
        self.rows: Sequence[Any] = ()
        self.drawing = Drawing()
        self.title_pieces: list[Piece] = [(table.title, "title")]
        self.title_right = ""
        self.empty_lines: tuple[str, ...] = (table.empty,)
        self.selected_id: Hashable | None = None
        self.column_index: int | None = None
        self.heading = heading
        self.has_title = title
        self.top = 0
        self._index = 0
        self._touched = False
        self._ordered_at_s = float("-inf")
        self._merged_at_s = float("-inf")
        self._placed: tuple[Placed, ...] = ()
        self._placed_for: tuple[object, int] | None = None
        self._strips: dict[tuple[Hashable, bool], Strip] = {}

    # -- rows ------------------------------------------------------------------------------------

    def use(self, table: Table, columns: tuple[Column, ...], order: tuple[str, bool]) -> None:
        """Other columns, another order, or other kind of rows altogether."""
        if table is not self.table:
            self.rows, self.selected_id, self._index, self.top, self.column_index = (), None, 0, 0, None
        if order != self.order or table is not self.table:
            self._ordered_at_s = float("-inf")
            self.reorder_now = True
        self.table, self.columns, self.order = table, columns, order

    reorder_now = True
    """The next ``show`` sorts, whatever was pressed."""

    def show(self, rows: Sequence[Any], drawing: Drawing, *, now_s: float = 0.0, key_pressed_s: float = -10.0) -> None:
        """Swaps in a pull's rows; ``now_s`` and ``key_pressed_s`` are readings of one steady clock."""
        held = now_s - key_pressed_s < HOLD_S or now_s - self._ordered_at_s < REORDER_S
        ordered: Sequence[Any]
        if not held or self.reorder_now or not self.rows or not self._is_sorted:
            ordered = self._sort(rows)
            self._ordered_at_s = self._merged_at_s = now_s
            self.reorder_now = False
        elif len(rows) > MANY and now_s - self._merged_at_s < MERGE_S:
            ordered = self._renew_visible(rows)
        else:
            ordered = self._keep_order(rows)
            self._merged_at_s = now_s
        line = self._index - self.top
        self.rows, self.drawing = ordered, drawing
        self._strips.clear()
        self._find_selected(line)
        self.refresh()

    @property
    def _is_sorted(self) -> bool:
        """Else rows stay as they come: members below what they belong to."""
        column = self.table.column(self.order[0])
        return column is not None and column.sort is not None

    def _sort(self, rows: Sequence[Any]) -> Sequence[Any]:
        column = self.table.column(self.order[0])
        if column is None or column.sort is None:
            return list(rows)
        return total_order(rows, column, self.order[1])

    def _keep_order(self, rows: Sequence[Any]) -> Sequence[Any]:
        # map and zip keep the loop over fifty thousand rows out of Python.
        row_id = self.table.row_id
        waiting = dict(zip(map(row_id, rows), rows, strict=True))
        found = map(waiting.pop, map(row_id, self.rows), repeat(None))
        kept = [row for row in found if row is not None]
        return kept + list(self._sort(list(waiting.values()))) if waiting else kept

    def _renew_visible(self, rows: Sequence[Any]) -> Sequence[Any]:
        row_id = self.table.row_id
        fresh = dict(zip(map(row_id, rows), rows, strict=True))
        ordered = list(self.rows)
        seen = slice(self.top, self.top + self.visible_rows)
        ordered[seen] = [fresh.get(row_id(row), row) for row in ordered[seen]]
        return ordered

    def _find_selected(self, line: int) -> None:
        row_id = self.table.row_id
        found = -1
        if self.selected_id is not None:
            selected = self.selected_id
            found = next(compress(count(), map(eq, map(row_id, self.rows), repeat(selected))), -1)
        if found < 0:
            found = min(self._index, len(self.rows) - 1)
        if not self._touched and not self.top <= found < self.top + self.visible_rows:
            found = 0
        self._index = max(0, found)
        self.selected_id = row_id(self.rows[self._index]) if self.rows else None
        if self._touched:
            self.top = self._index - line
        self._clamp()

    def _clamp(self) -> None:
        visible = self.visible_rows
        self.top = max(self._index - visible + 1, min(self.top, self._index))
        self.top = max(0, min(self.top, len(self.rows) - visible))

    def want(self) -> Want:
        shown = max(1, len(self.rows) or len(self.empty_lines))
        wanted = min(shown, self.enough_rows)
        least, wanted, most = (self.first_line + rows for rows in (min(wanted, self.least_rows), wanted, shown))
        return Want(least, wanted, most, is_list=bool(self.rows))

    def let_go(self) -> None:
        """Nobody sees it: hold no rows of a snapshot that is gone elsewhere. The next ``show`` finds the cursor."""
        self.rows = ()
        self._strips.clear()

    # -- moving ----------------------------------------------------------------------------------

    @property
    def first_line(self) -> int:
        return int(self.has_title) + int(self.heading)

    @property
    def visible_rows(self) -> int:
        return max(1, self.size.height - self.first_line)

    @property
    def selected(self) -> Any | None:
        return self.rows[self._index] if 0 <= self._index < len(self.rows) else None

    @property
    def index(self) -> int:
        return self._index

    def move(self, step: int) -> None:
        self.move_to(self._index + step)

    def move_page(self, pages: int) -> None:
        self.move_to(self._index + pages * max(1, self.visible_rows - 1))

    def move_to(self, index: int) -> None:
        if not self.rows:
            return
        old, top = self._index, self.top
        self._index = max(0, min(index, len(self.rows) - 1))
        self._touched = True
        self.selected_id = self.table.row_id(self.rows[self._index])
        self._clamp()
        if self.top != top:
            self.refresh()
        else:
            self._refresh_rows(old, self._index)
        if old != self._index:
            self.post_message(self.Moved(self))

    def select(self, row_id: Hashable) -> bool:
        """Selects the row of that id; False when it is not here."""
        for index, row in enumerate(self.rows):
            if self.table.row_id(row) == row_id:
                self.move_to(index)
                return True
        return False

    def point_at(self, row_id: Hashable) -> None:
        """Puts the cursor on the row of that id, telling nobody."""
        index = next((index for index, row in enumerate(self.rows) if self.table.row_id(row) == row_id), None)
        if index is None or index == self._index:
            return
        self._index, self.selected_id, self._touched = index, row_id, True
        self._clamp()
        self.refresh()

    def follow(self) -> None:
        """Back to the first row, and to staying there."""
        self.move_to(0)
        self._touched = False
        self.reorder_now = True

    def move_column(self, step: int) -> None:
        count = len(self.placed)
        now = 0 if self.column_index is None else self.column_index + step
        self.column_index = max(0, min(now, count - 1))
        self._strips.clear()
        self.refresh()

    @property
    def column(self) -> Column | None:
        """The column under the cursor; the first unless the user moved."""
        placed = self.placed
        if not placed:
            return None
        return placed[min(self.column_index or 0, len(placed) - 1)].column

    def field_text(self, row: Any, column: Column) -> str:
        if column.copy is not None:
            return column.copy(row, self.drawing)
        return column.cell(row, self.drawing, 200).text.strip()

    def _refresh_rows(self, *indexes: int) -> None:
        for index in indexes:
            y = index - self.top + self.first_line
            self.refresh(Region(0, y, self.size.width, 1))

    # -- drawing ---------------------------------------------------------------------------------

    @property
    def placed(self) -> tuple[Placed, ...]:
        key = (self.columns, self.size.width)
        if self._placed_for is None or self._placed_for[0] is not key[0] or self._placed_for[1] != key[1]:
            self._placed = fit(self.columns, self.size.width)
            self._placed_for = key
        return self._placed

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips = {}

    def on_resize(self, event: events.Resize) -> None:
        self._strips.clear()
        self._clamp()

    def on_focus(self) -> None:
        self._strips.clear()
        self.refresh()

    def on_blur(self) -> None:
        self._strips.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        if self.has_title:
            if y == 0:
                return self._title_strip()
            y -= 1
        if not self.rows:
            return self._empty_strip(y)
        if self.heading:
            if y == 0:
                return self._heading_strip()
            y -= 1
        index = self.top + y
        if index >= len(self.rows):
            return self.strip([])
        return self._row_strip(index)

    def _title_strip(self) -> Strip:
        role = "focus" if self.has_focus else "title"
        sign, position = self.drawing.glyphs.title, f" {self._position()} "
        pieces = [(sign, role)]
        room = self.size.width - len(sign) - len(position)
        pieces += [(text, role if part == "title" else part) for text, part in without_notes(self.title_pieces, room)]
        return self.strip(pieces, [(position, "dim")])

    def _position(self) -> str:
        if self.title_right:
            return self.title_right
        if len(self.rows) <= self.visible_rows:
            return ""
        last = min(len(self.rows), self.top + self.visible_rows)
        return f"{self.top + 1}–{last}" if self.drawing.glyphs.trans is None else f"{self.top + 1}-{last}"

    def _empty_strip(self, y: int) -> Strip:
        y -= int(self.heading and self.size.height > 6)
        line = self.empty_lines[y] if 0 <= y < len(self.empty_lines) else ""
        return self.strip([("  " + line, "dim")])

    def _heading_strip(self) -> Strip:
        key, reverse = self.order
        pieces: list[Piece] = []
        end = 0
        for number, (column, start, width) in enumerate(self.placed):
            pieces.append((" " * (start - end), "heading"))
            end = start + width
            title = column.title if len(column.title) <= width else column.short or column.title
            if column.key == key and column.sort is not None and len(title) < width:
                down = column.descending != reverse
                title += self.drawing.glyphs.down if down else self.drawing.glyphs.up
            under = self.has_focus and number == self.column_index
            pieces.append((pad(title, width, column.right, self.drawing.glyphs.cut), "field" if under else "heading"))
        return self.strip(pieces)

    def _row_strip(self, index: int) -> Strip:
        row = self.rows[index]
        chosen = index == self._index
        key = (self.table.row_id(row), chosen)
        found = self._strips.get(key)
        if found is None:
            if len(self._strips) > KEPT_STRIPS:
                self._strips.clear()
            found = self._strips[key] = self._draw(row, chosen)
        return found

    def _draw(self, row: Any, chosen: bool) -> Strip:
        over = ("cursor" if self.has_focus else "blur") if chosen else ""
        drawing, style_of, plain = self.drawing, self.style_of, self.drawing.glyphs.plain
        cut = drawing.glyphs.cut
        blank = style_of("", over)
        sign = drawing.glyphs.cursor + " " if chosen else "  "
        segments = [Segment(sign, style_of("focus" if self.has_focus else "dim", over) if chosen else blank)]
        end = CURSOR_CELLS
        for number, (column, start, width) in enumerate(self.placed):
            if start > end:
                segments.append(Segment(" " * (start - end), blank))
            text, role = column.cell(row, drawing, width)
            text = plain(text)
            style = style_of(role, over)
            if chosen and number == self.column_index and self.has_focus:
                style = style + self.style_part("field")
            segments.append(Segment(pad(text, width, column.right, cut), style))
            end = start + width
        whole = self.size.width
        if end < whole:
            segments.append(Segment(" " * (whole - end), blank))
        # The length is known; measuring it again costs as much as drawing.
        return Strip(segments, end).crop(0, whole) if end > whole else Strip(segments, whole)

    # -- mouse -----------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        y = event.y - int(self.has_title)
        if self.rows and self.heading and y == 0:
            self._click_heading(event.x)
        elif y >= int(self.heading) and (index := self.top + y - int(self.heading)) < len(self.rows):
            self.move_to(index)
            if event.chain == 2:
                self.post_message(self.Opened(self, self.selected))

    def _click_heading(self, x: int) -> None:
        for column, start, width in self.placed:
            if start <= x <= start + width and column.sort is not None:
                self.post_message(self.HeadingChosen(self, column.key))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-3)
