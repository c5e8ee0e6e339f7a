"""The lines of a course."""

from __future__ import annotations

from netscope.tui.columns import Drawing
from netscope.tui.course import Period
from netscope.tui.glyphs import BLOCKS
from netscope.tui.tables.periods import PERIODS

PERIOD = Period(1_793_541_600 * 1_000_000_000, 10, 1_000, 9_000, 30, 4, 0, 2, 1, 0.5)


def cells(row: Period) -> dict[str, str]:
    drawing = Drawing(glyphs=BLOCKS, now_ns=row.start_ns)
    return {column.key: column.cell(row, drawing, 12).text for column in PERIODS.columns}


def test_a_line() -> None:
    assert cells(PERIOD) == {
        "time": "14:00:00", "bar": "━" * 6, "down": "9.0 kB", "up": "1.0 kB", "packets": "30", "flows": "4",
        "devices": "-", "trackers": "2", "alerts": "! 1",
    }  # fmt: skip


def test_a_quiet_line() -> None:
    quiet = cells(PERIOD._replace(alerts=0, tracker_hits=0, share=0.0))
    assert (quiet["alerts"], quiet["trackers"], quiet["bar"]) == ("-", "-", "")
