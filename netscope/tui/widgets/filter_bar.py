"""The line where a filter is typed: live, green while it can be read, red with the reason while not."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label
from textual.widgets.input import Selection


class FilterInput(Input, inherit_bindings=True):
    BINDINGS: ClassVar[list[BindingType]] = []

    class Passed(Message):
        """A key that belongs to the rows: they can be moved through while the filter is typed."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def _watch_selection(self, selection: Selection) -> None:
        # From Python 3.12 on Textual runs tasks eagerly: the first screen composes before it is on the stack, and what
        # is called here would look for it.
        if self.is_mounted:
            super()._watch_selection(selection)

    async def _on_key(self, event: events.Key) -> None:
        if event.key in ("up", "down", "pageup", "pagedown", "escape"):
            event.stop()
            event.prevent_default()
            self.post_message(self.Passed(event.key))
            return
        await super()._on_key(event)


class FilterBar(Horizontal):
    """Shown only while used."""

    class Changed(Message):
        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """``keep`` is False when the filter is to be cleared."""

        def __init__(self, keep: bool) -> None:
            super().__init__()
            self.keep = keep

    def compose(self) -> ComposeResult:
        yield Label(" / ", id="filter-sign", markup=False)
        yield FilterInput(compact=True, id="filter-input", select_on_focus=False)
        yield Label("", id="filter-note", markup=False)

    @property
    def input(self) -> FilterInput:
        return self.query_one(FilterInput)

    @property
    def is_open(self) -> bool:
        return self.has_class("-open")

    def open(self, text: str) -> None:
        self.add_class("-open")
        with self.input.prevent(Input.Changed):
            self.input.value = text
        self.input.cursor_position = len(text)
        # At once, not in a later message: what is typed next must not run commands.
        self.screen.set_focus(self.input)

    def close(self) -> None:
        self.remove_class("-open")

    def say(self, note: str, *, good: bool) -> None:
        self.set_class(not good, "-bad")
        self.query_one("#filter-note", Label).update(note + " ")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Closed(keep=True))

    def on_filter_input_passed(self, event: FilterInput.Passed) -> None:
        if event.key == "escape":
            event.stop()
            self.post_message(self.Closed(keep=False))
