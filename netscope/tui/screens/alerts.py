"""Alerts: the list with the chosen one explained, and one alert with the flows behind it."""

from __future__ import annotations

import textwrap
from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical

from netscope.model.snapshot import AlertRow, FlowRow
from netscope.model.text import neutralise
from netscope.tui import empty, figures
from netscope.tui.columns import pad
from netscope.tui.commands import bindings
from netscope.tui.glyphs import Glyphs
from netscope.tui.screens.detail import DetailScreen
from netscope.tui.screens.monitor import MonitorScreen
from netscope.tui.tables.alerts import ALERTS, CHOICES, choose, severity_style
from netscope.tui.tables.flows import FLOWS
from netscope.tui.widgets.notice import TextPane
from netscope.tui.widgets.paint import Piece
from netscope.tui.widgets.row_table import RowTable

MEASURED: Final = ("observed", "threshold", "window_s")
"""Evidence said in Why; the rest is Data."""

LABEL_CELLS = 8


def why(alert: AlertRow) -> str:
    """``6 calls … (rule: 5 calls …, within 60 min)``."""
    evidence = alert.evidence
    observed = value_words(evidence.get("observed"))
    rule = value_words(evidence.get("threshold"))
    window = evidence.get("window_s")
    within = f", within {_duration(window)}" if isinstance(window, int | float) and window else ""
    return f"{observed}   (rule: {rule}{within})" if rule else observed


def _label(key: str) -> str:
    """``gaps_s`` as ``gaps (s)``."""
    name, _, unit = key.rpartition("_")
    words = f"{name} ({unit})" if name and unit in ("s", "ms", "bytes", "bps") else key
    return neutralise(words.replace("_", " "), 40)


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"


def value_words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{key} {value_words(inner)}" for key, inner in list(value.items())[:8])
    if isinstance(value, (list, tuple)):
        more = f" … {len(value)} in all" if len(value) > 12 else ""
        return " ".join(value_words(part) for part in value[:12]) + more
    return neutralise(f"{value:g}" if isinstance(value, float) else str(value), 200)


def explain(alert: AlertRow, now_ns: int, glyphs: Glyphs, width: int) -> list[list[Piece]]:
    """Title, What, Why, Usual, Check, Data; wrapped to ``width``."""
    last = f"last {figures.clock(alert.last_ns)} ({figures.ago(alert.last_ns, now_ns)})"
    times = f"first {figures.clock(alert.first_ns)}   {last}"
    title: list[Piece] = [
        (glyphs.title, "title"), (neutralise(alert.title, 60), "title"),
        (f" {glyphs.dot} {neutralise(alert.device_name, 40)}", "accent"),
        (f"  {alert.severity}", severity_style(alert)),
    ]  # fmt: skip
    extra = [f"{_label(key)} {value_words(value)}" for key, value in alert.evidence.items() if key not in MEASURED]
    sections = (
        ("What", alert.what),
        ("Why", why(alert)),
        ("Usual", alert.usual),
        ("Check", alert.check),
        ("Data", "   ".join([*extra, times])),
    )
    lines = [title]
    for label, words in sections:
        wrapped = textwrap.wrap(glyphs.plain(neutralise(words, 600)), max(20, width - LABEL_CELLS - 2)) or ["-"]
        for number, line in enumerate(wrapped):
            lines.append([(f" {label if number == 0 else '':<{LABEL_CELLS - 1}}", "dim"), (line, "")])
    state = {"new": "new: a marks it done", "acknowledged": "done"}.get(alert.state, alert.state)
    lines.append([(f" {'State':<{LABEL_CELLS - 1}}", "dim"), (state, "warn" if alert.state == "new" else "dim")])
    return lines


def behind(alert: AlertRow, flows: Sequence[FlowRow]) -> tuple[list[FlowRow], str]:
    """The flow an alert names while it is in the list, else the flows of its device; and which of the two."""
    cause = [row for row in flows if row.id == alert.flow_id]
    if cause:
        return cause, "the flow behind it"
    return [row for row in flows if alert.device_id is not None and row.device_id == alert.device_id], "of the device"


