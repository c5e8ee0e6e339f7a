"""Trackers by owner, folding out to hosts; and one owner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from netscope.model.snapshot import TrackerRow
from netscope.tui import empty
from netscope.tui.columns import pad
from netscope.tui.commands import bindings
from netscope.tui.glyphs import bar
from netscope.tui.screens.detail import DetailScreen
from netscope.tui.screens.monitor import MonitorScreen
from netscope.tui.tables.flows import FLOWS
from netscope.tui.tables.trackers import GROUPINGS, OWNERS, TRACKERS, OwnerRow, fold, members
from netscope.tui.widgets.notice import TextPane
from netscope.tui.widgets.paint import Piece
from netscope.tui.widgets.row_table import RowTable

WATCHES = "T = the name is on a tracker list. NetScope only watches; it blocks nothing."
GRID_CELLS = 12


class TrackersScreen(MonitorScreen):
    context: ClassVar[str] = "trackers"
    BINDINGS = bindings("trackers")

    def __init__(self) -> None:
        super().__init__()
        self._unfolded: set[str] = set()

    def compose_body(self) -> ComposeResult:
        with Horizontal(classes="half"):
            yield RowTable(OWNERS)
            yield RowTable(TRACKERS, id="hosts")
        yield TextPane(id="by-device")

    def group_choices(self) -> tuple[str, ...]:
        return GROUPINGS

    def group_now(self) -> str:
        chosen = self.monitor.preferences.groups.get("owners", "owner")
        return chosen if chosen in GROUPINGS else "owner"

    def set_group(self, group: str) -> None:
        self.monitor.preferences.groups["owners"] = group
        self._unfolded.clear()
        self.show()

    def fold(self, folded: bool) -> None:
        table = self.query_one("#owners", RowTable)
        row = table.selected
        if not isinstance(row, OwnerRow):
            return
        key = row.key.partition("\0")[0]
        if folded:
            self._unfolded.discard(key)
            table.select(key)
        else:
            self._unfolded.add(key)
        self.show()

    def show_body(self) -> None:
        rows: Sequence[TrackerRow] = self.view.rows("tracker")
        table = self.query_one("#owners", RowTable)
        table.empty_lines = empty.lines(TRACKERS, self.view.shown, self.scope.active)
        folded = fold(rows, self.group_now(), self._unfolded)
        hosts, owners = len({row.name for row in rows}), len({row.owner for row in rows})
        devices = len({row.device_id for row in rows})
        total = len(self.view.shown.devices) if self.view.shown else 0
        dot = self.view.glyphs.dot
        words = (
            f"hosts {dot} {owners} owners {dot} {sum(row.hits for row in rows)} hits {dot} {devices} of {total} devices"
        )
        self.fill(table, folded, words=f"by {self.group_now()}")
        table.title_pieces = [(f"Trackers {hosts} ", "title"), (f"{words} {dot} by {self.group_now()}", "dim")]
        if self.scope.filter:
            table.title_pieces.append((f" {dot} {self.scope.filter.subject}", "accent"))
        self.query_one("#by-device", TextPane).show(self._lower(rows))
        self.show_hosts()

    @on(RowTable.Moved, "#owners")
    def show_hosts(self) -> None:
        """Hosts of the chosen group, with the list lines that matched; only where there is room."""
        if not self.large:
            return
        row = self.query_one("#owners", RowTable).selected
        chosen: Sequence[TrackerRow] = ()
        if isinstance(row, OwnerRow):
            chosen = members(self.view.rows("tracker"), self.group_now(), row.key.partition("\0")[0])
        self.fill(self.query_one("#hosts", RowTable), chosen, subject=row.key.partition("\0")[0] if row else "")

    def _lower(self, rows: Sequence[TrackerRow]) -> list[list[Piece]]:
        lines = self._grid(rows) if self.large else self._bars(rows)
        return [*lines, [], [(" " + WATCHES, "dim")]]

    def _bars(self, rows: Sequence[TrackerRow]) -> list[list[Piece]]:
        glyphs = self.view.glyphs
        hits = Counter[str]()
        for row in rows:
            hits[row.device_name] += row.hits
        most = max(hits.values(), default=1)
        lines: list[list[Piece]] = [[(glyphs.title, "title"), ("By device", "title"), (" hits", "dim")]]
        for name, amount in hits.most_common(5):
            line = f"{bar(amount / most, 30, glyphs):<30}"
            lines.append([(" " + pad(name, 22, cut=glyphs.cut) + " ", ""), (line, "chart"), (f" {amount:>5}", "")])
        return lines

    def _grid(self, rows: Sequence[TrackerRow]) -> list[list[Piece]]:
        """Owner by device, with hits."""
        glyphs = self.view.glyphs
        devices = [name for name, _ in Counter(row.device_name for row in rows).most_common(8)]
        cells: Counter[tuple[str, str]] = Counter()
        for row in rows:
            cells[row.owner or "unknown", row.device_name] += row.hits
        owners = [name for name, _ in Counter({o: 0 for o, _ in cells}).most_common()]
        owners.sort(key=lambda owner: -sum(cells[owner, device] for device in devices))
        head = "".join(pad(device, GRID_CELLS, True, glyphs.cut) + " " for device in devices)
        lines: list[list[Piece]] = [
            [(glyphs.title, "title"), ("Owner by device", "title"), (" hits", "dim")],
            [(" " + " " * 23 + head, "heading")],
        ]
        for owner in owners[:10]:
            numbers = "".join(f"{cells[owner, device] or '-':>{GRID_CELLS}} " for device in devices)
            lines.append([(" " + pad(owner, 22, cut=glyphs.cut) + " ", "accent"), (numbers, "")])
        return lines


class OwnerScreen(DetailScreen):
    context: ClassVar[str] = "owner"
    BINDINGS = bindings("owner")

    def __init__(self, owner: str, ids: Sequence[Hashable]) -> None:
        super().__init__(owner, ids)

    def compose_body(self) -> ComposeResult:
        yield TextPane(id="about")
        with Horizontal(classes="half"):
            yield RowTable(TRACKERS)
        yield RowTable(FLOWS)

    def crumbs(self) -> Sequence[str]:
        return ("Trackers", str(self.item), self.place)

    def show_body(self) -> None:
        shown = self.view.shown
        rows = [r for r in (shown.trackers if shown else ()) if (r.owner or "unknown") == self.item]
        kinds = ", ".join(dict.fromkeys(row.category or "-" for row in rows))
        who = ", ".join(dict.fromkeys(row.device_name for row in rows))
        self.query_one("#about", TextPane).show([
            self.heading(str(self.item), kinds, ""),
            *self.summary([("Devices", who), ("Lists", ", ".join(dict.fromkeys(row.list for row in rows)))],
                          [("Hosts", str(len({row.name for row in rows}))), ("Hits", str(sum(r.hits for r in rows)))],
                          self.size.width),
        ])  # fmt: skip
        self.fill(self.query_one("#trackers", RowTable), rows)
        flows = self.query_one("#flows", RowTable)
        flows.empty_lines = ("no flow to it now",)
        self.fill(flows, [row for row in self.view.rows("flow", self.scope) if row.tracker == self.item])
