"""Host names and trackers of a recording: what its queries, handshakes and requests say, gathered by device."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Final

from netscope.engine.store.views import Devices, Moment, last_id
from netscope.model.snapshot import NAME_SOURCES, NameRow, TrackerRow

MESSAGES_READ: Final = 20_000
"""Of each kind, the newest before the moment: what names and trackers are counted from."""
MAX_ADDRESSES: Final = 8


class _NameSeen:
    __slots__ = ("addresses", "answers", "first_ns", "hits", "last_ns", "name", "rcode", "sources")

    def __init__(self, name: str, at_ns: int) -> None:
        self.name = name
        self.last_ns = at_ns
        self.first_ns = at_ns
        self.hits = 0
        self.sources: set[str] = set()
        self.rcode: str | None = None
        self.answers: str | None = None
        self.addresses: list[str] = []

    def shown_addresses(self) -> tuple[str, ...]:
        if self.answers is not None:
            return tuple(answer["data"] for answer in json.loads(self.answers) if answer["type"] in {"A", "AAAA"})[
                :MAX_ADDRESSES
            ]
        return tuple(self.addresses)


_NameKey = tuple[str, int | None]
_SOURCES: Final = {"udp": "dns", "tcp": "dns"}
_TLS_SOURCES: Final = {"tcp": "sni", "dtls": "sni"}
ENCRYPTED_NAME: Final = "(encrypted: ECH)"


def read_names(
    connection: sqlite3.Connection, devices: Devices, trackers: Iterable[TrackerRow], moment: Moment
) -> tuple[NameRow, ...]:
    """Of each device, from its newest DNS queries, handshakes and requests."""
    seen: dict[_NameKey, _NameSeen] = {}
    _read_queried(connection, moment, seen)
    _read_connected(connection, moment, seen)
    listed = {row.name: row for row in trackers}
    rows = []
    for (name, device_id), use in seen.items():
        hit = listed.get(name)
        owner, category = (None, None) if hit is None else (hit.owner or hit.rule, hit.category)
        rows.append(
            NameRow(
                use.name,
                tuple(source for source in NAME_SOURCES if source in use.sources),
                device_id,
                devices.name(device_id),
                use.hits,
                use.first_ns,
                use.last_ns,
                use.rcode,
                use.shown_addresses(),
                owner,
                category,
            )
        )
    return tuple(rows)


def _use(seen: dict[_NameKey, _NameSeen], name: str, device_id: int | None, source: str, at_ns: int) -> _NameSeen:
    """One more use; resolvers mix capitals into names, so case tells none apart."""
    key = (name.lower(), device_id)
    use = seen.get(key)
    if use is None:
        use = seen[key] = _NameSeen(name, at_ns)
    use.hits += 1
    use.sources.add(source)
    use.first_ns, use.last_ns = min(use.first_ns, at_ns), max(use.last_ns, at_ns)
    return use


def _read_queried(connection: sqlite3.Connection, moment: Moment, seen: dict[_NameKey, _NameSeen]) -> None:
    for device_id, name, transport, at_ns, rcode, answers in connection.execute(
        "SELECT device_id, query_name, transport, timestamp_ns, rcode, answers FROM dns_queries WHERE id <= ?"
        " ORDER BY id DESC LIMIT ?",
        (last_id(connection, "dns_queries", moment), MESSAGES_READ),
    ):
        use = _use(seen, name, device_id, _SOURCES.get(transport, transport), at_ns)
        if use.rcode is None:
            use.rcode = rcode
        if use.answers is None and answers is not None and len(answers) > len("[]"):
            use.answers = answers


def _read_connected(connection: sqlite3.Connection, moment: Moment, seen: dict[_NameKey, _NameSeen]) -> None:
    for table, columns in (
        ("tls_handshakes", "sni AS name, transport, ech"),
        ("http_requests", "host AS name, 'http' AS transport, 0 AS ech"),
    ):
        for device_id, server_ip, at_ns, name, transport, ech in connection.execute(
            "SELECT flows.device_id, flows.server_ip, timestamp_ns,"
            " CASE transport WHEN 'http' THEN coalesce(flows.server_name, name) ELSE name END, transport, ech FROM"
            f" (SELECT id, flow_id, timestamp_ns, {columns} FROM {table} WHERE id <= ? ORDER BY id DESC LIMIT ?)"
            " AS message CROSS JOIN flows ON flows.id = message.flow_id ORDER BY message.id DESC",
            (last_id(connection, table, moment), MESSAGES_READ),
        ):
            if name is None and not ech:
                continue
            source = _TLS_SOURCES.get(transport, transport) if name is not None else "ech"
            use = _use(seen, name or ENCRYPTED_NAME, device_id, source, at_ns)
            if name is not None and server_ip not in use.addresses and len(use.addresses) < MAX_ADDRESSES:
                use.addresses.append(server_ip)


def read_trackers(connection: sqlite3.Connection, devices: Devices, moment: Moment) -> tuple[TrackerRow, ...]:
    """Bytes are of each flow once, and not of the DNS flows that only asked for the name."""
    found = connection.execute(
        "SELECT hit.name, hit.rule, hit.owner, hit.category, hit.list, hit.device_id, sum(hit.hits),"
        " sum(CASE WHEN flows.app_protocol IN ('dns', 'mdns') THEN 0"
        "     ELSE coalesce(flows.bytes_up + flows.bytes_down, 0) END), min(hit.first_ns), max(hit.last_ns)"
        " FROM (SELECT name, rule, owner, category, list, device_id, flow_id, count(*) AS hits,"
        "       min(timestamp_ns) AS first_ns, max(timestamp_ns) AS last_ns"
        "       FROM (SELECT * FROM tracker_hits WHERE id <= ? ORDER BY id DESC LIMIT ?) GROUP BY 1, 2, 3, 4, 5, 6, 7)"
        " AS hit LEFT JOIN flows ON flows.id = hit.flow_id GROUP BY 1, 2, 3, 4, 5, 6",
        (last_id(connection, "tracker_hits", moment), MESSAGES_READ),
    )
    return tuple(
        TrackerRow(name, rule, owner, category, list_, device_id, devices.name(device_id), hits, bytes_, first, last)
        for name, rule, owner, category, list_, device_id, hits, bytes_, first, last in found
    )
