"""A yes-or-no question over the screen."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label


class Confirm(ModalScreen[bool | None]):
    """True for yes; ``y`` or enter, and ``n`` or esc."""

    def __init__(self, question: str, yes: str, no: str) -> None:
        super().__init__()
        self.question, self.yes, self.no = question, yes, no

    def compose(self) -> ComposeResult:
        with Vertical(classes="popup small"):
            yield Label(self.question, markup=False)
            yield Label(f"y {self.yes}   n {self.no}", classes="hint", markup=False)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key in ("y", "enter", "q"):
            self.dismiss(True)
        elif event.key in ("n", "escape"):
            self.dismiss(False)
