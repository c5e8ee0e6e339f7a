"""Text that takes the place of panes: a terminal too small, and empty states."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from netscope.tui.widgets.paint import Painted


class TooSmall(Painted):
    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: Sequence[str] = ()

    def show(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self.refresh()

    def render_line(self, y: int) -> Strip:
        line = self._lines[y] if y < len(self._lines) else ""
        return self.strip([(line, "name" if y == 0 else "dim")])


class TextPane(Painted):
    """A few lines of (text, role) pieces under an optional title; never takes the focus."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: Sequence[Sequence[tuple[str, str]]] = ()

    def show(self, lines: Sequence[Sequence[tuple[str, str]]]) -> None:
        self._lines = lines
        self.refresh()

    def render_line(self, y: int) -> Strip:
        return self.strip(self._lines[y] if y < len(self._lines) else ())
