"""Text that takes the place of panes: a terminal too small, and empty states."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

from textual.strip import Strip

from netscope.tui.widgets.paint import Painted, Piece


class TooSmall(Painted):
    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._lines: Sequence[str] = ()

    def show(self, lines: Sequence[str]) -> None:
        width = max(8, self.app.size.width)
        self._lines = [part for line in lines for part in textwrap.wrap(line, width) or [""]]
        self.refresh()

    def render_line(self, y: int) -> Strip:
        line = self._lines[y] if y < len(self._lines) else ""
        return self.strip([(line, "name" if y == 0 else "dim")])


Lines = Sequence[Sequence[Piece]]


class TextPane(Painted):
    """A few lines of pieces; never takes the focus. Text that depends on the width is given as a function of it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._build: Callable[[int], Lines] = lambda width: ()
        self._lines: Lines | None = None

    def show(self, lines: Lines | Callable[[int], Lines]) -> None:
        self._build = lines if callable(lines) else lambda width: lines
        self._lines = None
        self.refresh()

    def on_resize(self) -> None:
        self._lines = None

    def render_line(self, y: int) -> Strip:
        if self._lines is None:
            self._lines = self._build(self.size.width)
        return self.strip(self._lines[y] if y < len(self._lines) else ())
