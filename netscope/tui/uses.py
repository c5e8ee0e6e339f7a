"""When something was used of late: by the minute of the last hour, or by the hour of the last day. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from netscope.model.history import Uses
from netscope.tui import charts, figures
from netscope.tui.charts import AXIS_CELLS, Line
from netscope.tui.columns import pad
from netscope.tui.glyphs import Glyphs


class Span(NamedTuple):
    """The stretch of time a chart of uses shows."""

    slots: int
    seconds: int
    """Of a slot."""

    @property
    def words(self) -> str:
        unit = {60: "the minute", 3_600: "the hour"}.get(self.seconds) or figures.span_words(self.seconds)
        whole_s = self.slots * self.seconds
        return f" by {unit}, last {'24 h' if whole_s == DAY_S else figures.span_words(whole_s)}"


LEAST_MINUTES: Final = 10
DAY: Final = Span(24, 3_600)
DAY_S: Final = 86_400
LEAST_FILLED: Final = 0.75
"""Of the room of a chart."""


def span_of(uses: Sequence[Uses]) -> Span:
    """The last day by the hour; while nothing is older than an hour, the minutes in which there was something."""
    if any(sum(each.hours[:-2]) for each in uses):
        return DAY
    return minutes_of([each.minutes for each in uses])


def minutes_of(counts: Sequence[Sequence[int]]) -> Span:
    """The last minutes in which there was something."""
    passed = [len(each) - next((at for at, number in enumerate(each) if number), len(each)) for each in counts]
    return Span(min(60, max([LEAST_MINUTES, *passed])), 60)


def in_span(uses: Uses, span: Span) -> tuple[int, ...]:
    return (uses.minutes if span.seconds == 60 else uses.hours)[-span.slots :]


def fitting(values: Sequence[int], span: Span, room: int) -> tuple[tuple[int, ...], Span]:
    """At most ``room`` slots, the newest always among them. Where there are more, several are added up; of minutes the
    oldest are left out instead where that would leave much of the room empty.
    """
    room = max(1, room)
    each = -(-len(values) // room)
    if each > 1 and span.seconds == 60 and -(-len(values) // each) < room * LEAST_FILLED:
        each -= 1
        values = values[-room * each :]
    if each <= 1:
        return tuple(values), Span(len(values), span.seconds)
    ends = range(len(values), 0, -each)
    merged = tuple([sum(values[max(0, end - each) : end]) for end in ends])[::-1]
    return merged, Span(len(merged), span.seconds * each)


def added(several: Sequence[Uses]) -> Uses:
    """Together; of none all slots are empty."""
    if not several:
        return Uses((0,) * 60, (0,) * 24)
    return Uses(
        tuple(map(sum, zip(*[uses.minutes for uses in several], strict=True))),
        tuple(map(sum, zip(*[uses.hours for uses in several], strict=True))),
    )


def strips(
    title: str, rows: Sequence[tuple[str, Uses]], now_ns: int, width: int, lines: int, *, glyphs: Glyphs
) -> list[Line]:
    """A strip for each name, the one with most first."""
    whole = span_of([uses for _, uses in rows])
    name_cells = 12 if width < 50 else 18 if width < 90 else 24
    room = max(1, width - name_cells - 9)
    span = fitting((0,) * whole.slots, whole, room)[1]
    drawn: list[Line] = [[(glyphs.title, "title"), (title, "title"), (span.words, "dim")]]
    counted = sorted(
        [(name, fitting(in_span(uses, whole), whole, room)[0]) for name, uses in rows], key=lambda row: -sum(row[1])
    )
    shown = counted[: max(0, lines - 2)]
    each = max(1, room // span.slots)
    most = max((max(counts) for _, counts in shown), default=0)
    for name, counts in shown:
        strip = charts.heat(counts, most, each, glyphs)
        total = figures.count(sum(counts))
        drawn.append([(f" {pad(name, name_cells, cut=glyphs.cut)} ", ""), (strip, "chart"), (f"{total:>6}", "dim")])
    drawn.append([(" " * (name_cells + 2) + span_axis(span, now_ns, each), "dim")])
    return drawn


def columns(title: str, uses: Uses, now_ns: int, width: int, lines: int, *, glyphs: Glyphs) -> list[Line]:
    """All uses as columns, with their title and times."""
    whole, room = span_of([uses]), charts.chart_cells(width)
    counts, span = fitting(in_span(uses, whole), whole, room)
    each = max(1, room // span.slots)
    top = max(counts, default=0)
    drawn: list[Line] = [[(glyphs.title, "title"), (title, "title"), (span.words, "dim")]]
    bars = charts.columns([float(count) for count in counts], float(top), max(1, lines - 2), glyphs, whole_cells=True)
    for number, signs in enumerate(bars):
        label = figures.count(top) if number == 0 and top else ""
        drawn.append(
            [(f"{label:>5} {glyphs.axis}", "dim"), ("".join([charts.widen(sign, each) for sign in signs]), "chart")]
        )
    drawn.append([(" " * AXIS_CELLS + span_axis(span, now_ns, each), "dim")])
    return drawn


def span_axis(span: Span, now_ns: int, each: int) -> str:
    """Under slots of ``each`` cells: hours of the clock, or how long ago."""
    if span.seconds < 3_600:
        return charts.ago_axis(span.slots * each, span.slots * span.seconds)
    stride = next(stride for stride in (1, 2, 3, 4, 6, 12) if stride * each > 2)
    slot_ns = span.seconds * figures.SECOND_NS
    hours = [figures.hour_of_day(now_ns - behind * slot_ns) for behind in range(span.slots - 1, -1, -1)]
    return "".join([f"{hour:02d}".ljust(each * stride)[: each * stride] for hour in hours[::stride]])
