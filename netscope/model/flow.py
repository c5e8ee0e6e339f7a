"""A flow: one conversation between a client and a server, and what is known about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

UP: Final = 0
"""Direction client to server."""
DOWN: Final = 1
"""Direction server to client."""


@dataclass(slots=True, eq=False)
class Flow:
    """One conversation, client first. Owned by the engine thread; front ends get snapshots.

    The meter writes identity and counters, correlate the names, enrich what lists know.
    """

    id: int
    client_ip: str
    client_port: int
    server_ip: str
    server_port: int
    protocol: str
    """``tcp``, ``udp``, ``icmp``, ``icmpv6`` or the IP protocol number's name."""
    vlan: str | None
    """802.1Q VLAN id; of stacked tags all, outer first, joined by commas."""
    client_mac: str | None
    server_mac: str | None
    first_seen_ns: int
    last_seen_ns: int = 0

    packets_up: int = 0
    packets_down: int = 0
    bytes_up: int = 0
    """Layer-3 bytes, IP header included."""
    bytes_down: int = 0
    payload_bytes_up: int = 0
    """Behind the transport's header, retransmissions included."""
    payload_bytes_down: int = 0
    tcp_state: str | None = None
    """Zeek conn_state: S0, S1, SF, REJ, S2, S3, RSTO, RSTR, RSTOS0, RSTRH, SH, SHR, OTH."""
    tcp_history: str | None = None
    rtt_us: int | None = None
    """Handshake round trip as seen here: SYN to SYN-ACK plus SYN-ACK to ACK."""
    retransmissions: int = 0
    end_reason: str | None = None
    """fin, rst, idle, evicted or capture_end; None while open."""

    app_protocol: str | None = None
    app_protocol_source: str | None = None
    """``content``, or ``port`` when only the port number says so."""
    server_name: str | None = None
    name_source: str | None = None
    name_missing_reason: str | None = None
    """Why there is no name: ech, started_before_capture, address_only."""
    device_id: int | None = None
    """The local device: the client's where it is local, else the server's."""
    server_device_id: int | None = None
    """The server's device where both ends are local."""
    user_agent: str | None = None
    ja3: str | None = None
    """MD5 of the JA3 string."""
    ja4: str | None = None
    alpn: str | None = None
    tls_version: str | None = None

    application: str | None = None
    activity: str | None = None
    country: str | None = None
    city: str | None = None
    asn: int | None = None
    as_org: str | None = None
    tracker: str | None = None
    """Owner of the tracker the flow goes to."""
    community_id: str | None = None

    shape: bytes | None = None
    """Sizes and gaps of its packets, to be unpacked by ``shape.py``; None before somebody asks, and in a short flow."""

    slot: int = -1
    """Place in the meter's table while open; -1 once closed."""
    session: object | None = field(default=None, repr=False)
    """The correlator's stream state while someone still wants payload."""
    accounted_bytes_up: int = 0
    """Bytes already added to the traffic series."""
    accounted_bytes_down: int = 0
    accounted_packets_up: int = 0
    accounted_packets_down: int = 0
    tunnelled: bool = False
    """Inside a tunnel: ``id`` is the outermost flow's, and the outermost one is what is counted and stored."""
    icmp_type: int | None = None
    """Of the first message."""
    icmp_code: int | None = None
    stored: bool = False
    """Its row was written at least once."""
