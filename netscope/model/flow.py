"""A flow: one conversation between a client and a server, and what is known about it."""

from __future__ import annotations

from typing import Final

UP: Final = 0
"""Direction client to server."""
DOWN: Final = 1
"""Direction server to client."""


class Flow:
    """One conversation, client first. Owned by the engine thread; front ends get snapshots.

    The meter writes identity and counters, correlate the names, enrich what lists know. Not a dataclass: the
    constructor that ``dataclasses`` writes is interpreted, field by field, also in a compiled module.
    """

    def __init__(
        self,
        id: int,  # noqa: A002 - the recording's column is called id
        client_ip: str,
        client_port: int,
        server_ip: str,
        server_port: int,
        protocol: str,
        vlan: str | None,
        client_mac: str | None,
        server_mac: str | None,
        first_seen_ns: int,
        last_seen_ns: int = 0,
        slot: int = -1,
    ) -> None:
        self.id = id
        self.client_ip = client_ip
        self.client_port = client_port
        self.server_ip = server_ip
        self.server_port = server_port
        self.protocol = protocol
        """``tcp``, ``udp``, ``icmp``, ``icmpv6`` or the IP protocol number's name."""
        self.vlan = vlan
        """802.1Q VLAN id; of stacked tags all, outer first, joined by commas."""
        self.client_mac = client_mac
        self.server_mac = server_mac
        self.first_seen_ns = first_seen_ns
        self.last_seen_ns = last_seen_ns

        self.packets_up = 0
        self.packets_down = 0
        self.bytes_up = 0
        """Layer-3 bytes, IP header included."""
        self.bytes_down = 0
        self.payload_bytes_up = 0
        """Behind the transport's header, retransmissions included."""
        self.payload_bytes_down = 0
        self.data_up_ns: int | None = None
        """When the first payload came."""
        self.data_down_ns: int | None = None
        self.tcp_state: str | None = None
        """Zeek conn_state: S0, S1, SF, REJ, S2, S3, RSTO, RSTR, RSTOS0, RSTRH, SH, SHR, OTH."""
        self.tcp_history: str | None = None
        self.rtt_us: int | None = None
        """Handshake round trip as seen here: SYN to SYN-ACK plus SYN-ACK to ACK."""
        self.retransmissions = 0
        self.end_reason: str | None = None
        """fin, rst, idle, evicted or capture_end; None while open."""

        self.app_protocol: str | None = None
        self.app_protocol_source: str | None = None
        """``content``, or ``port`` when only the port number says so."""
        self.server_name: str | None = None
        self.name_source: str | None = None
        self.name_missing_reason: str | None = None
        """Why there is no name: ech, started_before_capture, address_only."""
        self.device_id: int | None = None
        """The local device: the client's where it is local, else the server's."""
        self.server_device_id: int | None = None
        """The server's device where both ends are local."""
        self.goes_out = False
        """From this network to an address outside it that is no group."""
        self.user_agent: str | None = None
        self.ja3: str | None = None
        """MD5 of the JA3 string."""
        self.ja4: str | None = None
        self.alpn: str | None = None
        self.tls_version: str | None = None

        self.application: str | None = None
        self.activity: str | None = None
        self.country: str | None = None
        self.city: str | None = None
        self.asn: int | None = None
        self.as_org: str | None = None
        self.tracker: str | None = None
        """Owner of the tracker the flow goes to."""
        self.community_id: str | None = None

        self.shape: bytes | None = None
        """Sizes and gaps of its packets, unpacked by ``shape.py``; None before somebody asks, and in a short flow."""

        self.slot = slot
        """Place in the meter's table while open; -1 once closed."""
        self.session: object | None = None
        """The correlator's stream state while someone still wants payload."""
        self.accounted_bytes_up = 0
        """Bytes already added to the traffic series."""
        self.accounted_bytes_down = 0
        self.accounted_packets_up = 0
        self.accounted_packets_down = 0
        self.tunnelled = False
        """Inside a tunnel: ``id`` is the outermost flow's, and the outermost one is what is counted and stored."""
        self.icmp_type: int | None = None
        """Of the first message."""
        self.icmp_code: int | None = None
        self.outcome = 0
        """What is known of its attempt to connect: analyze/outcomes.py."""
        self.stored = False
        """Its row was written at least once."""

    def measured(
        self,
        packets_up: int,
        packets_down: int,
        bytes_up: int,
        bytes_down: int,
        payload_bytes_up: int,
        payload_bytes_down: int,
        first_seen_ns: int,
        last_seen_ns: int,
    ) -> None:
        """The meter's counters so far."""
        self.packets_up = packets_up
        self.packets_down = packets_down
        self.bytes_up = bytes_up
        self.bytes_down = bytes_down
        self.payload_bytes_up = payload_bytes_up
        self.payload_bytes_down = payload_bytes_down
        self.first_seen_ns = first_seen_ns
        self.last_seen_ns = last_seen_ns

    def data_began(self, up_ns: int | None, down_ns: int | None) -> None:
        """Told when a direction begins to carry payload."""
        self.data_up_ns = up_ns
        self.data_down_ns = down_ns

    def tcp_measured(self, state: str, history: str | None, retransmissions: int, rtt_us: int | None) -> None:
        """The same of TCP; ``history`` None: it is what it was."""
        self.tcp_state = state
        if history is not None:
            self.tcp_history = history
        self.retransmissions = retransmissions
        self.rtt_us = rtt_us

    def __repr__(self) -> str:
        ends = f"{self.client_ip}:{self.client_port} > {self.server_ip}:{self.server_port}"
        return f"<Flow {self.id} {self.protocol} {ends}>"
