"""The full-screen lists of flows and devices, each with groupings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult

from netscope.model.history import CountryTraffic
from netscope.model.snapshot import DeviceRow
from netscope.query import RowKind
from netscope.tui import day
from netscope.tui.dispatch import bindings
from netscope.tui.layout import Want
from netscope.tui.screens.monitor import MonitorScreen
from netscope.tui.seldom import Seldom
from netscope.tui.tables import Table
from netscope.tui.tables.devices import DEVICES
from netscope.tui.tables.facts import DESTINATIONS, DestinationRow, destinations
from netscope.tui.tables.flows import DEVICE_FLOWS, FLOWS
from netscope.tui.tables.groups import DEVICE_GROUPS, FLOW_GROUPS, NAME_GROUPS, GroupRow, group
from netscope.tui.tables.past import COUNTRIES, CountryRow, countries
from netscope.tui.view import Scope
from netscope.tui.widgets.notice import ChartPane
from netscope.tui.widgets.row_table import RowTable
from netscope.tui.widgets.stack import Side, Stack
from netscope.tui.widgets.status import Rule

GROUP_TABLES = {"flow": FLOW_GROUPS, "device": DEVICE_GROUPS, "name": NAME_GROUPS}


class ListScreen(MonitorScreen):
    """One table on the whole screen; its rows one by one, or gathered."""

    described: ClassVar[Table]

    def compose_body(self) -> ComposeResult:
        yield RowTable(self.described)

    @property
    def kind(self) -> RowKind:
        assert self.described.kind is not None
        return self.described.kind

    def show_body(self) -> None:
        self.show_list(self.query_one(f"#{self.described.name}", RowTable))

    def show_list(self, table: RowTable) -> None:
        rows = self.view.rows(self.kind)
        table.empty_lines = self.empty_lines(self.described)
        by = self.group_now()
        if by == "none":
            self.fill(table, rows, of=self.view.total(self.kind), as_table=self.described)
        else:
            groups = group(self.kind, rows, by)
            subject = self.scope.filter.subject if self.scope.filter else ""
            self.fill(table, groups, words=f"by {by}", as_table=GROUP_TABLES[self.kind], subject=subject)

    def group_choices(self) -> tuple[str, ...]:
        return ("none", *self.described.groups)

    def group_now(self) -> str:
        chosen = self.monitor.preferences.groups.get(self.described.name, "none")
        return chosen if chosen in self.group_choices() else "none"

    def set_group(self, group: str) -> None:
        self.monitor.preferences.groups[self.described.name] = group
        self.show()

    def open_row(self, table: RowTable, row: Any) -> None:
        if isinstance(row, GroupRow):
            self.open_group(row)
        else:
            super().open_row(table, row)

    def open_group(self, row: GroupRow) -> None:
        """Its members: the same list, no longer gathered, filtered to the group."""
        if row.term is None:
            self.say("these have nothing in common to filter by")
            return
        self.monitor.preferences.groups[self.described.name] = "none"
        self.filter_by(row.term)


class FlowsScreen(ListScreen):
    context: ClassVar[str] = "flows"
    BINDINGS = bindings("flows")
    described = FLOWS


class DevicesScreen(ListScreen):
    """The list, and where there is room the chosen device's day and where the traffic goes."""

    context: ClassVar[str] = "devices"
    BINDINGS = bindings("devices")
    described = DEVICES

    def __init__(self) -> None:
        super().__init__()
        self._world = Seldom[Sequence[CountryTraffic]]()

    def compose_body(self) -> ComposeResult:
        with Stack():
            yield RowTable(DEVICES, least=8, enough=20)
            yield Rule(lambda: self.view.glyphs.rule, classes="wide-only")
            with Side(id="device-side", classes="wide-only"):
                yield RowTable(DESTINATIONS, heading=False, least=4, enough=12)
                yield ChartPane(id="hours")
                yield RowTable(COUNTRIES, heading=False, least=4, enough=12)
            yield Rule(lambda: self.view.glyphs.rule, classes="wide-only")
            yield RowTable(DEVICE_FLOWS, least=4, enough=6)

    def show_body(self) -> None:
        super().show_body()
        self.show_side()

    @on(RowTable.Moved, "#devices")
    def show_side(self) -> None:
        self.query_one("#device-flows").set_class(not self.large, "-hidden")
        if not self.large:
            return
        row = self.query_one("#devices", RowTable).selected
        device_id = row.id if isinstance(row, DeviceRow) else None
        detail = self.monitor.reader.device_detail(device_id) if device_id is not None else None
        talks = self.query_one("#destinations", RowTable)
        talks.empty_lines = ("nobody yet",) if detail else ("enter shows what is gathered here",)
        name = detail.row.name if detail else ""
        self.fill(talks, destinations(detail.destinations) if detail else (), words="24 h", subject=name)
        profile, minutes = (detail.day, detail.minutes) if detail else ((), ())
        self.query_one("#hours", ChartPane).show(
            partial(day.pane, profile, minutes, self.view.glyphs, subject=name), Want(6, 12, 14)
        )
        rows = [flow for flow in self.view.rows("flow", Scope()) if flow.device_id == device_id]
        self.fill(self.query_one("#device-flows", RowTable), rows if detail else (), subject=name)
        self._fill_world()

    def _fill_world(self) -> None:
        world, shown = self.query_one("#countries", RowTable), self.view.shown
        reader = self.monitor.reader
        found = self._world.of(shown, self.monitor.steady_s(), reader.countries) if shown is not None else ()
        if found and all(each.country is None for each in found):
            world.empty_lines = ("no country data on this machine;", '"netscope data" says what to install')
            found = ()
        else:
            world.empty_lines = (world.table.empty,)
        self.fill(world, countries(found), words="24 h")

    def open_row(self, table: RowTable, row: Any) -> None:
        if isinstance(row, DestinationRow | CountryRow):
            column = table.table.columns[0]
            term = column.term(row) if column.term else None
            if term is None:
                self.say("no database knows the country of these")
                return
            self.view.scope.set(term)
            self.view.forget()
            self.monitor.to_mode("flows")
        else:
            super().open_row(table, row)
