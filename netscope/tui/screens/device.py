"""One device: what it is and why we think so, whom it talks to, when, what it gives away and what was noticed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult

from netscope.model.snapshot import DeviceDetail, DeviceRow, FlowRow
from netscope.query.fields import marks
from netscope.tui import charts, day, figures, portrait
from netscope.tui.dispatch import bindings
from netscope.tui.glyphs import sparkline
from netscope.tui.layout import Want
from netscope.tui.screens.detail import LABEL_CELLS, DetailScreen
from netscope.tui.tables.alerts import OWN_ALERTS
from netscope.tui.tables.facts import DESTINATIONS, EVIDENCE, DestinationRow, EvidenceRow, destinations
from netscope.tui.tables.flows import DEVICE_FLOWS, FLOWS
from netscope.tui.tables.names import DEVICE_NAMES
from netscope.tui.tables.trackers import DEVICE_TRACKERS
from netscope.tui.widgets.notice import ChartPane, TextPane
from netscope.tui.widgets.paint import Piece
from netscope.tui.widgets.row_table import RowTable
from netscope.tui.widgets.stack import Side, Stack
from netscope.tui.widgets.status import Rule


class DeviceScreen(DetailScreen):
    context: ClassVar[str] = "device"
    BINDINGS = bindings("device")
    AUTO_FOCUS = "#device-flows"
    sides: ClassVar[tuple[str, ...]] = ("alerts", "trackers", "destinations", "evidence", "privacy")

    def __init__(self, device_id: int, ids: Sequence[Hashable]) -> None:
        super().__init__(device_id, ids)
        self._detail: DeviceDetail | None = None
        self._serves = False
        """Others call it too, so flows need to say who."""

    def compose_body(self) -> ComposeResult:
        def sign() -> str:
            return self.view.glyphs.rule

        with Stack():
            with Side(id="device-top"):
                yield TextPane(id="summary")
                yield RowTable(DESTINATIONS, heading=False, id="destinations-wide", least=4, enough=8)
            yield Rule(sign, classes="wide-only")
            with Side(id="device-charts", classes="wide-only"):
                yield ChartPane(id="rate")
                yield ChartPane(id="hours")
            yield Rule(sign, classes="wide-only")
            yield RowTable(DEVICE_FLOWS, least=4, enough=9)
            yield Rule(sign, classes="wide-only")
            with Side(id="device-lower"):
                yield RowTable(DEVICE_NAMES, heading=False, least=3, enough=5)
                yield RowTable(DEVICE_TRACKERS, heading=False, id="trackers", least=3, enough=5)
                yield RowTable(EVIDENCE, heading=False, id="evidence", least=3, enough=5)
                yield RowTable(OWN_ALERTS, heading=False, id="alerts", least=3, enough=5)
                yield RowTable(DESTINATIONS, heading=False, least=3, enough=5)
                yield TextPane(id="privacy")
            yield Rule(sign, classes="wide-only")
            with Side(id="device-last", classes="wide-only"):
                yield RowTable(OWN_ALERTS, heading=False, id="alerts-wide", least=2, enough=4)
                yield TextPane(id="privacy-wide")

    def crumbs(self) -> Sequence[str]:
        return ("Devices", self._detail.row.name if self._detail else "", self.place)

    def item_changed(self) -> None:
        self._detail = None
        self._serves = False

    def device_under_cursor(self) -> int | None:
        return int(self.item)

    def open_device(self, device_id: int) -> None:
        self.say("this is the device")

    def show_body(self) -> None:
        if self._detail is None or not self.view.paused:
            self._detail = self.monitor.reader.device_detail(self.item) or self._detail
        detail = self._detail
        if detail is None:
            return
        wide = ("trackers", "evidence")
        for name in self.sides:
            hidden = name not in wide if self.large else name != self.side
            self.query_one(f"#device-lower #{name}").set_class(hidden, "-hidden")
        self.query_one("#summary", TextPane).show(partial(self._summary, detail))
        self._fill_lists(detail)
        self._show_charts(detail)
        self._show_privacy()

    def _fill_lists(self, detail: DeviceDetail) -> None:
        device, shown = self.item, self.view.shown
        self._fill_flows(detail.row)
        self.fill(self.query_one("#device-names", RowTable), detail.names)
        trackers = [row for row in (shown.trackers if shown else ()) if row.device_id == device]
        self.fill(
            self.query_one("#trackers", RowTable), trackers, words=figures.counted(sum(t.hits for t in trackers), "hit")
        )
        self.fill(self.query_one("#evidence", RowTable), [EvidenceRow(*entry) for entry in detail.evidence])
        alerts = [row for row in (shown.alerts if shown else ()) if row.device_id == device]
        for suffix in ("", "-wide"):
            self.fill(self.query_one(f"#alerts{suffix}", RowTable), alerts)
            talks = self.query_one(f"#destinations{suffix}", RowTable)
            self.fill(talks, destinations(detail.destinations), words="24 h by bytes")

    def _fill_flows(self, row: DeviceRow) -> None:
        view, own = self.view, set(row.addresses)

        def is_its(flow: FlowRow) -> bool:
            return flow.device_id == row.id or flow.server_ip in own

        of_device = [flow for flow in (view.shown.flows if view.shown else ()) if is_its(flow)]
        self._serves = self._serves or any(flow.device_id != row.id for flow in of_device)
        open_now = sum(1 for flow in of_device if flow.end_reason is None)
        self.fill(
            self.query_one("#device-flows", RowTable),
            [flow for flow in view.rows("flow", self.scope) if is_its(flow)],
            of=len(of_device),
            words=f"{open_now} open",
            as_table=FLOWS if self._serves else DEVICE_FLOWS,
        )

    def _show_charts(self, detail: DeviceDetail) -> None:
        glyphs, row = self.view.glyphs, detail.row
        self.query_one("#rate", ChartPane).show(
            partial(charts.rate_pane, detail.rate, (row.rate_down_bps, row.rate_up_bps), glyphs), Want(5, 8, 14)
        )
        self.query_one("#hours", ChartPane).show(partial(day.pane, detail.day, detail.minutes, glyphs), Want(5, 8, 14))

    def _show_privacy(self) -> None:
        summary = self.monitor.reader.device_privacy(self.item)
        glyphs = self.view.glyphs

        def lines(width: int) -> list[list[Piece]]:
            note = figures.counted(summary.flows, "flow") if summary is not None else ""
            pairs = portrait.privacy(summary, width - LABEL_CELLS - 3, glyphs)
            return [self.heading("Gives away", note, ""), *self.summary(pairs, (), width)]

        for suffix in ("", "-wide"):
            self.query_one(f"#privacy{suffix}", TextPane).show(lines)

    def _summary(self, detail: DeviceDetail, width: int) -> list[list[Piece]]:
        row, now_ns = detail.row, self.view.now_ns
        letters = " ".join(marks("device", row, now_ns, self.view.since_ns))
        lines = [self.heading(row.name, portrait.heading_words(row, self.monitor.sign("device.name")), letters)]
        identity, activity = portrait.identity(detail), portrait.activity(row, now_ns)
        note = portrait.note(detail, width - LABEL_CELLS - 3, 6 if self.large else 2)
        if self.large:
            return [*lines, *self.summary([*identity, *activity, *note], (), width)]
        lines += self.summary([pair for pair in identity if pair[0] not in ("but", "Same?")], activity, width)
        lines += self.summary(note, (), width)
        lines.append(self._rate_line(row))
        return lines

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
            self.say(f"{self.monitor.sign('copy.field')} copies the value")
        else:
            super().open_row(table, row)
