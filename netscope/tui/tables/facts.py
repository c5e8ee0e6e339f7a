"""Small tables of detail screens: facts, timeline, evidence, destinations, other devices, list lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from netscope.model.history import Destination
from netscope.model.snapshot import FlowDetail, TimelineEntry
from netscope.query import quote
from netscope.tui import figures
from netscope.tui.columns import Cell, Column, Drawing, keep_end
from netscope.tui.glyphs import bar
from netscope.tui.tables import Table, figure, text


class FactRow(NamedTuple):
    id: int
    group: str
    """Empty when the row above is of the same group."""
    field: str
    value: str
    term: str | None
    """The filter that finds others with this value."""


FILTERED: Final = {"name": "name", "country": "cc", "JA4": "ja4", "JA3": "ja3", "SNI": "name"}
"""Facts whose value can be filtered by, and the field of the filter."""


def facts(detail: FlowDetail) -> list[FactRow]:
    return rows_of(detail.facts, {"network": f"asn={detail.row.asn}" if detail.row.asn else None})


def rows_of(triples: Iterable[tuple[str, str, str]], terms: dict[str, str | None] | None = None) -> list[FactRow]:
    out: list[FactRow] = []
    last = None
    for number, (group, name, value) in enumerate(triples):
        term = (terms or {}).get(name)
        if term is None and name in FILTERED and value not in ("", "-", "none"):
            term = f"{FILTERED[name]}={quote(value)}"
        out.append(FactRow(number, group if group != last else "", name, value, term))
        last = group
    return out


FACTS: Final = Table(
    name="facts", title="Facts", kind=None, order="", row_id=lambda r: r.id, empty="nothing more is known",
    columns=(
        Column("group", "About", 5, 11, 0, lambda r, d, w: Cell(r.group, "title")),
        Column("field", "Field", 11, 16, 0, lambda r, d, w: Cell(r.field, "dim")),
        Column("value", "Value", 12, 120, 0, lambda r, d, w: Cell(r.value, "name"), weight=6, term=lambda r: r.term,
               copy=lambda r, d: r.value),
    ),
)  # fmt: skip


def _entry_cell(row: TimelineEntry, drawing: Drawing, width: int) -> Cell:
    return Cell(row.text)


TIMELINE: Final = Table(
    name="timeline", title="Timeline", kind=None, order="", row_id=lambda r: (r.time_ns, r.text),
    empty="nothing noted",
    columns=(
        Column("time", "Time", 12, 12, 0, lambda r, d, w: Cell(figures.clock_ms(r.time_ns), "dim")),
        Column("text", "Seen", 16, 120, 0, _entry_cell, weight=4),
    ),
)  # fmt: skip


class OtherRow(NamedTuple):
    device: str
    flows: int
    last_seen_ns: int


OTHERS: Final = Table(
    name="others", title="Same server, other devices", kind=None, order="", row_id=lambda r: r.device,
    empty="no other device used it",
    columns=(
        Column("device", "Device", 14, 24, 0, text(lambda r: r.device), weight=2),
        Column("flows", "Flows", 5, 6, 0, figure(lambda r: r.flows, figures.count), right=True),
        Column("last", "Last", 5, 6, 0, lambda r, d, w: Cell(figures.seen(r.last_seen_ns, d.now_ns), "dim")),
    ),
)  # fmt: skip


class EvidenceRow(NamedTuple):
    source: str
    attribute: str
    value: str
    times: int
    last_seen_ns: int


EVIDENCE: Final = Table(
    name="evidence", title="Evidence", kind=None, order="", row_id=lambda r: (r.source, r.attribute, r.value),
    empty="nothing heard from it yet",
    columns=(
        Column("source", "From", 7, 8, 0, lambda r, d, w: Cell(r.source.replace("_", " ")), weight=2),
        Column("attribute", "What", 12, 20, 0, lambda r, d, w: Cell(r.attribute.replace("_", " "), "dim"), weight=2),
        Column("value", "Value", 12, 80, 0, lambda r, d, w: Cell(r.value, "name"), weight=5,
               copy=lambda r, d: r.value),
        Column("count", "Times", 5, 6, 2, figure(lambda r: r.times, figures.count), right=True),
        Column("last", "Last", 5, 5, 1, lambda r, d, w: Cell(figures.seen(r.last_seen_ns, d.now_ns), "dim")),
    ),
)  # fmt: skip


class DestinationRow(NamedTuple):
    name: str
    bytes: int
    flows: int
    country: str | None
    tracker: str | None
    share: float
    """Of the largest."""
    percent: float
    """Of all listed."""


def destinations(found: Sequence[Destination]) -> list[DestinationRow]:
    whole = sum(destination.bytes for destination in found) or 1
    most = max((destination.bytes for destination in found), default=0) or 1
    return [DestinationRow(*each, each.bytes / most, each.bytes / whole) for each in found]


def _destination_cell(row: DestinationRow, drawing: Drawing, width: int) -> Cell:
    return Cell(keep_end(drawing.local_names.get(row.name, row.name), width, drawing.glyphs.cut), "name")


def _destination_term(row: DestinationRow) -> str:
    field = "ip" if ":" in row.name or row.name.replace(".", "").isdigit() else "name"
    return f"{field}={quote(row.name)}"


def _bar_cell(row: DestinationRow, drawing: Drawing, width: int) -> Cell:
    return Cell(bar(row.share, width, drawing.glyphs), "chart")


DESTINATIONS: Final = Table(
    name="destinations", title="Talks to", kind=None, order="", row_id=lambda r: r.name, empty="nobody yet",
    columns=(
        Column("name", "Name", 16, 34, 0, _destination_cell, weight=2, term=_destination_term,
               copy=lambda r, d: r.name, help="host name, else address"),
        Column("mark", "T", 1, 1, 0, lambda r, d, w: Cell("T" if r.tracker else "", "accent"),
               help="T: on a tracker list"),
        Column("country", "CC", 2, 2, 2, lambda r, d, w: Cell(r.country or "", "dim"), help="country"),
        Column("bar", "Share", 6, 30, 1, _bar_cell, weight=3, drawn=True, help="beside the largest"),
        Column("percent", "", 4, 5, 0, lambda r, d, w: Cell(figures.share(r.percent, 1.0)), right=True,
               help="of all in the list"),
        Column("bytes", "Bytes", 7, 8, 0, figure(lambda r: r.bytes, figures.size), right=True),
    ),
)  # fmt: skip
