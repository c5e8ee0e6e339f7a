"""The column picker: which columns a table shows, and in which order."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from netscope.tui.tables import Table


class ColumnPicker(ModalScreen[list[str] | None]):
    """Keys of the chosen columns in their order; an empty list for the table's own; None when the user went back."""

    def __init__(self, table: Table, shown: list[str]) -> None:
        super().__init__()
        self.table = table
        rest = [c.key for c in table.columns if c.key not in shown and c.shown != "never"]
        self.keys = [*shown, *rest]
        self.shown = set(shown)

    def compose(self) -> ComposeResult:
        with Vertical(classes="popup"):
            yield Label(f"Columns of {self.table.title}", classes="popup-title", markup=False)
            yield OptionList(*self._options(), compact=True)
            yield Label("space show or hide   ←→ move   r reset   enter keep   esc back", classes="hint", markup=False)

    def _options(self) -> list[Option]:
        out = []
        for key in self.keys:
            column = self.table.column(key)
            assert column is not None
            sign = "x" if key in self.shown else " "
            line = f"[{sign}] {column.title.strip() or 'mark':<12} {column.help}"
            out.append(Option(Text(line, no_wrap=True, overflow="ellipsis"), id=key))
        return out

    @property
    def list(self) -> OptionList:
        return self.query_one(OptionList)

    def _redraw(self, index: int) -> None:
        self.list.clear_options()
        self.list.add_options(self._options())
        self.list.highlighted = index

    def on_key(self, event: events.Key) -> None:
        index = self.list.highlighted or 0
        if event.key == "escape":
            self.dismiss(None)
        elif event.key == "space":
            self.shown.symmetric_difference_update({self.keys[index]})
            self._redraw(index)
        elif event.key in ("left", "right"):
            self._move(index, -1 if event.key == "left" else 1)
        elif event.key == "r":
            self.dismiss([])
        elif event.key in ("j", "k"):
            self.list.action_cursor_down() if event.key == "j" else self.list.action_cursor_up()
        else:
            return
        event.stop()

    def _move(self, index: int, step: int) -> None:
        to = max(0, min(index + step, len(self.keys) - 1))
        self.keys.insert(to, self.keys.pop(index))
        self._redraw(to)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss([key for key in self.keys if key in self.shown] or [])
