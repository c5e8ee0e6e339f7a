"""Filtering: by typing, and by the value under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netscope.tui.screens.monitor import MonitorScreen


def open_filter(screen: MonitorScreen) -> None:
    screen.filter_bar.open(screen.scope.text)
    screen.apply_filter(screen.scope.text)


def same_value(screen: MonitorScreen) -> None:
    table = screen.table
    if table is None or table.selected is None or table.column is None:
        return
    term = table.column.term(table.selected) if table.column.term else None
    if term is None:
        screen.say(f"{table.column.title.strip() or 'this column'} has no value to filter by here")
        return
    screen.filter_by(term)
