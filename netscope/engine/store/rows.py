"""Model records to rows: plain tuples, made on the engine's thread so that a slow disk never sees a record change.

No SQL here but the column lists and how a row already there is brought up to date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any, Final

from netscope.engine.store import schema
from netscope.model.allow import AllowRule
from netscope.model.dns import DnsRecord
from netscope.model.flow import Flow
from netscope.model.records import (
    Alert,
    Certificate,
    Device,
    DevicePair,
    DhcpExchange,
    DnsQuery,
    Evidence,
    HttpRequest,
    Session,
    TlsHandshake,
    TrackerHit,
    TrafficBucket,
)
from netscope.model.shape import BINS, numbers_in

Row = tuple[Any, ...]
Rows = dict[str, dict[Any, Row]]
"""table -> key -> row; a later row of the same key takes the place of an earlier one."""

INT64_MAX: Final = (1 << 63) - 1


@dataclass(slots=True)
class Batch:
    """What changed since the last one. The same record may come in many batches; ``session`` in the first at least."""

    session: Session | None = None
    flows: list[Flow] = field(default_factory=list)
    dns_queries: list[DnsQuery] = field(default_factory=list)
    tls_handshakes: list[TlsHandshake] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    http_requests: list[HttpRequest] = field(default_factory=list)
    dhcp_messages: list[DhcpExchange] = field(default_factory=list)
    tracker_hits: list[TrackerHit] = field(default_factory=list)
    devices: list[Device] = field(default_factory=list)
    """With their addresses."""
    lost_addresses: list[tuple[int, str]] = field(default_factory=list)
    """Device and an address that is not its after all."""
    evidence: list[Evidence] = field(default_factory=list)
    same_devices: list[DevicePair] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    traffic: list[TrafficBucket] = field(default_factory=list)
    """Totals of the bucket so far, not what was added."""
    baselines: dict[tuple[str, str], Any] = field(default_factory=dict)
    """(detector, key) -> JSON-serialisable value."""
    baselines_ns: int = 0
    """When they were learned."""
    device_labels: dict[int, str | None] = field(default_factory=dict)
    device_notes: dict[int, str | None] = field(default_factory=dict)
    """What the user called devices since the last batch; a device's own record leaves the label as it is."""
    alert_states: dict[int, str] = field(default_factory=dict)
    """What the user said of alerts since the last batch; an alert's own record leaves the state as it is."""
    allow_rules: dict[AllowRule, bool] = field(default_factory=dict)
    """Rules the user made (True) or took back since the last batch."""


@dataclass(frozen=True, slots=True)
class Upsert:
    """How rows enter one table. ``update`` maps columns to what they become where the row is there already."""

    table: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    update: dict[str, str]
    also_unique: tuple[str, ...] = ()
    """A second unique column: a row that meets it brings the row there up to date instead of failing the batch."""

    def sql(self, rows: int = 1) -> str:
        marks = ",".join(["(" + ",".join("?" * len(self.columns)) + ")"] * rows)
        assignments = ",".join(f"{column}={value}" for column, value in self.update.items())
        conflicts = "".join(
            f" ON CONFLICT({','.join(key)}) DO UPDATE SET {assignments}" for key in (self.key, self.also_unique) if key
        )
        return f"INSERT INTO {self.table} ({','.join(self.columns)}) VALUES {marks}{conflicts}"


def _replacing(
    table: str, *, keep: Sequence[str] = (), columns: Sequence[str] = (), also: Sequence[str] = ()
) -> Upsert:
    """New values win, but for the columns in ``keep``: those belong to the user or to the first writing."""
    names = tuple(columns) or schema.written_columns(table)
    key = schema.CONTRACT[table].key
    keys = (key,) if isinstance(key, str) else key
    update = {name: f"excluded.{name}" for name in names if name not in keys and name not in keep}
    return Upsert(table, names, keys, update, tuple(also))


_SPAN: Final = {
    "first_seen_ns": "min(first_seen_ns,excluded.first_seen_ns)",
    "last_seen_ns": "max(last_seen_ns,excluded.last_seen_ns)",
}

_FLOW_FIELDS: Final = tuple(name for name in schema.written_columns("flows") if name != "session_id")
_DEVICE_FIELDS: Final = (*schema.CONTRACT["devices"].columns, "note")
_device_row = attrgetter(*_DEVICE_FIELDS)
_session_row = attrgetter(*schema.CONTRACT["sessions"].columns)
_evidence_row = attrgetter(*schema.CONTRACT["device_evidence"].columns)
_traffic_row = attrgetter(*schema.CONTRACT["traffic"].columns)

