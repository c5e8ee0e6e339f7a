"""Drawing lines from pieces of text with a role; all widgets draw through this, so that roles are themed once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Protocol, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from netscope.model.text import neutralise
from netscope.tui.columns import pad

if TYPE_CHECKING:
    from netscope.tui.glyphs import Glyphs
    from netscope.tui.view import View

ROLES = (
    "dim", "accent", "warn", "name", "chart", "title", "focus", "heading", "cursor", "blur", "field",
    "good", "bad", "key", "tab", "rule", "fill", "usual",
)  # fmt: skip


class HasView(Protocol):
    view: View


Piece = tuple[str, str]
"""(text, role); the role ``""`` is plain."""


LONGEST_TEXT: Final = 500
"""Characters of one piece: no terminal is wider."""
ROLE_CLASSES: Final = frozenset(f"paint--{role}" for role in ROLES)
"""Component classes of the application: of each widget, the stylesheet would be matched with them forty times over."""


class Painted(Widget):
    """A widget that draws with the Line API and the shared roles."""

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
                    found = found + self.style_part(part, keep_colour=part == over and bool(role))
            self._styles_by_role[key] = found
        return found

    def style_part(self, role: str, *, keep_colour: bool = False) -> Style:
        style = self.app.get_component_styles(f"paint--{role}").partial_rich_style
        if not keep_colour:
            return style
        # The line's background and weight, the piece's own colour.
        return Style(bgcolor=style.bgcolor, bold=style.bold, underline=style.underline, reverse=style.reverse)

    @property
    def glyphs(self) -> Glyphs:
        return cast("HasView", self.app).view.glyphs

    def _drawable(self, text: str) -> str:
        """In signs of this terminal; whatever came through unseen until here does no harm either."""
        return self.glyphs.plain(text if text.isprintable() else neutralise(text, LONGEST_TEXT))

    def strip(self, pieces: Iterable[Piece], right: Iterable[Piece] = (), over: str = "") -> Strip:
        """Pieces from the left, ``right`` flush right; what overlaps is cut from the left part."""
        width = self.size.width
        tail = [Segment(self._drawable(text), self.style_of(role, over)) for text, role in right if text]
        room = width - sum(cell_len(segment.text) for segment in tail)
        segments = []
        for text, role in pieces:
            if room <= 0:
                break
            text = self._drawable(text)
            cells = cell_len(text)
            if cells > room:
                text, cells = pad(text, room, cut=self.glyphs.cut), room
            segments.append(Segment(text, self.style_of(role, over)))
            room -= cells
        if room > 0:
            segments.append(Segment(" " * room, self.style_of("", over)))
        if room >= 0:
            return Strip([*segments, *tail], width)
        return Strip([*segments, *tail]).crop(0, width)
