"""One flow: who, with whom, by which name and why that name, what was seen of it and when."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from netscope.model.snapshot import FlowDetail, FlowRow
from netscope.tui import figures
from netscope.tui.commands import bindings
from netscope.tui.glyphs import sparkline
from netscope.tui.screens.detail import DetailScreen
from netscope.tui.tables.facts import FACTS, OTHERS, TIMELINE, OtherRow, facts
from netscope.tui.tables.flows import FLOWS, REASONS, endpoint, flow_age_ns, remote, state
from netscope.tui.widgets.notice import TextPane
from netscope.tui.widgets.paint import Piece
from netscope.tui.widgets.row_table import RowTable

PASSIVE = "Passive: built from packets already seen; nothing was sent or looked up."
SLOT_S = 4
"""Of FlowRow.history_bytes."""


class FlowScreen(DetailScreen):
    context: ClassVar[str] = "flow"
    BINDINGS = bindings("flow")
    AUTO_FOCUS = "#facts"

    def __init__(self, row: FlowRow, ids: Sequence[Hashable]) -> None:
        super().__init__(row.id, ids)
        self.row = row
        self._detail: FlowDetail | None = None

    def compose_body(self) -> ComposeResult:
        yield TextPane(id="summary")
        with Horizontal(classes="split"):
            with Vertical(id="left", classes="half"):
                yield RowTable(FACTS, heading=False)
                yield RowTable(FLOWS, id="siblings")
            with Vertical(id="right", classes="half"):
                yield RowTable(TIMELINE, heading=False)
                yield RowTable(OTHERS, heading=False)
        yield TextPane(id="note")

    def crumbs(self) -> Sequence[str]:
        return ("Flows", f"{self.row.device_name} → {remote(self.row, self.view.drawing)}", self.place)

    def item_changed(self) -> None:
        found = self.view.flow(self.item)
        if found is not None:
            self.row = found

    def device_under_cursor(self) -> int | None:
        return self.row.device_id

    def flow_under_cursor(self) -> int | None:
        return self.row.id

    def flows_in_sight(self) -> Iterable[int]:
        return (self.row.id, *super().flows_in_sight())

    def show_body(self) -> None:
        detail = None if self.view.paused and self._detail is not None else self.monitor.reader.flow_detail(self.item)
        if detail is not None:
            self._detail, self.row = detail, detail.row
        detail = self._detail if self._detail is not None and self._detail.row.id == self.item else None
        summary = self.query_one("#summary", TextPane)
        summary.show(self._summary(detail))
        self.fill(self.query_one("#facts", RowTable), facts(detail) if detail else ())
        self.fill(self.query_one("#timeline", RowTable), detail.timeline if detail else ())
        others = [OtherRow(*other) for other in detail.same_server] if detail else []
        self.fill(self.query_one("#others", RowTable), others)
        if self.large:
            same = [row for row in self.view.rows("flow", self.scope) if self._is_sibling(row)]
            siblings = self.query_one("#siblings", RowTable)
            siblings.empty_lines = ("no other flow to this server now",)
            self.fill(siblings, same, words="other flows to this server")
        self.query_one("#note", TextPane).show([[(" " + PASSIVE, "dim")]])

    def _is_sibling(self, row: FlowRow) -> bool:
        same = row.server_ip == self.row.server_ip or (row.server_name and row.server_name == self.row.server_name)
        return bool(same) and row.id != self.row.id

    def _summary(self, detail: FlowDetail | None) -> list[list[Piece]]:
        row, glyphs, width = self.row, self.view.glyphs, self.size.width
        marks = "T" * bool(row.tracker) + "!" * row.alert
        note = f"{row.app_label}  {state(row, self.view.now_ns)}"
        title = f"{row.device_name} → {remote(row, self.view.drawing)}"
        lines = [self.heading(glyphs.plain(title), note, marks)]
        lines += self.summary(self._who(), self._how_much(), width)
        lines.append(self._rate_line(width))
        return lines

    def _who(self) -> list[tuple[str, str]]:
        row = self.row
        place = "  ".join(str(part) for part in (row.country, f"AS{row.asn}" if row.asn else None, row.as_org) if part)
        pairs = [
            ("Client", f"{row.device_name}  {endpoint(row.client_ip, row.client_port)}"),
            ("Server", f"{endpoint(row.server_ip, row.server_port)}  {place}"),
            ("Name", row.server_name or "none: " + REASONS.get(row.name_missing_reason or "", "not seen")),
        ]
        if row.server_name and row.name_source:
            guess = " (seen before the flow; a guess)" if row.name_source == "dns" else ""
            pairs.append(("from", row.name_source.upper() + guess))
        if row.tracker:
            pairs.append(("Tracker", f"owner {row.tracker}"))
        return pairs

    def _how_much(self) -> list[tuple[str, str]]:
        row = self.row
        age = figures.age(flow_age_ns(row, self.view.now_ns))
        return [
            ("Start", f"{figures.clock(row.first_seen_ns)}   age {age}"),
            ("State", f"{state(row, self.view.now_ns)}  {row.tcp_state or ''}  {row.end_reason or ''}".rstrip()),
            ("↓ down", f"{figures.size(row.bytes_down)}  {row.packets_down} pkts"),
            ("↑ up", f"{figures.size(row.bytes_up)}  {row.packets_up} pkts"),
            ("RTT", f"{figures.round_trip(row.rtt_us)}   retrans {row.retransmissions}"),
        ]

    def _rate_line(self, width: int) -> list[Piece]:
        row, glyphs = self.row, self.view.glyphs
        peak = max(row.history_bytes, default=0) * 8 / SLOT_S
        each = 2 if width < 120 else 4
        # Each slot is drawn wider than one cell: 16 cells would be lost on the line.
        line = "".join(sign * each for sign in sparkline(row.history_bytes, 16, glyphs.levels))
        now = f"{glyphs.down} {figures.rate(row.rate_down_bps)}  {glyphs.up} {figures.rate(row.rate_up_bps)}"
        return [(" Rate     ", "dim"), (line, "chart"), (f" {16 * SLOT_S}s  ", "dim"), (now, ""),
                (f"  peak {figures.rate_unit(peak)}", "dim")]  # fmt: skip

    def open_row(self, table: RowTable, row: Any) -> None:
        if isinstance(row, FlowRow):
            super().open_row(table, row)
            return
        if isinstance(row, OtherRow):
            return
        term = getattr(row, "term", None)
        if term is None:
            self.say("nothing to filter by in this line; y copies it")
        else:
            self.filter_by(term)