UPSERTS: Final[tuple[Upsert, ...]] = (
    _replacing("sessions"),
    _replacing("devices", columns=_DEVICE_FIELDS, keep=("label", "note", "mac", "first_seen_ns"), also=("mac",)),
    Upsert("device_addresses", tuple(schema.CONTRACT["device_addresses"].columns), ("device_id", "address"), _SPAN),
    Upsert(
        "device_evidence",
        tuple(schema.CONTRACT["device_evidence"].columns),
        ("device_id", "source", "attribute", "value"),
        # An engine that has started again counts from one.
        {**_SPAN, "count": "max(count,excluded.count)"},
    ),
    Upsert(
        "same_devices",
        tuple(schema.SAME_DEVICES.columns),
        ("device_id", "other_device_id"),
        {name: f"excluded.{name}" for name in ("confidence", "evidence", "updated_ns")},
    ),
    _replacing("flows", columns=(*_FLOW_FIELDS, "session_id", "shape"), keep=("session_id",)),
    _replacing("dns_queries", keep=("session_id",)),
    _replacing("tls_handshakes"),
    Upsert("certificates", tuple(schema.CONTRACT["certificates"].columns), ("sha256",), _SPAN),
    _replacing("http_requests"),
    _replacing("dhcp_messages"),
    _replacing("tracker_hits"),
    _replacing("alerts", keep=("state",)),
    Upsert(
        "traffic",
        tuple(schema.CONTRACT["traffic"].columns),
        ("bucket_ns", "bucket_seconds", "device_id"),
        # Two runs may share a minute: each adds its own part.
        {name: f"{name}+excluded.{name}" for name in ("bytes_up", "bytes_down", "packets_up", "packets_down", "flows")},
    ),
    _replacing("counters"),
    Upsert(
        "baselines",
        tuple(schema.BASELINES.columns),
        ("detector", "key"),
        {"value": "excluded.value", "updated_ns": "excluded.updated_ns"},
    ),
    Upsert(
        "allow_rules",
        tuple(schema.ALLOW_RULES.columns),
        ("detector", "source", "destination"),
        {name: f"excluded.{name}" for name in ("note", "created_ns", "active")},
    ),
)
"""In the order of writing: what others refer to first."""

STATEMENTS: Final[dict[str, str]] = {
    **{upsert.table: upsert.sql() for upsert in UPSERTS},
    "lost_addresses": "DELETE FROM device_addresses WHERE device_id=? AND address=?",
    "device_labels": "UPDATE devices SET label=? WHERE id=?",
    "device_notes": "UPDATE devices SET note=? WHERE id=?",
    "alert_states": "UPDATE alerts SET state=? WHERE id=?",
}
"""Keys are those of ``Rows``."""


SEVERAL: Final[dict[str, tuple[tuple[int, str], ...]]] = {
    upsert.table: tuple((rows, upsert.sql(rows)) for rows in (256, 64, 16, 4)) for upsert in UPSERTS
}
"""Statements that take several rows at once, the most first, and how many. SQLite runs each without the interpreter's
lock: rows one by one would hand it back and forth with the engine's thread at every row. 256 rows of the widest table
are 10,000 parameters; every SQLite since 3.32 takes 32,766, and larger programs were slower."""


