"""The fixed lines: header, tabs, hints and rules. One line each, drawn from pieces, parts of it clickable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.message import Message
from textual.strip import Strip

from netscope.tui.layout import Want
from netscope.tui.widgets.paint import Painted, Piece


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a line; a click on it runs ``command``."""

    text: str
    role: str = ""
    command: str | None = None


class StatusLine(Painted):
    class Chosen(Message):
        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._left: tuple[Part, ...] = ()
        self._right: tuple[Part, ...] = ()

    def set_parts(self, left: Sequence[Part], right: Sequence[Part] = ()) -> None:
        """Redraws only when something differs."""
        if (new := (tuple(left), tuple(right))) != (self._left, self._right):
            self._left, self._right = new
            self.refresh()

    @property
    def text(self) -> str:
        return "".join(part.text for part in (*self._left, *self._right))

    def render_line(self, y: int) -> Strip:
        return self.strip(_pieces(self._left), _pieces(self._right))

    def on_click(self, event: events.Click) -> None:
        command = self._at(event.x)
        if command is not None:
            event.stop()
            self.post_message(self.Chosen(command))

    def _at(self, x: int) -> str | None:
        start = 0
        for part in self._left:
            if start <= x < start + cell_len(part.text):
                return part.command
            start += cell_len(part.text)
        start = self.size.width - sum(cell_len(part.text) for part in self._right)
        for part in self._right:
            if start <= x < start + cell_len(part.text):
                return part.command
            start += cell_len(part.text)
        return None


def _pieces(parts: Sequence[Part]) -> list[Piece]:
    return [(part.text, part.role) for part in parts]


class Rule(Painted):
    """A thin line between panes."""

    def __init__(self, sign: Callable[[], str], *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._sign = sign

    def want(self) -> Want:
        return Want(1, 1, 1)

    def render_line(self, y: int) -> Strip:
        return self.strip([(self._sign() * self.size.width, "rule")])
