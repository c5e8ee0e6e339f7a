"""One flow: who, with whom, by which name and why that name, what was seen of it and when, how it went."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult

from netscope.model.shape import GAP_LABELS, SIZE_LABELS, FlowShape
from netscope.model.snapshot import FlowDetail, FlowRow
from netscope.tui import charts, figures
from netscope.tui.dispatch import bindings
from netscope.tui.glyphs import Glyphs, sparkline
from netscope.tui.layout import Want
from netscope.tui.screens.detail import DetailScreen
from netscope.tui.tables.facts import FACTS, OTHERS, TIMELINE, OtherRow, facts
from netscope.tui.tables.flows import FLOWS, REASONS, endpoint, flow_age_ns, remote, state
from netscope.tui.widgets.notice import ChartPane, Lines, TextPane
from netscope.tui.widgets.paint import Piece
from netscope.tui.widgets.row_table import RowTable
from netscope.tui.widgets.stack import Side, Stack

PASSIVE = "Passive: built from packets already seen; nothing was sent or looked up."
SLOT_S = 4
"""Of FlowRow.history_bytes."""
SHORT_FLOW = "too few packets for a picture of their sizes and gaps"


class FlowScreen(DetailScreen):
    context: ClassVar[str] = "flow"
    BINDINGS = bindings("flow")
    AUTO_FOCUS = "#facts"
    sides: ClassVar[tuple[str, ...]] = ("timeline", "rate", "sizes", "gaps")

    def __init__(self, row: FlowRow, ids: Sequence[Hashable]) -> None:
        super().__init__(row.id, ids)
        self.row = row
        self._detail: FlowDetail | None = None

    def compose_body(self) -> ComposeResult:
        with Stack():
            yield TextPane(id="summary")
            with Side(id="flow-main"):
                with Stack(id="left"):
                    yield RowTable(FACTS, heading=False, least=6)
                    yield RowTable(FLOWS, id="siblings", least=2, enough=8)
                with Stack(id="right"):
                    yield RowTable(TIMELINE, heading=False, least=4, enough=30)
                    yield ChartPane(id="rate")
                    with Side(id="shapes", classes="wide-only"):
                        yield ChartPane(id="sizes-wide")
                        yield ChartPane(id="gaps-wide")
                    yield ChartPane(id="sizes")
                    yield ChartPane(id="gaps")
                    yield RowTable(OTHERS, heading=False, least=1, enough=6)
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
        self.query_one("#summary", TextPane).show(self._summary())
        self._choose_panes()
        self.fill(self.query_one("#facts", RowTable), facts(detail) if detail else ())
        self.fill(self.query_one("#timeline", RowTable), detail.timeline if detail else ())
        others = [OtherRow(*other) for other in detail.same_server] if detail else []
        self.fill(self.query_one("#others", RowTable), others)
        self._show_charts(detail)
        if self.large:
            self._fill_siblings()
        self.query_one("#note", TextPane).show([[(" " + PASSIVE, "dim")]])

    def _choose_panes(self) -> None:
        """All there is room for, else the one whose turn it is."""
        shown = {"timeline", "rate", "siblings", "others"} if self.large else {self.side}
        if not self.large and self.side == "timeline":
            shown.add("others")
        for name in ("timeline", "rate", "sizes", "gaps", "others", "siblings"):
            self.query_one(f"#{name}").set_class(name not in shown, "-hidden")

    def _show_charts(self, detail: FlowDetail | None) -> None:
        glyphs, row = self.view.glyphs, self.row
        series = detail.rate if detail else None
        lines = Want(5, 9, 20) if series is not None else Want(1, 1, 1)
        rate = partial(charts.rate_pane, series, (row.rate_down_bps, row.rate_up_bps), glyphs)
        self.query_one("#rate", ChartPane).show(rate, lines)
        shape = detail.shape if detail else None
        lines = Want(9, 9, 9) if shape is not None else Want(2, 2, 2)
        for suffix in ("", "-wide"):
            self.query_one(f"#sizes{suffix}", ChartPane).show(partial(_sizes, shape, glyphs), lines)
            self.query_one(f"#gaps{suffix}", ChartPane).show(partial(_gaps, shape, glyphs), lines)

    def _fill_siblings(self) -> None:
        """Others to the host; where there are none, what else its device does."""
        rows, words = self.view.rows("flow", self.scope), "others to this host"
        found = [row for row in rows if self._is_sibling(row)]
        if not found and self.row.device_id is not None:
            words = "others of the device"
            found = [row for row in rows if row.device_id == self.row.device_id and row.id != self.row.id]
        siblings = self.query_one("#siblings", RowTable)
        siblings.empty_lines = ("no other flow of this device or host is in the list",)
        self.fill(siblings, found, words=words)

    def _is_sibling(self, row: FlowRow) -> bool:
        same = row.server_ip == self.row.server_ip or (row.server_name and row.server_name == self.row.server_name)
        return bool(same) and row.id != self.row.id

    def _summary(self) -> list[list[Piece]]:
        row, width = self.row, self.size.width
        marks = "T" * bool(row.tracker) + "!" * row.alert
        note = f"{row.app_label}  {state(row, self.view.now_ns)}"
        title = f"{row.device_name} → {remote(row, self.view.drawing)}"
        lines = [self.heading(title, note, marks)]
        lines += self.summary(self._who(), self._how_much(), width)
        if not self.large:
            lines.append(self._rate_line())
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
            pairs.append(("From", row.name_source.upper() + guess))
        if row.tracker:
            pairs.append(("Tracker", f"owner {row.tracker}"))
        elif row.activity or row.application:
            used = (row.application, (row.activity or "").replace("_", " "))
            pairs.append(("For", "  ".join(part for part in used if part)))
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

    def _rate_line(self) -> list[Piece]:
        row, glyphs = self.row, self.view.glyphs
        peak = max(row.history_bytes, default=0) * 8 / SLOT_S
        # Each slot is drawn wider than one cell: 16 cells would be lost on the line.
        line = "".join(sign * 2 for sign in sparkline(row.history_bytes, 16, glyphs.levels))
        now = f"{glyphs.down} {figures.rate(row.rate_down_bps)}  {glyphs.up} {figures.rate(row.rate_up_bps)}"
        return [(" Rate      ", "dim"), (line, "chart"), (f" {16 * SLOT_S}s  ", "dim"), (now, ""),
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


def _sizes(shape: FlowShape | None, glyphs: Glyphs, width: int, lines: int) -> Lines:
    if shape is None:
        return _no_shape("Packet sizes", glyphs)
    return charts.histogram("Packet sizes", SIZE_LABELS, shape.sizes_down, shape.sizes_up, width, glyphs)


def _gaps(shape: FlowShape | None, glyphs: Glyphs, width: int, lines: int) -> Lines:
    if shape is None:
        return _no_shape("Gaps between", glyphs)
    return charts.histogram("Gaps between", GAP_LABELS, shape.gaps_down, shape.gaps_up, width, glyphs)


def _no_shape(title: str, glyphs: Glyphs) -> Lines:
    return [[(glyphs.title, "title"), (title, "title")], [(f" {SHORT_FLOW}", "dim")]]
