"""Traffic over time: one line for small terminals, a mirrored chart with axes for large ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from textual.strip import Strip

from netscope.model.snapshot import PulsePoint
from netscope.tui import figures
from netscope.tui.glyphs import BLOCKS, Glyphs, sparkline
from netscope.tui.widgets.paint import Painted, Piece

AXIS_CELLS: Final = 7
WINDOW_S: Final = 240
SHORT_S: Final = 60


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


def nice_ceiling(value: float) -> float:
    """The next of 1, 2, 5 times a power of ten, so that the axis reads well and seldom changes."""
    if value <= 1000:
        return 1000.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if value <= step * power)


def _sign(share: float, lines: int, line: int, levels: str) -> str:
    """The sign at ``line`` (0 is next to the axis) of a column filled to ``share`` of ``lines``."""
    filled = share * lines - line
    if filled >= 1:
        return levels[-1]
    if filled <= 0:
        # A trace of traffic still shows on the axis.
        return levels[0] if line == 0 and share > 0 else " "
    return levels[min(len(levels) - 1, int(filled * len(levels)))]


class Pulse(Painted):
    """Needs 1 line, or 5 and more for the chart: title, lines above, axis, lines below, times."""

    def __init__(self, *, id: str | None = None, title: str = "Pulse") -> None:  # noqa: A002
        super().__init__(id=id)
        self.title = title
        self._points: Sequence[PulsePoint] = ()
        self._glyphs: Glyphs = BLOCKS
        self._lines: list[list[Piece]] = []

    def show(self, points: Sequence[PulsePoint], glyphs: Glyphs) -> None:
        self._points, self._glyphs = points, glyphs
        self._lines = []
        self.refresh()

    def on_resize(self) -> None:
        self._lines = []

    def render_line(self, y: int) -> Strip:
        if not self._lines:
            self._lines = self._narrow() if self.size.height < 5 else self._tall()
        return self.strip(self._lines[y] if y < len(self._lines) else [])

    def _narrow(self) -> list[list[Piece]]:
        half = (self.size.width - 2) // 2
        # arrow, blank, chart, " 60s"
        cells = max(1, half - 8)
        down, up, _ = buckets(self._points, min(cells, SHORT_S), SHORT_S)
        glyphs = self._glyphs

        def part(arrow: str, values: list[float]) -> list[Piece]:
            chart = sparkline(values, min(cells, SHORT_S), glyphs.levels)
            return [(f" {arrow} ", "dim"), (chart, "chart"), (f" {SHORT_S}s", "dim")]

        first = part(glyphs.down, down)
        used = sum(len(text) for text, _ in first)
        return [[*first, (" " * (half + 1 - used), ""), *part(glyphs.up, up)]]

    def _tall(self) -> list[list[Piece]]:
        body = self.size.height - 3
        above = (body + 1) // 2
        below = body - above
        count = max(1, self.size.width - AXIS_CELLS - 2)
        down, up, length_s = buckets(self._points, count, WINDOW_S)
        if length_s * count > WINDOW_S:
            shown = WINDOW_S // length_s
            down, up = down[-shown:], up[-shown:]
        lines = [self._title_line(down)]
        lines += self._half(down, above, self._glyphs.levels, upward=True)
        lines.append([(f"{'0':>5} {self._glyphs.axis_zero}", "dim"), (self._glyphs.rule * len(down), "rule")])
        lines += self._half(
            up, below, " " + self._glyphs.drops[0] + self._glyphs.drops[3] + self._glyphs.drops[-1], upward=False
        )
        lines.append(self._time_line(len(down), length_s, up))
        return lines

    def _half(self, values: list[float], lines: int, levels: str, *, upward: bool) -> list[list[Piece]]:
        if lines <= 0:
            return []
        top = nice_ceiling(max(values, default=0.0))
        shares = [value / top for value in values]
        out: list[list[Piece]] = []
        for line in range(lines - 1, -1, -1) if upward else range(lines):
            value = top * (line + 1) / lines
            signs = "".join([_sign(share, lines, line, levels) for share in shares])
            out.append([(f"{figures.rate(value):>5} {self._glyphs.axis}", "dim"), (signs, "chart")])
        return out

    def _title_line(self, down: list[float]) -> list[Piece]:
        latest = self._points[-1].bytes_down * 8 if self._points else 0
        words = f"{self._glyphs.down} {figures.rate_unit(latest)}  peak {figures.rate_unit(max(down, default=0))}"
        title = f"{self.title} {WINDOW_S // 60} min"
        gap = AXIS_CELLS + len(down) - len(title) - 1 - len(words)
        return [(self._glyphs.title, "title"), (title, "title"), (" " * max(2, gap), ""), (words, "")]

    def _time_line(self, count: int, length_s: int, up: list[float]) -> list[Piece]:
        cells = [" "] * count
        for minute in range(4, 0, -1):
            at = count - minute * 60 // length_s
            label = f"-{minute}m"
            if at >= 0 and at + len(label) < count - 14:
                cells[at : at + len(label)] = label
        latest = self._points[-1].bytes_up * 8 if self._points else 0
        words = f"now   {self._glyphs.up} {figures.rate_unit(latest)}"
        start = max(0, count - len(words))
        cells[start:] = words[: count - start]
        return [(" " * AXIS_CELLS, ""), ("".join(cells), "dim")]


class Bars(Painted):
    """Values side by side with labels below, such as bytes by hour of the day."""

    def __init__(self, title: str, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.title = title
        self._values: Sequence[float] = ()
        self._labels: Sequence[str] = ()
        self._note = ""
        self._glyphs: Glyphs = BLOCKS

    def show(self, values: Sequence[float], labels: Sequence[str], note: str, glyphs: Glyphs) -> None:
        self._values, self._labels, self._note, self._glyphs = values, labels, note, glyphs
        self.refresh()

    def render_line(self, y: int) -> Strip:
        glyphs = self._glyphs
        if y == 0:
            return self.strip([(glyphs.title, "title"), (self.title, "title")], [(self._note + " ", "dim")])
        lines = self.size.height - 2
        each = max(1, min(3, (self.size.width - 2) // max(1, len(self._values))))
        if y <= lines:
            top = max(self._values, default=0) or 1
            signs = "".join([_sign(value / top, lines, lines - y, glyphs.levels) * each for value in self._values])
            return self.strip([(" " + signs, "chart")])
        stride = 1 if each > 2 else 2
        cells = "".join([f"{label:<{each * stride}}"[: each * stride] for label in self._labels[::stride]])
        return self.strip([(" " + cells, "dim")])
