"""Past: the strip of a recording to move in, or this run in a few lines and how to keep more."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult

from netscope.model.snapshot import Snapshot
from netscope.model.text import neutralise
from netscope.tui import figures
from netscope.tui.actions.past import can_seek
from netscope.tui.commands import bindings
from netscope.tui.glyphs import sparkline
from netscope.tui.playback import Playback, TimeBucket, has_playback
from netscope.tui.screens.monitor import MonitorScreen
from netscope.tui.widgets.notice import TextPane
from netscope.tui.widgets.paint import Piece
from netscope.tui.widgets.pulse import Pulse

MARGIN_CELLS = 2
STRIP_LINES = 4


class PastScreen(MonitorScreen):
    context: ClassVar[str] = "past"
    BINDINGS = bindings("past")

    def compose_body(self) -> ComposeResult:
        yield TextPane(id="strip")
        yield Pulse(id="past-pulse", title="Traffic, last")
        yield TextPane(id="run")

    def time_steps(self) -> int:
        return max(10, self.size.width - 2 * MARGIN_CELLS)

    def show_body(self) -> None:
        shown = self.view.shown
        reader = self.monitor.reader
        strip = self.query_one("#strip", TextPane)
        strip.set_class(has_playback(reader), "-recorded")
        strip.show(self._strip(reader) if has_playback(reader) else [])
        self.query_one(Pulse).show(shown.pulse if shown else (), self.view.glyphs)
        self.query_one("#run", TextPane).show(self._run(shown) if shown else [])

    def _strip(self, playback: Playback) -> list[list[Piece]]:
        glyphs = self.view.glyphs
        start, end = playback.time_range()
        buckets = playback.strip(self.time_steps())
        position = self._place(playback.position_ns, start, end, len(buckets))
        where = "now" if playback.at_live else figures.day_clock(playback.position_ns)
        pointer = [" "] * max(1, len(buckets))
        pointer[position] = glyphs.up
        lines: list[list[Piece]] = [
            [
                (glyphs.title, "title"),
                ("Recording", "title"),
                (f" {figures.day_clock(start)} to {figures.day_clock(end)} {glyphs.dot} ", "dim"),
                (where, "accent"),
            ],
            *self._bars(buckets),
            [("  ", ""), ("".join("!" if bucket.alerts else " " for bucket in buckets), "warn")],
            [("  ", ""), ("".join(pointer), "focus")],
            [("  enter", "key"), (" opens Home at this moment", "dim")],
            [],
        ]
        return lines

    def _bars(self, buckets: Sequence[TimeBucket]) -> list[list[Piece]]:
        values = [bucket.bytes for bucket in buckets]
        levels = self.view.glyphs.levels
        top = max(values, default=0) or 1
        lines: list[list[Piece]] = []
        for line in range(STRIP_LINES - 1, -1, -1):
            part = [max(0.0, min(1.0, value / top * STRIP_LINES - line)) for value in values]
            signs = sparkline(part, len(part), " " + levels[1:] if line else levels, 1.0)
            lines.append([("  ", ""), (signs, "chart")])
        return lines

    @staticmethod
    def _place(position_ns: int, start: int, end: int, count: int) -> int:
        if end <= start or count < 2:
            return 0
        return max(0, min(count - 1, (position_ns - start) * (count - 1) // (end - start)))

    def _run(self, snapshot: Snapshot) -> list[list[Piece]]:
        capture = snapshot.capture
        glyphs = self.view.glyphs
        new = sum(1 for row in snapshot.alerts if row.state == "new")
        pairs = [
            ("Source", f"{capture.source}  {'filter ' + capture.filter if capture.filter else ''}"),
            ("From", f"{figures.day_clock(capture.started_ns)}   for "
                     f"{figures.elapsed(capture.now_ns - capture.started_ns)}"),
            ("Traffic", f"{figures.size(capture.bytes)} in {figures.count(capture.packets)} packets"),
            ("Lost", f"{capture.dropped} by the kernel, {capture.dropped_interface} by the adapter, "
                     f"{capture.truncated} cut short, {capture.malformed} malformed"),
            ("Seen", f"{len(snapshot.devices)} devices, {len(snapshot.names)} names, "
                     f"{len({r.name for r in snapshot.trackers})} trackers, {len(snapshot.alerts)} alerts, {new} new"),
            ("Limits", f"{capture.flows_evicted} flows evicted from a full table"),
            ("Program", f"CPU {capture.cpu_share * 100:.0f} % of one core, {capture.rss_bytes / 1e6:.0f} MB"),
        ]  # fmt: skip
        lines: list[list[Piece]] = [[(glyphs.title, "title"), ("This run", "title")]]
        lines += [[(f" {label:<9}", "dim"), (neutralise(words, 140), "")] for label, words in pairs]
        advice = textwrap.wrap(self._advice(snapshot), max(20, self.size.width - 2))
        return [*lines, [], *([(" " + line, "dim")] for line in advice)]

    def _advice(self, snapshot: Snapshot) -> str:
        capture = snapshot.capture
        if capture.recording:
            return f"Recording to {neutralise(capture.recording, 80)}; netscope view opens it, also while it grows."
        if can_seek(self):
            return "The screens 1 to 6 show the moment chosen here."
        if hasattr(self.monitor.reader, "toggle_recording"):
            return "Nothing is kept after you quit. Start with --record home.db, or press r, to keep it."
        return "Nothing is kept after you quit. netscope --record home.db keeps it."
