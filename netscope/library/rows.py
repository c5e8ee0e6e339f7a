"""What the library gives: a class for each table of the recording, with its columns under their names.

Columns are described in docs/api.md. Beside a table's own, a row of a flow has the flow's ends, a row of a device
``device_name``. In a recording made before a column was there, the column is None.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeVar

Row = dict[str, Any]


def moment(time_ns: int) -> datetime:
    """UTC, to the microsecond."""
    return datetime.fromtimestamp(time_ns // 1_000 / 1_000_000, UTC)


class Answer(NamedTuple):
    """One record of a DNS answer."""

    name: str
    type: str
    ttl: int
    data: str
    """In presentation form."""


class Flow(NamedTuple):
    """One conversation, client first."""

    id: int
    session_id: int | None
    device_id: int | None
    client_ip: str
    client_port: int
    server_ip: str
    server_port: int
    protocol: str
    vlan: str | None
    app_protocol: str | None
    app_protocol_source: str | None
    server_name: str | None
    name_source: str | None
    name_missing_reason: str | None
    application: str | None
    activity: str | None
    country: str | None
    city: str | None
    asn: int | None
    as_org: str | None
    tracker: str | None
    first_seen_ns: int
    last_seen_ns: int
    bytes_up: int
    bytes_down: int
    packets_up: int
    packets_down: int
    tcp_state: str | None
    tcp_history: str | None
    rtt_us: int | None
    retransmissions: int
    tls_version: str | None
    ja3: str | None
    ja4: str | None
    community_id: str | None
    end_reason: str | None
    server_device_id: int | None
    merged_flows: int
    payload_bytes_up: int | None
    payload_bytes_down: int | None
    icmp_type: int | None
    icmp_code: int | None
    shape: dict[str, Any] | None
    device_name: str | None

    @property
    def time(self) -> datetime:
        return moment(self.first_seen_ns)


class Device(NamedTuple):
    """One device of the local network."""

    id: int
    mac: str
    name: str | None
    name_source: str | None
    vendor: str | None
    kind: str | None
    os: str | None
    model: str | None
    randomized_mac: bool
    is_gateway: bool
    first_seen_ns: int
    last_seen_ns: int
    bytes_sent: int
    bytes_received: int
    label: str | None
    note: str | None


class DeviceAddress(NamedTuple):
    """An address a device used."""

    device_id: int
    address: str
    first_seen_ns: int
    last_seen_ns: int
    device_name: str | None


class Evidence(NamedTuple):
    """One thing heard from or about a device."""

    device_id: int
    source: str
    attribute: str
    value: str
    first_seen_ns: int
    last_seen_ns: int
    count: int
    device_name: str | None


class SameDevice(NamedTuple):
    """Two MACs that may be one machine's: a suggestion."""

    device_id: int
    other_device_id: int
    confidence: int
    """0 to 100."""
    evidence: list[Any]
    gap_ns: int
    created_ns: int
    updated_ns: int
    device_name: str | None


class DnsQuery(NamedTuple):
    """One question, with its answer when it came."""

    id: int
    session_id: int | None
    flow_id: int | None
    device_id: int | None
    client_ip: str
    server_ip: str
    transport: str
    timestamp_ns: int
    transaction_id: int
    query_name: str
    query_type: str
    rcode: str | None
    answers: tuple[Answer, ...] | None
    response_time_us: int | None
    client_port: int | None
    server_port: int | None
    device_name: str | None

    @property
    def time(self) -> datetime:
        return moment(self.timestamp_ns)


class TlsHandshake(NamedTuple):
    """One ClientHello with what the server said, and its connection."""

    id: int
    flow_id: int | None
    timestamp_ns: int
    transport: str
    sni: str | None
    ech: bool
    version: str
    negotiated_version: str | None
    alpn: tuple[str, ...]
    chosen_alpn: str | None
    cipher: str | None
    ja3: str | None
    ja3_hash: str | None
    ja3s_hash: str | None
    ja4: str | None
    certificate_sha256: str | None
    alert: str | None
    client_ip: str | None
    client_port: int | None
    server_ip: str | None
    server_port: int | None
    protocol: str | None
    device_id: int | None
    device_name: str | None

    @property
    def time(self) -> datetime:
        return moment(self.timestamp_ns)


class HttpRequest(NamedTuple):
    """One HTTP/1.x request, and its connection."""

    id: int
    flow_id: int | None
    timestamp_ns: int
    method: str
    host: str | None
    uri: str
    user_agent: str | None
    status: int | None
    server: str | None
    content_type: str | None
    request_bytes: int
    response_bytes: int | None
    authorization_scheme: str | None
    client_ip: str | None
    client_port: int | None
    server_ip: str | None
    server_port: int | None
    protocol: str | None
    device_id: int | None
    device_name: str | None

    @property
    def time(self) -> datetime:
        return moment(self.timestamp_ns)


