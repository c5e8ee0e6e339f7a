"""Moving: rows, columns, panes, screens, and into details."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from netscope.tui.choices import SCREENS

if TYPE_CHECKING:
    from netscope.tui.screens.monitor import MonitorScreen


def up(screen: MonitorScreen) -> None:
    if screen.table:
        screen.table.move(-1)


def down(screen: MonitorScreen) -> None:
    if screen.table:
        screen.table.move(1)


def page_up(screen: MonitorScreen) -> None:
    if screen.table:
        screen.table.move_page(-1)


def page_down(screen: MonitorScreen) -> None:
    if screen.table:
        screen.table.move_page(1)


def first(screen: MonitorScreen) -> None:
    if screen.table:
        screen.table.move_to(0)


def last(screen: MonitorScreen) -> None:
    if screen.table:
        screen.table.move_to(len(screen.table.rows) - 1)


def column_left(screen: MonitorScreen) -> None:
    if screen.table:
        screen.table.move_column(-1)


def column_right(screen: MonitorScreen) -> None:
    if screen.table:
        screen.table.move_column(1)


def next_pane(screen: MonitorScreen) -> None:
    screen.focus_next()


def previous_pane(screen: MonitorScreen) -> None:
    screen.focus_previous()


def _to_mode(mode: str) -> Callable[[MonitorScreen], None]:
    def switch(screen: MonitorScreen) -> None:
        screen.monitor.to_mode(mode)

    return switch


to_home, to_flows, to_devices, to_names, to_trackers, to_alerts, to_past = map(_to_mode, SCREENS)


def _step_mode(screen: MonitorScreen, step: int) -> None:
    now = SCREENS.index(screen.monitor.current_mode) if screen.monitor.current_mode in SCREENS else 0
    screen.monitor.to_mode(SCREENS[(now + step) % len(SCREENS)])


def previous_mode(screen: MonitorScreen) -> None:
    _step_mode(screen, -1)


def next_mode(screen: MonitorScreen) -> None:
    _step_mode(screen, 1)


def open_selected(screen: MonitorScreen) -> None:
    table = screen.table
    if table is not None and table.selected is not None:
        screen.open_row(table, table.selected)


def open_device(screen: MonitorScreen) -> None:
    device_id = screen.device_under_cursor()
    if device_id is None:
        screen.say("this row belongs to no device of the network")
    else:
        screen.open_device(device_id)


def previous_item(screen: MonitorScreen) -> None:
    screen.step_item(-1)


def next_item(screen: MonitorScreen) -> None:
    screen.step_item(1)


def fold(screen: MonitorScreen) -> None:
    screen.fold(True)


def unfold(screen: MonitorScreen) -> None:
    screen.fold(False)
