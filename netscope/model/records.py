"""What the stages hand on and the store keeps: one class per table of the recording.

A record is emitted when it is first known and again when more is known of it. ``id`` is 0 until
the pipeline gives it one at its first emission; emitting it again updates the same row.

The frequent ones write their constructor out: the one that ``dataclasses`` writes is interpreted also in a compiled
module, and takes ten times as long.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from netscope.model.dns import DnsRecord
from netscope.model.flow import Flow


@dataclass(init=False, slots=True, eq=False)
class DnsQuery:
    """One question, with its answer when it came (table ``dns_queries``)."""

    flow: Flow | None
    client_ip: str
    server_ip: str
    transport: str
    """udp, tcp, mdns, llmnr, nbns."""
    timestamp_ns: int
    transaction_id: int
    query_name: str
    query_type: str
    rcode: str | None = None
    answers: tuple[DnsRecord, ...] = ()
    response_time_us: int | None = None
    id: int = 0
    device_id: int | None = None

    def __init__(
        self,
        flow: Flow | None,
        client_ip: str,
        server_ip: str,
        transport: str,
        timestamp_ns: int,
        transaction_id: int,
        query_name: str,
        query_type: str,
        rcode: str | None = None,
        answers: tuple[DnsRecord, ...] = (),
        response_time_us: int | None = None,
        id: int = 0,  # noqa: A002
        device_id: int | None = None,
    ) -> None:
        self.flow = flow
        self.client_ip = client_ip
        self.server_ip = server_ip
        self.transport = transport
        self.timestamp_ns = timestamp_ns
        self.transaction_id = transaction_id
        self.query_name = query_name
        self.query_type = query_type
        self.rcode = rcode
        self.answers = answers
        self.response_time_us = response_time_us
        self.id = id
        self.device_id = device_id


@dataclass(init=False, slots=True, eq=False)
class TlsHandshake:
    """One ClientHello with what the server said (table ``tls_handshakes``)."""

    flow: Flow
    timestamp_ns: int
    transport: str
    """tcp, quic or dtls."""
    sni: str | None
    ech: bool
    version: str
    """Highest version offered: ``TLSv1.3``, ``TLSv1.2``, ``SSLv3``, ``DTLSv1.2`` …"""
    alpn: tuple[str, ...]
    ja3: str | None
    ja3_hash: str | None
    ja4: str | None
    negotiated_version: str | None = None
    cipher: str | None = None
    """IANA name of the chosen suite, or ``0x1234``."""
    chosen_alpn: str | None = None
    ja3s_hash: str | None = None
    certificate_sha256: str | None = None
    """Leaf."""
    alert: str | None = None
    """First alert in clear, as ``fatal handshake_failure``."""
    id: int = 0

    def __init__(
        self,
        flow: Flow,
        timestamp_ns: int,
        transport: str,
        sni: str | None,
        ech: bool,
        version: str,
        alpn: tuple[str, ...],
        ja3: str | None,
        ja3_hash: str | None,
        ja4: str | None,
        negotiated_version: str | None = None,
        cipher: str | None = None,
        chosen_alpn: str | None = None,
        ja3s_hash: str | None = None,
        certificate_sha256: str | None = None,
        alert: str | None = None,
        id: int = 0,  # noqa: A002
    ) -> None:
        self.flow = flow
        self.timestamp_ns = timestamp_ns
        self.transport = transport
        self.sni = sni
        self.ech = ech
        self.version = version
        self.alpn = alpn
        self.ja3 = ja3
        self.ja3_hash = ja3_hash
        self.ja4 = ja4
        self.negotiated_version = negotiated_version
        self.cipher = cipher
        self.chosen_alpn = chosen_alpn
        self.ja3s_hash = ja3s_hash
        self.certificate_sha256 = certificate_sha256
        self.alert = alert
        self.id = id


@dataclass(slots=True, eq=False)
class Certificate:
    """One certificate seen in clear (table ``certificates``; the key is ``sha256``)."""

    sha256: str
    subject: str
    """RFC 4514."""
    issuer: str
    sans: tuple[str, ...]
    serial: str
    """Hex."""
    not_before_ns: int
    not_after_ns: int
    key_type: str
    """rsa, ec, ed25519 …"""
    key_bits: int
    signature_algorithm: str
    self_signed: bool
    flow: Flow | None = None
    position: int = 0
    """0 is the leaf."""
    timestamp_ns: int = 0
    sha1: str = ""
    """What lists of known-bad certificates go by; not stored."""


@dataclass(init=False, slots=True, eq=False)
class HttpRequest:
    """One HTTP/1.x request with its response (table ``http_requests``)."""

    flow: Flow
    timestamp_ns: int
    method: str
    host: str | None
    uri: str
    user_agent: str | None
    request_bytes: int = 0
    """Head and body."""
    status: int | None = None
    server: str | None = None
    content_type: str | None = None
    response_bytes: int | None = None
    authorization_scheme: str | None = None
    id: int = 0
    program: str | None = None
    """What the body is by its first bytes, where it is a program: windows, elf, java, android … Not stored."""

    def __init__(
        self,
        flow: Flow,
        timestamp_ns: int,
        method: str,
        host: str | None,
        uri: str,
        user_agent: str | None,
        request_bytes: int = 0,
        status: int | None = None,
        server: str | None = None,
        content_type: str | None = None,
        response_bytes: int | None = None,
        authorization_scheme: str | None = None,
        id: int = 0,  # noqa: A002
        program: str | None = None,
    ) -> None:
        self.flow = flow
        self.timestamp_ns = timestamp_ns
        self.method = method
        self.host = host
        self.uri = uri
        self.user_agent = user_agent
        self.request_bytes = request_bytes
        self.status = status
        self.server = server
        self.content_type = content_type
        self.response_bytes = response_bytes
        self.authorization_scheme = authorization_scheme
        self.id = id
        self.program = program


@dataclass(slots=True, eq=False)
class DhcpExchange:
    """One DHCP or DHCPv6 message (table ``dhcp_messages``)."""

    timestamp_ns: int
    mac: str | None
    message_type: str
    requested_ip: str | None
    assigned_ip: str | None
    server_ip: str | None
    hostname: str | None
    vendor_class: str | None
    parameter_request_list: tuple[int, ...]
    from_client: bool = True
    fqdn: str | None = None
    sender_mac: str | None = None
    """Ethernet source of the frame."""
    sender_ip: str | None = None
    flow: Flow | None = None
    transaction_id: int | None = None
    client_ip: str | None = None
    """The address the client says it has already."""
    lease_s: int | None = None
    domain: str | None = None
    client_id: str | None = None
    """Hex: option 61, or the DUID of DHCPv6."""
    mac_is_own: bool = True
    """False where ``mac`` is a DUID's only: it may be another interface's (RFC 8415, section 11), or a clone's."""
    id: int = 0
    subnet_mask: str | None = None
    routers: tuple[str, ...] = ()
    dns_servers: tuple[str, ...] = ()


