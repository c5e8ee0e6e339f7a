"""Home: devices, names, flows, trackers and alerts at once."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Final

from textual.app import ComposeResult

from netscope.model.snapshot import Snapshot
from netscope.tui import figures, now
from netscope.tui.dispatch import bindings
from netscope.tui.screens.monitor import MonitorScreen
from netscope.tui.seldom import Seldom
from netscope.tui.tables.alerts import ALERTS
from netscope.tui.tables.devices import DEVICES
from netscope.tui.tables.flows import FLOWS
from netscope.tui.tables.names import NAMES
from netscope.tui.tables.trackers import TRACKERS
from netscope.tui.widgets.notice import TextPane
from netscope.tui.widgets.pulse import Pulse
from netscope.tui.widgets.row_table import RowTable
from netscope.tui.widgets.stack import Side, Stack
from netscope.tui.widgets.status import Rule

KINDS: Final = (
    ("devices", "device"),
    ("names", "name"),
    ("flows", "flow"),
    ("trackers", "tracker"),
    ("alerts", "alert"),
)


class HomeScreen(MonitorScreen):
    context: ClassVar[str] = "home"
    BINDINGS = bindings("home")
    AUTO_FOCUS = "#devices"

    def __init__(self) -> None:
        super().__init__()
        self._tally = Seldom[now.Tally]()
        """What the Now pane adds up."""

    def compose_body(self) -> ComposeResult:
        def sign() -> str:
            return self.view.glyphs.rule

        with Stack():
            with Side(id="top"):
                yield Pulse(id="pulse")
                yield TextPane(id="now")
            yield Rule(sign, classes="wide-only")
            with Side(id="upper"):
                yield RowTable(DEVICES, least=5, enough=10)
                yield RowTable(NAMES, least=5, enough=10)
            yield Rule(sign, classes="wide-only")
            yield RowTable(FLOWS, least=8, enough=16)
            yield Rule(sign, classes="wide-only")
            with Side(id="lower"):
                yield RowTable(TRACKERS, least=3, enough=6)
                yield RowTable(ALERTS, least=3, enough=6)

    def show_body(self) -> None:
        shown = self.view.shown
        large = self.large
        for name, kind in KINDS:
            table = self.query_one(f"#{name}", RowTable)
            table.heading = name == "flows" or ((large and name in ("devices", "names")) or self.zoomed)
            rows = self.view.rows(kind)  # type: ignore[arg-type]
            table.empty_lines = self.empty_lines(table.table)
            if shown is not None and not shown.capture.packets and name != "flows":
                table.empty_lines = (table.table.empty,)
            self.fill(table, rows, of=self.view.total(kind), words=self._words(name))  # type: ignore[arg-type]
            if name == "trackers":
                # A host has a row for each device that calls it: the tab counts hosts, and so does the title.
                hosts = figures.counted(len({row.name for row in rows}), "host")
                table.title_pieces[0] = (f"{table.table.title} {hosts}", "title")
        self.query_one(Pulse).show(shown.pulse if shown else ())
        if large and shown is not None:
            self.query_one("#now", TextPane).show(partial(now.lines, shown, self._sums(shown), self.view.glyphs))

    def _sums(self, shown: Snapshot) -> now.Tally:
        whole = now.tells_whole(shown)
        return self._tally.of(shown, self.monitor.steady_s(), lambda: now.tally(shown.flows, whole=whole))

    def _words(self, name: str) -> str:
        if name == "alerts":
            return f"{sum(1 for row in self.view.rows('alert') if row.state == 'new')} new"
        if name == "trackers":
            return figures.counted(sum(row.hits for row in self.view.rows("tracker")), "hit")
        return ""
