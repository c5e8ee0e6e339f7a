"""What one capture holds, in a form two independent readers can be compared by."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, NamedTuple

MESSAGE_KINDS = ("sni", "ja3", "ja4", "dns_questions", "dns_answers", "http", "dhcp", "certificates")


class Endpoint(NamedTuple):
    address: str
    port: int


class FlowKey(NamedTuple):
    """A conversation whichever way it was opened."""

    vlan: str
    protocol: str
    a: Endpoint
    b: Endpoint

    @property
    def hosts(self) -> tuple[str, str, str]:
        return self.vlan, self.a.address, self.b.address


@dataclass
class FlowCounts:
    packets_ab: int = 0
    packets_ba: int = 0
    ip_bytes_ab: int = 0
    ip_bytes_ba: int = 0

    def add(self, other: FlowCounts) -> None:
        self.packets_ab += other.packets_ab
        self.packets_ba += other.packets_ba
        self.ip_bytes_ab += other.ip_bytes_ab
        self.ip_bytes_ba += other.ip_bytes_ba

    def reversed(self) -> FlowCounts:
        return FlowCounts(self.packets_ba, self.packets_ab, self.ip_bytes_ba, self.ip_bytes_ab)


@dataclass
class Facts:
    packets: int = 0
    bytes: int = 0
    flows: dict[FlowKey, FlowCounts] = field(default_factory=dict)
    fragmented_hosts: set[tuple[str, str, str]] = field(default_factory=set)
    """Host pairs of which some packets are fragments: whose ports they have is for a reassembler to say."""
    bytes_unknown: set[FlowKey] = field(default_factory=set)
    """Conversations with a packet whose IP header says length 0 (segmentation offload)."""
    messages: dict[str, Counter[Any]] = field(default_factory=lambda: {kind: Counter() for kind in MESSAGE_KINDS})
    optional: dict[str, Counter[Any]] = field(default_factory=lambda: {kind: Counter() for kind in MESSAGE_KINDS})
    """What a reader may report or leave out."""

    def add_flow(self, vlan: str, protocol: str, source: Endpoint, target: Endpoint, counts: FlowCounts) -> FlowKey:
        if target < source:
            source, target, counts = target, source, counts.reversed()
        key = FlowKey(vlan, protocol, source, target)
        self.flows.setdefault(key, FlowCounts()).add(counts)
        return key


def endpoint(address: str, port: str | int | None) -> Endpoint:
    return Endpoint(str(ip_address(address)), int(port or 0))
