"""Types of the compiled meter (meter.pyx)."""

import builtins
import mmap
from collections.abc import Iterable
from typing import Final, Protocol

from netscope.model.flow import Flow

Buffer = bytes | bytearray | memoryview | mmap.mmap
CONTROL_ARP: Final = 0
CONTROL_NDP: Final = 1
CONTROL_ICMP_ERROR: Final = 2
CONTROL_ICMPV6_ERROR: Final = 3
CONTROL_GROUP: Final = 4
PROTOCOL_NAMES: dict[int, str]
SLUG_NAMES: tuple[str, ...]
RATE_WINDOW_S: Final = 5
RATE_SLOTS: Final = 16

class MeterSink(Protocol):
    """Whom the meter calls. Answers to stream, gap and datagram are those of correlate.session."""

    def open_flow(
        self,
        flow_id: int,
        client_ip: str,
        client_port: int,
        server_ip: str,
        server_port: int,
        protocol: str,
        vlan: str | None,
        client_mac: str | None,
        server_mac: str | None,
        first_seen_ns: int,
        slot: int,
        outer: Flow | None,
    ) -> Flow: ...
    def close_flow(self, flow: Flow) -> None: ...
    def stream(self, flow: Flow, direction: int, data: bytes, timestamp_ns: int) -> int: ...
    def gap(self, flow: Flow, direction: int, missing_bytes: int, timestamp_ns: int) -> int: ...
    def datagram(self, flow: Flow, direction: int, data: bytes, timestamp_ns: int) -> int: ...
    def control(
        self,
        kind: int,
        data: bytes,
        source_mac: str | None,
        destination_mac: str | None,
        source_ip: str | None,
        destination_ip: str | None,
        hop_limit: int,
        vlan: str | None,
        timestamp_ns: int,
    ) -> None: ...
    def second(self, now_ns: int) -> None:
        """Packet time passed a whole second (one call however far it jumped)."""
        ...

def flow_digest(
    source: str,
    source_port: int,
    destination: str,
    destination_port: int,
    protocol: int,
    has_ports: bool,
    ordered: bool,
    seed: int,
) -> str:
    """Base64 of the SHA-1 over seed, ends, protocol and ports; ``ordered``: the ends stay as they are given.

    ValueError for what is no address, or addresses of two families.
    """

class Meter:
    packets: int
    bytes: int
    truncated: int
    flows_opened: int
    next_flow_id: int
    now_ns: int
    flows_open: int
    link_type: int
    memory_bytes: int
    kept_bytes: int
    """Memory for packets; 0: none are kept."""
    kept_since_ns: int
    """Time of the oldest packet kept; 0: there is none."""

    def __init__(self, sink: MeterSink, max_flows: int = 100_000, first_flow_id: int = 1) -> None: ...
    def add_frame(
        self, timestamp_ns: int, data: builtins.bytes, wire_length: int, link_type: int, interface: int
    ) -> None: ...
    def advance(self, now_ns: int) -> None: ...
    def exclude_mac(self, mac: builtins.bytes) -> None: ...
    def exclude_address(self, address: builtins.bytes) -> None: ...
    def rewind(self, now_ns: int) -> None: ...
    def open_capture(self, buffer: Buffer, end: int) -> int: ...
    def read_capture(self, buffer: Buffer, offset: int, end: int, max_packets: int) -> tuple[int, int]: ...
    def collect(self) -> list[Flow]: ...
    def expire(self, now_ns: int) -> int: ...
    def finish(self, max_flows: int = ...) -> bool:
        """The capture has ended: close every flow, at most ``max_flows`` of them; True once none is left."""
    def watch_rates(self) -> None:
        """From now on keep how fast each flow moves. Flows already open count from their next packet."""
    def rate(self, slot: int, inward: bool) -> tuple[int, int, tuple[int, ...]]:
        """(bytes up, bytes down of the last 5 s, bytes by slot of 4 s with the oldest first) of an open flow.

        ``inward``: the client is elsewhere; its bytes up count as down in the pulse from here on.
        """
    def rate_at_end(self) -> tuple[int, int, tuple[int, ...]]:
        """The same of the flow whose end the sink is being told."""
    def rate_slots(self, slot: int) -> builtins.bytes:
        """Bytes each way of an open flow by slot, packed (``rates.slots_of``)."""
    def rate_slots_at_end(self) -> builtins.bytes:
        """The same of the flow whose end the sink is being told."""
    def moving(self, now_ns: int) -> list[Flow]:
        """Open flows whose ``rate`` is not what was last given out, those that move most first, to a power of two."""
    def take_pulse(self) -> tuple[int, int, int]:
        """(bytes out of this network, bytes into it, packets) of all flows measured since the last call."""
    def keep_packets(self, size_bytes: int) -> None:
        """From now on keep the newest packets whole, in so many bytes of memory. Once, and for the meter's life."""
    def packets_of(self, flows: Iterable[Flow]) -> tuple[builtins.bytes, int]:
        """(a pcap file, packets in it) of what is kept of these flows, in order of arrival.

        A file has one link type: that of the first packet found. Fragments are taken by addresses and protocol.
        """
    def counters(self) -> dict[str, int]: ...
    def syn_shape(self, slot: int) -> tuple[int, int, builtins.bytes] | None: ...
    def first_ttls(self, slot: int) -> tuple[int, int]:
        """TTL or hop limit of the first packet of client and server; 0 where there was none."""
    def shape(self, flow: Flow) -> builtins.bytes | None:
        """Packed shape of an open flow (model/shape.py); None where it has ended or had too few packets."""
