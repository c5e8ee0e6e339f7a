"""Home: devices, names, flows, trackers and alerts at once."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from netscope.tui import empty, now
from netscope.tui.commands import bindings
from netscope.tui.screens.monitor import MonitorScreen
from netscope.tui.tables.alerts import ALERTS
from netscope.tui.tables.devices import DEVICES
from netscope.tui.tables.flows import FLOWS
from netscope.tui.tables.names import NAMES
from netscope.tui.tables.trackers import TRACKERS
from netscope.tui.widgets.notice import TextPane
from netscope.tui.widgets.pulse import Pulse
from netscope.tui.widgets.row_table import RowTable
from netscope.tui.widgets.status import Rule

KINDS = (("devices", "device"), ("names", "name"), ("flows", "flow"), ("trackers", "tracker"), ("alerts", "alert"))


class HomeScreen(MonitorScreen):
    context: ClassVar[str] = "home"
    BINDINGS = bindings("home")
    AUTO_FOCUS = "#devices"

    def compose_body(self) -> ComposeResult:
        def sign() -> str:
            return self.view.glyphs.rule

        with Horizontal(id="top"):
            yield Pulse(id="pulse")
            yield TextPane(id="now")
        yield Rule(sign, classes="wide-only")
        with Horizontal(id="upper"):
            yield RowTable(DEVICES)
            yield RowTable(NAMES)
        yield Rule(sign, classes="wide-only")
        with Vertical(id="middle"):
            yield RowTable(FLOWS)
        yield Rule(sign, classes="wide-only")
        with Horizontal(id="lower"):
            yield RowTable(TRACKERS)
            yield RowTable(ALERTS)

    def show_body(self) -> None:
        shown = self.view.shown
        large = self.large
        for name, kind in KINDS:
            table = self.query_one(f"#{name}", RowTable)
            table.heading = name == "flows" or ((large and name in ("devices", "names")) or self.zoomed)
            rows = self.view.rows(kind)  # type: ignore[arg-type]
            table.empty_lines = empty.lines(table.table, shown, self.scope.active)
            if shown is not None and not shown.capture.packets and name not in ("flows", "alerts"):
                table.empty_lines = (table.table.empty,)
            self.fill(table, rows, of=self.view.total(kind), words=self._words(name))  # type: ignore[arg-type]
        self.query_one(Pulse).show(shown.pulse if shown else (), self.view.glyphs)
        if large and shown is not None:
            self.query_one("#now", TextPane).show(partial(now.lines, shown, self.view.glyphs))

    def _words(self, name: str) -> str:
        if name == "alerts":
            return f"{sum(1 for row in self.view.rows('alert') if row.state == 'new')} new"
        if name == "trackers":
            return f"{sum(row.hits for row in self.view.rows('tracker'))} hits"
        return ""