def batch_rows(batch: Batch, session_id: int | None) -> Rows:
    """One dict per table (or user's edit) with something to write; ``session_id`` goes into flows and DNS queries."""
    of_session = (session_id, None)
    addresses = _address_rows(batch.devices)
    rows: Rows = {
        "devices": {device.id: _device_row(device) for device in batch.devices},
        "device_addresses": addresses,
        "lost_addresses": {lost: lost for lost in batch.lost_addresses if lost not in addresses},
        "device_evidence": {row[:4]: row for row in map(_evidence_row, batch.evidence)},
        "same_devices": {row[:2]: row for row in map(_pair_row, batch.same_devices)},
        "flows": {
            flow.id: _flow_row(flow) + (of_session if flow.shape is None else (session_id, encode_shape(flow.shape)))
            for flow in batch.flows
        },
        "dns_queries": {query.id: _dns_row(query, session_id) for query in batch.dns_queries},
        "tls_handshakes": {handshake.id: _tls_row(handshake) for handshake in batch.tls_handshakes},
        "certificates": {certificate.sha256: _certificate_row(certificate) for certificate in batch.certificates},
        "http_requests": {request.id: _http_row(request) for request in batch.http_requests},
        "dhcp_messages": {message.id: _dhcp_row(message) for message in batch.dhcp_messages},
        "tracker_hits": {hit.id: _tracker_row(hit) for hit in batch.tracker_hits},
        "alerts": {alert.id: _alert_row(alert) for alert in batch.alerts},
        "traffic": {row[:3]: row for row in map(_traffic_row, batch.traffic)},
        "baselines": {key: (*key, json.dumps(value), batch.baselines_ns) for key, value in batch.baselines.items()},
        "device_labels": {id_: (label, id_) for id_, label in batch.device_labels.items()},
        "device_notes": {id_: (note, id_) for id_, note in batch.device_notes.items()},
        "alert_states": {id_: (state, id_) for id_, state in batch.alert_states.items()},
        "allow_rules": {rule.key: allow_rule_row(rule, active) for rule, active in batch.allow_rules.items()},
    }
    if batch.session is not None:
        session = batch.session
        rows["sessions"] = {session.id: _session_row(session)}
        rows["counters"] = {(session.id, name): (session.id, name, value) for name, value in session.counters.items()}
    return {table: found for table, found in rows.items() if found}


def allow_rule_row(rule: AllowRule, active: bool) -> Row:
    return (*rule.key, rule.note, rule.created_ns, active)


def _pair_row(pair: DevicePair) -> Row:
    evidence = json.dumps(pair.evidence, ensure_ascii=False)
    return (
        pair.device_id,
        pair.other_device_id,
        pair.confidence,
        evidence,
        pair.gap_ns,
        pair.created_ns,
        pair.updated_ns,
    )


def decode_reasons(text: str) -> tuple[str, ...]:
    """Of ``same_devices``; none of what another program wrote there."""
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return ()
    return tuple([reason for reason in found if isinstance(reason, str)]) if isinstance(found, list) else ()


def merge(older: Rows, newer: Rows) -> None:
    """Add ``newer`` to ``older``; of two rows with one key the newer stays."""
    for table, found in newer.items():
        older.setdefault(table, {}).update(found)
    lost = older.get("lost_addresses")
    if lost:
        for found_again in newer.get("device_addresses", ()):
            lost.pop(found_again, None)


def _address_rows(devices: Iterable[Device]) -> dict[Any, Row]:
    return {
        (device.id, address): (device.id, address, first_ns, last_ns)
        for device in devices
        for address, (first_ns, last_ns) in device.addresses.items()
    }


def _dns_row(query: DnsQuery, session_id: int | None) -> Row:
    flow = query.flow
    answers = encode_answers(query.answers) if query.rcode is not None else None
    return (
        query.id,
        session_id,
        None if flow is None else flow.id,
        query.device_id,
        query.client_ip,
        query.server_ip,
        query.transport,
        query.timestamp_ns,
        query.transaction_id,
        query.query_name,
        query.query_type,
        query.rcode,
        answers,
        query.response_time_us,
    )


def encode_answers(answers: Iterable[DnsRecord]) -> str:
    """As ``json.dumps`` would, at a third of its time."""
    return (
        "["
        + ",".join(
            [
                f'{{"name":{encode_basestring(answer.name)},"type":{encode_basestring(answer.type)},"ttl":{answer.ttl},'
                f'"data":{encode_basestring(answer.data)}}}'
                for answer in answers
            ]
        )
        + "]"
    )


def _flow_row(flow: Flow) -> Row:
    """In the order of _FLOW_FIELDS. One by one: compiled, that is a load each."""
    return (
        flow.id,
        flow.device_id,
        flow.client_ip,
        flow.client_port,
        flow.server_ip,
        flow.server_port,
        flow.protocol,
        flow.vlan,
        flow.app_protocol,
        flow.app_protocol_source,
        flow.server_name,
        flow.name_source,
        flow.name_missing_reason,
        flow.application,
        flow.activity,
        flow.country,
        flow.city,
        flow.asn,
        flow.as_org,
        flow.tracker,
        flow.first_seen_ns,
        flow.last_seen_ns,
        flow.bytes_up,
        flow.bytes_down,
        flow.packets_up,
        flow.packets_down,
        flow.tcp_state,
        flow.tcp_history,
        flow.rtt_us,
        flow.retransmissions,
        flow.tls_version,
        flow.ja3,
        flow.ja4,
        flow.community_id,
        flow.end_reason,
        flow.server_device_id,
        flow.payload_bytes_up,
        flow.payload_bytes_down,
        flow.icmp_type,
        flow.icmp_code,
    )


