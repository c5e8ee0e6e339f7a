"""What detail screens share: the item, its neighbours in the list it came from, summary lines in two columns."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar

from netscope.model.text import neutralise
from netscope.tui.columns import pad
from netscope.tui.glyphs import Glyphs
from netscope.tui.screens.monitor import MonitorScreen
from netscope.tui.view import Scope
from netscope.tui.widgets.paint import Piece
from netscope.tui.widgets.stack import Stack

LABEL_CELLS = 9


class DetailScreen(MonitorScreen):
    sides: ClassVar[tuple[str, ...]] = ()
    """Panes that take turns where there is no room for all."""

    def __init__(self, item: Hashable, ids: Sequence[Hashable]) -> None:
        super().__init__()
        self.side = self.sides[0] if self.sides else ""
        self.item: Any = item
        self.ids = ids if item in ids else (item,)
        self.own_scope = Scope()

    def step_item(self, step: int) -> None:
        if len(self.ids) < 2:
            self.say("there is no other in the list you came from")
            return
        self.item = self.ids[(self.ids.index(self.item) + step) % len(self.ids)]
        self.item_changed()
        for stack in self.query(Stack):
            stack.settle()
        for table in self.tables:
            table.selected_id, table.reorder_now = None, True
            table.move_to(0)
        self.show()

    def item_changed(self) -> None:
        return

    def group_choices(self) -> tuple[str, ...]:
        return () if self.large else self.sides

    def group_now(self) -> str:
        return self.side

    def set_group(self, group: str) -> None:
        self.side = group
        self.show()

    @property
    def place(self) -> str:
        """``(2 of 12)`` when there are others."""
        return f"({self.ids.index(self.item) + 1} of {len(self.ids)})" if len(self.ids) > 1 else ""

    def filter_by(self, term: str) -> None:
        """A value of the item leads to all flows with it; in lists of flows the filter stays here."""
        table = self.table
        if table is not None and table.table.kind is not None:
            super().filter_by(term)
            return
        self.monitor.view.scope.set(term)
        self.monitor.view.forget()
        self.monitor.to_mode("flows")

    def summary(
        self, left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]], width: int
    ) -> list[list[Piece]]:
        return summary_lines(left, right, width, self.view.glyphs)

    def heading(self, title: str, note: str, marks: str) -> list[Piece]:
        glyphs = self.view.glyphs
        return [(glyphs.title, "title"), (neutralise(title, 60), "title"), (f"  {note}", "dim"),
                (f"  {marks}" if marks else "", "warn")]  # fmt: skip


def summary_lines(
    left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]], width: int, glyphs: Glyphs
) -> list[list[Piece]]:
    """(label, value) pairs in one or two columns of lines."""
    half = width if not right else width * 6 // 10 if width < 120 else width // 2
    lines: list[list[Piece]] = []
    for index in range(max(len(left), len(right))):
        line: list[Piece] = []
        for pairs, cells in ((left, half), (right, width - half)) if right else ((left, half),):
            label, value = pairs[index] if index < len(pairs) else ("", "")
            room = max(1, cells - LABEL_CELLS - 3)
            value = pad(neutralise(value, 300), room, cut=glyphs.cut)
            line += [(f" {label:<{LABEL_CELLS}}", "dim"), (value + "  ", "")]
        lines.append(line)
    return lines
