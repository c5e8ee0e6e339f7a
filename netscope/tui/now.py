"""The Now pane of the wide Home screen: what the traffic is made of, in five lines. Of a file that has been read it is
all of it: nothing moves there any more.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from netscope.model.privacy import DNS_OVER_HTTPS, DNS_OVER_QUIC, DNS_OVER_TLS
from netscope.model.snapshot import FlowRow, Snapshot
from netscope.tui import figures
from netscope.tui.glyphs import Glyphs
from netscope.tui.widgets.paint import Piece

LABEL_CELLS = 10
MOST_COUNTRIES = 5
HIDDEN_DNS = {DNS_OVER_HTTPS: "DoH", DNS_OVER_TLS: "DoT", DNS_OVER_QUIC: "DoQ"}


def _is_local(address: str) -> bool:
    # No range that counts is smaller than a /24: tens of thousands of servers are fewer networks to remember.
    return _is_local_network(address if ":" in address else address.rpartition(".")[0] + ".0")


@lru_cache(maxsize=65_536)
def _is_local_network(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return parsed.is_private or parsed.is_link_local or parsed.is_multicast


@dataclass(slots=True)
class Tally:
    """Sums over all flows, taken in one pass: there may be tens of thousands, once a second."""

    amounts: Counter[str] = field(default_factory=Counter)
    """By protocol: of open flows; bytes of all where the whole is told."""
    bytes: int = 0
    local_bytes: int = 0
    six_bytes: int = 0
    countries: Counter[str] = field(default_factory=Counter)
    """Bytes by country, where one is known."""
    sources: Counter[str] = field(default_factory=Counter)
    """Flows that leave the house, by where their names are from."""
    resolvers: dict[str, set[int | None]] = field(default_factory=lambda: {"plain": set(), "DoH": set(), "DoT": set()})
    """Devices by how they ask for names."""


def tells_whole(snapshot: Snapshot) -> bool:
    return snapshot.capture.finished and snapshot.capture.kind == "file"


def tally(rows: Iterable[FlowRow], *, whole: bool = False) -> Tally:
    """Of open flows, and what they carry now; with ``whole`` of all, and what they carried."""
    sums = Tally()
    for row in rows:
        app = row.app_protocol
        if (how := _resolves_by(row)) is not None:
            sums.resolvers.setdefault(how, set()).add(row.device_id)
        if row.end_reason is not None and not whole:
            continue
        size, address = row.bytes_up + row.bytes_down, row.server_ip
        sums.bytes += size
        amount = size if whole else row.rate_down_bps + row.rate_up_bps
        if amount:
            sums.amounts[row.app_label] += amount  # type: ignore[assignment]
        if ":" in address:
            sums.six_bytes += size
        if row.country:
            sums.countries[row.country] += size
        if _is_local(address):
            sums.local_bytes += size
        elif app not in ("dns", "mdns"):
            # What stays in the house needs no name, and a query for a name has none of its own.
            sums.sources[row.name_source or ("ech" if row.name_missing_reason == "ech" else "none")] += 1
    return sums


def lines(snapshot: Snapshot, sums: Tally, glyphs: Glyphs, width: int) -> list[list[Piece]]:
    return [
        [(glyphs.title, "title"), ("Whole file" if tells_whole(snapshot) else "Now", "title")],
        _labelled("Apps", _shares(sums.amounts, 5)),
        [(" " * (LABEL_CELLS + 1), ""), (_stack(sums.amounts, width - LABEL_CELLS - 2, glyphs), "chart")],
        _labelled("Where", _where(sums, width - LABEL_CELLS - 2)),
        _labelled("Names", _sources(sums.sources)),
        _labelled("DNS", _resolvers(sums)),
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


def _where(sums: Tally, room: int) -> str:
    """In the house or out of it, and as many countries as there is room for."""
    words = (
        f"internet {figures.share(sums.bytes - sums.local_bytes, sums.bytes)}  "
        f"local {figures.share(sums.local_bytes, sums.bytes)}  IPv6 {figures.share(sums.six_bytes, sums.bytes)}"
    )
    for number, (country, size) in enumerate(sums.countries.most_common(MOST_COUNTRIES)):
        part = f"{'   ' if number == 0 else '  '}{country} {figures.share(size, sums.bytes)}"
        if len(words) + len(part) > room:
            break
        words += part
    return words


def _sources(found: Counter[str]) -> str:
    words = {"ech": "hidden by ECH", "none": "no name"}
    whole = sum(found.values())
    if not whole:
        return "no flow leaves the house"
    parts = [f"{words.get(name, name.upper())} {figures.share(value, whole)}" for name, value in found.most_common(4)]
    return "  ".join(parts)


def _resolvers(sums: Tally) -> str:
    counts = (f"{how} {len(devices)}" for how, devices in sums.resolvers.items())
    return "  ".join(counts) + "  devices (watched, not changed)"


def _resolves_by(row: FlowRow) -> str | None:
    """How a flow asks for names; None where it does not."""
    return "plain" if row.app_protocol == "dns" else HIDDEN_DNS.get(row.application or "")


def _capture(snapshot: Snapshot, glyphs: Glyphs) -> str:
    capture = snapshot.capture
    lost = capture.dropped + capture.dropped_interface
    dot = f" {glyphs.dot} "
    packets = figures.count(round(capture.packets_per_s)).replace("-", "0")
    memory = f"{capture.rss_bytes / 1e6:.0f} MB"
    return dot.join((f"{packets} pkt/s", f"{lost} dropped", f"CPU {capture.cpu_share * 100:.0f} %", memory))
