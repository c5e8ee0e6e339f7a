"""The list of host names, and one name: who asked for it, its addresses, the flows to it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from netscope.model.snapshot import NameRow
from netscope.model.text import neutralise
from netscope.tui import figures
from netscope.tui.commands import bindings
from netscope.tui.screens.detail import DetailScreen
from netscope.tui.screens.lists import ListScreen
from netscope.tui.tables.flows import FLOWS
from netscope.tui.tables.names import NAMES
from netscope.tui.widgets.notice import TextPane
from netscope.tui.widgets.paint import Piece
from netscope.tui.widgets.row_table import RowTable


def about(name: str, rows: Sequence[NameRow], now_ns: int, arrow: str, title: str) -> list[list[Piece]]:
    """Three lines on a name: its answers and times, who asked, what lists say."""
    addresses = list(dict.fromkeys(address for row in rows for address in row.addresses))
    askers: dict[str, int] = {}
    for row in rows:
        askers[row.device_name] = askers.get(row.device_name, 0) + row.hits
    ranked = sorted(askers.items(), key=lambda item: -item[1])
    times = f"first {figures.seen(min(r.first_seen_ns for r in rows), now_ns)}  last " \
            f"{figures.seen(max(r.last_seen_ns for r in rows), now_ns)}"  # fmt: skip
    listed = next((row for row in rows if row.tracker), None)
    verdict = f"tracker: {listed.tracker}  {listed.category or ''}" if listed else "on no tracker list"
    missing = next((row.rcode for row in rows if row.rcode and row.rcode != "NOERROR"), None)
    shown = neutralise(", ".join(addresses) or (missing or "no answer seen"), 120)
    return [
        [(title, "title"), (neutralise(name, 80), "title"), (f" {arrow} {shown}", ""), (f"   {times}", "dim")],
        [(" asked by ", "dim"), (neutralise(", ".join(f"{who} {hits}" for who, hits in ranked), 200), "")],
        [(f" {neutralise(verdict, 120)}", "accent" if listed else "dim")],
    ]


class NamesScreen(ListScreen):
    context: ClassVar[str] = "names"
    BINDINGS = bindings("names")
    described = NAMES

    def compose_body(self) -> ComposeResult:
        yield RowTable(NAMES)
        yield TextPane(id="about")

    def show_body(self) -> None:
        super().show_body()
        self.show_about()

    @on(RowTable.Moved, "#names")
    def show_about(self) -> None:
        row = self.query_one("#names", RowTable).selected
        pane = self.query_one("#about", TextPane)
        if not isinstance(row, NameRow):
            pane.show([[], [(" enter shows what is gathered here", "dim")], []])
            return
        same = [other for other in (self.view.shown.names if self.view.shown else ()) if other.name == row.name]
        glyphs = self.view.glyphs
        pane.show(about(row.name, same or [row], self.view.now_ns, glyphs.right, glyphs.title))


class NameScreen(DetailScreen):
    context: ClassVar[str] = "name"
    BINDINGS = bindings("name")

    def __init__(self, name: str, ids: Sequence[Hashable]) -> None:
        super().__init__(name, ids)

    def compose_body(self) -> ComposeResult:
        yield TextPane(id="about")
        with Horizontal(classes="half"):
            yield RowTable(NAMES, id="askers")
        yield RowTable(FLOWS)

    def crumbs(self) -> Sequence[str]:
        return ("Names", str(self.item), self.place)

    def show_body(self) -> None:
        shown = self.view.shown
        rows = [row for row in (shown.names if shown else ()) if row.name == self.item]
        glyphs = self.view.glyphs
        pane = self.query_one("#about", TextPane)
        if rows:
            pane.show(about(self.item, rows, self.view.now_ns, glyphs.right, glyphs.title))
        else:
            pane.show([self.heading(str(self.item), "no longer in the list", "")])
        self.fill(self.query_one("#askers", RowTable), rows, words="who asked")
        flows = self.query_one("#flows", RowTable)
        flows.empty_lines = ("no flow to this name now",)
        self.fill(flows, [r for r in self.view.rows("flow", self.scope) if r.server_name == self.item])
