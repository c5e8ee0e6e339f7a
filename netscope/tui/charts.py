"""Charts as lines of pieces: mirrored rates with axes, columns, bars, heat strips. Pure functions of the values and the
room; block, braille or ASCII as the glyphs say.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from netscope.model.history import RateSeries
from netscope.tui import figures
from netscope.tui.columns import pad
from netscope.tui.glyphs import Glyphs, bar, resample
from netscope.tui.widgets.paint import Piece

AXIS_CELLS: Final = 7
"""Room for ``500k ┤``."""

MARGIN_FROM: Final = 0.9
"""Share of its room that a chart fills at least."""

Line = list[Piece]


def nice_ceiling(value: float) -> float:
    """The next of 1, 2, 5 times a power of ten, so that the axis reads well and seldom changes."""
    if value <= 1000:
        return 1000.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if value <= step * power)


def spread(values: Sequence[float], count: int) -> list[float]:
    """``values`` over at most ``count`` places: peaks kept where there are too many, each as wide as fits where few;
    where that would leave a margin, some a place wider than others.
    """
    each = count // max(1, len(values))
    if len(values) * each < MARGIN_FROM * count:
        return resample(values, count)
    return [value for value in values for _ in range(each)]


def columns(values: Sequence[float], top: float, lines: int, glyphs: Glyphs, *, whole_cells: bool = False) -> list[str]:
    """Columns growing upwards, the uppermost line first; one value a cell, in braille two unless ``whole_cells``."""
    if lines <= 0:
        return []
    shares = [min(1.0, value / top) if top > 0 else 0.0 for value in values]
    if glyphs.dots and not whole_cells:
        return _dotted(shares, lines, down=False)
    return ["".join([_block(share, lines, line, glyphs.levels) for share in shares]) for line in range(lines)[::-1]]


def _block(share: float, lines: int, line: int, levels: str) -> str:
    """The sign at ``line`` (0 is next to the axis) of a column filled to ``share`` of ``lines``."""
    filled = share * lines - line
    if filled >= 1:
        return levels[-1]
    if filled <= 0:
        # A trace of traffic still shows on the axis.
        return levels[0] if line == 0 and share > 0 else " "
    return levels[max(1, round(filled * len(levels))) - 1]


def hanging(values: Sequence[float], top: float, lines: int, glyphs: Glyphs) -> list[str]:
    """Columns growing downwards, the uppermost line first."""
    if lines <= 0:
        return []
    shares = [min(1.0, value / top) if top > 0 else 0.0 for value in values]
    if glyphs.dots:
        return _dotted(shares, lines, down=True)
    return ["".join([_block(share, lines, line, glyphs.drops) for share in shares]) for line in range(lines)]


BRAILLE: Final = 0x2800
LEFT_DOTS: Final = (0x40, 0x04, 0x02, 0x01)
"""Of the left half of a cell, from the bottom up."""
RIGHT_DOTS: Final = (0x80, 0x20, 0x10, 0x08)


def _dotted(shares: Sequence[float], lines: int, *, down: bool) -> list[str]:
    heights = [max(round(share * lines * 4), int(share > 0)) for share in shares]
    if len(heights) % 2:
        heights.append(0)
    drawn = []
    for line in range(lines):
        cells = []
        for left, right in zip(heights[::2], heights[1::2], strict=True):
            dots = _dots(left - 4 * line, LEFT_DOTS, down) + _dots(right - 4 * line, RIGHT_DOTS, down)
            cells.append(chr(BRAILLE + dots))
        drawn.append("".join(cells))
    return drawn if down else drawn[::-1]


def _dots(height: int, dots: Sequence[int], down: bool) -> int:
    order = dots[::-1] if down else dots
    return sum(order[: max(0, min(4, height))])


def cells_of(count: int, glyphs: Glyphs) -> int:
    """Values that fit into ``count`` cells."""
    return 2 * count if glyphs.dots else count


def chart_cells(width: int) -> int:
    """Beside the axis."""
    return max(2, width - AXIS_CELLS - 1)


def mirrored(
    down_bps: Sequence[float], up_bps: Sequence[float], width: int, lines: int, slot_s: float, glyphs: Glyphs
) -> list[Line]:
    """Down above the axis, up below it, times under both; both halves end now. Needs four lines."""
    room = cells_of(chart_cells(width), glyphs)
    down, up = spread(down_bps, room), spread(up_bps, room)
    drawn, cells = mirrored_halves(down, up, lines - 1, glyphs)
    return [*drawn, [(" " * AXIS_CELLS + ago_axis(cells, len(down_bps) * slot_s), "dim")]]


def mirrored_halves(down: Sequence[float], up: Sequence[float], lines: int, glyphs: Glyphs) -> tuple[list[Line], int]:
    """The chart without times, a value a column, and how many cells wide it is."""
    body = max(2, lines - 1)
    above = (body + 1) // 2
    cells = -(-len(down) // cells_of(1, glyphs))
    drawn: list[Line] = []
    top = nice_ceiling(max(down, default=0.0))
    for number, signs in enumerate(columns(down, top, above, glyphs)):
        drawn.append([(_label(top, above - number, above, glyphs), "dim"), (signs, "chart")])
    drawn.append([(f"{'0':>5} {glyphs.axis_zero}", "dim"), (glyphs.rule * cells, "rule")])
    top = nice_ceiling(max(up, default=0.0))
    for number, signs in enumerate(hanging(up, top, body - above, glyphs)):
        drawn.append([(_label(top, number + 1, body - above, glyphs), "dim"), (signs, "chart")])
    return drawn, cells


def _label(top_bps: float, line: int, lines: int, glyphs: Glyphs) -> str:
    """At the end of the axis and half way: others would be no round numbers."""
    words = figures.rate(top_bps * line / lines) if line == lines or 2 * line == lines else ""
    return f"{words:>5} {glyphs.axis}"


STEPS_S: Final = (5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400)
LABEL_CELLS: Final = 12
"""Least room for one mark of an axis."""


def ago_axis(cells: int, seconds: float) -> str:
    """``-4m   -3m   -2m   -1m   now`` under ``cells`` that stand for the last ``seconds``."""
    line = [" "] * cells
    if cells < 8 or seconds <= 0:
        return "".join(line)
    line[-3:] = "now"
    step_s = next((step for step in STEPS_S if step * cells >= LABEL_CELLS * seconds), STEPS_S[-1])
    for mark in range(1, int(seconds // step_s) + 1):
        words = f"-{span_sign(mark * step_s)}"
        at = cells - round(mark * step_s * cells / seconds)
        if at >= 0 and at + len(words) < cells - 4:
            line[at : at + len(words)] = words
    return "".join(line)


def span_sign(seconds: int) -> str:
    for length, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def clock_axis(cells: int, start_ns: int, end_ns: int) -> str:
    """Times of the day under ``cells`` from ``start_ns`` to ``end_ns``; dates where it is days."""
    line = [" "] * cells
    seconds = max(1, (end_ns - start_ns) // figures.SECOND_NS)
    step_s = next((step for step in STEPS_S if step * cells >= LABEL_CELLS * seconds), STEPS_S[-1])
    while step_s * cells < LABEL_CELLS * seconds:
        step_s *= 2
    start_s = start_ns // figures.SECOND_NS
    mark = start_s + (-(start_s + figures.utc_offset_s(start_ns)) % step_s)
    while mark <= start_s + seconds:
        words = figures.axis_time(mark * figures.SECOND_NS, step_s)
        at = (mark - start_s) * cells // seconds
        if at + len(words) <= cells:
            line[at : at + len(words)] = words
        mark += step_s
    return "".join(line)


GAP_FROM: Final = 3
"""Columns so wide or wider stand apart: else the even ones of a chart would melt into a slab."""


def widen(sign: str, cells: int) -> str:
    """``sign`` as a column of ``cells``."""
    return sign * (cells - 1) + " " if cells >= GAP_FROM else sign * cells


def heat(counts: Sequence[int], most: int, each: int, glyphs: Glyphs) -> str:
    """A strip of cells, the darker the more; something always shows."""
    shades = glyphs.heat
    signs = []
    for count in counts:
        level = 0 if count <= 0 or most <= 0 else 1 + min(len(shades) - 2, count * (len(shades) - 1) // (most + 1))
        signs.append(shades[level] * each)
    return "".join(signs)


def labelled_bars(
    rows: Sequence[tuple[str, float, str]], width: int, glyphs: Glyphs, name_cells: int = 22
) -> list[Line]:
    """(name, value, words) each with a bar beside the name, as long as its share of the largest."""
    most = max((value for _, value, _ in rows), default=0) or 1
    words_cells = max((len(words) for _, _, words in rows), default=0)
    room = max(4, width - name_cells - words_cells - 4)
    return [
        [
            (" " + pad(name, name_cells, cut=glyphs.cut) + " ", ""),
            (f"{bar(value / most, room, glyphs):<{room}} ", "chart"),
            (f"{words:>{words_cells}}", "dim"),
        ]
        for name, value, words in rows
    ]


def rate_title(
    title: str, now_bps: tuple[float, float], peak_bps: tuple[float, float], width: int, glyphs: Glyphs
) -> Line:
    """Title, and the rates of now and the peaks as far as there is room."""
    (down, up), (most_down, most_up) = now_bps, peak_bps
    words = f"{glyphs.down} {figures.rate_unit(down)}  {glyphs.up} {figures.rate_unit(up)}"
    peaks = f"  peak {figures.rate_unit(most_down)}, {figures.rate_unit(most_up)}"
    if len(title) + len(words) + len(peaks) + 4 <= width:
        gap = width - len(title) - len(words) - len(peaks) - 2
        return [(glyphs.title, "title"), (title, "title"), (" " * gap, ""), (words, ""), (peaks, "dim")]
    gap = max(1, width - len(title) - len(words) - 2)
    return [(glyphs.title, "title"), (title, "title"), (" " * gap, ""), (words, "")]


def rate_pane(
    series: RateSeries | None, now_bps: tuple[float, float], glyphs: Glyphs, width: int, lines: int
) -> list[Line]:
    """A mirrored chart of a flow or device with its title; of a series that is not kept, a word on why."""
    if series is None:
        note = "  a recording keeps totals, not their course"
        return [[(glyphs.title, "title"), ("Rate", "title"), (note, "dim")]]
    bits = 8 / series.slot_s
    down, up = [size * bits for size in series.down], [size * bits for size in series.up]
    peaks = (max(down, default=0.0), max(up, default=0.0))
    title = f"Rate, last {figures.span_words(len(down) * series.slot_s)}"
    return [
        rate_title(title, now_bps, peaks, width, glyphs),
        *mirrored(down, up, width, lines - 1, series.slot_s, glyphs),
    ]


def histogram(
    title: str, labels: Sequence[str], down: Sequence[int], up: Sequence[int], width: int, glyphs: Glyphs
) -> list[Line]:
    """Packets by bin, down and up beside each other, each as its share of its direction."""
    name_cells = max(map(len, labels)) + 1
    room = max(3, (width - name_cells - 17) // 2)
    sums = sum(down), sum(up)
    head = f"{glyphs.down} {figures.count(sums[0])}  {glyphs.up} {figures.counted(sums[1], 'packet')}"
    gap = max(1, width - len(title) - len(head) - 2)
    lines: list[Line] = [[(glyphs.title, "title"), (title, "title"), (" " * gap, ""), (head, "dim")]]
    tops = max(down, default=0), max(up, default=0)
    for label, *counts in zip(labels, down, up, strict=True):
        line: Line = [(f" {label:>{name_cells}} ", "dim")]
        for count, top, whole in zip(counts, tops, sums, strict=True):
            drawn = bar(count / top if top else 0.0, room, glyphs)
            line += [(f"{drawn:<{room}}", "chart"), (f"{figures.share(count, whole) if count else '-':>6} ", "dim")]
        lines.append(line)
    return lines
