"""What a device gave away, summed up from a recording's rows; engine/privacy.py counts the same while it happens.

The views of the schema are made of the same statements, so a user's query gives what the screens show.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from netscope.model.privacy import (
    CLEAR_TEXT_PROTOCOLS,
    ENCRYPTED_DNS,
    PLAIN_DNS,
    PrivacySummary,
    Total,
    TotalKey,
    summarise,
)

ALL_ROWS: Final = -1
"""As a limit: none."""
INT64_MAX: Final = (1 << 63) - 1
ROWS_SEARCHED: Final = 50_000
"""The newest of a device, where somebody waits for the screen."""


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


_SENT: Final = "CASE WHEN device_id IS server_device_id THEN bytes_down ELSE bytes_up END"
_RECEIVED: Final = "CASE WHEN device_id IS server_device_id THEN bytes_up ELSE bytes_down END"
_IS_HIDDEN: Final = f"(application IN ({_listed(ENCRYPTED_DNS)}))"
_IS_CLEAR: Final = (
    f"app_protocol IN ({_listed(CLEAR_TEXT_PROTOCOLS)}) AND app_protocol_source = 'content' AND tls_version IS NULL"
)
_SECTIONS: Final[dict[str, tuple[str, str, str]]] = {
    "tracker": ("tracker", "''", "tracker IS NOT NULL"),
    "country": ("country", "''", "country IS NOT NULL"),
    "resolver": (
        "CASE app_protocol WHEN 'dns' THEN server_ip ELSE coalesce(server_name, server_ip) END",
        f"CASE app_protocol WHEN 'dns' THEN '{PLAIN_DNS}' ELSE application END",
        f"(app_protocol = 'dns' OR {_IS_HIDDEN})",
    ),
    "clear_text": ("app_protocol", "''", f"{_IS_CLEAR} AND (application IS NULL OR NOT {_IS_HIDDEN})"),
    "all": ("''", "''", "1"),
}
"""Name of a total's kind, what it is of, how, and which flows count."""


def totals_of(section: str, flows: str, group: str = "device_id, ") -> str:
    """The statement for one kind of total over ``flows``, a table or a query in parentheses."""
    what, how, where = _SECTIONS[section]
    return (
        f"SELECT {group}{what} AS name, {how} AS how, sum(merged_flows) AS flows, sum({_SENT}) AS bytes_sent,"
        f" sum({_RECEIVED}) AS bytes_received FROM {flows} WHERE device_id IS NOT NULL AND {where}"
        f" GROUP BY {group}{what}, {how}"
    )


VIEWS: Final[dict[str, str]] = {
    "device_trackers": (
        "SELECT device_id, name AS owner, sum(hits) AS hits, sum(flows) AS flows, sum(bytes_sent) AS bytes_sent,"
        " sum(bytes_received) AS bytes_received FROM"
        f" (SELECT device_id, name, 0 AS hits, flows, bytes_sent, bytes_received FROM ({totals_of('tracker', 'flows')})"
        " UNION ALL SELECT device_id, coalesce(owner, rule), 1, 0, 0, 0 FROM tracker_hits WHERE device_id IS NOT NULL)"
        " GROUP BY device_id, name"
    ),
    "device_resolvers": (
        "SELECT device_id, name AS server, how, flows, bytes_sent + bytes_received AS bytes"
        f" FROM ({totals_of('resolver', 'flows')})"
    ),
    "device_clear_text": (
        "SELECT device_id, name AS protocol, flows, bytes_sent + bytes_received AS bytes"
        f" FROM ({totals_of('clear_text', 'flows')})"
    ),
    "device_countries": (
        f"SELECT device_id, name AS country, flows, bytes_sent, bytes_received FROM ({totals_of('country', 'flows')})"
    ),
    "device_privacy": (
        "SELECT id AS device_id, mac,"
        " (SELECT count(*) FROM device_trackers t WHERE t.device_id = d.id) AS tracker_owners,"
        " (SELECT sum(hits) FROM device_trackers t WHERE t.device_id = d.id) AS tracker_hits,"
        " (SELECT sum(bytes_sent + bytes_received) FROM device_trackers t WHERE t.device_id = d.id) AS tracker_bytes,"
        f" (SELECT 1.0 * sum(CASE how WHEN '{PLAIN_DNS}' THEN 0 ELSE bytes END) / sum(bytes) FROM device_resolvers r"
        " WHERE r.device_id = d.id) AS encrypted_dns_share,"
        " (SELECT sum(bytes) FROM device_clear_text c WHERE c.device_id = d.id) AS clear_text_bytes,"
        " (SELECT count(*) FROM device_countries c WHERE c.device_id = d.id) AS countries"
        " FROM devices d"
    ),
}
"""Of the whole recording, a row a device and owner, resolver, protocol or country; then a row a device."""

_OF_DEVICE: Final = "(SELECT * FROM flows WHERE device_id = ? AND first_seen_ns <= ? ORDER BY id DESC LIMIT ?)"
_HITS: Final = (
    "SELECT coalesce(owner, rule), category, count(*) FROM"
    " (SELECT * FROM tracker_hits WHERE timestamp_ns <= ? ORDER BY id DESC LIMIT ?) WHERE device_id = ? GROUP BY 1, 2"
)


def read_privacy(
    connection: sqlite3.Connection, device_id: int, until_ns: int = INT64_MAX, rows: int = ALL_ROWS
) -> PrivacySummary:
    """``rows``: how many of the newest flows and hits to count."""
    totals: dict[TotalKey, Total] = {}
    for section in _SECTIONS:
        for name, how, flows, sent, received in connection.execute(
            totals_of(section, _OF_DEVICE, ""), (device_id, until_ns, rows)
        ):
            totals[section, name, how] = Total(flows, sent, received)
    hits: dict[str, int] = {}
    categories = []
    for owner, category, count in connection.execute(_HITS, (until_ns, rows, device_id)):
        hits[owner] = hits.get(owner, 0) + count
        if category is not None:
            categories.append((owner, category))
    whole = rows == ALL_ROWS or _rows_of(connection, device_id, rows) < rows
    return summarise(device_id, totals, hits, categories, is_whole=whole)


def _rows_of(connection: sqlite3.Connection, device_id: int, most: int) -> int:
    counted = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM flows WHERE device_id = ? LIMIT ?)", (device_id, most)
    )
    return int(counted.fetchone()[0])
