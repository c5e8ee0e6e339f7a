"""One flow or one device of a recording, told in full."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from netscope.engine.store.rows import decode_reasons
from netscope.engine.store.views import Devices, Moment, last_id
from netscope.model.shape import FlowShape
from netscope.model.snapshot import DeviceRow, FlowRow, SameDevice, TimelineEntry

Fact = tuple[str, str, str]

MAX_MESSAGES: Final = 100
"""Of each kind in one flow's detail."""
FLOWS_SEARCHED: Final = 20_000
"""The newest, for other devices on the same host."""
QUERIES_SEARCHED: Final = 2_000
"""Before a flow, for the question that led to it."""
SAME_SHOWN: Final = 8

Named = dict[str, Any]


def _fetch(connection: sqlite3.Connection, sql: str, *values: object) -> list[Named]:
    cursor = connection.execute(sql, values)
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor]


def _facts(group: str, row: Named, fields: Sequence[tuple[str, str]]) -> Iterator[Fact]:
    """Fields that are known, under the words to show."""
    for column, shown in fields:
        if row[column] is not None:
            yield (group, shown, str(row[column]))


_FLOW_FIELDS: Final = (
    ("protocol", "protocol"),
    ("app_protocol", "application protocol"),
    ("app_protocol_source", "known by"),
    ("tcp_state", "TCP state"),
    ("tcp_history", "TCP history"),
    ("retransmissions", "retransmissions"),
    ("end_reason", "ended by"),
    ("vlan", "VLAN"),
    ("session_id", "session"),
    ("merged_flows", "conversations"),
)
_NAME_FIELDS: Final = (
    ("server_name", "server name"),
    ("name_source", "source"),
    ("name_missing_reason", "no name because"),
    ("application", "application"),
    ("activity", "activity"),
    ("tracker", "tracker"),
)
_PLACE_FIELDS: Final = (
    ("server_ip", "address"),
    ("country", "country"),
    ("city", "city"),
    ("asn", "AS number"),
    ("as_org", "AS owner"),
)
_TLS_FIELDS: Final = (
    ("transport", "transport"),
    ("sni", "SNI"),
    ("version", "highest version offered"),
    ("negotiated_version", "negotiated version"),
    ("cipher", "cipher suite"),
    ("alpn", "ALPN offered"),
    ("chosen_alpn", "ALPN chosen"),
    ("ja3_hash", "JA3"),
    ("ja3s_hash", "JA3S"),
    ("ja4", "JA4"),
    ("alert", "alert"),
)
_HTTP_FIELDS: Final = (
    ("method", "method"),
    ("host", "host"),
    ("uri", "URI"),
    ("status", "status"),
    ("user_agent", "user agent"),
    ("server", "server"),
    ("content_type", "content type"),
    ("authorization_scheme", "credentials in clear"),
)
_DNS_FIELDS: Final = (("query_name", "question"), ("query_type", "type"), ("rcode", "answer"))
_CERTIFICATE_FIELDS: Final = (
    ("subject", "subject"),
    ("issuer", "issuer"),
    ("sans", "names"),
    ("serial", "serial number"),
    ("key_type", "key"),
    ("key_bits", "key bits"),
    ("signature_algorithm", "signature"),
    ("sha256", "SHA-256"),
)


def flow_facts(connection: sqlite3.Connection, flow_id: int) -> tuple[list[Fact], list[TimelineEntry], str | None]:
    """Facts in the order to show, what was seen in the order it was, and the community id."""
    flow = _fetch(connection, "SELECT * FROM flows WHERE id = ?", flow_id)[0]
    of_flow = " WHERE flow_id = ? ORDER BY id LIMIT ?"
    handshakes = _fetch(connection, f"SELECT * FROM tls_handshakes{of_flow}", flow_id, MAX_MESSAGES)
    requests = _fetch(connection, f"SELECT * FROM http_requests{of_flow}", flow_id, MAX_MESSAGES)
    queries = _fetch(connection, f"SELECT * FROM dns_queries{of_flow}", flow_id, MAX_MESSAGES)
    facts = [*_facts("Flow", flow, _FLOW_FIELDS)]
    if flow["rtt_us"] is not None:
        facts.append(("Flow", "handshake round trip", f"{flow['rtt_us'] / 1000:.1f} ms"))
    facts += [*_facts("Name", flow, _NAME_FIELDS), *_facts("Place", flow, _PLACE_FIELDS)]
    for group, messages, fields in (("TLS", handshakes, _TLS_FIELDS), ("HTTP", requests, _HTTP_FIELDS)):
        for message in messages:
            facts += _facts(group, message, fields)
    for query in queries:
        facts += [*_facts("DNS", query, _DNS_FIELDS), *_answers(query)]
    for handshake in handshakes:
        facts += _certificate(connection, handshake)
    led_to = [] if queries else _question_before(connection, flow)
    return facts, _timeline(flow, led_to, queries, handshakes, requests), flow["community_id"]


def shape(connection: sqlite3.Connection, flow_id: int) -> FlowShape | None:
    """None in a recording older than shapes, too."""
    text = _fetch(connection, "SELECT * FROM flows WHERE id = ?", flow_id)[0].get("shape")
    if text is None:
        return None
    found = json.loads(text)
    up, gaps_up, down, gaps_down = (tuple(found[name]) for name in ("sizes_up", "gaps_up", "sizes_down", "gaps_down"))
    return FlowShape(up, gaps_up, down, gaps_down, found["busy_s"], found["peak_bytes"])


