"""The Now pane of the wide Home screen: what the traffic is made of, in five lines."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from netscope.model.privacy import DNS_OVER_HTTPS, DNS_OVER_QUIC, DNS_OVER_TLS
from netscope.model.snapshot import FlowRow, Snapshot
from netscope.tui import figures
from netscope.tui.glyphs import Glyphs
from netscope.tui.widgets.paint import Piece

LABEL_CELLS = 10
HIDDEN_DNS = {DNS_OVER_HTTPS: "DoH", DNS_OVER_TLS: "DoT", DNS_OVER_QUIC: "DoQ"}


@lru_cache(maxsize=50_000)
def _is_local(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return parsed.is_private or parsed.is_link_local or parsed.is_multicast


def lines(snapshot: Snapshot, glyphs: Glyphs, width: int) -> list[list[Piece]]:
    open_flows = [row for row in snapshot.flows if row.end_reason is None]
    apps = Counter[str]()
    for row in open_flows:
        apps[row.app_label] += row.rate_down_bps + row.rate_up_bps  # type: ignore[assignment]
    return [
        [(glyphs.title, "title"), ("Now", "title")],
        _labelled("Apps", _shares(apps, 5)),
        [(" " * (LABEL_CELLS + 1), ""), (_stack(apps, width - LABEL_CELLS - 2, glyphs), "chart")],
        _labelled("Where", _where(open_flows)),
        _labelled("Names", _sources(open_flows)),
        _labelled("DNS", _resolvers(snapshot.flows)),
        _labelled("Capture", _capture(snapshot, glyphs)),
    ]


def _labelled(label: str, words: str) -> list[Piece]:
    return [(f" {label:<{LABEL_CELLS}}", "dim"), (words, "")]


def _shares(amounts: Counter[str], most: int) -> str:
    whole = sum(amounts.values())
    if whole <= 0:
        return "quiet"
    return "  ".join(f"{name} {figures.share(value, whole)}" for name, value in amounts.most_common(most) if value)


def _stack(amounts: Counter[str], width: int, glyphs: Glyphs) -> str:
    whole = sum(amounts.values())
    if whole <= 0 or width <= 0:
        return ""
    out = ""
    for (_, value), sign in zip(amounts.most_common(len(glyphs.shades)), glyphs.shades, strict=False):
        out += sign * round(width * value / whole)
    return out[:width]


def _where(rows: Sequence[FlowRow]) -> str:
    local = sum(row.bytes_up + row.bytes_down for row in rows if _is_local(row.server_ip))
    six = sum(row.bytes_up + row.bytes_down for row in rows if ":" in row.server_ip)
    whole = sum(row.bytes_up + row.bytes_down for row in rows)
    return (
        f"internet {figures.share(whole - local, whole)}  local {figures.share(local, whole)}  "
        f"IPv6 {figures.share(six, whole)}"
    )


def _sources(rows: Sequence[FlowRow]) -> str:
    # What stays in the house needs no name, and a query for a name has none of its own.
    outward = [row for row in rows if not _is_local(row.server_ip) and row.app_protocol not in ("dns", "mdns")]
    found = Counter(row.name_source or ("ech" if row.name_missing_reason == "ech" else "none") for row in outward)
    words = {"ech": "hidden by ECH", "none": "no name"}
    whole = sum(found.values())
    if not whole:
        return "none yet"
    parts = [f"{words.get(name, name.upper())} {figures.share(value, whole)}" for name, value in found.most_common(4)]
    return "  ".join(parts)


def _resolvers(rows: Sequence[FlowRow]) -> str:
    asking: dict[str, set[int | None]] = {"plain": set(), "DoH": set(), "DoT": set()}
    for row in rows:
        if (how := _resolves_by(row)) is not None:
            asking.setdefault(how, set()).add(row.device_id)
    return "  ".join(f"{how} {len(devices)}" for how, devices in asking.items()) + "  devices (watched, not changed)"


def _resolves_by(row: FlowRow) -> str | None:
    """How a flow asks for names; None where it does not."""
    return "plain" if row.app_protocol == "dns" else HIDDEN_DNS.get(row.application or "")


def _capture(snapshot: Snapshot, glyphs: Glyphs) -> str:
    capture = snapshot.capture
    lost = capture.dropped + capture.dropped_interface
    dot = f" {glyphs.dot} "
    return dot.join((f"{capture.packets_per_s:.0f} pkt/s", f"{lost} dropped", f"CPU {capture.cpu_share * 100:.0f} %",
                     f"{capture.rss_bytes / 1e6:.0f} MB"))  # fmt: skip
