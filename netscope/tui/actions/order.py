"""Order, columns and grouping of the table in focus. Choices are kept in the preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netscope.tui.screens.columns import ColumnPicker

if TYPE_CHECKING:
    from netscope.tui.screens.monitor import MonitorScreen


def next_order(screen: MonitorScreen) -> None:
    table = screen.table
    if table is None:
        return
    shown = {placed.column.key for placed in table.placed}
    keys = [c.key for c in table.table.orders if c.key in shown or c.shown == "never" or c.key == table.order[0]]
    if not keys:
        screen.say("this table keeps its own order")
        return
    now = keys.index(table.order[0]) if table.order[0] in keys else -1
    screen.set_order(table, keys[(now + 1) % len(keys)], False)


def reverse(screen: MonitorScreen) -> None:
    table = screen.table
    if table is not None and table.table.orders:
        screen.set_order(table, table.order[0], not table.order[1])


def can_group(screen: MonitorScreen) -> bool:
    return screen.group_choices() != ()


def next_group(screen: MonitorScreen) -> None:
    choices = screen.group_choices()
    if not choices:
        return
    now = screen.group_now()
    chosen = choices[(choices.index(now) + 1) % len(choices)] if now in choices else choices[0]
    screen.set_group(chosen)


def pick_columns(screen: MonitorScreen) -> None:
    table = screen.table
    if table is None:
        return
    described = table.table

    def keep(chosen: list[str] | None) -> None:
        if chosen is not None:
            screen.monitor.preferences.columns[described.name] = chosen
            screen.show()

    shown = [column.key for column in screen.monitor.preferences.columns_of(described)]
    screen.app.push_screen(ColumnPicker(described, shown), keep)
