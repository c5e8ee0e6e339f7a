"""Alerts: the list with the chosen one explained, and one alert with the flows behind it."""

from __future__ import annotations

import textwrap
from collections.abc import Hashable, Sequence
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Container

from netscope.model.snapshot import AlertRow
from netscope.model.text import neutralise
from netscope.tui import empty, figures
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
    times = f"first {figures.clock(alert.first_ns)}   last {figures.clock(alert.last_ns)} ({figures.ago(alert.last_ns, now_ns)})"
    title: list[Piece] = [
        (glyphs.title, "title"), (neutralise(alert.title, 60), "title"),
        (f" {glyphs.dot} {neutralise(alert.device_name, 40)}", "accent"),
        (f"  {alert.severity}", severity_style(alert)),
    ]  # fmt: skip
    extra = [f"{_label(key)} {value_words(value)}" for key, value in alert.evidence.items() if key not in MEASURED]
    sections = (("What", alert.what), ("Why", why(alert)), ("Usual", alert.usual), ("Check", alert.check),
                ("Data", "   ".join([*extra, times])))
    lines = [title]
    for label, words in sections:
        wrapped = textwrap.wrap(glyphs.plain(neutralise(words, 600)), max(20, width - LABEL_CELLS - 2)) or ["-"]
        for number, line in enumerate(wrapped):
            lines.append([(f" {label if number == 0 else '':<{LABEL_CELLS - 1}}", "dim"), (line, "")])
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
            yield TextPane(id="explanation")

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

    @on(RowTable.Moved)
    def show_explanation(self) -> None:
        pane = self.query_one("#explanation", TextPane)
        row = self.query_one("#alerts", RowTable).selected
        if isinstance(row, AlertRow):
            width = pane.size.width or self.size.width
            pane.show(explain(row, self.view.now_ns, self.view.glyphs, width))
        else:
            pane.show(())


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
        lines = explain(alert, self.view.now_ns, self.view.glyphs, self.size.width)
        state = {"new": "new: a marks it done", "acknowledged": "done", "ignored": "ignored"}.get(alert.state, "")
        lines.append([(" State  ", "dim"), (state, "warn" if alert.state == "new" else "dim")])
        self.query_one("#explanation", TextPane).show([*lines, []])
        rows = self.view.rows("flow", self.scope)
        cause = [row for row in rows if row.id == alert.flow_id]
        flows = cause or [row for row in rows if alert.device_id is not None and row.device_id == alert.device_id]
        table = self.query_one("#flows", RowTable)
        table.empty_lines = ("its flows are no longer in the list",)
        self.fill(table, flows, words="the flow behind it" if cause else "of the device")

    def item_changed(self) -> None:
        self._row = None
