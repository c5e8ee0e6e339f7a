"""Help: the keys of the screen it was called on, marks and filters. Typing searches, enter runs the line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from netscope.query import EXAMPLES, field_lines
from netscope.tui.commands import COMMANDS, GROUPS, Command, in_context, keys_of, sign_of

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

    def __init__(self, screen: MonitorScreen) -> None:
        super().__init__()
        self._context = screen.context
        self._title = screen.context
        self._keymap = screen.monitor.keymap
        self._topic = 0
        self._enabled = {c.id for c in in_context(screen.context) if c.when(screen)}

    def compose(self) -> ComposeResult:
        with Vertical(classes="popup tall", id="help"):
            with Horizontal(classes="popup-head"):
                yield Label("", id="help-title", classes="popup-title", markup=False)
                yield Input(placeholder="type to search", compact=True, id="help-search")
            yield OptionList(id="help-lines", compact=True)
            yield Label("↑↓ line   enter run   tab next topic   esc close", classes="hint", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._fill("")

    @property
    def lines(self) -> OptionList:
        return self.query_one(OptionList)

    def _fill(self, wanted: str) -> None:
        title = TOPICS[self._topic] if self._topic else f"Keys on this screen: {self._title}"
        self.query_one("#help-title", Label).update(title)
        words = wanted.casefold().split()
        options = [o for o in self._options() if all(word in str(o.prompt).casefold() for word in words)]
        self.lines.clear_options()
        self.lines.add_options(options)
        first = next((index for index, option in enumerate(options) if not option.disabled), None)
        self.lines.highlighted = first

    def _options(self) -> list[Option]:
        topic = TOPICS[self._topic]
        if topic == "Marks":
            return [Option(_line("", sign, meaning)) for sign, meaning in MARKS]
        if topic == "Filter":
            return [Option(_line("", example, meaning)) for example, meaning in EXAMPLES]
        if topic == "Fields":
            return [Option(_line("", names, meaning)) for names, meaning in field_lines()]
        return self._command_options(everything=topic == "All keys")

    def _command_options(self, *, everything: bool) -> list[Option]:
        source: list[Command] = list(COMMANDS) if everything else [
            c for c in in_context(self._context) if c.id in self._enabled
        ]
        out = []
        for group in GROUPS:
            members = [command for command in source if command.group == group]
            for number, command in enumerate(members):
                keys = "  ".join(sign_of(key) for key in keys_of(command, self._keymap))
                line = _line(group if number == 0 else "", keys, command.help)
                runnable = command.id in self._enabled
                out.append(Option(line, id=command.id if runnable else None, disabled=not runnable))
        return out

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
        moves = {
            "up": self.lines.action_cursor_up, "down": self.lines.action_cursor_down,
            "pageup": self.lines.action_page_up, "pagedown": self.lines.action_page_down,
        }  # fmt: skip
        if event.key in ("escape", "f1"):
            self.dismiss(None)
        elif event.key in ("tab", "shift+tab"):
            self._topic = (self._topic + (1 if event.key == "tab" else -1)) % len(TOPICS)
            self._fill(self.query_one(Input).value)
        elif event.key in moves:
            moves[event.key]()
        else:
            return
        event.stop()
        event.prevent_default()


def _line(group: str, keys: str, meaning: str) -> Text:
    return Text(f"{group:<8}").append(f"{keys:<20} ", "bold").append(meaning)
