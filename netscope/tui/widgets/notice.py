"""Text and charts that take the place of rows: never in focus, drawn from lines of pieces."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip

from netscope.tui.layout import Want
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
    """A few lines of pieces. Text that depends on the width is given as a function of it."""

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
        least: int | None = None,
        more: str = "",
    ) -> None:
        """``least`` lines are enough where there is no room for all; ``more`` then says in the last where they are."""
        super().__init__(id=id, classes=classes)
        self._least, self._more = least, more
        self._build: Callable[[int], Lines] = lambda width: ()
        self._lines: Lines | None = None

    def show(self, lines: Lines | Callable[[int], Lines]) -> None:
        self._build = lines if callable(lines) else lambda width: lines
        self._lines = None
        self.refresh()

    def let_go(self) -> None:
        """Nobody sees it: hold no snapshot to build lines from, only those that are built."""
        self._build = lambda width: ()

    def on_resize(self) -> None:
        self._lines = None

    @property
    def lines(self) -> Lines:
        if self._lines is None:
            self._lines = self._build(self.size.width)
        return self._lines

    def want(self) -> Want:
        number = len(self.lines if self.size.width else self._build(self.app.size.width))
        return Want(number if self._least is None else min(self._least, number), number, number)

    def render_line(self, y: int) -> Strip:
        if self._more and y == self.size.height - 1 and len(self.lines) > self.size.height:
            return self.strip([(f" {self._more}", "dim")])
        return self.strip(self.lines[y] if y < len(self.lines) else ())


class ChartPane(Painted):
    """A chart with its title, drawn for the room it gets."""

    class Clicked(Message):
        """``x`` and ``y`` are cells from the upper left."""

        @property
        def control(self) -> ChartPane:
            return self.pane

        def __init__(self, pane: ChartPane, x: int, y: int) -> None:
            super().__init__()
            self.pane, self.x, self.y = pane, x, y

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._build: Callable[[int, int], Lines] = lambda width, lines: ()
        self._want = Want(0, 0, 0)
        self._lines: Lines | None = None

    def show(self, build: Callable[[int, int], Lines], want: Want) -> None:
        """``build`` gives lines for a width and a number of lines."""
        self._build, self._want = build, want
        self._lines = None
        self.refresh()

    def let_go(self) -> None:
        """Nobody sees it: hold no snapshot to build lines from, only those that are built."""
        self._build = lambda width, lines: ()

    def on_resize(self) -> None:
        self._lines = None

    def want(self) -> Want:
        return self._want

    def render_line(self, y: int) -> Strip:
        if self._lines is None:
            self._lines = self._build(self.size.width, self.size.height)
        return self.strip(self._lines[y] if y < len(self._lines) else ())

    def on_click(self, event: events.Click) -> None:
        self.post_message(self.Clicked(self, event.x, event.y))
