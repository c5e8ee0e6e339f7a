"""The course of a run or recording: as a chart to point into, and line by line. Pure functions of its buckets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from netscope.model.history import CourseBucket
from netscope.tui import charts, figures
from netscope.tui.charts import AXIS_CELLS, Line
from netscope.tui.glyphs import Glyphs

LENGTHS_S: Final = (10, 60, 600, 3_600, 86_400)
"""Of a line of the list, the shortest that makes no more than MAX_PERIODS."""
MAX_PERIODS: Final = 60


class Columns(NamedTuple):
    """The course as columns of equal time."""

    start_ns: int
    end_ns: int
    down_bps: list[float]
    up_bps: list[float]
    alerts: list[int]

    def column_of(self, time_ns: int) -> int:
        count = len(self.down_bps)
        return max(0, min(count - 1, (time_ns - self.start_ns) * count // max(1, self.end_ns - self.start_ns)))

    def start_of(self, column: int) -> int:
        """Its first moment; one of the next column is the end of this."""
        return self.start_ns + -(-column * (self.end_ns - self.start_ns) // len(self.down_bps))


def columns(course: Sequence[CourseBucket], start_ns: int, end_ns: int, most: int, *, grows: bool) -> Columns:
    """At most ``most`` columns, none shorter than a bucket. While it ``grows`` they are whole buckets, so that the
    picture stands still; what has ended fills the width.
    """
    bucket_ns = course[0].seconds * figures.SECOND_NS if course else figures.SECOND_NS
    start_ns -= start_ns % bucket_ns
    slots = max(1, -(-(end_ns - start_ns) // bucket_ns))
    each = -(-slots // max(1, most))
    count = -(-slots // each) if grows or slots < most else most
    end_ns = start_ns + bucket_ns * (count * each if grows else slots)
    down, up, alerts = [0.0] * count, [0.0] * count, [0] * count
    found = Columns(start_ns, end_ns, down, up, alerts)
    lengths = Counter(found.column_of(start_ns + slot * bucket_ns) for slot in range(slots))
    for bucket in course:
        if start_ns <= bucket.start_ns < end_ns:
            at = found.column_of(bucket.start_ns)
            bits = 8 * figures.SECOND_NS / (bucket_ns * max(1, lengths[at]))
            down[at] += bucket.bytes_down * bits
            up[at] += bucket.bytes_up * bits
            alerts[at] += bucket.alerts
    return found


def chart(found: Columns, position_ns: int | None, width: int, lines: int, glyphs: Glyphs) -> list[Line]:
    """Mirrored rates, a line of alert ticks with the pointer, and the times of the day. Needs six lines."""
    each = cells_each(found, width, glyphs)
    cells = -(-len(found.down_bps) * each // charts.cells_of(1, glyphs))
    down = [value for value in found.down_bps for _ in range(each)]
    up = [value for value in found.up_bps for _ in range(each)]
    drawn, _ = charts.mirrored_halves(down, up, lines - 2, glyphs)
    return [
        *drawn,
        _ticks(found, position_ns, cells, glyphs),
        [(" " * AXIS_CELLS + charts.clock_axis(cells, found.start_ns, found.end_ns), "dim")],
    ]


def cells_each(found: Columns, width: int, glyphs: Glyphs) -> int:
    """Values a column is drawn as: cells, or in braille half cells."""
    return max(1, charts.cells_of(charts.chart_cells(width), glyphs) // len(found.down_bps))


def time_at(found: Columns, x: int, width: int, glyphs: Glyphs) -> int | None:
    """The moment a cell of the chart stands for; None beside the chart."""
    values = (x - AXIS_CELLS) * charts.cells_of(1, glyphs)
    column = values // cells_each(found, width, glyphs)
    if x < AXIS_CELLS or column >= len(found.down_bps):
        return None
    return found.start_of(column)


def _ticks(found: Columns, position_ns: int | None, cells: int, glyphs: Glyphs) -> Line:
    signs = [" "] * cells
    count = len(found.down_bps)
    for column, number in enumerate(found.alerts):
        if number:
            signs[min(cells - 1, column * cells // count)] = "!"
    if position_ns is None:
        return [(" " * AXIS_CELLS, ""), ("".join(signs), "warn")]
    at = min(cells - 1, found.column_of(position_ns) * cells // count)
    return [
        (" " * AXIS_CELLS, ""), ("".join(signs[:at]), "warn"), (glyphs.up, "focus"), ("".join(signs[at + 1 :]), "warn"),
    ]  # fmt: skip


class Period(NamedTuple):
    """One line of the list."""

    start_ns: int
    seconds: int
    bytes_up: int
    bytes_down: int
    packets: int
    flows: int
    devices: int
    tracker_hits: int
    alerts: int
    share: float
    """Of the bytes of the busiest."""

    @property
    def bytes(self) -> int:
        return self.bytes_up + self.bytes_down


def periods(course: Sequence[CourseBucket]) -> list[Period]:
    """Newest first; those in which nothing happened are left out. Days begin at midnight."""
    if not course:
        return []
    span_s = (course[-1].start_ns - course[0].start_ns) // figures.SECOND_NS + course[-1].seconds
    fitting = (length for length in LENGTHS_S if length >= course[0].seconds and span_s <= length * MAX_PERIODS)
    length_s = next(fitting, LENGTHS_S[-1])
    sums: dict[int, list[int]] = {}
    for bucket in course:
        start_s = bucket.start_ns // figures.SECOND_NS
        begin_s = start_s - (start_s + figures.utc_offset_s(bucket.start_ns)) % length_s
        total = sums.setdefault(begin_s, [0] * 7)
        for place, amount in enumerate(bucket[2:]):
            total[place] += amount
    most = max(total[0] + total[1] for total in sums.values()) or 1
    return [
        Period(
            begin_s * figures.SECOND_NS, length_s, up, down, packets, flows, devices, hits, alerts, (up + down) / most
        )
        for begin_s, (up, down, packets, flows, devices, hits, alerts) in sorted(sums.items(), reverse=True)
    ]
