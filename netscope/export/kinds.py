"""What can be taken out of a recording: one kind for each table, with the columns that make its rows stand alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OF_FLOW: Final = ("client_ip", "client_port", "server_ip", "server_port", "protocol")
"""What a row that only points to its flow is given of it."""

JSON_COLUMNS: Final = frozenset({"answers", "alpn", "sans", "parameter_request_list", "evidence", "shape"})
TRUTH_COLUMNS: Final = frozenset({"randomized_mac", "is_gateway", "ech", "self_signed", "from_client"})
TEXT_COLUMNS: Final = frozenset({"vlan"})
"""Declared as numbers; a stack of tags is text."""


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    table: str
    first: str | None
    """Column of the row's first moment; None where rows have none."""
    last: str | None
    of_flow: tuple[str, ...] = ()
    """Columns taken from the row's flow."""
    settles: str | None = None
    """Column that is NULL while more of the row is to come."""
    wait_s: float | None = 0.0
    """How long, after ``last``, more may come of a row; None: for ever, until it has settled."""
    changes: tuple[str, ...] = ()
    """Columns whose change makes a row worth telling again to who follows."""
    is_followed: bool = True


KINDS: Final[tuple[Kind, ...]] = (
    Kind("flows", "flows", "first_seen_ns", "last_seen_ns", settles="end_reason", wait_s=None),
    Kind(
        "devices", "devices", "first_seen_ns", "last_seen_ns",
        changes=("name", "vendor", "kind", "os", "model", "is_gateway", "label", "note"),
    ),
    Kind("addresses", "device_addresses", "first_seen_ns", "last_seen_ns"),
    Kind("evidence", "device_evidence", "first_seen_ns", "last_seen_ns"),
    Kind("same_devices", "same_devices", "created_ns", "updated_ns", changes=("confidence",)),
    # A question waits a minute for its answer (correlate/dns_session.py).
    Kind("dns", "dns_queries", "timestamp_ns", "timestamp_ns", ("client_port", "server_port"), "rcode", 70.0),
    # The certificate comes after what the server chose.
    Kind("tls", "tls_handshakes", "timestamp_ns", "timestamp_ns", (*OF_FLOW, "device_id"), None, 10.0),
    Kind("http", "http_requests", "timestamp_ns", "timestamp_ns", (*OF_FLOW, "device_id"), "response_bytes", 300.0),
    Kind("dhcp", "dhcp_messages", "timestamp_ns", "timestamp_ns"),
    Kind("certificates", "certificates", "first_seen_ns", "last_seen_ns"),
    # A better name may yet change the rule.
    Kind("trackers", "tracker_hits", "timestamp_ns", "timestamp_ns", OF_FLOW, None, 10.0),
    Kind("alerts", "alerts", "first_ns", "last_ns", OF_FLOW),
    # Until the minute is over and written.
    Kind("traffic", "traffic", "bucket_ns", "bucket_ns", wait_s=75.0),
    Kind("sessions", "sessions", "started_ns", "started_ns", settles="ended_ns", wait_s=None),
    Kind("counters", "counters", None, None, is_followed=False),
)  # fmt: skip

BY_NAME: Final = {kind.name: kind for kind in KINDS}