def day_strip(rows: Sequence[AlertRow], now_ns: int, glyphs: Glyphs) -> list[list[Piece]]:
    """When each rule spoke in the last 24 hours, two cells an hour."""
    lines: list[list[Piece]] = [[(glyphs.title, "title"), ("Last 24 hours", "title"), (" by rule", "dim")]]
    rules = dict.fromkeys(row.detector for row in rows)
    for rule in list(rules)[:8]:
        cells = [glyphs.dot] * 48
        for row in rows:
            for moment in (row.first_ns, row.last_ns):
                index = 47 - (now_ns - moment) // (figures.HOUR_NS // 2)
                if row.detector == rule and 0 <= index < 48:
                    cells[index] = "!"
        lines.append([(f" {pad(rule.replace('_', ' '), 18, cut=glyphs.cut)} ", "dim"), ("".join(cells), "accent")])
    lines.append([(" " * 20 + f"{'-24h':<12}{'-18h':<12}{'-12h':<12}{'-6h':<9}now", "dim")])
    return lines


class AlertsScreen(MonitorScreen):
    context: ClassVar[str] = "alerts"
    BINDINGS = bindings("alerts")

    def __init__(self) -> None:
        super().__init__()
        self._choice = "all"

    def compose_body(self) -> ComposeResult:
        with Container(id="alerts-split"):
            yield RowTable(ALERTS)
            with Vertical(id="alert-side"):
                yield TextPane(id="explanation")
                yield RowTable(FLOWS)
                yield TextPane(id="alert-strip")

    def group_choices(self) -> tuple[str, ...]:
        return CHOICES

    def group_now(self) -> str:
        return self._choice

    def set_group(self, group: str) -> None:
        self._choice = group
        self.show()

    def show_body(self) -> None:
        rows = choose(self.view.rows("alert"), self._choice)
        table = self.query_one("#alerts", RowTable)
        table.empty_lines = empty.lines(ALERTS, self.view.shown, self.scope.active)
        if self._choice != "all" and not rows:
            table.empty_lines = (f"no alert is {self._choice}", "b shows others")
        new = sum(1 for row in rows if row.state == "new")
        self.fill(table, rows, of=self.view.total("alert"), words=f"{new} new")
        dot = f" {self.view.glyphs.dot} "
        table.title_right = dot.join(f"[{choice}]" if choice == self._choice else choice for choice in CHOICES)
        self.show_explanation()

    @on(RowTable.Moved, "#alerts")
    def show_explanation(self) -> None:
        pane = self.query_one("#explanation", TextPane)
        row = self.query_one("#alerts", RowTable).selected
        if isinstance(row, AlertRow):
            pane.show(partial(explain, row, self.view.now_ns, self.view.glyphs))
            if self.large:
                rows, words = behind(row, self.view.rows("flow"))
                self.fill(self.query_one("#flows", RowTable), rows, words=words, subject=row.device_name)
        else:
            pane.show(())
        if self.large:
            self.query_one("#alert-strip", TextPane).show(
                day_strip(self.view.rows("alert"), self.view.now_ns, self.view.glyphs)
            )


class AlertScreen(DetailScreen):
    context: ClassVar[str] = "alert"
    BINDINGS = bindings("alert")

    def __init__(self, alert_id: int, ids: Sequence[Hashable]) -> None:
        super().__init__(alert_id, ids)
        self._row: AlertRow | None = None

    def compose_body(self) -> ComposeResult:
        yield TextPane(id="explanation")
        yield RowTable(FLOWS)

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
        pane.show(partial(explain, alert, self.view.now_ns, self.view.glyphs))
        flows, words = behind(alert, self.view.rows("flow", self.scope))
        table = self.query_one("#flows", RowTable)
        table.empty_lines = ("its flows are no longer in the list",)
        self.fill(table, flows, words=words)

    def item_changed(self) -> None:
        self._row = None