_BINS_TEXT: Final = "[" + ", ".join(["%d"] * BINS) + "]"
_SHAPE_TEXT: Final = (
    f'{{"sizes_up":{_BINS_TEXT},"gaps_up":{_BINS_TEXT},"sizes_down":{_BINS_TEXT},"gaps_down":{_BINS_TEXT},'
    '"busy_s":%d,"peak_bytes":%d}'
)


def encode_shape(packed: bytes) -> str:
    """As ``json.dumps`` would, at a tenth of its time."""
    return _SHAPE_TEXT % numbers_in(packed)


@lru_cache(maxsize=1024)
def _encode_list(values: tuple[str | int, ...]) -> str:
    return json.dumps(values, ensure_ascii=False)


def _tls_row(handshake: TlsHandshake) -> Row:
    return (
        handshake.id,
        handshake.flow.id,
        handshake.timestamp_ns,
        handshake.transport,
        handshake.sni,
        handshake.ech,
        handshake.version,
        handshake.negotiated_version,
        _encode_list(handshake.alpn),
        handshake.chosen_alpn,
        handshake.cipher,
        handshake.ja3,
        handshake.ja3_hash,
        handshake.ja3s_hash,
        handshake.ja4,
        handshake.certificate_sha256,
        handshake.alert,
    )


def _certificate_row(certificate: Certificate) -> Row:
    return (
        certificate.sha256,
        certificate.subject,
        certificate.issuer,
        json.dumps(certificate.sans, ensure_ascii=False),
        certificate.serial,
        certificate.not_before_ns,
        certificate.not_after_ns,
        certificate.key_type,
        certificate.key_bits,
        certificate.signature_algorithm,
        certificate.self_signed,
        certificate.timestamp_ns,
        certificate.timestamp_ns,
    )


def _http_row(request: HttpRequest) -> Row:
    return (
        request.id,
        request.flow.id,
        request.timestamp_ns,
        request.method,
        request.host,
        request.uri,
        request.user_agent,
        request.status,
        request.server,
        request.content_type,
        request.request_bytes,
        request.response_bytes,
        request.authorization_scheme,
    )


def _dhcp_row(message: DhcpExchange) -> Row:
    asked = message.parameter_request_list
    return (
        message.id,
        message.timestamp_ns,
        message.mac,
        message.message_type,
        message.requested_ip,
        message.assigned_ip,
        message.server_ip,
        message.hostname,
        message.fqdn,
        message.vendor_class,
        _encode_list(asked) if asked else None,
        message.from_client,
        message.sender_mac,
        message.sender_ip,
        None if message.flow is None else message.flow.id,
        message.transaction_id,
        message.client_ip,
        message.lease_s,
        message.domain,
    )


def _tracker_row(hit: TrackerHit) -> Row:
    return (
        hit.id,
        hit.timestamp_ns,
        hit.device_id,
        None if hit.flow is None else hit.flow.id,
        hit.name,
        hit.rule,
        hit.owner,
        hit.category,
        hit.list,
    )


def _alert_row(alert: Alert) -> Row:
    return (
        alert.id,
        alert.detector,
        alert.severity,
        alert.device_id,
        None if alert.flow is None else alert.flow.id,
        alert.first_ns,
        alert.last_ns,
        alert.count,
        alert.title,
        json.dumps(alert.evidence, ensure_ascii=False, separators=(",", ":")),
        alert.state,
        alert.key or None,
    )


_SURROGATES: Final = re.compile(f"[{chr(0xD800)}-{chr(0xDFFF)}]")


def storable(row: Row) -> Row:
    """The row with what SQLite cannot hold replaced: lone surrogates by U+FFFD, integers beyond 64 bits by the limit.

    Certificates without an end (9999-12-31, RFC 5280 section 4.1.2.5) lie beyond 64-bit nanoseconds.
    """
    return tuple(_storable_value(value) for value in row)


def _storable_value(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATES.sub("�", value)
    if isinstance(value, int):
        return max(-INT64_MAX, min(INT64_MAX, value))
    return value
