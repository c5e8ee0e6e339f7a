"""Flows, devices and names gathered under one of their properties."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from publicsuffixlist import PublicSuffixList

from netscope.model.snapshot import DeviceRow, FlowRow, NameRow
from netscope.query import quote
from netscope.tui import figures
from netscope.tui.columns import Cell, Column, Drawing, keep_end
from netscope.tui.tables import Table, figure


class GroupRow(NamedTuple):
    key: str
    label: str
    term: str | None
    """The filter that shows its members."""
    members: int
    devices: int
    rate_down_bps: float
    rate_up_bps: float
    bytes: int
    hits: int
    trackers: int
    alerts: int
    last_seen_ns: int


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    # Half a second and some megabytes: only for those who group by domain.
    return PublicSuffixList()


@lru_cache(maxsize=20_000)
def registered_domain(name: str) -> str:
    """The part somebody registered: ``fbcdn.net`` of ``video.xx.fbcdn.net``; the name itself when there is none."""
    return _suffixes().privatesuffix(name.rstrip(".").lower()) or name


_FLOW_KEYS: Final[dict[str, tuple[str, Callable[[FlowRow], str | None]]]] = {
    "device": ("dev", lambda r: r.device_name),
    "host": ("name", lambda r: r.server_name or r.server_ip),
    "domain": ("name", lambda r: registered_domain(r.server_name) if r.server_name else None),
    "owner": ("owner", lambda r: r.tracker),
    "country": ("cc", lambda r: r.country),
    "app": ("app", lambda r: r.app_label),
}

_DEVICE_KEYS: Final[dict[str, tuple[str, Callable[[DeviceRow], str | None]]]] = {
    "vendor": ("vendor", lambda r: r.vendor),
    "kind": ("kind", lambda r: r.kind),
}

_NAME_KEYS: Final[dict[str, tuple[str, Callable[[NameRow], str | None]]]] = {
    "name": ("name", lambda r: r.name),
    "domain": ("name", lambda r: registered_domain(r.name)),
    "device": ("dev", lambda r: r.device_name),
}

NOTHING: Final = {"owner": "no tracker", "country": "no country known", "domain": "no name", "vendor": "unknown",
                  "kind": "unknown"}  # fmt: skip


def group(kind: str, rows: Iterable[Any], by: str) -> list[GroupRow]:
    keys: Any = {"flow": _FLOW_KEYS, "device": _DEVICE_KEYS, "name": _NAME_KEYS}[kind]
    field, get = keys[by]
    gathered: dict[str | None, list[Any]] = {}
    for row in rows:
        gathered.setdefault(get(row), []).append(row)
    builders: dict[str, Callable[[str, str | None, Any], GroupRow]]
    builders = {"flow": _of_flows, "device": _of_devices, "name": _of_names}
    build = builders[kind]
    return [build(*_heading(field, key, by), members) for key, members in gathered.items()]


def _heading(field: str, key: str | None, by: str) -> tuple[str, str | None]:
    if key is None:
        return NOTHING.get(by, "none"), None
    # A domain stands for all names below it, so it is contained, not equal.
    return key, f"{field}:{quote(key)}" if by == "domain" else f"{field}={quote(key)}"


def _of_flows(label: str, term: str | None, rows: Sequence[FlowRow]) -> GroupRow:
    return GroupRow(
        label, label, term, len(rows), len({row.device_id for row in rows}),
        sum(row.rate_down_bps for row in rows), sum(row.rate_up_bps for row in rows),
        sum(row.bytes_up + row.bytes_down for row in rows), len(rows),
        sum(1 for row in rows if row.tracker), sum(1 for row in rows if row.alert),
        max(row.last_seen_ns for row in rows),
    )  # fmt: skip


def _of_devices(label: str, term: str | None, rows: Sequence[DeviceRow]) -> GroupRow:
    return GroupRow(
        label, label, term, len(rows), len(rows), sum(row.rate_down_bps for row in rows),
        sum(row.rate_up_bps for row in rows), sum(row.bytes_sent + row.bytes_received for row in rows),
        sum(row.flows_open for row in rows), sum(row.trackers for row in rows), sum(row.alerts for row in rows),
        max(row.last_seen_ns for row in rows),
    )  # fmt: skip


def _of_names(label: str, term: str | None, rows: Sequence[NameRow]) -> GroupRow:
    return GroupRow(
        label, label, term, len({row.name for row in rows}), len({row.device_id for row in rows}), 0.0, 0.0, 0,
        sum(row.hits for row in rows), sum(1 for row in rows if row.tracker), 0,
        max(row.last_seen_ns for row in rows),
    )  # fmt: skip


def _label_cell(row: GroupRow, drawing: Drawing, width: int) -> Cell:
    return Cell(keep_end(row.label, width, drawing.glyphs.cut), "name" if row.term else "dim")


def _seen_cell(row: GroupRow, drawing: Drawing, width: int) -> Cell:
    return Cell(figures.seen(row.last_seen_ns, drawing.now_ns), "dim")


def _mark_cell(row: GroupRow, drawing: Drawing, width: int) -> Cell:
    letters = ("!" if row.alerts else "") + ("T" if row.trackers else "")
    return Cell(letters, "warn" if row.alerts else "accent")


def _columns(members: str, *, rates: bool) -> tuple[Column, ...]:
    columns = [
        Column("label", "Group", 24, 44, 0, _label_cell, weight=3, sort=lambda r: r.label.casefold(),
               term=lambda r: r.term, copy=lambda r, d: r.label),
        Column("members", members, 7, 8, 0, figure(lambda r: r.members, figures.count), right=True,
               sort=lambda r: r.members, descending=True),
        Column("devices", "Devices", 7, 8, 1, figure(lambda r: r.devices, figures.count), right=True,
               sort=lambda r: r.devices, descending=True),
    ]  # fmt: skip
    if rates:
        columns += [
            Column("down", "Down", 6, 8, 0, figure(lambda r: r.rate_down_bps, figures.rate), right=True,
                   sort=lambda r: r.rate_down_bps, descending=True),
            Column("up", "Up", 6, 8, 2, figure(lambda r: r.rate_up_bps, figures.rate), right=True,
                   sort=lambda r: r.rate_up_bps, descending=True),
            Column("total", "Total", 8, 9, 3, figure(lambda r: r.bytes, figures.size), right=True,
                   sort=lambda r: r.bytes, descending=True),
        ]  # fmt: skip
    else:
        columns.append(
            Column(
                "hits",
                "Hits",
                6,
                7,
                0,
                figure(lambda r: r.hits, figures.count),
                right=True,
                sort=lambda r: r.hits,
                descending=True,
            )
        )
    return (
        *columns,
        Column("seen", "Seen", 5, 6, 4, _seen_cell, sort=lambda r: r.last_seen_ns, descending=True),
        Column("mark", "Mk", 2, 4, 0, _mark_cell, sort=lambda r: (r.alerts, r.trackers), descending=True),
    )


def _table(kind: str, title: str, members: str, order: str, *, rates: bool) -> Table:
    return Table(
        name=f"{kind}-groups",
        title=title,
        kind=None,
        columns=_columns(members, rates=rates),
        order=order,
        row_id=lambda r: r.key,
        empty="nothing to group",
    )


FLOW_GROUPS: Final = _table("flow", "Flows", "Flows", "down", rates=True)
DEVICE_GROUPS: Final = _table("device", "Devices", "Devices", "down", rates=True)
NAME_GROUPS: Final = _table("name", "Names", "Names", "hits", rates=False)
