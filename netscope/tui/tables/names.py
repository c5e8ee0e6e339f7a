"""The table of host names that devices used."""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import Final

from netscope.model.snapshot import NameRow
from netscope.tui import figures
from netscope.tui.columns import Cell, Column, Drawing, keep_end
from netscope.tui.tables import Table, figure, marks_cell, marks_order, term, text


def _name_cell(row: NameRow, drawing: Drawing, width: int) -> Cell:
    shown = row.name if drawing.names or not row.addresses else row.addresses[0]
    return Cell(keep_end(shown, width, drawing.glyphs.cut), "name")


def _seen_cell(row: NameRow, drawing: Drawing, width: int) -> Cell:
    return Cell(figures.seen(row.last_seen_ns, drawing.now_ns), "dim")


def _from_cell(row: NameRow, drawing: Drawing, width: int) -> Cell:
    """The best source, and the others or a ``+`` for them."""
    best, *others = row.sources
    whole = " ".join(row.sources).upper()
    return Cell(whole if len(whole) <= width else best.upper() + ("+" if others else ""))


def _first_cell(row: NameRow, drawing: Drawing, width: int) -> Cell:
    return Cell(figures.seen(row.first_seen_ns, drawing.now_ns), "dim")


COLUMNS: Final = (
    Column("seen", "Seen", 5, 5, 0, _seen_cell, sort=lambda r: r.last_seen_ns, descending=True, help="last use"),
    Column("name", "Name", 23, 50, 0, _name_cell, weight=3, comfort=28, sort=lambda r: r.name.casefold(),
           term=term("name", lambda r: r.name), copy=lambda r, d: r.name, help="host name"),
    Column("from", "From", 5, 9, 2, _from_cell, sort=lambda r: r.sources, term=term("source", lambda r: r.sources[0]),
           copy=lambda r, d: ", ".join(r.sources), help="where it was seen, the surest first: SNI, QUIC, HTTP, DNS"),
    Column("device", "Device", 14, 24, 1, text(lambda r: r.device_name), weight=3, comfort=16,
           sort=lambda r: r.device_name.casefold(), term=term("dev", lambda r: r.device_name),
           help="the device that used it"),
    Column("hits", "Hits", 5, 6, 3, figure(lambda r: r.hits, figures.count), right=True, sort=lambda r: r.hits,
           descending=True, help="connections and queries"),
    Column("first", "First", 5, 5, 6, _first_cell, sort=lambda r: r.first_seen_ns, descending=True, help="first use"),
    Column("owner", "Owner", 9, 14, 4, lambda r, d, w: Cell(r.tracker or "", "accent"), sort=lambda r: r.tracker or "~",
           term=term("owner", lambda r: r.tracker), help="owner of the tracker"),
    Column("category", "Category", 10, 14, 5, lambda r, d, w: Cell(r.category or ""), sort=lambda r: r.category or "~",
           term=term("category", lambda r: r.category), help="what the tracker does"),
    Column("answers", "Answers", 15, 50, 7, text(lambda r: ", ".join(r.addresses)), weight=2,
           term=term("ip", lambda r: r.addresses[0] if r.addresses else None), help="addresses of the last answer"),
    Column("mark", "Mark", 3, 4, 0, marks_cell("name"), short="Mk", sort=marks_order("name"), descending=True,
           term=lambda r: "mark:T" if r.tracker else None, help="T tracker, NX does not exist, ? hidden, * new"),
)  # fmt: skip

NAMES: Final = Table(
    name="names", title="Names", kind="name", columns=COLUMNS, order="seen",
    row_id=itemgetter(0, 2), device_id=lambda r: r.device_id, empty="no name seen yet",
    groups=("name", "domain", "device"), order_words="newest",
)  # fmt: skip

DEVICE_NAMES: Final = Table(
    name="device-names", title="Names", kind="name", columns=tuple(c for c in COLUMNS if c.key != "device"),
    order="seen", row_id=itemgetter(0, 2), device_id=lambda r: r.device_id,
    empty="none used yet", order_words="newest",
)  # fmt: skip

ASKERS: Final = Table(
    name="askers", title="Used by", kind="name",
    columns=tuple(
        column for key in ("device", "from", "hits", "first", "seen", "mark") for column in COLUMNS if column.key == key
    ),
    order="hits", row_id=itemgetter(0, 2), device_id=lambda r: r.device_id, empty="nobody any more", order_words="uses",
)  # fmt: skip
"""Who used one name."""

RELATED: Final = replace(NAMES, name="related", title="Near it", empty="no other name is like it")
"""Names that have something in common with one."""

AROUND: Final = replace(NAMES, name="around", title="Around it", empty="nothing else was used then")
"""Names that the same device used at the same time: those of one page, or of one program."""
