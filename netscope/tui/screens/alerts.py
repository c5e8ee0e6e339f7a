"""Alerts: the list with the chosen one explained, and one alert with the flows behind it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult

from netscope.model.allow import AllowedRow
from netscope.model.snapshot import AlertRow
from netscope.model.text import neutralise
from netscope.query.fields import marks
from netscope.tui import charts, day, figures, portrait
from netscope.tui.actions import judge
from netscope.tui.columns import pad
from netscope.tui.dispatch import bindings
from netscope.tui.explanation import explain, explain_allowed
from netscope.tui.glyphs import Glyphs
from netscope.tui.layout import Want
from netscope.tui.screens.detail import DetailScreen, summary_lines
from netscope.tui.screens.monitor import MonitorScreen
from netscope.tui.tables.alerts import ALERTS, ALLOWED, CHOICES, DEVICE_ALERTS, RANK, SHORT, choose
from netscope.tui.tables.facts import DESTINATIONS, destinations
from netscope.tui.tables.flows import FLOWS
from netscope.tui.tables.names import DEVICE_NAMES
from netscope.tui.widgets.notice import ChartPane, Lines, TextPane
from netscope.tui.widgets.paint import Piece
from netscope.tui.widgets.row_table import RowTable
from netscope.tui.widgets.stack import Side, Stack
from netscope.tui.widgets.status import Rule

STRIP_S: Final = (600, 3_600, 21_600, 86_400)
"""Lengths of the strip, the shortest that reaches back to the first alert."""


def rule_strips(rows: Sequence[AlertRow], now_ns: int, glyphs: Glyphs, width: int, lines: int) -> list[list[Piece]]:
    """When each rule spoke in the last day: where an alert began a sign, shaded while it lasted."""
    rules: dict[str, list[AlertRow]] = {}
    for row in rows:
        rules.setdefault(row.detector, []).append(row)
    reach_s = (now_ns - min((row.first_ns for row in rows), default=now_ns)) // figures.SECOND_NS
    length_s = next((length for length in STRIP_S if length >= reach_s), STRIP_S[-1])
    name_cells = 20
    cells = max(24, min(96, (width - name_cells - 8) // 24 * 24))
    note = f" by rule, {figures.span_words(length_s)} {glyphs.dot} ! began"
    drawn: list[list[Piece]] = [[(glyphs.title, "title"), ("When", "title"), (note, "dim")]]
    ranked = sorted(rules.items(), key=lambda item: -max(row.last_ns for row in item[1]))
    for rule, found in ranked[: max(0, lines - 2)]:
        signs = _signs(found, now_ns, length_s, cells, glyphs)
        new = any(row.state == "new" for row in found)
        drawn.append([
            (f" {pad(rule.replace('_', ' '), name_cells, cut=glyphs.cut)} ", ""), (signs, "accent"),
            (f"{len(found):>4}", "warn" if new else "dim"),
        ])  # fmt: skip
    drawn.append([(" " * (name_cells + 2) + charts.ago_axis(cells, length_s), "dim")])
    return drawn


def _signs(rows: Sequence[AlertRow], now_ns: int, length_s: int, cells: int, glyphs: Glyphs) -> str:
    def cell(moment_ns: int) -> int:
        return cells - 1 - (now_ns - moment_ns) * cells // (length_s * figures.SECOND_NS)

    signs = [glyphs.heat[0]] * cells
    for row in rows:
        for at in range(max(0, cell(row.first_ns)), min(cells, cell(row.last_ns) + 1)):
            signs[at] = glyphs.usual if signs[at] != "!" else "!"
        if 0 <= cell(row.first_ns) < cells:
            signs[cell(row.first_ns)] = "!"
    return "".join(signs)


class AlertsScreen(MonitorScreen):
    context: ClassVar[str] = "alerts"
    BINDINGS = bindings("alerts")

    def __init__(self) -> None:
        super().__init__()
        self._choice = "all"

    def compose_body(self) -> ComposeResult:
        def sign() -> str:
            return self.view.glyphs.rule

        with Side(id="alerts-main"):
            with Stack(id="left"):
                yield RowTable(ALERTS, least=5, enough=30)
                yield Rule(sign, classes="wide-only")
                yield TextPane(id="explanation", least=11, more="… enter shows the rest")
                yield ChartPane(id="alert-strip", classes="wide-only")
                yield Rule(sign, classes="wide-only")
                yield ChartPane(id="alert-devices", classes="wide-only")
                yield Rule(sign, classes="wide-only")
                yield RowTable(ALLOWED, least=1)
            with Stack(id="right", classes="wide-only"):
                yield TextPane(id="explanation-wide")
                yield Rule(sign)
                yield TextPane(id="who")
                yield Rule(sign)
                yield RowTable(FLOWS, least=3, enough=12)
                yield Rule(sign)
                yield RowTable(DEVICE_ALERTS, least=1, enough=6)
                yield Rule(sign)
                yield ChartPane(id="alert-day")

    def group_choices(self) -> tuple[str, ...]:
        return CHOICES

    def group_now(self) -> str:
        return self._choice

    def set_group(self, group: str) -> None:
        self._choice = group
        self.show()

    def show_body(self) -> None:
        table = self.query_one("#alerts", RowTable)
        dot = f" {self.view.glyphs.dot} "
        allowed = self.view.shown.allowed if self.view.shown else ()
        if self._choice == "allowed":
            table.empty_lines = (ALLOWED.empty,)
            self.fill(table, allowed, as_table=ALLOWED)
        else:
            self._fill_alerts(table)
        table.title_right = dot.join(f"[{choice}]" if choice == self._choice else choice for choice in CHOICES)
        self.query_one("#explanation").set_class(self.large, "-hidden")
        self.query_one("#allowed").set_class(not self.large or self._choice == "allowed", "-hidden")
        self.fill(self.query_one("#allowed", RowTable), allowed)
        self.show_explanation()

    def _fill_alerts(self, table: RowTable) -> None:
        rows = choose(self.view.rows("alert"), self._choice)
        table.empty_lines = self.empty_lines(ALERTS)
        if self._choice != "all" and not rows:
            table.empty_lines = (f"no alert is {self._choice}", f"{self.monitor.sign('group')} shows others")
        new = sum(1 for row in rows if row.state == "new")
        self.fill(table, rows, of=self.view.total("alert"), words=f"{new} new", as_table=ALERTS)

    @on(RowTable.Moved, "#alerts")
    def show_explanation(self) -> None:
        row = self.query_one("#alerts", RowTable).selected
        if isinstance(row, AllowedRow):
            told: Lines = explain_allowed(row, self.view.glyphs)
            for name in ("#explanation", "#explanation-wide"):
                self.query_one(name, TextPane).show(told)
            return
        for name in ("#explanation", "#explanation-wide"):
            pane = self.query_one(name, TextPane)
            done_key = self.monitor.sign("alert.acknowledge")
            chosen = (
                partial(explain, row, self.view.now_ns, self.view.glyphs, done_key) if isinstance(row, AlertRow) else ()
            )
            pane.show(chosen)
        if self.large:
            self._show_around(row if isinstance(row, AlertRow) else None)
        self.share_lines()

    def open_row(self, table: RowTable, row: Any) -> None:
        if isinstance(row, AllowedRow):
            judge.disallow(self, row.rule)
        else:
            super().open_row(table, row)

    def _show_around(self, row: AlertRow | None) -> None:
        show_who(self, row)
        show_behind(self, row)
        show_others(self, row)
        rows, glyphs = self.view.rows("alert"), self.view.glyphs
        show_strip(self, rows)
        devices = len({each.device_name for each in rows if each.device_id is not None})
        self.query_one("#alert-devices", ChartPane).show(
            partial(_by_device, rows, glyphs), Want(3, min(devices, 8) + 1, devices + 1)
        )


def _by_device(rows: Sequence[AlertRow], glyphs: Glyphs, width: int, lines: int) -> Lines:
    """The devices with most alerts, and the worst of each."""
    found: dict[str, list[AlertRow]] = {}
    for row in rows:
        if row.device_id is not None:
            found.setdefault(row.device_name, []).append(row)
    ranked = sorted(
        found.items(), key=lambda item: -max(RANK.get(row.severity, 0) for row in item[1]) * 1_000 - len(item[1])
    )
    bars = []
    for name, several in ranked[: max(0, lines - 1)]:
        worst = max(several, key=lambda row: RANK.get(row.severity, 0))
        bars.append(
            (name, float(len(several)), f"{len(several)}  worst {SHORT.get(worst.severity, worst.severity):<4}")
        )
    return [
        [(glyphs.title, "title"), ("By device", "title"), (" the worst first", "dim")],
        *charts.labelled_bars(bars, width, glyphs),
    ]


def show_strip(screen: MonitorScreen, rows: Sequence[AlertRow]) -> None:
    rules = len({row.detector for row in rows})
    screen.query_one("#alert-strip", ChartPane).show(
        partial(rule_strips, rows, screen.view.now_ns, screen.view.glyphs), Want(3, rules + 2, rules + 2)
    )


def show_who(screen: MonitorScreen, alert: AlertRow | None) -> None:
    """The device an alert is about, in a few lines."""
    shown = screen.view.shown
    device = next((row for row in (shown.devices if shown else ()) if alert and row.id == alert.device_id), None)

    def lines(width: int) -> Lines:
        glyphs = screen.view.glyphs
        if device is None:
            return [[(glyphs.title, "title"), ("About no single device", "title")]]
        letters = " ".join(marks("device", device, screen.view.now_ns, screen.view.since_ns))
        words = portrait.heading_words(device, screen.monitor.sign("device.name"))
        pairs = [*portrait.short_identity(device), *portrait.activity(device, screen.view.now_ns)]
        return [
            [(glyphs.title, "title"), (neutralise(device.name, 60), "title"),
             (f"  {neutralise(words, 60)}", "dim"), (f"  {letters}", "warn")],
            *summary_lines(pairs, (), width, glyphs),
        ]  # fmt: skip

    screen.query_one("#who", TextPane).show(lines)
    detail = screen.monitor.reader.device_detail(device.id) if device is not None else None
    chart, glyphs = screen.query_one("#alert-day", ChartPane), screen.view.glyphs
    if detail is None:
        chart.show(lambda width, lines: (), Want(0, 0, 0))
    else:
        chart.show(partial(day.pane, detail.day, detail.minutes, glyphs, subject=detail.row.name), Want(5, 8, 12))
    for talks in screen.query("#destinations").results(RowTable):
        screen.fill(talks, destinations(detail.destinations) if detail else (), words="24 h by bytes")


def show_behind(screen: MonitorScreen, alert: AlertRow | None) -> None:
    """The flows behind an alert; where none is held any more, those of its device."""
    table = screen.query_one("#flows", RowTable)
    table.empty_lines = ("its flows are no longer in the list",)
    rows = screen.monitor.reader.alert_flows(alert.id) if alert is not None else ()
    words = "behind it"
    if not rows and alert is not None and alert.device_id is not None:
        rows = [row for row in screen.view.rows("flow", screen.scope) if row.device_id == alert.device_id]
        words = "of the device"
    screen.fill(table, rows, words=words)


def show_others(screen: MonitorScreen, alert: AlertRow | None) -> None:
    """What else was noticed of the device."""
    rows = [
        row
        for row in screen.view.rows("alert", screen.scope)
        if alert is not None and row.id != alert.id and row.device_id == alert.device_id
    ]
    table = screen.query_one("#device-alerts", RowTable)
    table.empty_lines = ("nothing else was noticed of it",)
    name = alert.device_name if alert is not None and alert.device_id is not None else ""
    screen.fill(table, rows, subject=name)


class AlertScreen(DetailScreen):
    context: ClassVar[str] = "alert"
    BINDINGS = bindings("alert")
    AUTO_FOCUS = "#flows"

    def __init__(self, alert_id: int, ids: Sequence[Hashable]) -> None:
        super().__init__(alert_id, ids)
        self._row: AlertRow | None = None

    def compose_body(self) -> ComposeResult:
        def sign() -> str:
            return self.view.glyphs.rule

        with Stack():
            with Side(id="alert-top"):
                yield TextPane(id="explanation")
                with Stack(id="alert-side", classes="wide-only"):
                    yield TextPane(id="who")
                    yield Rule(sign)
                    yield ChartPane(id="alert-strip")
                    yield Rule(sign)
                    yield RowTable(DEVICE_ALERTS, least=1, enough=6)
            yield Rule(sign, classes="wide-only")
            yield RowTable(FLOWS, least=3, enough=14)
            yield Rule(sign, classes="wide-only")
            with Side(id="alert-device", classes="wide-only"):
                yield RowTable(DESTINATIONS, heading=False, least=3, enough=12)
                yield ChartPane(id="alert-day")
            yield Rule(sign, classes="wide-only")
            yield RowTable(DEVICE_NAMES, least=3, enough=10)

    def crumbs(self) -> Sequence[str]:
        return ("Alerts", self._row.title if self._row else "", self.place)

    def alert_under_cursor(self) -> AlertRow | None:
        return self._row

    def device_under_cursor(self) -> int | None:
        return self._row.device_id if self._row else None

    def show_body(self) -> None:
        shown = self.view.shown
        self._row = next((row for row in (shown.alerts if shown else ()) if row.id == self.item), self._row)
        alert = self._row
        if alert is None:
            return
        pane = self.query_one("#explanation", TextPane)
        done_key = self.monitor.sign("alert.acknowledge")
        pane.show(partial(explain, alert, self.view.now_ns, self.view.glyphs, done_key))
        show_behind(self, alert)
        show_others(self, alert)
        same = [
            row
            for row in (shown.alerts if shown else ())
            if row.detector == alert.detector or (row.device_id == alert.device_id and row.device_id is not None)
        ]
        show_strip(self, same)
        show_who(self, alert)
        names = [row for row in (shown.names if shown else ()) if row.device_id == alert.device_id]
        self.query_one("#device-names").set_class(not self.large, "-hidden")
        self.fill(self.query_one("#device-names", RowTable), names if alert.device_id is not None else ())

    def item_changed(self) -> None:
        self._row = None
