"""The full-screen lists of flows and devices, each with groupings."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult

from netscope.query import RowKind
from netscope.tui import empty
from netscope.tui.commands import bindings
from netscope.tui.screens.monitor import MonitorScreen
from netscope.tui.tables import Table
from netscope.tui.tables.devices import DEVICES
from netscope.tui.tables.flows import FLOWS
from netscope.tui.tables.groups import DEVICE_GROUPS, FLOW_GROUPS, NAME_GROUPS, GroupRow, group
from netscope.tui.widgets.row_table import RowTable

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
        table.empty_lines = empty.lines(self.described, self.view.shown, self.scope.active)
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
    context: ClassVar[str] = "devices"
    BINDINGS = bindings("devices")
    described = DEVICES
