"""The application: pulls snapshots on a timer, keeps the modes, opens details. Screens do the rest."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from textual.app import App
from textual.binding import Binding, BindingType
from textual.keys import key_to_character
from textual.screen import Screen
from textual.timer import Timer

from netscope.model.snapshot import AlertRow, DeviceRow, FlowRow, NameRow, Reader, TrackerRow
from netscope.model.text import neutralise
from netscope.tui import empty, figures, frame
from netscope.tui import preferences as kept
from netscope.tui.actions import run
from netscope.tui.choices import SCREENS
from netscope.tui.commands import BY_ID, keys_of
from netscope.tui.glyphs import SIGNS, choose_glyphs
from netscope.tui.keys import sign_of
from netscope.tui.notices import Notices
from netscope.tui.playback import has_playback
from netscope.tui.preferences import Preferences
from netscope.tui.screens.alerts import AlertScreen, AlertsScreen
from netscope.tui.screens.device import DeviceScreen
from netscope.tui.screens.flow import FlowScreen
from netscope.tui.screens.home import HomeScreen
from netscope.tui.screens.lists import DevicesScreen, FlowsScreen
from netscope.tui.screens.monitor import MonitorScreen
from netscope.tui.screens.names import NameScreen, NamesScreen
from netscope.tui.screens.past import PastScreen
from netscope.tui.screens.trackers import OwnerScreen, TrackersScreen
from netscope.tui.silence import Silence
from netscope.tui.tables.trackers import OwnerRow
from netscope.tui.themes import THEMES, default_theme, roles_of
from netscope.tui.view import View
from netscope.tui.widgets.paint import ROLE_CLASSES
from netscope.tui.widgets.row_table import RowTable

SAY_S: Final = 5.0
NOTICE: Final = "Watching only: nothing is sent or blocked. {help} shows the keys."
MAX_DEPTH: Final = 12
"""Details opened from details, on one mode; the oldest closes beyond that."""


class NetScopeApp(App[str | None], inherit_bindings=False):
    CSS_PATH = "netscope.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (frame.WIDE, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (frame.TALL, "-tall")]  # noqa: RUF012
    TITLE = "netscope"
    ESCAPE_TO_MINIMIZE = False
    ENABLE_COMMAND_PALETTE = False
    MODES: ClassVar[dict[str, Any]] = {
        "home": HomeScreen, "flows": FlowsScreen, "devices": DevicesScreen, "names": NamesScreen,
        "trackers": TrackersScreen, "alerts": AlertsScreen, "past": PastScreen,
    }  # fmt: skip
    DEFAULT_MODE = "home"
    COMPONENT_CLASSES: ClassVar[set[str]] = set(ROLE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit_now", id="quit.now", priority=True, show=False)]

    def __init__(
        self,
        reader: Reader,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
        preferences: Preferences | None = None,
        preferences_path: Path | None = None,
        keymap: Mapping[str, str] | None = None,
        export_folder: Path | None = None,
        on_quit: Callable[[], None] | None = None,
        mode: str = "home",
        notice: str = NOTICE,
        refresh: bool = True,
    ) -> None:
        """``clock`` gives steady nanoseconds; ``keymap`` maps command ids to keys, comma-separated.

        Preferences are read from ``preferences_path`` unless given, and saved there at the end.
        ``refresh`` False pulls only when asked, for tests and pictures.
        """
        super().__init__()
        self.reader = reader
        self.clock = clock
        self.preferences_path = preferences_path
        self.preferences = preferences or (kept.load(preferences_path) if preferences_path else Preferences())
        self.keymap: Mapping[str, str] = dict(keymap or {})
        self.export_folder = export_folder or Path(".")
        self.on_quit = on_quit
        self.first_mode = mode
        self.notice = notice
        self.auto_refresh_rows = refresh
        self.view = View()
        self.silence = Silence()
        self.notices = Notices()
        self.key_pressed_s = float("-inf")
        self.said: tuple[str, str] | None = None
        """(text, severity) of the notice in the footer."""
        self.crash: Exception | None = None
        self.is_done = False
        """The application has ended or is ending; read by other threads."""
        self._pull_timer: Timer | None = None
        self._say_timer: Timer | None = None

    # -- life ------------------------------------------------------------------------------------

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return roles_of(self.current_theme)

    def on_mount(self) -> None:
        for theme in THEMES:
            self.register_theme(theme)
        self.apply_preferences()
        if self.keymap:
            # An empty one would leave a command its keys: it gets one that no keyboard has.
            self.set_keymap({name: keys or f"no_key_of_{name}" for name, keys in self.keymap.items()})
        self.animation_level = "none"
        self.pull()
        if self.first_mode != "home":
            self.to_mode(self.first_mode)
        if self.notice:
            self.say(self.notice.format(help=self.sign("help")))

    def on_unmount(self) -> None:
        self.is_done = True
        if self.preferences_path is not None:
            # A read-only home must not turn leaving into a crash.
            with contextlib.suppress(OSError):
                kept.save(self.preferences, self.preferences_path)
        if self.on_quit is not None:
            self.on_quit()

    def apply_preferences(self) -> None:
        wanted = self.preferences
        theme = wanted.theme or default_theme()
        self.theme = theme if theme in self.available_themes else default_theme()
        self.view.names, self.view.show_closed = wanted.names, wanted.show_closed
        self.view.glyphs = SIGNS.get(wanted.signs) or choose_glyphs()
        self.view.forget()
        self.set_refresh()
        self.show()

    def sign(self, command_id: str) -> str:
        """The key of a command, as sentences name it."""
        return self.view.glyphs.plain(next(map(sign_of, keys_of(BY_ID[command_id], self.keymap)), command_id))

    def steady_s(self) -> float:
        return self.clock() / 1e9

    # -- pulling ---------------------------------------------------------------------------------

    def set_refresh(self) -> None:
        if self._pull_timer is not None:
            self._pull_timer.stop()
        if self.auto_refresh_rows:
            self._pull_timer = self.set_interval(self.preferences.refresh_s, self.pull)

    def pull(self) -> None:
        """Takes the reader's snapshot; shows it unless the screen is paused."""
        snapshot = self.reader.snapshot()
        changed = self.view.update(snapshot)
        self.notices.hear(snapshot.capture.notices)
        if self.said is None:
            self._say_next()
        if changed:
            self.show()
        else:
            self.show_frame()
        if isinstance(self.screen, MonitorScreen):
            self.reader.watch_flows(frozenset(self.screen.flows_in_sight()))
        self._offer_adapters()

    def _offer_adapters(self) -> None:
        live, screen = self.view.live, self.screen
        if live is None or not isinstance(screen, MonitorScreen) or not self.silence.offer(live.capture):
            return

        def is_over() -> bool:
            return self.view.live is not None and self.silence.is_broken(self.view.live.capture)

        notice = (f"No packets on {neutralise(live.capture.source, 30)} in 5 s.", *empty.WHERE_TO_LISTEN)
        run.choose_adapter(screen, notice=notice, is_over=is_over)

    def show(self) -> None:
        for screen in reversed(self.screen_stack):
            if isinstance(screen, MonitorScreen):
                screen.show()
                return

    def say(self, text: str, *, severity: str = "information") -> None:
        """A notice in the footer for ``SAY_S``; the next one takes its place."""
        self.said = (neutralise(text, 300), severity)
        if self._say_timer is not None:
            self._say_timer.stop()
        self._say_timer = self.set_timer(SAY_S, self.unsay)
        self.show_frame()

    def unsay(self) -> None:
        """Make room for what the run has to say, else for the hints."""
        self.said = None
        self._say_next()
        self.show_frame()

    def _say_next(self) -> None:
        notice = self.notices.next()
        if notice is not None:
            self.say(notice, severity="warning")

    def show_frame(self) -> None:
        for screen in reversed(self.screen_stack):
            if isinstance(screen, MonitorScreen) and screen.is_mounted:
                screen.show_frame()
                return

    @property
    def is_settled(self) -> bool:
        """Whether what is shown moves no more: a file read to its end, a recording that has ended."""
        shown, reader = self.view.shown, self.reader
        if shown is None or not shown.capture.finished or shown.capture.kind not in ("file", "recording"):
            return False
        return not has_playback(reader) or reader.at_live

    def replay_words(self) -> str | None:
        """``REPLAY 2026-10-31 21:14 ×1`` while the moment shown is not now."""
        reader = self.reader
        if not has_playback(reader) or reader.at_live:
            return None
        speed = f"{self.view.glyphs.plain('×')}{reader.speed:g}" if reader.speed else "stopped"
        return f"REPLAY {figures.day_clock(reader.position_ns)}  {speed}"

    # -- going places ----------------------------------------------------------------------------

    def to_mode(self, mode: str) -> None:
        """The mode's screen; pressed again on a detail of that mode, back to its list."""
        if mode not in SCREENS:
            return
        if mode == self.current_mode:
            while len(self.screen_stack) > 1:
                self.pop_screen()
        else:
            self.switch_mode(mode)

    def push_detail(self, screen: Screen[None]) -> None:
        if len(self.screen_stack) > MAX_DEPTH:
            self.say(f"that is deep enough; {self.sign('back')} goes back")
            return
        self.push_screen(screen)

    def open_row(self, table: RowTable, row: Any) -> None:
        """Details of a row, knowing the list it came from so that left and right walk through it."""
        ids = self._neighbours(table, row)
        if isinstance(row, FlowRow):
            self.push_detail(FlowScreen(row, ids))
        elif isinstance(row, DeviceRow):
            self.open_device(row.id, ids)
        elif isinstance(row, NameRow):
            self.push_detail(NameScreen(row.name, ids))
        elif isinstance(row, TrackerRow):
            self.push_detail(OwnerScreen(row.owner or "unknown", ids))
        elif isinstance(row, OwnerRow):
            self.push_detail(NameScreen(row.name, (row.name,)) if row.name else OwnerScreen(row.owner, ids))
        elif isinstance(row, AlertRow):
            self.push_detail(AlertScreen(row.id, ids))

    def open_device(self, device_id: int, ids: Sequence[Hashable]) -> None:
        if self.reader.device_detail(device_id) is None:
            self.say("this device is no longer known")
            return
        self.push_detail(DeviceScreen(device_id, ids))

    def _neighbours(self, table: RowTable, row: Any) -> tuple[Hashable, ...]:
        def key(item: Any) -> Hashable:
            if isinstance(item, NameRow):
                return item.name
            if isinstance(item, TrackerRow | OwnerRow):
                return item.owner or "unknown"
            identity: Hashable = item.id
            return identity

        # A window is enough to walk in, and keeps opening quick in a list of thousands.
        first = max(0, table.index - 500)
        near = table.rows[first : first + 1000]
        return tuple(dict.fromkeys(key(item) for item in near if type(item) is type(row)))

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Keys typed faster than the filter line took the focus belong to it, not to the commands they name."""
        screen = self.screen
        if not priority and isinstance(screen, MonitorScreen) and screen.filter_bar.is_open:
            character = key_to_character(key)
            if character is not None and character.isprintable():
                screen.filter_bar.input.insert_text_at_cursor(character)
                return True
        return await super()._check_bindings(key, priority)

    def _handle_exception(self, error: Exception) -> None:
        """Keeps the error for the report instead of printing a page of locals over the terminal."""
        if self.crash is None:
            self.crash = error
        self.is_done = True
        if self.is_headless:
            super()._handle_exception(error)
            return
        self._return_code = 1
        self._close_messages_no_wait()

    def exit_from_outside(self, return_code: int) -> None:
        """Ends the application from a signal handler or another thread."""
        self.is_done = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(lambda: self.exit(return_code=return_code))

    def action_quit_now(self) -> None:
        self.exit()