@dataclass(init=False, slots=True, eq=False)
class TrackerHit:
    """One flow or query to a listed name (table ``tracker_hits``)."""

    timestamp_ns: int
    device_id: int | None
    flow: Flow | None
    name: str
    rule: str
    """The listed domain that matched."""
    owner: str | None
    category: str | None
    list: str
    id: int = 0

    def __init__(
        self,
        timestamp_ns: int,
        device_id: int | None,
        flow: Flow | None,
        name: str,
        rule: str,
        owner: str | None,
        category: str | None,
        list: str,  # noqa: A002
        id: int = 0,  # noqa: A002
    ) -> None:
        self.timestamp_ns = timestamp_ns
        self.device_id = device_id
        self.flow = flow
        self.name = name
        self.rule = rule
        self.owner = owner
        self.category = category
        self.list = list
        self.id = id


NOTE_CHARS: Final = 1_000
"""Of what a user writes about a device."""


@dataclass(slots=True, eq=False)
class Device:
    """One device of the local network (table ``devices``)."""

    id: int
    mac: str
    first_seen_ns: int
    last_seen_ns: int
    randomized_mac: bool = False
    is_gateway: bool = False
    name: str | None = None
    name_source: str | None = None
    vendor: str | None = None
    kind: str | None = None
    os: str | None = None
    model: str | None = None
    label: str | None = None
    """The user's own name."""
    bytes_sent: int = 0
    bytes_received: int = 0
    addresses: dict[str, tuple[int, int]] = field(default_factory=dict)
    """address -> (first_seen_ns, last_seen_ns)."""
    note: str | None = None
    """What the user wrote about it."""


