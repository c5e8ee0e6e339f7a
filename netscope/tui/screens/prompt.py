"""One line asked of the user."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label


class Prompt(ModalScreen[str | None]):
    """The text, or None when the user went back."""

    def __init__(self, question: str, text: str, hint: str) -> None:
        super().__init__()
        self.question, self.text, self.hint = question, text, hint

    def compose(self) -> ComposeResult:
        with Vertical(classes="popup"):
            yield Label(self.question, markup=False)
            yield Input(self.text, compact=True, select_on_focus=False)
            yield Label(f"{self.hint}   enter keep   esc back", classes="hint", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value)

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)
        elif event.is_printable and event.character and not isinstance(self.focused, Input):
            # Typed before the line took the focus.
            event.stop()
            self.query_one(Input).insert_text_at_cursor(event.character)
