"""The table of alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from operator import itemgetter
from typing import Final

from netscope.model.allow import ANY, AllowedRow
from netscope.model.snapshot import AlertRow
from netscope.tui import figures
from netscope.tui.columns import Cell, Column, Drawing
from netscope.tui.tables import Table, figure, marks_order, term, text

RANK: Final = {"critical": 4, "high": 3, "medium": 2, "low": 1}
SHORT: Final = {"critical": "crit", "high": "high", "medium": "med", "low": "low"}
WORDS: Final = {"new": "", "acknowledged": "done", "ignored": "ignored"}
"""State of an alert, as the list says it."""

CHOICES: Final = ("all", "high", "new", "done", "allowed")


def choose(rows: Iterable[AlertRow], choice: str) -> list[AlertRow]:
    if choice == "high":
        return [row for row in rows if RANK.get(row.severity, 0) >= RANK["high"]]
    if choice == "new":
        return [row for row in rows if row.state == "new"]
    if choice == "done":
        return [row for row in rows if row.state != "new"]
    return list(rows)


def severity_style(row: AlertRow) -> str:
    if row.state != "new":
        return "dim"
    return "warn" if RANK.get(row.severity, 0) >= 3 else "accent" if row.severity == "medium" else ""


def _mark_cell(row: AlertRow, drawing: Drawing, width: int) -> Cell:
    marked = "m" if ("alert", row.id) in drawing.marked else ""
    return Cell(("!" if row.state == "new" else "") + marked, "warn")


def _time_cell(row: AlertRow, drawing: Drawing, width: int) -> Cell:
    return Cell(figures.seen(row.last_ns, drawing.now_ns), "dim")


def _first_cell(row: AlertRow, drawing: Drawing, width: int) -> Cell:
    return Cell(figures.seen(row.first_ns, drawing.now_ns), "dim")


def _severity_cell(row: AlertRow, drawing: Drawing, width: int) -> Cell:
    return Cell(SHORT.get(row.severity, row.severity), severity_style(row))


def title(row: AlertRow) -> str:
    """Its title without the device it begins with, which stands in a column of its own."""
    rest = row.title.removeprefix(row.device_name + " ")
    return rest if rest == row.title else rest[:1].upper() + rest[1:]


def _title_cell(row: AlertRow, drawing: Drawing, width: int) -> Cell:
    return Cell(title(row), "name" if row.state == "new" else "dim")


def _state_cell(row: AlertRow, drawing: Drawing, width: int) -> Cell:
    return Cell(WORDS.get(row.state, row.state), "dim")


ALERTS: Final = Table(
    name="alerts", title="Alerts", kind="alert", order="time", row_id=itemgetter(0),
    device_id=lambda r: r.device_id, empty="nothing unusual so far", order_words="newest",
    columns=(
        Column("mark", " ", 1, 2, 0, _mark_cell, sort=marks_order("alert"), descending=True, weight=0,
               help="! not looked at yet"),
        Column("time", "Last", 5, 5, 0, _time_cell, sort=lambda r: r.last_ns, descending=True, help="last time"),
        Column("severity", "Sev", 4, 4, 2, _severity_cell, sort=lambda r: RANK.get(r.severity, 0), descending=True,
               term=term("severity", lambda r: r.severity), help="low, medium, high, critical"),
        Column("title", "What", 18, 70, 0, _title_cell, weight=5, comfort=38, sort=lambda r: r.title,
               term=term("rule", lambda r: r.detector), copy=lambda r, d: r.title, help="what was noticed"),
        Column("device", "Device", 11, 22, 1, text(lambda r: r.device_name), weight=2, comfort=18,
               sort=lambda r: r.device_name.casefold(), term=term("dev", lambda r: r.device_name), help="about whom"),
        Column("count", "Count", 5, 5, 4, figure(lambda r: r.count, figures.count), right=True,
               sort=lambda r: r.count, descending=True, help="how often"),
        Column("first", "First", 5, 5, 5, _first_cell, sort=lambda r: r.first_ns, descending=True, help="first time"),
        Column("state", "State", 5, 7, 3, _state_cell, sort=lambda r: r.state, term=term("state", lambda r: r.state),
               help="done when acknowledged"),
    ),
)  # fmt: skip

OWN_ALERTS: Final = replace(
    ALERTS, name="own-alerts", columns=tuple(column for column in ALERTS.columns if column.key != "device")
)
"""Of one device."""

DEVICE_ALERTS: Final = replace(OWN_ALERTS, name="device-alerts", title="Others")
"""What else was noticed of a device."""


def _any(get: Callable[[AllowedRow], str]) -> Callable[[AllowedRow, Drawing, int], Cell]:
    """Part of a rule; a star is everything."""
    return lambda row, drawing, width: Cell("any", "dim") if get(row) == ANY else Cell(get(row), "name")


ALLOWED: Final = Table(
    name="allowed", title="Allowed", kind=None, order="detector", row_id=lambda r: r.rule.key,
    empty="nothing is hidden; i allows an alert's rule for its device, I everywhere", order_words="rule",
    columns=(
        Column("detector", "Rule", 16, 24, 0, _any(lambda r: r.rule.detector.replace("_", " ")), weight=1,
               sort=lambda r: r.rule.detector, help="the detector"),
        Column("source", "From", 12, 30, 0, _any(lambda r: r.rule.source), weight=2, sort=lambda r: r.rule.source,
               help="the device, or who did it"),
        Column("destination", "To", 8, 40, 1, _any(lambda r: r.rule.destination), weight=2,
               sort=lambda r: r.rule.destination, help="with whom"),
        Column("hidden", "Hides", 5, 6, 0, figure(lambda r: r.hidden, figures.count), right=True,
               sort=lambda r: r.hidden, descending=True, help="alerts not shown because of it"),
    ),
)  # fmt: skip
"""What the user does not want to be told."""
