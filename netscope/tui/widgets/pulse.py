"""Traffic of the last minutes: one line for small terminals, a mirrored chart with axes for large ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from textual.strip import Strip

from netscope.model.snapshot import PulsePoint
from netscope.tui import charts, figures
from netscope.tui.frame import rates
from netscope.tui.glyphs import sparkline
from netscope.tui.layout import Want
from netscope.tui.widgets.paint import Painted, Piece

WINDOW_S: Final = 240
SHORT_S: Final = 60
CHART_LINES: Final = 7
"""Title, lines above and below the axis, the axis, times."""


def buckets(points: Sequence[PulsePoint], count: int, window_s: int) -> tuple[list[float], list[float], int]:
    """(down, up) in bits per second for ``count`` columns of equal time, the newest last, and their seconds.

    Columns begin at multiples of their length, so that the picture shifts and does not shimmer.
    """
    length_s = max(1, math.ceil(window_s / max(1, count)))
    down, up = [0.0] * count, [0.0] * count
    if not points:
        return down, up, length_s
    last = points[-1].time_ns // figures.SECOND_NS // length_s
    for point in points:
        index = count - 1 - (last - point.time_ns // figures.SECOND_NS // length_s)
        if 0 <= index < count:
            down[index] = max(down[index], point.bytes_down * 8.0)
            up[index] = max(up[index], point.bytes_up * 8.0)
    return down, up, length_s


class Pulse(Painted):
    """Needs 1 line, or CHART_LINES for the chart."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._points: Sequence[PulsePoint] = ()
        self._lines: list[list[Piece]] = []

    def show(self, points: Sequence[PulsePoint]) -> None:
        self._points = points
        self._lines = []
        self.refresh()

    def on_resize(self) -> None:
        self._lines = []

    def want(self) -> Want:
        lines = CHART_LINES if self.screen.has_class("-wide") and self.screen.has_class("-tall") else 1
        return Want(lines, lines, lines)

    def render_line(self, y: int) -> Strip:
        if not self._lines:
            self._lines = self._narrow() if self.size.height < 5 else self._tall()
        return self.strip(self._lines[y] if y < len(self._lines) else [])

    def _narrow(self) -> list[list[Piece]]:
        half = (self.size.width - 2) // 2
        # arrow, blank, chart, " 60s"
        cells = max(1, half - 8)
        glyphs = self.glyphs
        values = min(charts.cells_of(cells, glyphs), SHORT_S)
        down, up, _ = buckets(self._points, values, SHORT_S)

        def part(arrow: str, values: list[float]) -> list[Piece]:
            drawn = sparkline(values, len(values), glyphs.levels)
            if glyphs.dots:
                drawn = charts.columns(values, max(values, default=0.0), 1, glyphs)[0]
            return [(f" {arrow} ", "dim"), (drawn, "chart"), (f" {SHORT_S}s", "dim")]

        first = part(glyphs.down, down)
        used = sum(len(text) for text, _ in first)
        return [[*first, (" " * (half + 1 - used), ""), *part(glyphs.up, up)]]

    def _tall(self) -> list[list[Piece]]:
        glyphs, width = self.glyphs, self.size.width
        count = charts.cells_of(max(1, width - charts.AXIS_CELLS - 1), glyphs)
        down, up, length_s = buckets(self._points, count, WINDOW_S)
        shown = max(1, WINDOW_S // length_s)
        down, up = down[-shown:], up[-shown:]
        title = f"Pulse, last {WINDOW_S // 60} min"
        return [
            charts.rate_title(title, rates(self._points), (max(down), max(up)), width, glyphs),
            *charts.mirrored(down, up, width, self.size.height - 1, length_s, glyphs),
        ]
