"""Trackers by owner, folding out to hosts; who calls them and when; and one owner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult

from netscope.model.history import Uses
from netscope.model.snapshot import TrackerRow
from netscope.tui import charts, figures, uses
from netscope.tui.columns import fit_items, pad
from netscope.tui.dispatch import bindings
from netscope.tui.glyphs import Glyphs
from netscope.tui.layout import Want
from netscope.tui.screens.detail import DetailScreen
from netscope.tui.screens.monitor import MonitorScreen
from netscope.tui.tables.flows import FLOWS
from netscope.tui.tables.trackers import (
    GROUPINGS,
    OWNER_HOSTS,
    OWNER_TRACKERS,
    OWNERS,
    TRACKERS,
    OwnerRow,
    fold,
    members,
    owner_of,
)
from netscope.tui.widgets.notice import ChartPane, Lines, TextPane
from netscope.tui.widgets.paint import Piece
from netscope.tui.widgets.row_table import RowTable
from netscope.tui.widgets.stack import Side, Stack
from netscope.tui.widgets.status import Rule

WATCHES = "T = the name is on a tracker list. NetScope only watches; it blocks nothing."


class TrackersScreen(MonitorScreen):
    context: ClassVar[str] = "trackers"
    BINDINGS = bindings("trackers")

    def __init__(self) -> None:
        super().__init__()
        self._unfolded: set[str] = set()

    def compose_body(self) -> ComposeResult:
        def sign() -> str:
            return self.view.glyphs.rule

        with Stack():
            with Side(id="trackers-main"):
                yield RowTable(OWNERS, least=5, enough=14)
                with Stack(id="right", classes="wide-only"):
                    yield RowTable(OWNER_HOSTS, id="hosts", least=3, enough=10)
                    yield TextPane(id="lists")
            yield Rule(sign, classes="wide-only")
            with Side(id="trackers-lower"):
                yield ChartPane(id="by-device")
                yield ChartPane(id="uses")
                yield RowTable(FLOWS, least=3, enough=8)
            yield Rule(sign, classes="wide-only")
            yield ChartPane(id="grid", classes="wide-only")
            yield TextPane(id="watches")

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
        glyphs, large = self.view.glyphs, self.large
        self._fill_owners(rows)
        self.query_one("#by-device").set_class(large, "-hidden")
        self.query_one("#flows").set_class(not large, "-hidden")
        found = self._uses(rows)
        most = 12 if large else 3
        self.query_one("#uses", ChartPane).show(
            partial(uses.strips, "Hits", found, self.view.now_ns, glyphs=glyphs),
            Want(4, min(len(found), most) + 2, len(found) + 2 if large else 5),
        )
        if large:
            owners = len({owner_of(row) for row in rows})
            self.query_one("#grid", ChartPane).show(partial(_grid, rows, glyphs), Want(4, owners + 2, owners + 2))
            self._fill_flows()
            self.show_hosts()
        else:
            self.query_one("#by-device", ChartPane).show(partial(_bars, rows, glyphs), Want(4, 5, 6))
        self.query_one("#watches", TextPane).show([[(" " + WATCHES, "dim")]])

    def _fill_flows(self) -> None:
        flows = self.query_one("#flows", RowTable)
        flows.empty_lines = ("none to a tracker now",)
        self.fill(flows, [row for row in self.view.rows("flow") if row.tracker], words="to trackers")

    def _fill_owners(self, rows: Sequence[TrackerRow]) -> None:
        table = self.query_one("#owners", RowTable)
        table.empty_lines = self.empty_lines(TRACKERS)
        self.fill(table, fold(rows, self.group_now(), self._unfolded), words=f"by {self.group_now()}")
        hosts, owners = len({row.name for row in rows}), len({owner_of(row) for row in rows})
        devices = len({row.device_id for row in rows})
        total = len(self.view.shown.devices) if self.view.shown else 0
        dot = f" {self.view.glyphs.dot} "
        hits = figures.counted(sum(row.hits for row in rows), "hit")
        of_devices = f"{devices} of {figures.counted(total, 'device')}"
        gone, by = self.gone_words("tracker"), f"by {self.group_now()}"
        notes = (gone, figures.counted(owners, "owner"), hits, of_devices, by)
        table.title_pieces = [
            (f"Trackers {figures.counted(hosts, 'host')}", "title"),
            *[(f"{dot}{note}", "dim") for note in notes if note],
        ]
        if self.scope.filter:
            table.title_pieces.append((f"{dot}{self.scope.filter.subject}", "accent"))

    def _uses(self, rows: Sequence[TrackerRow]) -> list[tuple[str, Uses]]:
        """(owner, or what it is grouped by; when its hosts were called) of the rows that are shown."""
        shown = {(row.name, row.device_id): row for row in rows}
        group = self.group_now()
        found: dict[str, list[Uses]] = {}
        for each in self.monitor.reader.tracker_uses():
            row = shown.get((each.name, each.device_id))
            if row is not None:
                key = {"owner": owner_of(row), "category": row.category or "-", "device": row.device_name}
                found.setdefault(key.get(group, row.name), []).append(each.uses)
        return [(key, uses.added(several)) for key, several in found.items()]

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
        self.query_one("#lists", TextPane).show(partial(list_lines, self, chosen))


def list_lines(screen: MonitorScreen, rows: Sequence[TrackerRow], width: int) -> Lines:
    """The lists that name the hosts, with source and date where they are known."""
    known = {each.name: each for each in screen.monitor.reader.tracker_lists()}
    lines: list[list[Piece]] = []
    for name in dict.fromkeys(row.list for row in rows):
        told = known.get(name)
        words = "not in use here any more"
        if told is not None:
            age = told.date or "comes with this version"
            words = f"{told.source}  {age}"
            if len(words) + len(amount := f"  {figures.counted(told.entries, 'line')}") <= width - 24:
                words += amount
        head = f" List {pad(name, 16, cut=screen.view.glyphs.cut)} "
        lines.append([(head, "dim"), (pad(words, max(8, width - len(head) - 1)), "")])
    return lines[:4]


def _bars(rows: Sequence[TrackerRow], glyphs: Glyphs, width: int, lines: int) -> Lines:
    hits = Counter[str]()
    for row in rows:
        hits[row.device_name] += row.hits
    ranked = [(name, float(amount), str(amount)) for name, amount in hits.most_common(max(0, lines - 1))]
    head: list[Piece] = [(glyphs.title, "title"), ("By device", "title"), (" hits", "dim")]
    return [head, *charts.labelled_bars(ranked, width, glyphs)]


def _grid(rows: Sequence[TrackerRow], glyphs: Glyphs, width: int, lines: int) -> Lines:
    """Owner by device, with hits; columns as wide as the names of the devices need and the room allows."""
    by_device = Counter[str]()
    cells: Counter[tuple[str, str]] = Counter()
    for row in rows:
        by_device[row.device_name] += row.hits
        cells[owner_of(row), row.device_name] += row.hits
    name_cells = 22 if width >= 120 else 17
    devices = [name for name, _ in by_device.most_common(max(1, (width - name_cells - 2) // 9))]
    each = max(8, min(16, (width - name_cells - 2) // max(1, len(devices)) - 1))
    head = "".join(pad(device, each, True, glyphs.cut) + " " for device in devices)
    hidden = len(by_device) - len(devices)
    note = f" hits; {figures.counted(hidden, 'more device')}" if hidden > 0 else " hits"
    drawn: list[list[Piece]] = [
        [(glyphs.title, "title"), ("Owner by device", "title"), (note, "dim")],
        [(" " * (name_cells + 2) + head, "heading")],
    ]
    owners = Counter[str]()
    for (owner, _), amount in cells.items():
        owners[owner] += amount
    for owner, _ in owners.most_common(max(0, lines - 2)):
        line: list[Piece] = [(f" {pad(owner, name_cells, cut=glyphs.cut)} ", "accent")]
        for device in devices:
            amount = cells[owner, device]
            line.append((f"{amount or glyphs.dot:>{each}} ", "" if amount else "dim"))
        drawn.append(line)
    return drawn


class OwnerScreen(DetailScreen):
    context: ClassVar[str] = "owner"
    BINDINGS = bindings("owner")
    sides: ClassVar[tuple[str, ...]] = ("trackers", "host-hours")

    def __init__(self, owner: str, ids: Sequence[Hashable]) -> None:
        super().__init__(owner, ids)

    def compose_body(self) -> ComposeResult:
        def sign() -> str:
            return self.view.glyphs.rule

        with Stack():
            yield TextPane(id="about")
            yield Rule(sign, classes="wide-only")
            yield RowTable(OWNER_TRACKERS, id="trackers", least=4, enough=14)
            yield Rule(sign, classes="wide-only")
            with Side(id="owner-charts"):
                yield ChartPane(id="host-hours")
                yield ChartPane(id="owner-devices", classes="wide-only")
            yield ChartPane(id="owner-uses", classes="wide-only")
            yield Rule(sign, classes="wide-only")
            yield RowTable(FLOWS, least=4, enough=10)

    def crumbs(self) -> Sequence[str]:
        return ("Trackers", str(self.item), self.place)

    def show_body(self) -> None:
        shown = self.view.shown
        rows = [row for row in (shown.trackers if shown else ()) if owner_of(row) == self.item]
        self.query_one("#trackers").set_class(not self.large and self.side != "trackers", "-hidden")
        self.query_one("#owner-charts").set_class(not self.large and self.side != "host-hours", "-hidden")
        self.query_one("#about", TextPane).show(partial(self._about, rows))
        self.fill(self.query_one("#trackers", RowTable), rows)
        self._show_charts(rows)
        flows = self.query_one("#flows", RowTable)
        flows.empty_lines = ("no flow to it now",)
        self.fill(flows, [row for row in self.view.rows("flow", self.scope) if row.tracker == self.item])

    def _about(self, rows: Sequence[TrackerRow], width: int) -> Lines:
        kinds = ", ".join(dict.fromkeys(row.category or "-" for row in rows))
        who = list(dict.fromkeys(row.device_name for row in rows))
        hosts, hits = len({row.name for row in rows}), sum(row.hits for row in rows)
        half = width * 6 // 10 if width < 120 else width // 2
        left = [("Devices", fit_items(who, max(12, half - 12)))]
        lines = [
            self.heading(str(self.item), kinds, ""),
            *self.summary(left, [("Hosts", f"{hosts}   {figures.counted(hits, 'hit')}")], width),
        ]
        return [*lines, *list_lines(self, rows, width)]

    def _show_charts(self, rows: Sequence[TrackerRow]) -> None:
        glyphs, now_ns = self.view.glyphs, self.view.now_ns
        found: dict[str, list[Uses]] = {}
        for each in self.monitor.reader.tracker_uses():
            if (each.owner or "unknown") == self.item:
                found.setdefault(each.name, []).append(each.uses)
        strips = [(name, uses.added(several)) for name, several in found.items()]
        self.query_one("#host-hours", ChartPane).show(
            partial(uses.strips, "Hits", strips, now_ns, glyphs=glyphs),
            Want(3, min(len(strips), 10) + 2, len(strips) + 2),
        )
        whole = partial(uses.columns, "All hits", uses.added([each for _, each in strips]), now_ns)
        self.query_one("#owner-uses", ChartPane).show(partial(whole, glyphs=glyphs), Want(5, 8, 12))
        devices = len({row.device_name for row in rows})
        self.query_one("#owner-devices", ChartPane).show(
            partial(_bars, rows, glyphs), Want(2, min(devices, 10) + 1, devices + 1)
        )
