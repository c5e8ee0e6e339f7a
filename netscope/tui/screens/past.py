"""Past: the course of this run or of a recording, as a chart to move in and line by line, and how to keep more."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult

from netscope.model.history import CourseBucket
from netscope.model.snapshot import AlertRow, Snapshot
from netscope.model.text import neutralise
from netscope.tui import charts, course, figures
from netscope.tui.actions.past import can_seek
from netscope.tui.columns import pad
from netscope.tui.course import Columns, Period
from netscope.tui.dispatch import bindings
from netscope.tui.layout import Want
from netscope.tui.playback import has_playback
from netscope.tui.screens.detail import summary_lines
from netscope.tui.screens.monitor import MonitorScreen
from netscope.tui.tables.alerts import SHORT, severity_style, title
from netscope.tui.tables.periods import PERIODS
from netscope.tui.widgets.notice import ChartPane, TextPane
from netscope.tui.widgets.paint import Piece
from netscope.tui.widgets.row_table import RowTable
from netscope.tui.widgets.stack import Side, Stack
from netscope.tui.widgets.status import Rule

MOMENT_LINES = 6
"""Alerts told of the period under the cursor."""


class PastScreen(MonitorScreen):
    context: ClassVar[str] = "past"
    BINDINGS = bindings("past")
    AUTO_FOCUS = "#periods"

    def __init__(self) -> None:
        super().__init__()
        self._columns = course.columns((), 0, 1, 1, grows=True)

    def compose_body(self) -> ComposeResult:
        def sign() -> str:
            return self.view.glyphs.rule

        with Stack():
            yield ChartPane(id="strip")
            yield Rule(sign, classes="wide-only")
            yield RowTable(PERIODS, least=4, enough=24)
            yield Rule(sign, classes="wide-only")
            with Side(id="past-lower"):
                yield TextPane(id="run")
                yield TextPane(id="moment")

    def time_steps(self) -> int:
        return max(10, len(self._columns.down_bps))

    def show_body(self) -> None:
        shown, glyphs = self.view.shown, self.view.glyphs
        if shown is None:
            return
        found = self.monitor.reader.course()
        start_ns, end_ns = self._range(found, shown)
        width = max(20, self.size.width)
        most = charts.cells_of(charts.chart_cells(width), glyphs)
        grows = not shown.capture.finished
        self._columns = course.columns(found, start_ns, end_ns, most, grows=grows)
        lines = Want(7, 12, 16) if self.large else Want(7, 8, 9)
        self.query_one("#strip", ChartPane).show(partial(self._strip, self._columns, shown), lines)
        table = self.query_one("#periods", RowTable)
        periods = course.periods(found)
        self.fill(table, periods, words=f"by {figures.span_words(periods[0].seconds)}" if periods else "")
        self._follow_position(table)
        self.query_one("#run", TextPane).show(partial(self._run, shown, start_ns, end_ns))
        self.show_moment()

    def _range(self, found: Sequence[CourseBucket], shown: Snapshot) -> tuple[int, int]:
        reader = self.monitor.reader
        if has_playback(reader):
            return reader.time_range()
        first = found[0].start_ns if found else shown.capture.started_ns
        return first, max(shown.capture.now_ns, first + figures.SECOND_NS)

    def _follow_position(self, table: RowTable) -> None:
        """The line of the moment shown is the one under the cursor."""
        position = self._position()
        if position is None:
            return
        now = next((row for row in table.rows if row.start_ns <= position), None)
        if now is not None:
            table.point_at(now.start_ns)

    def _position(self) -> int | None:
        reader = self.monitor.reader
        return reader.position_ns if has_playback(reader) else None

    def _strip(self, found: Columns, shown: Snapshot, width: int, lines: int) -> list[list[Piece]]:
        glyphs, reader = self.view.glyphs, self.monitor.reader
        words = f" {figures.day_clock(found.start_ns)} to {figures.day_clock(found.end_ns)} {glyphs.dot} "
        name, where = "This file" if shown.capture.kind == "file" else "This run", "now"
        if has_playback(reader):
            name, where = "Recording", "now" if reader.at_live else figures.day_clock(reader.position_ns)
        title: list[Piece] = [(glyphs.title, "title"), (name, "title"), (words, "dim"), (where, "accent")]
        if has_playback(reader) and width >= 100:
            title += [("   ←→ moves, a click too; ! alerts", "dim")]
        return [title, *course.chart(found, self._position(), width, lines - 1, glyphs)]

    @on(ChartPane.Clicked, "#strip")
    def seek_clicked(self, event: ChartPane.Clicked) -> None:
        event.stop()
        reader = self.monitor.reader
        moment = course.time_at(self._columns, event.x, event.pane.size.width, self.view.glyphs)
        if has_playback(reader) and moment is not None:
            reader.seek(moment)
            self.monitor.pull()

    @on(RowTable.Moved, "#periods")
    def seek_to_row(self, event: RowTable.Moved) -> None:
        reader, row = self.monitor.reader, event.row_table.selected
        if has_playback(reader) and isinstance(row, Period):
            reader.seek(row.start_ns)
            self.monitor.pull()
        else:
            self.show_moment()

    def show_moment(self) -> None:
        row = self.query_one("#periods", RowTable).selected
        pane = self.query_one("#moment", TextPane)
        pane.show(partial(self._moment, row) if isinstance(row, Period) else ())

    def _moment(self, row: Period, width: int) -> list[list[Piece]]:
        """What happened in the period under the cursor."""
        glyphs = self.view.glyphs
        end_ns = row.start_ns + row.seconds * figures.SECOND_NS
        shown = self.view.shown
        began = [each for each in (shown.alerts if shown else ()) if row.start_ns <= each.first_ns < end_ns]
        head: list[Piece] = [
            (glyphs.title, "title"), (f"From {figures.period_start(row.start_ns, row.seconds)}", "title"),
            (f"  for {figures.span_words(row.seconds)} {glyphs.dot} {figures.counted(len(began), 'alert')}", "dim"),
        ]  # fmt: skip
        lines = [head, *[self._alert_line(each, width) for each in began[:MOMENT_LINES]]]
        if len(began) > MOMENT_LINES:
            lines.append([(f" and {len(began) - MOMENT_LINES} more: 6 shows all", "dim")])
        return lines if began else [head, [(" no alert began", "dim")]]

    def _alert_line(self, alert: AlertRow, width: int) -> list[Piece]:
        words = f"{title(alert)}  {alert.device_name}"
        return [
            (f" {figures.clock(alert.first_ns)[:5]} ", "dim"),
            (f"{SHORT.get(alert.severity, alert.severity):<5}", severity_style(alert)),
            (pad(words, max(8, width - 14), cut=self.view.glyphs.cut), ""),
        ]

    def _run(self, snapshot: Snapshot, start_ns: int, end_ns: int, width: int) -> list[list[Piece]]:
        capture, glyphs, counted = snapshot.capture, self.view.glyphs, figures.counted
        new = sum(1 for row in snapshot.alerts if row.state == "new")
        source = capture.source + (f"  filter {capture.filter}" if capture.filter else "")
        pairs = [
            ("From", f"{figures.day_clock(start_ns)}   for {figures.elapsed(end_ns - start_ns)}"),
            ("Traffic", f"{figures.size(capture.bytes)} in {counted(capture.packets, 'packet')}"),
            ("Seen", f"{counted(len(snapshot.devices), 'device')}, {counted(len(snapshot.names), 'name')}, "
                     f"{counted(len({row.name for row in snapshot.trackers}), 'tracker')}, "
                     f"{counted(len(snapshot.alerts), 'alert')}, {new} new"),
            ("Lost", f"{capture.dropped + capture.dropped_interface} dropped, {capture.truncated} cut short, "
                     f"{capture.malformed} malformed, {counted(capture.flows_evicted, 'flow')} evicted"),
        ]  # fmt: skip
        if self.large:
            pairs.insert(0, ("Source", source))
        if self.large and capture.rss_bytes:
            cpu, memory = f"{capture.cpu_share * 100:.0f} % of one core", f"{capture.rss_bytes / 1e6:.0f} MB"
            pairs.append(("Program", f"CPU {cpu}, {memory}"))
        lines: list[list[Piece]] = [[(glyphs.title, "title"), ("Capture", "title")]]
        lines += summary_lines(pairs, (), width, glyphs)
        advice = textwrap.wrap(self._advice(snapshot), max(20, width - 2))
        return [*lines, *([(" " + line, "dim")] for line in advice)]

    def _advice(self, snapshot: Snapshot) -> str:
        capture = snapshot.capture
        if can_seek(self):
            return f"The screens 1 to 6 show the moment chosen here; {self.monitor.sign('past.open')} opens Home at it."
        if capture.recording:
            return f"Recording to {neutralise(capture.recording, 80)}; netscope view opens it, also while it grows."
        control = self.monitor.reader.control
        if control is not None and control.can_record:
            key = self.monitor.sign("record")
            return f"Nothing is kept after you quit. Start with --record home.db, or press {key}, to keep it."
        read = " -r FILE" if capture.kind == "file" else ""
        return f"Nothing is kept after you quit. netscope{read} --record home.db keeps it."
