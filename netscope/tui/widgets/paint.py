"""Drawing lines from pieces of text with a role; all widgets draw through this, so that roles are themed once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from netscope.tui.columns import pad

ROLES = (
    "dim", "accent", "warn", "name", "chart", "title", "focus", "heading", "cursor", "blur", "field", "good", "bad",
    "key", "tab", "rule", "fill",
)  # fmt: skip

Piece = tuple[str, str]
"""(text, role); the role ``""`` is plain."""


class Painted(Widget):
    """A widget that draws with the Line API and the shared roles."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"paint--{role}" for role in ROLES}

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._styles_by_role: dict[tuple[str, str], Style] = {}

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles_by_role.clear()

    def style_of(self, role: str, over: str = "") -> Style:
        """The style of ``role``, drawn on a line with role ``over``."""
        key = (role, over)
        found = self._styles_by_role.get(key)
        if found is None:
            found = self.rich_style
            for part in (role, over):
                if part:
                    found = found + self._partial(part, keep_colour=part == over and bool(role))
            self._styles_by_role[key] = found
        return found

    def _partial(self, role: str, *, keep_colour: bool) -> Style:
        style = self.get_component_rich_style(f"paint--{role}", partial=True)
        if not keep_colour:
            return style
        # The line's background and weight, the piece's own colour.
        return Style(bgcolor=style.bgcolor, bold=style.bold, underline=style.underline, reverse=style.reverse)

    def strip(self, pieces: Iterable[Piece], right: Iterable[Piece] = (), over: str = "") -> Strip:
        """Pieces from the left, ``right`` flush right; what overlaps is cut from the left part."""
        width = self.size.width
        tail = [Segment(text, self.style_of(role, over)) for text, role in right if text]
        room = width - sum(cell_len(segment.text) for segment in tail)
        segments = []
        for text, role in pieces:
            if room <= 0:
                break
            cells = cell_len(text)
            if cells > room:
                text, cells = pad(text, room), room
            segments.append(Segment(text, self.style_of(role, over)))
            room -= cells
        if room > 0:
            segments.append(Segment(" " * room, self.style_of("", over)))
        if room >= 0:
            return Strip([*segments, *tail], width)
        return Strip([*segments, *tail]).crop(0, width)