def _answers(query: Named) -> Iterator[Fact]:
    for answer in json.loads(query["answers"] or "[]"):
        yield ("DNS", answer["type"], answer["data"])


def _certificate(connection: sqlite3.Connection, handshake: Named) -> Iterator[Fact]:
    for row in _fetch(connection, "SELECT * FROM certificates WHERE sha256 = ?", handshake["certificate_sha256"]):
        yield from _facts("Certificate", row, _CERTIFICATE_FIELDS)


def _question_before(connection: sqlite3.Connection, flow: Named) -> list[Named]:
    """The client's last query that was answered with the server's address."""
    until = last_id(connection, "dns_queries", Moment(flow["first_seen_ns"], is_end=False))
    return _fetch(
        connection,
        "SELECT * FROM (SELECT * FROM dns_queries WHERE id <= ? ORDER BY id DESC LIMIT ?)"
        " WHERE client_ip = ? AND instr(answers, ?) ORDER BY id DESC LIMIT 1",
        until,
        QUERIES_SEARCHED,
        flow["client_ip"],
        f'"data":"{flow["server_ip"]}"',
    )


_ENDS: Final = {"fin": "FIN", "rst": "RST", "idle": "idle", "evicted": "evicted", "capture_end": "capture ended"}


def _timeline(
    flow: Named, led_to: list[Named], queries: list[Named], handshakes: list[Named], requests: list[Named]
) -> list[TimelineEntry]:
    entries = [TimelineEntry(flow["first_seen_ns"], _opening(flow))]
    for query in [*led_to, *queries]:
        asked_ns = query["timestamp_ns"]
        entries.append(TimelineEntry(asked_ns, f"DNS {query['query_type']}? {query['query_name']}"))
        if query["response_time_us"] is not None:
            entries.append(TimelineEntry(asked_ns + query["response_time_us"] * 1000, f"DNS {query['rcode']}"))
    for handshake in handshakes:
        sni = f" {handshake['sni']}" if handshake["sni"] else ""
        entries.append(TimelineEntry(handshake["timestamp_ns"], f"ClientHello{sni}"))
    for request in requests:
        status = f" → {request['status']}" if request["status"] is not None else ""
        entries.append(TimelineEntry(request["timestamp_ns"], f"{request['method']} {request['uri']}{status}"))
    if flow["end_reason"] is not None:
        entries.append(TimelineEntry(flow["last_seen_ns"], _ENDS.get(flow["end_reason"]) or flow["end_reason"]))
    return sorted(entries, key=lambda entry: entry.time_ns)


def _opening(flow: Named) -> str:
    """Zeek's history begins with S where the client's SYN was seen."""
    return "SYN →" if (flow["tcp_history"] or "").startswith("S") else "first packet →"


def same_server(connection: sqlite3.Connection, row: FlowRow, devices: Devices) -> list[tuple[str, int, int]]:
    host = row.server_name or row.server_ip
    found = connection.execute(
        "SELECT device_id, count(*), max(last_seen_ns) FROM"
        " (SELECT device_id, server_name, server_ip, last_seen_ns FROM flows ORDER BY last_seen_ns DESC LIMIT ?)"
        " WHERE coalesce(server_name, server_ip) = ? AND device_id IS NOT ? AND device_id IS NOT NULL"
        " GROUP BY device_id ORDER BY 3 DESC",
        (FLOWS_SEARCHED, host, row.device_id),
    )
    return [(devices.name(device_id), flows, last_ns) for device_id, flows, last_ns in found]


def evidence(connection: sqlite3.Connection, device_id: int) -> list[tuple[str, str, str, int, int]]:
    return connection.execute(
        "SELECT source, attribute, value, count, last_seen_ns FROM device_evidence WHERE device_id = ?"
        " ORDER BY last_seen_ns DESC",
        (device_id,),
    ).fetchall()


def note(connection: sqlite3.Connection, device_id: int) -> str | None:
    """What the user wrote about it; None in a file of before schema 7."""
    if not connection.execute("SELECT 1 FROM pragma_table_info('devices') WHERE name = 'note'").fetchone():
        return None
    found = connection.execute("SELECT note FROM devices WHERE id = ?", (device_id,)).fetchone()
    return found[0] if found is not None else None


def same_devices(connection: sqlite3.Connection, device_id: int, devices: Iterable[DeviceRow]) -> list[SameDevice]:
    """Which others may be this device, the most likely first; none in a file older than the table."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'same_devices'").fetchone():
        return []
    found = connection.execute(
        "SELECT CASE device_id WHEN ?1 THEN other_device_id ELSE device_id END, confidence, evidence FROM same_devices"
        " WHERE ?1 IN (device_id, other_device_id) AND confidence > 0"
        " ORDER BY confidence DESC, updated_ns DESC LIMIT ?2",
        (device_id, SAME_SHOWN),
    ).fetchall()
    rows = {row.id: row for row in devices}
    return [
        SameDevice(other, rows[other].mac, rows[other].name, confidence, decode_reasons(reasons))
        for other, confidence, reasons in found
        if other in rows
    ]
