"""The list of host names with the chosen one told beside it, and one name: who asked, what was answered, its flows."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult

from netscope.model.history import NameDetail
from netscope.model.snapshot import NameRow
from netscope.model.text import neutralise
from netscope.tui import figures, uses
from netscope.tui.columns import fit_items
from netscope.tui.dispatch import bindings
from netscope.tui.glyphs import Glyphs
from netscope.tui.layout import Want
from netscope.tui.screens.detail import DetailScreen
from netscope.tui.screens.lists import ListScreen
from netscope.tui.tables.flows import NAME_FLOWS
from netscope.tui.tables.names import AROUND, ASKERS, NAMES, RELATED
from netscope.tui.tables.past import ANSWERS, Answer, answers
from netscope.tui.view import Scope
from netscope.tui.widgets.notice import ChartPane, Lines, TextPane
from netscope.tui.widgets.paint import Piece
from netscope.tui.widgets.row_table import RowTable
from netscope.tui.widgets.stack import Side, Stack
from netscope.tui.widgets.status import Rule


def about(
    name: str, rows: Sequence[NameRow], detail: NameDetail | None, now_ns: int, glyphs: Glyphs, width: int
) -> Lines:
    """Three lines on a name: its answers and times, who asked, what lists say."""
    addresses = list(dict.fromkeys(address for row in rows for address in row.addresses))
    askers: dict[str, int] = {}
    for row in rows:
        askers[row.device_name] = askers.get(row.device_name, 0) + row.hits
    ranked = sorted(askers.items(), key=lambda item: -item[1])
    first, last = min(r.first_seen_ns for r in rows), max(r.last_seen_ns for r in rows)
    times = f"  {glyphs.dot} {figures.seen(first, now_ns)} to {figures.seen(last, now_ns)}"
    if detail is not None and detail.bytes:
        times += f" {glyphs.dot} {figures.size(detail.bytes)} in 24 h"
    listed = next((row for row in rows if row.tracker), None)
    verdict = f"tracker: {listed.tracker}  {listed.category or ''}" if listed else "on no tracker list"
    missing = next((row.rcode for row in rows if row.rcode and row.rcode != "NOERROR"), None)
    shown = neutralise(name, 80)
    room = width - len(shown) - 4
    answer = fit_items(addresses, max(12, room)) or missing or "no answer seen"
    asked = fit_items([f"{who} {hits}" for who, hits in ranked], max(12, width - 11))
    return [
        [(glyphs.title, "title"), (shown, "title"), (f" {glyphs.right} {answer}", "")],
        [(" asked by ", "dim"), (asked, "")],
        [(f" {neutralise(verdict, 120)}", "accent" if listed else "dim"), (times, "dim")],
    ]


class NamesScreen(ListScreen):
    context: ClassVar[str] = "names"
    BINDINGS = bindings("names")
    described = NAMES

    def compose_body(self) -> ComposeResult:
        with Stack():
            with Side(id="names-main"):
                yield RowTable(NAMES)
                with Stack(id="names-side", classes="wide-only"):
                    yield TextPane(id="about-wide")
                    yield ChartPane(id="name-hours")
                    yield RowTable(ASKERS, least=2, enough=8)
                    yield RowTable(ANSWERS, least=3, enough=10)
                    yield RowTable(NAME_FLOWS, id="flows", least=3, enough=6)
                    yield RowTable(AROUND, least=3, enough=8)
            yield TextPane(id="about")

    def show_body(self) -> None:
        super().show_body()
        self.query_one("#about").set_class(self.large, "-hidden")
        self.show_about()

    @on(RowTable.Moved, "#names")
    def show_about(self) -> None:
        row = self.query_one("#names", RowTable).selected
        panes = [self.query_one(f"#about{suffix}", TextPane) for suffix in ("", "-wide")]
        if not isinstance(row, NameRow):
            for pane in panes:
                pane.show([[], [(" enter shows what is gathered here", "dim")], []])
            return
        same = [other for other in (self.view.shown.names if self.view.shown else ()) if other.name == row.name]
        detail = self.monitor.reader.name_detail(row.name) if self.large else None
        for pane in panes:
            pane.show(partial(about, row.name, same or [row], detail, self.view.now_ns, self.view.glyphs))
        if self.large:
            show_name(self, same or [row], detail)
            show_flows(self, row.name)
            show_around(self, same or [row])


class NameScreen(DetailScreen):
    context: ClassVar[str] = "name"
    BINDINGS = bindings("name")

    def __init__(self, name: str, ids: Sequence[Hashable]) -> None:
        super().__init__(name, ids)

    def compose_body(self) -> ComposeResult:
        def sign() -> str:
            return self.view.glyphs.rule

        with Stack():
            yield TextPane(id="about")
            yield ChartPane(id="name-hours")
            yield Rule(sign, classes="wide-only")
            with Side(id="name-main"):
                yield RowTable(ASKERS, least=3, enough=12)
                yield RowTable(ANSWERS, least=3, enough=12)
            yield Rule(sign, classes="wide-only")
            with Side(id="name-lower"):
                yield RowTable(NAME_FLOWS, id="flows", least=4, enough=12)
                yield RowTable(RELATED, least=3, enough=12)
            yield Rule(sign, classes="wide-only")
            yield RowTable(AROUND, least=4, enough=8)

    def crumbs(self) -> Sequence[str]:
        return ("Names", str(self.item), self.place)

    def show_body(self) -> None:
        shown = self.view.shown
        rows = [row for row in (shown.names if shown else ()) if row.name == self.item]
        detail = self.monitor.reader.name_detail(self.item)
        pane = self.query_one("#about", TextPane)
        if rows:
            pane.show(partial(about, self.item, rows, detail, self.view.now_ns, self.view.glyphs))
        else:
            pane.show([self.heading(str(self.item), "no longer in the list", "")])
        show_name(self, rows, detail)
        show_flows(self, self.item)
        for name in ("#related", "#around"):
            self.query_one(name).set_class(not self.large, "-hidden")
        if self.large:
            names = shown.names if shown else ()
            near = related(str(self.item), rows, names)
            self.fill(self.query_one("#related", RowTable), near, words="same address or domain")
            show_around(self, rows)

    def open_row(self, table: RowTable, row: Any) -> None:
        if isinstance(row, Answer):
            term = table.table.columns[2].term
            self.monitor.view.scope.set("")
            self.filter_by((term(row) if term else None) or "")
        else:
            super().open_row(table, row)


def related(name: str, rows: Sequence[NameRow], names: Sequence[NameRow]) -> list[NameRow]:
    """Other names that were answered with the same addresses, or end in the same two labels."""
    addresses = {address for row in rows for address in row.addresses}
    end = "." + ".".join(name.lower().rsplit(".", 2)[-2:]) if name.count(".") > 1 else "." + name.lower()
    return [
        row
        for row in names
        if row.name != name and (row.name.lower().endswith(end) or not addresses.isdisjoint(row.addresses))
    ]


AROUND_S: Final = 10
LEAST_CHART: Final = 4
"""Lines below which columns say nothing."""


def around(rows: Sequence[NameRow], names: Sequence[NameRow]) -> list[NameRow]:
    """Other names whose first or last use was by the same device at the same time as one of ``rows``."""
    reach_ns = AROUND_S * figures.SECOND_NS
    uses_of: dict[int | None, list[NameRow]] = {}
    for row in rows:
        uses_of.setdefault(row.device_id, []).append(row)
    return [
        other
        for other in names
        for row in uses_of.get(other.device_id, ())
        if other.name != row.name
        and (abs(other.last_seen_ns - row.last_seen_ns) <= reach_ns
             or abs(other.first_seen_ns - row.first_seen_ns) <= reach_ns)
    ]  # fmt: skip


def show_around(screen: NamesScreen | NameScreen, rows: Sequence[NameRow]) -> None:
    shown = screen.view.shown
    found = around(rows, shown.names if shown else ())
    screen.fill(screen.query_one("#around", RowTable), found, words=f"same device, within {AROUND_S} s")


def show_flows(screen: NamesScreen | NameScreen, name: str) -> None:
    flows = screen.query_one("#flows", RowTable)
    rows = screen.view.rows("flow", screen.own_scope or Scope())
    screen.fill(flows, [row for row in rows if row.server_name == name], words="to it")


def show_name(screen: NamesScreen | NameScreen, rows: Sequence[NameRow], detail: NameDetail | None) -> None:
    """Who used it, when, and what was answered."""
    shown, glyphs, now_ns = screen.view.shown, screen.view.glyphs, screen.view.now_ns
    screen.fill(screen.query_one("#askers", RowTable), rows)
    names = {device.id: device.name for device in (shown.devices if shown else ())}
    screen.fill(screen.query_one("#answers", RowTable), answers(detail.answers, names) if detail else ())

    def hours(width: int, lines: int) -> list[list[Piece]]:
        if detail is None:
            return [[(glyphs.title, "title"), ("Uses", "title")], [(" being read …", "dim")]]
        if lines < LEAST_CHART:
            return []
        return uses.columns("Uses", detail.uses, now_ns, width, lines, glyphs=glyphs)

    lines = Want(4, 8, 14) if screen.large else Want(0, 0, 8)
    screen.query_one("#name-hours", ChartPane).show(hours, lines)
