"""A device's day beside what is usual, as a chart and in words; in a young run its last minutes. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from netscope.model.usual import LEAST_DAYS, HourBytes
from netscope.tui import charts, figures
from netscope.tui.charts import AXIS_CELLS, Line, nice_ceiling
from netscope.tui.columns import pad
from netscope.tui.glyphs import Glyphs
from netscope.tui.uses import DAY, Span, fitting, minutes_of, span_axis
from netscope.tui.widgets.paint import Piece


def pane(
    profile: Sequence[HourBytes], minutes: Sequence[int], glyphs: Glyphs, width: int, lines: int, *, subject: str = ""
) -> list[Line]:
    """Title, chart, times and the words on what is usual. Needs five lines."""
    whole = span_of(profile, minutes)
    sizes, span = fitting(minutes[-whole.slots :], whole, charts.chart_cells(width)) if whole is not DAY else ((), DAY)
    title: Line = [(glyphs.title, "title"), ("Bytes", "title"), (span.words, "dim")]
    if subject:
        title.append((f" {glyphs.dot} {pad(subject, 24, cut=glyphs.cut).rstrip()}", "accent"))
    if not profile:
        return [title, [(" being read …", "dim")]]
    shown = profile if span is DAY else [HourBytes(0, size, None, None, 0) for size in sizes]
    return [
        title,
        *chart(shown, span, profile[-1].start_ns, width, max(2, lines - 2), glyphs),
        usual_words(profile[-1], glyphs),
    ]


def span_of(profile: Sequence[HourBytes], minutes: Sequence[int]) -> Span:
    """The day; the last minutes while there is no more than this hour and the one before, and nothing is usual yet."""
    if not any(minutes) or any(hour.bytes or hour.usual_high_bytes for hour in profile[:-2]):
        return DAY
    return minutes_of([minutes])


def chart(profile: Sequence[HourBytes], span: Span, now_ns: int, width: int, lines: int, glyphs: Glyphs) -> list[Line]:
    """Columns with now last; where a column does not reach, the range that is usual at that hour is shaded."""
    each = max(1, (width - AXIS_CELLS - 1) // max(1, len(profile)))
    body = max(1, lines - 1)
    top = nice_ceiling(max((max(hour.bytes, hour.usual_high_bytes or 0) for hour in profile), default=0))
    bars = [charts.columns([hour.bytes], top, body, glyphs, whole_cells=True) for hour in profile]
    drawn: list[Line] = []
    for number in range(body):
        band = (top * (body - number - 1) / body, top * (body - number) / body)
        line: Line = [(f"{_label(band[1], number, body):>5} {glyphs.axis}", "dim")]
        for hour, bar in zip(profile, bars, strict=True):
            piece = _cell(hour, bar[number], band, each, glyphs)
            if line[-1][1] == piece[1]:
                line[-1] = (line[-1][0] + piece[0], piece[1])
            else:
                line.append(piece)
        drawn.append(line)
    drawn.append([(" " * AXIS_CELLS + span_axis(span, now_ns, each), "dim")])
    return drawn


def _label(value: float, number: int, body: int) -> str:
    """At the end of the axis and half way."""
    if number and 2 * number != body:
        return ""
    return figures.size(value).replace(" ", "").removesuffix("B")


def _cell(hour: HourBytes, sign: str, band: tuple[float, float], each: int, glyphs: Glyphs) -> Piece:
    """One slot at one height: its column, else the shade of what is usual, else nothing."""
    if sign != " ":
        return (charts.widen(sign, each), "chart")
    low, high = hour.usual_low_bytes, hour.usual_high_bytes
    if low is not None and high is not None and high > band[0] and low < band[1] and high > 0:
        return (charts.widen(glyphs.usual, each), "usual")
    return (" " * each, "")


def usual_words(now: HourBytes, glyphs: Glyphs) -> Line:
    """What is usual at this hour and whether now lies in it."""
    this_hour = f" {figures.size(now.bytes)} this hour"
    if now.usual_low_bytes is None or now.usual_high_bytes is None:
        more = max(1, LEAST_DAYS - now.days)
        words = f"; what is usual is known in {more} day{'s' if more > 1 else ''}"
        return [(this_hour + words, "dim")]
    low, high = figures.size(now.usual_low_bytes), figures.size(now.usual_high_bytes)
    if now.bytes > now.usual_high_bytes:
        verdict = (", more than usual", "warn")
    else:
        verdict = (", as usual" if now.bytes >= now.usual_low_bytes else ", less so far", "")
    usual = f"   {glyphs.usual} {low}–{high} on most of {now.days} days"
    return [(this_hour, "dim"), verdict, (usual, "dim")]