@dataclass(slots=True, eq=False)
class Evidence:
    """One thing heard from or about a device (table ``device_evidence``)."""

    device_id: int
    source: str
    attribute: str
    value: str
    first_seen_ns: int
    last_seen_ns: int
    count: int = 1


@dataclass(slots=True, eq=False)
class DevicePair:
    """Two MACs that may be one machine's (table ``same_devices``). A suggestion: nothing is merged by it."""

    device_id: int
    """The one that came later."""
    other_device_id: int
    confidence: int
    """0 to 100; 0 of two that turned out to be here at one time."""
    evidence: tuple[str, ...]
    """What speaks for it, the strongest first, then what speaks against it."""
    gap_ns: int
    """From when the other was last seen until this one came."""
    created_ns: int
    updated_ns: int


@dataclass(slots=True, eq=False)
class AddressClaim:
    """A MAC said an IP address is its own, by ARP or NDP. Not stored; detectors and devices use it."""

    timestamp_ns: int
    mac: str
    ip: str
    source: str
    """arp or ndp."""
    gratuitous: bool
    override: bool
    vlan: str | None
    is_reply: bool
    target_ip: str | None = None
    target_mac: str | None = None


@dataclass(slots=True, eq=False)
class Alert:
    """One judgement, merged while it lasts (table ``alerts``)."""

    detector: str
    severity: str
    """low, medium, high, critical."""
    title: str
    first_ns: int
    last_ns: int
    evidence: dict[str, Any]
    """observed, threshold, window_s, and what it rests on; JSON-serialisable."""
    device_id: int | None = None
    flow: Flow | None = None
    count: int = 1
    state: str = "new"
    key: str = ""
    """What the detector merges by; the same key while the alert lasts."""
    id: int = 0


@dataclass(slots=True, eq=False)
class TrafficBucket:
    """One device in one bucket of the time series (table ``traffic``)."""

    device_id: int
    bucket_ns: int
    bucket_seconds: int
    bytes_up: int = 0
    bytes_down: int = 0
    packets_up: int = 0
    packets_down: int = 0
    flows: int = 0


@dataclass(slots=True, eq=False)
class Session:
    """One run of the engine on one source (table ``sessions``)."""

    source: str
    kind: str
    """live, file, demo."""
    link_type: str
    filter: str | None
    started_ns: int
    version: str
    ended_ns: int | None = None
    packets: int = 0
    bytes: int = 0
    """On the wire, link layer included."""
    dropped: int = 0
    truncated: int = 0
    malformed: int = 0
    counters: dict[str, int] = field(default_factory=dict)
    id: int = 0


@dataclass(slots=True, eq=False)
class DeviceSeen:
    """A device was met for the first time, or uses an address it did not use before. Not stored itself."""

    device: Device
    timestamp_ns: int
    is_new: bool
    address: str | None


@dataclass(slots=True, eq=False)
class AddressLost:
    """A device was wrongly taken for the one an address belongs to: it only carried it. Takes the address back."""

    device: Device
    address: str


@dataclass(slots=True, eq=False)
class IcmpErrorSeen:
    """An ICMP or ICMPv6 error and the packet it answers. Not stored; detectors use it."""

    timestamp_ns: int
    sender_ip: str
    icmp_type: int
    code: int
    protocol: int
    source_ip: str
    source_port: int
    destination_ip: str
    destination_port: int


@dataclass(slots=True, eq=False)
class RouterSeen:
    """A router advertisement or a DHCP server's offer: who claims to be a router or server. Not stored."""

    timestamp_ns: int
    mac: str | None
    ip: str
    source: str
    """ra, redirect, icmp_redirect, dhcp, dhcpv6."""
    prefixes: tuple[str, ...]
    dns_servers: tuple[str, ...]
    lifetime_s: int | None
