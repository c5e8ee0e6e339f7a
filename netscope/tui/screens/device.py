"""One device: what it is and why we think so, whom it talks to, when, and what was noticed about it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from netscope.model.snapshot import DeviceDetail, DeviceRow
from netscope.query.fields import marks
from netscope.tui import figures
from netscope.tui.commands import bindings
from netscope.tui.glyphs import sparkline
from netscope.tui.screens.detail import DetailScreen
from netscope.tui.tables.alerts import ALERTS
from netscope.tui.tables.devices import vendor
from netscope.tui.tables.facts import DESTINATIONS, EVIDENCE, DestinationRow, EvidenceRow, destinations
from netscope.tui.tables.flows import DEVICE_FLOWS
from netscope.tui.tables.names import DEVICE_NAMES
from netscope.tui.tables.trackers import TRACKERS
from netscope.tui.widgets.notice import TextPane
from netscope.tui.widgets.paint import Piece
from netscope.tui.widgets.pulse import Bars
from netscope.tui.widgets.row_table import RowTable
from netscope.tui.widgets.status import Rule

SIDES = ("alerts", "trackers", "destinations", "evidence")
"""Panes that take turns at the lower right where there is no room for all."""


class DeviceScreen(DetailScreen):
    context: ClassVar[str] = "device"
    BINDINGS = bindings("device")
    AUTO_FOCUS = "#device-flows"

    def __init__(self, device_id: int, ids: Sequence[Hashable]) -> None:
        super().__init__(device_id, ids)
        self._detail: DeviceDetail | None = None
        self._side = "alerts"

    def compose_body(self) -> ComposeResult:
        def sign() -> str:
            return self.view.glyphs.rule

        with Horizontal(id="device-top"):
            yield TextPane(id="summary")
            yield RowTable(DESTINATIONS, heading=False, id="destinations-wide")
        yield Rule(sign, classes="wide-only")
        with Horizontal(id="device-charts"):
            yield Bars("Day by hour", id="hours")
            yield RowTable(EVIDENCE, heading=False, id="evidence-wide")
        yield Rule(sign, classes="wide-only")
        yield RowTable(DEVICE_FLOWS)
        yield Rule(sign, classes="wide-only")
        with Horizontal(id="device-lower"):
            yield RowTable(DEVICE_NAMES, heading=False)
            yield RowTable(TRACKERS, heading=False)
            yield RowTable(ALERTS, heading=False)
            yield RowTable(DESTINATIONS, heading=False)
            yield RowTable(EVIDENCE, heading=False)

    def crumbs(self) -> Sequence[str]:
        return ("Devices", self._detail.row.name if self._detail else "", self.place)

    def item_changed(self) -> None:
        self._detail = None

    def device_under_cursor(self) -> int | None:
        return int(self.item)

    def open_device(self, device_id: int) -> None:
        self.say("this is the device")

    def group_choices(self) -> tuple[str, ...]:
        return () if self.large else SIDES

    def group_now(self) -> str:
        return self._side

    def set_group(self, group: str) -> None:
        self._side = group
        self.show()

    def show_body(self) -> None:
        if self._detail is None or not self.view.paused:
            self._detail = self.monitor.reader.device_detail(self.item) or self._detail
        detail = self._detail
        if detail is None:
            return
        large = self.large
        for name in SIDES:
            self.query_one(f"#device-lower #{name}").set_class(
                not (large and name in ("alerts", "trackers")) and (large or name != self._side), "-hidden"
            )
        self.query_one("#summary", TextPane).show(partial(self._summary, detail))
        self._fill_lists(detail)
        labels = [f"{hour:02d}" for hour in range(24)]
        note = f"most {figures.size(max(detail.hours, default=0))}"
        self.query_one(Bars).show(detail.hours, labels, note, self.view.glyphs)

    def _fill_lists(self, detail: DeviceDetail) -> None:
        view, device = self.view, self.item
        shown = view.shown
        flows = [row for row in view.rows("flow", self.scope) if row.device_id == device]
        of_device = [row for row in (shown.flows if shown else ()) if row.device_id == device]
        open_now = sum(1 for row in of_device if row.end_reason is None)
        self.fill(self.query_one("#device-flows", RowTable), flows, of=len(of_device), words=f"{open_now} open")
        self.fill(self.query_one("#device-names", RowTable), detail.names)
        trackers = [row for row in (shown.trackers if shown else ()) if row.device_id == device]
        self.fill(self.query_one("#trackers", RowTable), trackers, words=f"{sum(t.hits for t in trackers)} hits")
        alerts = [row for row in (shown.alerts if shown else ()) if row.device_id == device]
        self.fill(self.query_one("#alerts", RowTable), alerts)
        for suffix in ("", "-wide"):
            self.fill(self.query_one(f"#destinations{suffix}", RowTable), destinations(detail.top_destinations))
            self.fill(
                self.query_one(f"#evidence{suffix}", RowTable), [EvidenceRow(*entry) for entry in detail.evidence]
            )

    def _summary(self, detail: DeviceDetail, width: int) -> list[list[Piece]]:
        row = detail.row
        named = "" if row.label or row.name_source else "(no name yet: press n to name it)"
        letters = " ".join(marks("device", row, self.view.now_ns, self.view.since_ns))
        kind = " · ".join(part for part in (vendor(row), row.kind, row.model) if part)
        lines = [self.heading(row.name, named or kind, letters)]
        if self.large:
            lines += self.summary([*self._identity(row), *self._activity(row)], (), width)
        else:
            lines += self.summary(self._identity(row), self._activity(row), width)
        lines.append(self._rate_line(row))
        return lines

    def _identity(self, row: DeviceRow) -> list[tuple[str, str]]:
        source = {"user": "given by you", None: "not learned yet"}.get(row.name_source, f"from {row.name_source}")
        return [
            ("IP", ", ".join(row.addresses) or "none seen"),
            ("MAC", f"{row.mac}  {'random address' if row.randomized_mac else row.vendor or 'vendor unknown'}"),
            ("Kind", "  ".join(part for part in (row.kind, row.os, row.model) if part) or "not known yet"),
            ("Name", f"{row.name}  {'given by you' if row.label else source}"),
        ]

    def _activity(self, row: DeviceRow) -> list[tuple[str, str]]:
        now = self.view.now_ns
        return [
            ("First", f"{figures.day_clock(row.first_seen_ns)}"),
            ("Last", figures.ago(row.last_seen_ns, now)),
            ("Traffic", f"↓ {figures.size(row.bytes_received)}  ↑ {figures.size(row.bytes_sent)}"),
            ("Flows", f"{row.flows_open} open  T {row.trackers}  ! {row.alerts}"),
        ]

    def _rate_line(self, row: DeviceRow) -> list[Piece]:
        glyphs = self.view.glyphs
        line = "".join(sign * 2 for sign in sparkline(row.history_bytes, 16, glyphs.levels))
        down, up = figures.rate_unit(row.rate_down_bps), figures.rate_unit(row.rate_up_bps)
        words = f"  {glyphs.down} {down}  {glyphs.up} {up}"
        return [(" Rate     ", "dim"), (line, "chart"), (" 64s", "dim"), (words, "")]

    def open_row(self, table: RowTable, row: Any) -> None:
        if isinstance(row, DestinationRow):
            self.monitor.view.scope.set("")
            term = table.table.columns[0].term
            self.filter_by((term(row) if term else None) or "")
        elif isinstance(row, EvidenceRow):
            self.say("y copies the value")
        else:
            super().open_row(table, row)
