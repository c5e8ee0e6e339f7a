"""Help: the keys of the screen it was called on, marks and filters. Typing searches, enter runs the line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from netscope.query import EXAMPLES, field_lines
from netscope.tui.commands import BY_ID, COMMANDS, GROUPS, Command, in_context
from netscope.tui.dispatch import applies
from netscope.tui.keys import signs_of

if TYPE_CHECKING:
    from netscope.tui.screens.monitor import MonitorScreen

MARKS: Final = (
    ("T", "on a tracker list"),
    ("!", "an alert nobody looked at yet"),
    ("*", "new in the last 10 minutes"),
    ("x", "closed; a device: silent for 5 minutes"),
    ("gw", "the gateway"),
    ("NX", "this name does not exist"),
    ("?", "name hidden by ECH (Encrypted Client Hello)"),
    ("~name", "guessed from a DNS answer seen before"),
    ("m", "marked by you"),
    ("rate", "bits per second, mean of the last 5 s; - is zero"),
)

TOPICS: Final = ("Keys", "Marks", "Filter", "Fields", "All keys")


class HelpScreen(ModalScreen[str | None]):
    """The id of the command to run, or None."""

    def __init__(self, screen: MonitorScreen, *, palette: bool = False) -> None:
        """``palette`` lists every command that does something here, by what it does."""
        super().__init__()
        self._of_context = screen.context
        self._of_title = screen.context
        self._keymap = screen.monitor.keymap
        self._topic = 0
        self._palette = palette
        self._enabled = {c.id for c in in_context(screen.context) if applies(c, screen)}

    def compose(self) -> ComposeResult:
        with Vertical(classes="popup tall", id="help"):
            with Horizontal(classes="popup-head"):
                yield Label("", id="help-title", classes="popup-title", markup=False)
                yield Input(placeholder="type to search", compact=True, id="help-search")
            yield OptionList(id="help-lines", compact=True)
            yield Label(self._hint, classes="hint", markup=False)

    @property
    def _hint(self) -> str:
        topics = "" if self._palette else "tab next topic   "
        return f"↑↓ line   enter run   {topics}esc close"

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._fill("")

    @property
    def lines(self) -> OptionList:
        return self.query_one(OptionList)

    def _fill(self, wanted: str) -> None:
        title = TOPICS[self._topic] if self._topic else f"Keys on this screen: {self._of_title}"
        if self._palette:
            title = "Commands"
        self.query_one("#help-title", Label).update(title)
        words = wanted.casefold().split()
        options = [o for o in self._options() if all(word in _searched(o) for word in words)]
        self.lines.clear_options()
        self.lines.add_options(options)
        first = next((index for index, option in enumerate(options) if not option.disabled), None)
        self.lines.highlighted = first

    def _options(self) -> list[Option]:
        if self._palette:
            found = [c for c in in_context(self._of_context) if c.id in self._enabled]
            # Nobody looks for the arrows in a list of commands.
            return [self._palette_option(c) for c in sorted(found, key=lambda command: command.group == "Move")]
        topic = TOPICS[self._topic]
        if topic == "Marks":
            return [Option(_line("", sign, meaning)) for sign, meaning in MARKS]
        if topic == "Filter":
            return [Option(_line("", example, meaning)) for example, meaning in EXAMPLES]
        if topic == "Fields":
            return [Option(_line("", names, meaning)) for names, meaning in field_lines()]
        return self._command_options(everything=topic == "All keys")

    def _command_options(self, *, everything: bool) -> list[Option]:
        source: list[Command] = (
            list(COMMANDS) if everything else [c for c in in_context(self._of_context) if c.id in self._enabled]
        )
        out = []
        for group in GROUPS:
            members = [command for command in source if command.group == group]
            for number, command in enumerate(members):
                keys = signs_of(command, self._keymap)
                line = _line(group if number == 0 else "", keys, command.help)
                runnable = command.id in self._enabled
                out.append(Option(line, id=command.id if runnable else None, disabled=not runnable))
        return out

    def _palette_option(self, command: Command) -> Option:
        keys = signs_of(command, self._keymap)
        line = _plain("").append(f"{command.label:<13}").append(f"{keys:<16} ", "bold").append(command.help)
        return Option(line, id=command.id)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._fill(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.lines.highlighted is not None:
            self.dismiss(self.lines.get_option_at_index(self.lines.highlighted).id)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option.id)

    def on_key(self, event: events.Key) -> None:
        moves: dict[str, Callable[[], None]] = {
            "up": self.lines.action_cursor_up, "down": self.lines.action_cursor_down,
            "pageup": self.lines.action_page_up, "pagedown": self.lines.action_page_down,
        }  # fmt: skip
        if event.key in ("escape", "f1"):
            self.dismiss(None)
        elif event.key in ("tab", "shift+tab") and not self._palette:
            self._topic = (self._topic + (1 if event.key == "tab" else -1)) % len(TOPICS)
            self._fill(self.query_one(Input).value)
        elif event.key in moves:
            moves[event.key]()
        else:
            return
        event.stop()
        event.prevent_default()


def _searched(option: Option) -> str:
    """What a word is looked for in: the line, and the command's name and footer label."""
    command = BY_ID.get(option.id or "")
    extra = f" {command.label} {command.id}" if command else ""
    return (str(option.prompt) + extra).casefold()


def _plain(text: str, style: str = "") -> Text:
    return Text(text, style, no_wrap=True, overflow="ellipsis")


def _line(group: str, keys: str, meaning: str) -> Text:
    return _plain(f"{group:<8}").append(f"{keys:<20} ", "bold").append(meaning)
