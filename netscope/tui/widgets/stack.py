"""Columns of panes whose lines follow what there is to show, and panes beside each other."""

from __future__ import annotations

from typing import Protocol, cast

from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from netscope.tui.layout import Want, share_lines, side_by_side, stacked


class Pane(Protocol):
    def want(self) -> Want:
        """Lines it asks for, by what it was last given to show."""
        ...


def _shown(widget: Widget) -> list[Widget]:
    return [child for child in widget.children if child.display]


def _want(widget: Widget) -> Want:
    return cast("Pane", widget).want()


class Side(Horizontal):
    """Panes beside each other."""

    def want(self) -> Want:
        return side_by_side([_want(child) for child in _shown(self)])


class Stack(Vertical):
    """Panes one above the other. A pane that grew keeps its lines until ``settle``: rows come and go each second, and
    the picture is to stand still.
    """

    def __init__(self, *children: Widget, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(*children, id=id, classes=classes)
        self._wanted: dict[Widget, Want] = {}

    def want(self) -> Want:
        return stacked([_want(child) for child in _shown(self)])

    def settle(self) -> None:
        """Forget how large panes were: something else is shown."""
        self._wanted.clear()

    def share(self) -> None:
        """Gives each pane its lines; call it when what they show has changed."""
        panes = _shown(self)
        if not panes or not self.size.height:
            return
        wants = [self._grown(pane) for pane in panes]
        for pane, lines in zip(panes, share_lines(self.size.height, wants), strict=True):
            if pane.styles.height is None or pane.styles.height.value != lines:
                pane.styles.height = lines

    def _grown(self, pane: Widget) -> Want:
        now, before = _want(pane), self._wanted.get(pane)
        if before is not None:
            now = now._replace(wanted=max(now.wanted, before.wanted), most=max(now.most, before.most))
        self._wanted[pane] = now
        return now

    def on_resize(self) -> None:
        self.settle()
        self.share()