class DhcpMessage(NamedTuple):
    """One DHCP or DHCPv6 message."""

    id: int
    timestamp_ns: int
    mac: str | None
    message_type: str
    requested_ip: str | None
    assigned_ip: str | None
    server_ip: str | None
    hostname: str | None
    fqdn: str | None
    vendor_class: str | None
    parameter_request_list: tuple[int, ...] | None
    from_client: bool
    sender_mac: str | None
    sender_ip: str | None
    flow_id: int | None
    transaction_id: int | None
    client_ip: str | None
    lease_s: int | None
    domain: str | None

    @property
    def time(self) -> datetime:
        return moment(self.timestamp_ns)


class Certificate(NamedTuple):
    """One certificate seen in clear."""

    sha256: str
    subject: str
    issuer: str
    sans: tuple[str, ...]
    serial: str
    not_before_ns: int
    not_after_ns: int
    key_type: str
    key_bits: int
    signature_algorithm: str
    self_signed: bool
    first_seen_ns: int
    last_seen_ns: int


class TrackerHit(NamedTuple):
    """One flow or question to a listed name."""

    id: int
    timestamp_ns: int
    device_id: int | None
    flow_id: int | None
    name: str
    rule: str
    owner: str | None
    category: str | None
    list: str
    client_ip: str | None
    client_port: int | None
    server_ip: str | None
    server_port: int | None
    protocol: str | None
    device_name: str | None

    @property
    def time(self) -> datetime:
        return moment(self.timestamp_ns)


class Alert(NamedTuple):
    """One judgement, merged while it lasts."""

    id: int
    detector: str
    severity: str
    device_id: int | None
    flow_id: int | None
    first_ns: int
    last_ns: int
    count: int
    title: str
    evidence: dict[str, Any]
    state: str
    key: str | None
    client_ip: str | None
    client_port: int | None
    server_ip: str | None
    server_port: int | None
    protocol: str | None
    device_name: str | None

    @property
    def time(self) -> datetime:
        return moment(self.first_ns)


class TrafficBucket(NamedTuple):
    """What one device moved in one bucket of time."""

    bucket_ns: int
    bucket_seconds: int
    device_id: int
    bytes_up: int
    bytes_down: int
    packets_up: int
    packets_down: int
    flows: int
    device_name: str | None


class Session(NamedTuple):
    """One run of NetScope on one source."""

    id: int
    source: str
    kind: str
    link_type: str
    filter: str | None
    started_ns: int
    ended_ns: int | None
    packets: int
    bytes: int
    dropped: int
    truncated: int
    malformed: int
    version: str


class Counter(NamedTuple):
    """A named fact of a session."""

    session_id: int
    name: str
    value: int


Event = Flow | Device | DnsQuery | TlsHandshake | HttpRequest | DhcpMessage | Certificate | TrackerHit | Alert
"""What a capture tells as it happens."""

T = TypeVar("T", bound=tuple[Any, ...])


def _answers(values: Any) -> Any:
    return tuple(Answer(**one) for one in values) if isinstance(values, list) else None


def _values(values: Any) -> Any:
    return tuple(values) if isinstance(values, list) else None


_SHAPERS: Final[dict[str, Callable[[Any], Any]]] = {
    "answers": _answers,
    "alpn": _values,
    "sans": _values,
    "parameter_request_list": _values,
}


def maker(of: type[T]) -> Callable[[Row], T]:
    """Makes objects of ``of``, a class of this module, of rows with its columns; further columns are left out."""
    names: tuple[str, ...] = of._fields  # type: ignore[attr-defined]
    build: Callable[[list[Any]], T] = of._make  # type: ignore[attr-defined]
    shapers = [(place, _SHAPERS[name]) for place, name in enumerate(names) if name in _SHAPERS]

    def make(row: Row) -> T:
        values = [row.get(name) for name in names]
        for place, shape in shapers:
            values[place] = shape(values[place])
        return build(values)

    return make


CLASSES: Final[dict[str, type]] = {
    "flows": Flow,
    "devices": Device,
    "addresses": DeviceAddress,
    "evidence": Evidence,
    "same_devices": SameDevice,
    "dns": DnsQuery,
    "tls": TlsHandshake,
    "http": HttpRequest,
    "dhcp": DhcpMessage,
    "certificates": Certificate,
    "trackers": TrackerHit,
    "alerts": Alert,
    "traffic": TrafficBucket,
    "sessions": Session,
    "counters": Counter,
}
"""By kind of export."""
