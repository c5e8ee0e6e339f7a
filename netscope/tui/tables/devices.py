"""The table of devices."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from netscope.model.snapshot import DeviceRow
from netscope.tui import figures
from netscope.tui.columns import Cell, Column, Drawing, fit_items, fit_words
from netscope.tui.tables import Table, figure, history_cell, marks_cell, marks_order, term, text


def rate_bps(row: DeviceRow) -> float:
    return row.rate_up_bps + row.rate_down_bps


def total_bytes(row: DeviceRow) -> int:
    return row.bytes_sent + row.bytes_received


def activity(row: DeviceRow) -> float:
    """One number to order by: the rate now, below any rate what moved in the last minute, then in all."""
    rate = rate_bps(row)
    return rate if rate >= 1.0 else sum(row.history_bytes) * 1e-15 or total_bytes(row) * 1e-30


def best_address(row: DeviceRow) -> str | None:
    """Its IPv4 address when it has one: shorter, and what people know."""
    return next((a for a in row.addresses if ":" not in a), row.addresses[0] if row.addresses else None)


_COMPANY_FORMS: Final = re.compile(
    r"[\s,.]+(inc(orporated)?|corp(orat(e|ion))?|co|ltd|limited|llc|gmbh|ag|sa|bv|b\.v|s\.a|oy|ab|kk|pte|electronics|technolog(y|ies)|"
    r"international|company|computer|systems)\.?$",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def short_vendor(name: str) -> str:
    """``Samsung Electronics Co.,Ltd`` as ``Samsung``: the form of a company tells nobody apart."""
    shortened = _COMPANY_FORMS.sub("", name)
    return name if not shortened else shortened if shortened == name else short_vendor(shortened)


RANDOM: Final = "random MAC"
SHORT_RANDOM: Final = "(random)"


def vendor(row: DeviceRow) -> str | None:
    if row.vendor:
        return short_vendor(row.vendor)
    return RANDOM if row.randomized_mac else None


def _vendor_cell(row: DeviceRow, drawing: Drawing, width: int) -> Cell:
    made_by = vendor(row)
    if made_by is None:
        return Cell("-", "dim")
    return Cell(SHORT_RANDOM if made_by == RANDOM and width < len(RANDOM) else fit_words(made_by, width))


def _name_cell(row: DeviceRow, drawing: Drawing, width: int) -> Cell:
    if drawing.names:
        return Cell(row.name, "name")
    return Cell(best_address(row) or row.mac, "name")


def _name_copied(row: DeviceRow, drawing: Drawing) -> str:
    return row.name if drawing.names else best_address(row) or row.mac


def _doing_cell(row: DeviceRow, drawing: Drawing, width: int) -> Cell:
    doing = [activity.replace("_", " ") for activity in row.activities]
    return Cell(fit_items(doing, width)) if doing else Cell("-", "dim")


def _address_order(row: DeviceRow) -> tuple[int, int]:
    address = best_address(row)
    if address is None:
        return (9, 0)
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return (8, 0)
    return (parsed.version, int(parsed))


def _seen_cell(get: Any) -> Any:
    return lambda row, drawing, width: Cell(figures.seen(get(row), drawing.now_ns))


DEVICES: Final = Table(
    name="devices", title="Devices", kind="device", order="rate", row_id=itemgetter(0), device_id=lambda r: r.id,
    empty="no device yet", groups=("vendor", "kind"), settled_order="total",
    columns=(
        Column("rate", "rate", 0, 0, 0, figure(rate_bps, figures.rate), sort=activity, descending=True,
               shown="never", help="both ways, mean of 5 s"),
        Column("name", "Name", 15, 28, 0, _name_cell, weight=2, comfort=19, sort=lambda r: r.name.casefold(),
               term=term("dev", lambda r: r.name), copy=_name_copied, help="yours, learned, or vendor and MAC"),
        Column("ip", "IP", 15, 16, 4, text(best_address), sort=_address_order, term=term("ip", best_address),
               help="its IPv4 address, else IPv6"),
        Column("vendor", "Vendor", 8, 18, 5, _vendor_cell, sort=lambda r: (vendor(r) or "~").casefold(),
               term=term("vendor", lambda r: r.vendor), help="maker of the network card"),
        Column("down", "Down", 6, 8, 0, figure(lambda r: r.rate_down_bps, figures.rate), right=True,
               sort=lambda r: r.rate_down_bps, descending=True, weight=0, help="bits per second to the device"),
        Column("up", "Up", 6, 8, 1, figure(lambda r: r.rate_up_bps, figures.rate), right=True,
               sort=lambda r: r.rate_up_bps, descending=True, weight=0, help="bits per second from the device"),
        Column("flows", "Flows", 5, 6, 3, figure(lambda r: r.flows_open, figures.count), right=True,
               sort=lambda r: r.flows_open, descending=True, weight=0, help="open now"),
        Column("history", "Last minute", 8, 16, 2, history_cell, weight=2, short="Minute", drawn=True,
               copy=lambda r, d: " ".join(map(str, r.history_bytes)), help="bytes both ways"),
        Column("kind", "Kind", 8, 10, 6, text(lambda r: r.kind), sort=lambda r: r.kind or "~",
               term=term("kind", lambda r: r.kind), help="phone, tv, printer"),
        Column("os", "System", 8, 12, 13, text(lambda r: r.os), shown="spare", sort=lambda r: r.os or "~",
               term=term("os", lambda r: r.os), help="operating system"),
        Column("doing", "Doing", 16, 28, 12, _doing_cell, shown="spare", weight=2,
               sort=lambda r: r.activities[0] if r.activities else "~", help="by the shape of its traffic"),
        Column("total", "Total", 8, 9, 7, figure(total_bytes, figures.size), right=True, sort=total_bytes,
               descending=True, weight=0, help="bytes both ways"),
        Column("trackers", "Trk", 4, 5, 8, figure(lambda r: r.trackers, figures.count), right=True,
               sort=lambda r: r.trackers, descending=True, weight=0, help="tracker hits"),
        Column("seen", "Seen", 5, 6, 9, _seen_cell(lambda r: r.last_seen_ns), sort=lambda r: r.last_seen_ns,
               descending=True, weight=0, help="last packet"),
        Column("first", "First", 5, 6, 10, _seen_cell(lambda r: r.first_seen_ns), sort=lambda r: r.first_seen_ns,
               descending=True, weight=0, help="first packet"),
        Column("mac", "MAC", 17, 17, 11, text(lambda r: r.mac), sort=lambda r: r.mac,
               term=term("mac", lambda r: r.mac), weight=0, help="hardware address"),
        Column("mark", "Mark", 3, 4, 0, marks_cell("device"), short="Mk", sort=marks_order("device"), descending=True,
               term=lambda r: "mark:!" if r.alerts else "mark:T" if r.trackers else None,
               help="! alert, T tracker, * new, gw gateway, x silent, m marked by you"),
    ),
)  # fmt: skip
