"""The table of a run's or recording's periods."""

from __future__ import annotations

from typing import Final

from netscope.tui import figures
from netscope.tui.columns import Cell, Column, Drawing
from netscope.tui.course import Period
from netscope.tui.glyphs import bar
from netscope.tui.tables import Table, figure


def _time_cell(row: Period, drawing: Drawing, width: int) -> Cell:
    return Cell(figures.period_start(row.start_ns, row.seconds), "name")


def _bar_cell(row: Period, drawing: Drawing, width: int) -> Cell:
    return Cell(bar(row.share, width, drawing.glyphs), "chart")


def _alerts_cell(row: Period, drawing: Drawing, width: int) -> Cell:
    return Cell(f"! {row.alerts}" if row.alerts else "-", "warn" if row.alerts else "dim")


PERIODS: Final = Table(
    name="periods", title="Course", kind=None, order="time", row_id=lambda r: r.start_ns, order_words="newest",
    empty="nothing happened yet",
    columns=(
        Column("time", "From", 14, 14, 0, _time_cell, sort=lambda r: r.start_ns, descending=True,
               help="when it begins"),
        Column("bar", "Traffic", 8, 160, 1, _bar_cell, weight=6, drawn=True, sort=lambda r: r.share, descending=True,
               help="beside the busiest"),
        Column("down", "Down", 7, 8, 0, figure(lambda r: r.bytes_down, figures.size), right=True, weight=0,
               sort=lambda r: r.bytes_down, descending=True, help="bytes into the network"),
        Column("up", "Up", 7, 8, 0, figure(lambda r: r.bytes_up, figures.size), right=True, weight=0,
               sort=lambda r: r.bytes_up, descending=True, help="bytes out of it"),
        Column("packets", "Packets", 7, 8, 3, figure(lambda r: r.packets, figures.count), right=True, weight=0,
               sort=lambda r: r.packets, descending=True, help="both ways"),
        Column("flows", "Flows", 6, 7, 2, figure(lambda r: r.flows, figures.count), right=True, weight=0,
               sort=lambda r: r.flows, descending=True, help="that began"),
        Column("devices", "New", 4, 5, 4, figure(lambda r: r.devices, figures.count), right=True, weight=0,
               sort=lambda r: r.devices, descending=True, help="devices seen for the first time"),
        Column("trackers", "Trk", 5, 6, 1, figure(lambda r: r.tracker_hits, figures.count), right=True, weight=0,
               sort=lambda r: r.tracker_hits, descending=True, help="tracker hits"),
        Column("alerts", "Alerts", 6, 7, 0, _alerts_cell, right=True, weight=0, sort=lambda r: r.alerts,
               descending=True, help="that began"),
    ),
)  # fmt: skip
