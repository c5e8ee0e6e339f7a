"""Tables, columns and indexes of a recording. Names are a contract with users' queries: added to, never changed.

How an older file gets here is in migrations.py.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from netscope.engine.store import privacy

APPLICATION_ID: Final = 0x4E534350
"""``NSCP``: tells a recording from other programs' databases."""


class Table(NamedTuple):
    columns: dict[str, type]
    key: str | tuple[str, ...]
    references: tuple[tuple[str, str, str], ...] = ()
    """(column, other table, other column). Declared for readers, not enforced: a record may come before its flow."""


_SESSION = ("session_id", "sessions", "id")
_DEVICE = ("device_id", "devices", "id")
_FLOW = ("flow_id", "flows", "id")

CONTRACT: Final[dict[str, Table]] = {
    "sessions": Table(
        {
            "id": int,
            "source": str,
            "kind": str,
            "link_type": str,
            "filter": str,
            "started_ns": int,
            "ended_ns": int,
            "packets": int,
            "bytes": int,
            "dropped": int,
            "truncated": int,
            "malformed": int,
            "version": str,
        },
        "id",
    ),
    "devices": Table(
        {
            "id": int,
            "mac": str,
            "name": str,
            "name_source": str,
            "vendor": str,
            "kind": str,
            "os": str,
            "model": str,
            "randomized_mac": int,
            "is_gateway": int,
            "first_seen_ns": int,
            "last_seen_ns": int,
            "bytes_sent": int,
            "bytes_received": int,
            "label": str,
        },
        "id",
    ),
    "device_addresses": Table(
        {"device_id": int, "address": str, "first_seen_ns": int, "last_seen_ns": int},
        ("device_id", "address"),
        (_DEVICE,),
    ),
    "device_evidence": Table(
        {
            "device_id": int,
            "source": str,
            "attribute": str,
            "value": str,
            "first_seen_ns": int,
            "last_seen_ns": int,
            "count": int,
        },
        ("device_id", "source", "attribute", "value"),
        (_DEVICE,),
    ),
    "flows": Table(
        {
            "id": int,
            "session_id": int,
            "device_id": int,
            "client_ip": str,
            "client_port": int,
            "server_ip": str,
            "server_port": int,
            "protocol": str,
            "vlan": int,
            "app_protocol": str,
            "app_protocol_source": str,
            "server_name": str,
            "name_source": str,
            "name_missing_reason": str,
            "application": str,
            "activity": str,
            "country": str,
            "city": str,
            "asn": int,
            "as_org": str,
            "tracker": str,
            "first_seen_ns": int,
            "last_seen_ns": int,
            "bytes_up": int,
            "bytes_down": int,
            "packets_up": int,
            "packets_down": int,
            "tcp_state": str,
            "tcp_history": str,
            "rtt_us": int,
            "retransmissions": int,
            "tls_version": str,
            "ja3": str,
            "ja4": str,
            "community_id": str,
            "end_reason": str,
            "server_device_id": int,
        },
        "id",
        (_SESSION, _DEVICE, ("server_device_id", "devices", "id")),
    ),
    "dns_queries": Table(
        {
            "id": int,
            "session_id": int,
            "flow_id": int,
            "device_id": int,
            "client_ip": str,
            "server_ip": str,
            "transport": str,
            "timestamp_ns": int,
            "transaction_id": int,
            "query_name": str,
            "query_type": str,
            "rcode": str,
            "answers": str,
            "response_time_us": int,
        },
        "id",
        (_SESSION, _FLOW, _DEVICE),
    ),
    "tls_handshakes": Table(
        {
            "id": int,
            "flow_id": int,
            "timestamp_ns": int,
            "transport": str,
            "sni": str,
            "ech": int,
            "version": str,
            "negotiated_version": str,
            "alpn": str,
            "chosen_alpn": str,
            "cipher": str,
            "ja3": str,
            "ja3_hash": str,
            "ja3s_hash": str,
            "ja4": str,
            "certificate_sha256": str,
            "alert": str,
        },
        "id",
        (_FLOW,),
    ),
    "certificates": Table(
        {
            "sha256": str,
            "subject": str,
            "issuer": str,
            "sans": str,
            "serial": str,
            "not_before_ns": int,
            "not_after_ns": int,
            "key_type": str,
            "key_bits": int,
            "signature_algorithm": str,
            "self_signed": int,
            "first_seen_ns": int,
            "last_seen_ns": int,
        },
        "sha256",
    ),
    "http_requests": Table(
        {
            "id": int,
            "flow_id": int,
            "timestamp_ns": int,
            "method": str,
            "host": str,
            "uri": str,
            "user_agent": str,
            "status": int,
            "server": str,
            "content_type": str,
            "request_bytes": int,
            "response_bytes": int,
            "authorization_scheme": str,
        },
        "id",
        (_FLOW,),
    ),
    "dhcp_messages": Table(
        {
            "id": int,
            "timestamp_ns": int,
            "mac": str,
            "message_type": str,
            "requested_ip": str,
            "assigned_ip": str,
            "server_ip": str,
            "hostname": str,
            "fqdn": str,
            "vendor_class": str,
            "parameter_request_list": str,
            "from_client": int,
            "sender_mac": str,
            "sender_ip": str,
        },
        "id",
    ),
    "tracker_hits": Table(
        {
            "id": int,
            "timestamp_ns": int,
            "device_id": int,
            "flow_id": int,
            "name": str,
            "rule": str,
            "owner": str,
            "category": str,
            "list": str,
        },
        "id",
        (_DEVICE, _FLOW),
    ),
    "alerts": Table(
        {
            "id": int,
            "detector": str,
            "severity": str,
            "device_id": int,
            "flow_id": int,
            "first_ns": int,
            "last_ns": int,
            "count": int,
            "title": str,
            "evidence": str,
            "state": str,
            "key": str,
        },
        "id",
        (_DEVICE, _FLOW),
    ),
    "traffic": Table(
        {
            "bucket_ns": int,
            "bucket_seconds": int,
            "device_id": int,
            "bytes_up": int,
            "bytes_down": int,
            "packets_up": int,
            "packets_down": int,
            "flows": int,
        },
        # Time first: each second's writes touch the last page only.
        ("bucket_ns", "bucket_seconds", "device_id"),
        (_DEVICE,),
    ),
    "counters": Table({"session_id": int, "name": str, "value": int}, ("session_id", "name"), (_SESSION,)),
}
"""Schema 1."""

