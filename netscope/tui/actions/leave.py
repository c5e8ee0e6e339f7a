"""Going back, leaving, and the screens that lie over the others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from netscope.tui import figures
from netscope.tui.screens.confirm import Confirm
from netscope.tui.screens.settings import SettingsScreen

if TYPE_CHECKING:
    from netscope.tui.screens.monitor import MonitorScreen


def back(screen: MonitorScreen) -> None:
    """Close what is open, clear the filter, or go back one level; never quits."""
    if screen.filter_bar.is_open:
        screen.close_filter(keep=False)
    elif screen.zoomed:
        screen.toggle_zoom()
    elif screen.scope.active:
        screen.clear_filter()
    elif len(screen.app.screen_stack) > 1:
        screen.app.pop_screen()


def quit_app(screen: MonitorScreen) -> None:
    control = screen.monitor.reader.control
    recording = control.recording if control is not None else None
    if recording is None:
        # Who only looks at a recording stops nothing by leaving.
        screen.app.exit()
        return

    def leave(sure: bool | None) -> None:
        if sure:
            screen.app.exit()

    screen.app.push_screen(
        Confirm(f"Recording to {figures.short_path(Path(recording))}\nStop it and quit?", "quit", "stay"), leave
    )


def quit_now(screen: MonitorScreen) -> None:
    screen.app.exit()


def quit_print(screen: MonitorScreen) -> None:
    screen.monitor.exit(screen.plain_table())


def settings(screen: MonitorScreen) -> None:
    screen.app.push_screen(SettingsScreen())


def help_screen(screen: MonitorScreen, *, palette: bool = False) -> None:
    # Help reads the command table, which names this module.
    from netscope.tui.screens.help import HelpScreen  # noqa: PLC0415

    def run(command_id: str | None) -> None:
        if command_id is not None:
            screen.run_command(command_id)

    screen.app.push_screen(HelpScreen(screen, palette=palette), run)


def palette(screen: MonitorScreen) -> None:
    help_screen(screen, palette=True)
