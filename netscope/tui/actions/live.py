"""Live view: pause, follow, closed flows, names or addresses, refresh rate, zoom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netscope.tui.preferences import REFRESH_S

if TYPE_CHECKING:
    from netscope.tui.screens.monitor import MonitorScreen


def toggle_pause(screen: MonitorScreen) -> None:
    view = screen.monitor.view
    view.pause(not view.paused)
    screen.show()


def follow(screen: MonitorScreen) -> None:
    if screen.table:
        screen.table.follow()
        screen.show()


def toggle_closed(screen: MonitorScreen) -> None:
    view = screen.monitor.view
    view.show_closed = screen.monitor.preferences.show_closed = not view.show_closed
    view.forget()
    screen.show()
    screen.say("closed flows are shown" if view.show_closed else "closed flows are hidden")


def toggle_names(screen: MonitorScreen) -> None:
    view = screen.monitor.view
    view.names = screen.monitor.preferences.names = not view.names
    view.forget()
    screen.show()


def _refresh(screen: MonitorScreen, step: int) -> None:
    preferences = screen.monitor.preferences
    index = max(0, min(REFRESH_S.index(preferences.refresh_s) + step, len(REFRESH_S) - 1))
    preferences.refresh_s = REFRESH_S[index]
    screen.monitor.set_refresh()
    screen.say(f"refresh every {preferences.refresh_s:g} s")


def faster(screen: MonitorScreen) -> None:
    _refresh(screen, -1)


def slower(screen: MonitorScreen) -> None:
    _refresh(screen, 1)


def can_zoom(screen: MonitorScreen) -> bool:
    return len(screen.tables) > 1


def zoom(screen: MonitorScreen) -> None:
    screen.toggle_zoom()