INDEXES: Final = (
    ("flows", ("last_seen_ns",)),
    ("flows", ("device_id",)),
    ("dns_queries", ("flow_id",)),
    ("tls_handshakes", ("flow_id",)),
    ("http_requests", ("flow_id",)),
    ("tracker_hits", ("flow_id",)),
)
"""Each costs a page write per second on flash: what the screens and retention look up, nothing more."""

OPEN_FLOWS_INDEX: Final = "CREATE INDEX idx_flows_open ON flows (id) WHERE end_reason IS NULL"
"""Holds open flows only: closing what a killed recorder left open needs no scan."""

BASELINES: Final = Table({"detector": str, "key": str, "value": str, "updated_ns": int}, ("detector", "key"))
"""Schema 2."""

UPKEEP: Final = Table({"name": str, "value": int}, "name")
"""Schema 2: how far retention has come."""

ALLOW_RULES: Final = Table(
    {"detector": str, "source": str, "destination": str, "note": str, "created_ns": int, "active": int},
    ("detector", "source", "destination"),
)
"""Schema 4: the user's allow-list. A rule that was taken back stays with ``active`` 0."""

DEVICE_NOTE: Final[tuple[str, str, type]] = ("devices", "note", str)
"""Schema 7: what the user wrote about it."""

MERGED_FLOWS: Final[tuple[str, str, type, Any]] = ("flows", "merged_flows", int, 1)
"""Schema 2: how many conversations a row stands for once retention has merged old ones."""

WIRE_COLUMNS: Final[dict[str, dict[str, type]]] = {
    "flows": {"payload_bytes_up": int, "payload_bytes_down": int, "icmp_type": int, "icmp_code": int},
    "dhcp_messages": {"flow_id": int, "transaction_id": int, "client_ip": str, "lease_s": int, "domain": str},
}
"""A later schema: what other programs' logs of flows and leases hold. NULL in rows of before."""


def written_columns(table: str) -> tuple[str, ...]:
    """What the recorder writes in a row of the contract's tables."""
    return (*CONTRACT[table].columns, *WIRE_COLUMNS.get(table, ()))


SAME_DEVICES: Final = Table(
    {
        "device_id": int,
        "other_device_id": int,
        "confidence": int,
        "evidence": str,
        "gap_ns": int,
        "created_ns": int,
        "updated_ns": int,
    },
    ("device_id", "other_device_id"),
    (_DEVICE, ("other_device_id", "devices", "id")),
)
"""A later schema: which devices may be one machine under another MAC."""

SHAPE: Final = ("flows", "shape", str)
"""A later schema: sizes and gaps of the flow's packets, as JSON."""

VIEWS: Final = privacy.VIEWS
"""A later schema."""
