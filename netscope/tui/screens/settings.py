"""Settings, each with one line of explanation; changes take effect at once and are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from netscope.tui.glyphs import AS_TERMINAL, SIGNS
from netscope.tui.host import Host
from netscope.tui.preferences import REFRESH_S
from netscope.tui.themes import MENU


@dataclass(frozen=True, slots=True)
class Setting:
    key: str
    title: str
    help: str
    choices: Sequence[Any]
    words: Callable[[Any], str]


SETTINGS = (
    Setting("theme", "Theme", "colours; netscope-ansi uses the terminal's own sixteen", MENU, str),
    Setting("refresh_s", "Refresh", "how often the screen takes new figures", REFRESH_S, lambda v: f"{v:g} s"),
    Setting(
        "names",
        "Remote as",
        "host names where known, or addresses",
        (True, False),
        lambda v: "names" if v else "addresses",
    ),
    Setting(
        "show_closed",
        "Closed flows",
        "stay in the list for a minute, marked x",
        (True, False),
        lambda v: "shown" if v else "hidden",
    ),
    Setting(
        "signs",
        "Signs",
        "of charts: blocks; braille is twice as fine; plain ASCII for fonts without them",
        (AS_TERMINAL, *SIGNS),
        lambda v: {AS_TERMINAL: "as the terminal", "ascii": "ASCII"}.get(v, v),
    ),
)


class SettingsScreen(ModalScreen[None]):
    def compose(self) -> ComposeResult:
        with Vertical(classes="popup"):
            yield Label("Settings", classes="popup-title", markup=False)
            yield OptionList(compact=True)
            yield Label("", id="explained", classes="explained", markup=False)
            yield Label("", id="limits", classes="hint", markup=False)
            yield Label("↑↓ choose   ←→ or enter change   esc close", classes="hint", markup=False)

    def on_mount(self) -> None:
        self._redraw(0)
        shown = self.monitor.view.live
        limit = f"{shown.capture.flows_open} flows open, {shown.capture.flows_evicted} evicted" if shown else ""
        self.query_one("#limits", Label).update(limit)

    @property
    def monitor(self) -> Host:
        return cast("Host", self.app)

    def _redraw(self, index: int) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        for setting in SETTINGS:
            # No theme chosen: the one the terminal got.
            value = setting.words(getattr(self.monitor.preferences, setting.key)) or self.monitor.theme
            options.add_option(Option(Text(f"{setting.title:<14}", no_wrap=True).append(value, "bold")))
        options.highlighted = index
        self._explain(index)

    def _explain(self, index: int) -> None:
        self.query_one("#explained", Label).update(SETTINGS[index].help)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._explain(event.option_index)

    def _change(self, step: int) -> None:
        index = self.query_one(OptionList).highlighted or 0
        setting = SETTINGS[index]
        now = getattr(self.monitor.preferences, setting.key)
        place = setting.choices.index(now) if now in setting.choices else 0
        chosen = setting.choices[(place + step) % len(setting.choices)]
        setattr(self.monitor.preferences, setting.key, chosen)
        self.monitor.apply_preferences()
        self._redraw(index)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._change(1)

    def on_key(self, event: events.Key) -> None:
        if event.key in ("escape", "comma", "q"):
            self.dismiss(None)
        elif event.key in ("left", "right"):
            self._change(-1 if event.key == "left" else 1)
        else:
            return
        event.stop()
