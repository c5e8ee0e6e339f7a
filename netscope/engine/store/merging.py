"""Old flows of one device to one host become one row: who talked to whom each day stays, single conversations go."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

DAY_NS: Final = 86_400 * 1_000_000_000

_CURSOR: Final = "merged_until_ns"
"""In ``upkeep``: flows last seen before this are merged."""

_COLUMNS: Final = (
    "id, device_id, server_device_id, coalesce(server_name, server_ip), server_port, protocol, app_protocol, vlan,"
    " first_seen_ns, last_seen_ns, bytes_up, bytes_down, packets_up, packets_down, retransmissions, merged_flows,"
    " payload_bytes_up, payload_bytes_down"
)
_KEY: Final = slice(1, 8)
_FIRST_SEEN: Final = 8
_LAST_SEEN: Final = 9
_TOTALS: Final = slice(10, 16)
_PAYLOADS: Final = slice(16, 18)
_POINTING: Final = ("dns_queries", "tls_handshakes", "http_requests", "tracker_hits")

Row = tuple[Any, ...]


def merge_oldest(connection: sqlite3.Connection, before_ns: int, max_rows: int) -> int:
    """Merge up to ``max_rows`` closed flows of one UTC day; returns how many were looked at, 0 when none is left.

    Flows an alert rests on stay as they are. Runs in the caller's transaction.
    """
    start_ns = _cursor(connection)
    rows = _oldest_day(connection, start_ns, before_ns, max_rows)
    if not rows:
        return 0
    alerted = {flow_id for (flow_id,) in connection.execute("SELECT flow_id FROM alerts WHERE flow_id IS NOT NULL")}
    groups: dict[Row, list[Row]] = {}
    for row in rows:
        if row[0] not in alerted:
            groups.setdefault(row[_KEY], []).append(row)
    for group in groups.values():
        if len(group) > 1:
            _merge(connection, group)
    # Flows that share the last moment and did not fit are met again: the cursor never passes an unseen one.
    last_ns = rows[-1][_LAST_SEEN]
    _set_cursor(connection, last_ns + 1 if len(rows) < max_rows or last_ns == start_ns else last_ns)
    return len(rows)


def _oldest_day(connection: sqlite3.Connection, start_ns: int, before_ns: int, max_rows: int) -> list[Row]:
    first = connection.execute(
        "SELECT min(last_seen_ns) FROM flows WHERE last_seen_ns >= ? AND last_seen_ns < ? AND end_reason IS NOT NULL",
        (start_ns, before_ns),
    ).fetchone()[0]
    if first is None:
        return []
    next_day_ns = first - first % DAY_NS + DAY_NS
    return connection.execute(
        f"SELECT {_COLUMNS} FROM flows WHERE last_seen_ns >= ? AND last_seen_ns < ? AND end_reason IS NOT NULL"
        " ORDER BY last_seen_ns, id LIMIT ?",
        (first, min(next_day_ns, before_ns), max_rows),
    ).fetchall()


def _merge(connection: sqlite3.Connection, group: list[Row]) -> None:
    """Into the flow with the lowest id, whose names and fingerprints stand for all."""
    survivor = min(row[0] for row in group)
    gone = [(survivor, row[0]) for row in group if row[0] != survivor]
    totals = [sum(column) for column in zip(*(row[_TOTALS] for row in group), strict=True)]
    payloads = [
        None if None in column else sum(column) for column in zip(*(row[_PAYLOADS] for row in group), strict=True)
    ]
    for table in _POINTING:
        connection.executemany(f"UPDATE {table} SET flow_id = ? WHERE flow_id = ?", gone)
    connection.executemany("DELETE FROM flows WHERE id = ?", [(id_,) for _, id_ in gone])
    connection.execute(
        "UPDATE flows SET first_seen_ns = ?, last_seen_ns = ?, bytes_up = ?, bytes_down = ?, packets_up = ?,"
        " packets_down = ?, retransmissions = ?, merged_flows = ?, payload_bytes_up = ?, payload_bytes_down = ?"
        ", shape = NULL WHERE id = ?",
        (min(row[_FIRST_SEEN] for row in group), max(row[_LAST_SEEN] for row in group), *totals, *payloads, survivor),
    )


def _cursor(connection: sqlite3.Connection) -> int:
    found = connection.execute("SELECT value FROM upkeep WHERE name = ?", (_CURSOR,)).fetchone()
    return int(found[0]) if found else 0


def _set_cursor(connection: sqlite3.Connection, value_ns: int) -> None:
    connection.execute(
        "INSERT INTO upkeep (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (_CURSOR, value_ns),
    )
