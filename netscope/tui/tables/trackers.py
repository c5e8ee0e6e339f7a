"""Tables of trackers: hosts as they come, and owners that fold out to their hosts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final, NamedTuple

from netscope.model.snapshot import TrackerRow
from netscope.tui import figures
from netscope.tui.columns import Cell, Column, Drawing, fit_items, keep_end
from netscope.tui.tables import Table, figure, term, text


def _host_cell(row: TrackerRow, drawing: Drawing, width: int) -> Cell:
    return Cell(keep_end(row.name, width, drawing.glyphs.cut), "name")


def _seen_cell(row: TrackerRow, drawing: Drawing, width: int) -> Cell:
    return Cell(figures.seen(row.last_seen_ns, drawing.now_ns), "dim")


TRACKERS: Final = Table(
    name="trackers", title="Trackers", kind="tracker", order="hits", row_id=lambda r: (r.name, r.device_id),
    device_id=lambda r: r.device_id, empty="no tracker seen", order_words="hits",
    columns=(
        Column("host", "Host", 20, 44, 0, _host_cell, weight=3, sort=lambda r: r.name,
               term=term("name", lambda r: r.name), copy=lambda r, d: r.name, help="name on a tracker list"),
        Column("owner", "Owner", 8, 14, 2, text(lambda r: r.owner, "accent"), sort=lambda r: r.owner or "~",
               term=term("owner", lambda r: r.owner), help="company behind it"),
        Column("category", "Category", 10, 14, 3, text(lambda r: r.category), sort=lambda r: r.category or "~",
               term=term("category", lambda r: r.category), help="what it does"),
        Column("device", "Device", 11, 32, 1, text(lambda r: r.device_name), weight=2, comfort=18,
               sort=lambda r: r.device_name.casefold(), term=term("dev", lambda r: r.device_name),
               help="the device that called it"),
        Column("hits", "Hits", 4, 5, 0, figure(lambda r: r.hits, figures.count), right=True, sort=lambda r: r.hits,
               descending=True, help="flows and queries"),
        Column("bytes", "Bytes", 7, 8, 4, figure(lambda r: r.bytes, figures.size), right=True,
               sort=lambda r: r.bytes, descending=True, help="both ways"),
        Column("rule", "List line", 14, 44, 6, text(lambda r: r.rule), weight=2, sort=lambda r: r.rule,
               term=term("rule", lambda r: r.rule), help="the listed domain that matched"),
        Column("list", "List", 10, 14, 7, text(lambda r: r.list), sort=lambda r: r.list, help="where the line is from"),
        Column("seen", "Seen", 5, 5, 5, _seen_cell, sort=lambda r: r.last_seen_ns, descending=True, help="last hit"),
    ),
)  # fmt: skip


DEVICE_TRACKERS: Final = replace(
    TRACKERS, name="device-trackers", columns=tuple(column for column in TRACKERS.columns if column.key != "device")
)
"""Of one device."""


OWNER_HOSTS: Final = replace(
    TRACKERS,
    name="owner-hosts",
    title="Hosts",
    columns=tuple(
        column for key in ("host", "device", "hits", "rule", "list") for column in TRACKERS.columns if column.key == key
    ),
)
"""Of one owner, with the lines of lists that matched."""

OWNER_TRACKERS: Final = replace(
    TRACKERS,
    name="owner-trackers",
    title="Hosts",
    columns=tuple(column for column in TRACKERS.columns if column.key != "owner"),
)
"""The same with all that is known."""


def owner_of(row: TrackerRow) -> str:
    return row.owner or "unknown"


class OwnerRow(NamedTuple):
    """An owner (``depth`` 0) or one of its hosts (``depth`` 1)."""

    key: str
    label: str
    name: str
    """Of the host; empty for an owner."""
    owner: str
    category: str
    hosts: int
    hits: int
    bytes: int
    devices: tuple[str, ...]
    depth: int
    folded: bool
    last_seen_ns: int
    device_id: int | None
    id: str = ""


GROUPINGS: Final = ("owner", "category", "device", "host")


def fold(rows: Iterable[TrackerRow], by: str, unfolded: Collection[str]) -> list[OwnerRow]:
    """Groups by hits; those in ``unfolded`` are followed by their hosts."""
    groups: dict[str, list[TrackerRow]] = {}
    for row in rows:
        groups.setdefault(_key(row, by), []).append(row)
    out: list[OwnerRow] = []
    for key, found in sorted(groups.items(), key=lambda item: -sum(row.hits for row in item[1])):
        out.append(_sum(key, key, found, 0, key not in unfolded))
        if key in unfolded:
            out += sorted(_hosts(key, found, by), key=lambda row: -row.hits)
    return out


def members(rows: Iterable[TrackerRow], by: str, key: str) -> list[TrackerRow]:
    return [row for row in rows if _key(row, by) == key]


def _key(row: TrackerRow, by: str) -> str:
    keys = {"owner": row.owner, "category": row.category, "device": row.device_name, "host": row.name}
    return keys[by] or "unknown"


def _hosts(group: str, found: list[TrackerRow], by: str) -> list[OwnerRow]:
    hosts: dict[str, list[TrackerRow]] = {}
    for row in found:
        hosts.setdefault(row.device_name if by == "host" else row.name, []).append(row)
    return [_sum(f"{group}\0{label}", label, same, 1, True) for label, same in hosts.items()]


def _sum(key: str, label: str, rows: list[TrackerRow], depth: int, folded: bool) -> OwnerRow:
    return OwnerRow(
        key=key, label=label, name=rows[0].name if depth else "", owner=rows[0].owner or "unknown",
        category=", ".join(dict.fromkeys(row.category or "-" for row in rows)),
        hosts=len({row.name for row in rows}), hits=sum(row.hits for row in rows),
        bytes=sum(row.bytes for row in rows), devices=tuple(dict.fromkeys(row.device_name for row in rows)),
        depth=depth, folded=folded, last_seen_ns=max(row.last_seen_ns for row in rows),
        device_id=rows[0].device_id, id=key,
    )  # fmt: skip


def _label_cell(row: OwnerRow, drawing: Drawing, width: int) -> Cell:
    if row.depth:
        return Cell("  " + keep_end(row.label, width - 2, drawing.glyphs.cut), "name")
    sign = drawing.glyphs.closed if row.folded else drawing.glyphs.open
    return Cell(f"{sign} {row.label}", "accent")


def _group_term(row: OwnerRow) -> str | None:
    return term("name", lambda r: r.name)(row) if row.depth else term("owner", lambda r: r.owner)(row)


OWNERS: Final = Table(
    name="owners", title="Trackers", kind=None, order="hits", row_id=lambda r: r.key,
    device_id=lambda r: r.device_id, empty="no tracker seen", groups=GROUPINGS, order_words="hits",
    columns=(
        Column("label", "Owner", 24, 36, 0, _label_cell, weight=3, term=_group_term, copy=lambda r, d: r.label,
               help="company, and the hosts it owns"),
        Column("category", "Category", 14, 22, 1, lambda r, d, w: Cell(fit_items(r.category.split(", "), w)),
               help="what they do"),
        Column("hosts", "Hosts", 5, 6, 2, figure(lambda r: 0 if r.depth else r.hosts, figures.count), right=True,
               help="names seen"),
        Column("hits", "Hits", 5, 6, 0, figure(lambda r: r.hits, figures.count), right=True,
               help="flows and queries"),
        Column("bytes", "Bytes", 7, 8, 0, figure(lambda r: r.bytes, figures.size), right=True, help="both ways"),
        Column("devices", "Devices", 16, 48, 0, lambda r, d, w: Cell(fit_items(r.devices, w)), weight=3,
               help="who called them"),
    ),
)  # fmt: skip
