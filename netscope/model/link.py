"""Messages of the local link as parsed: ARP, neighbour discovery, ICMP errors, group membership."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class ArpMessage(NamedTuple):
    """RFC 826 over Ethernet and IPv4."""

    operation: int
    """1 request, 2 reply."""
    sender_mac: str
    sender_ip: str
    target_mac: str
    target_ip: str

    @property
    def is_gratuitous(self) -> bool:
        return self.sender_ip == self.target_ip

    @property
    def is_probe(self) -> bool:
        """RFC 5227, section 2.1.1."""
        return self.sender_ip == "0.0.0.0"  # noqa: S104


class RaPrefix(NamedTuple):
    """Prefix information option (RFC 4861, section 4.6.2)."""

    prefix: str
    """In CIDR form."""
    on_link: bool
    autonomous: bool
    valid_seconds: int
    preferred_seconds: int


@dataclass(slots=True)
class NdpMessage:
    """RFC 4861, sections 4.1 to 4.5."""

    kind: str
    """router_solicitation, router_advertisement, neighbor_solicitation, neighbor_advertisement, redirect."""
    target_ip: str | None
    link_layer_mac: str | None
    """Source or target link-layer address option."""
    override: bool
    solicited: bool
    router: bool
    router_lifetime_seconds: int | None
    prefixes: tuple[RaPrefix, ...]
    dns_servers: tuple[str, ...]
    """RDNSS (RFC 8106)."""
    destination_ip: str | None
    """Redirect only."""


class IcmpError(NamedTuple):
    """An ICMP or ICMPv6 error and the start of the packet it quotes (RFC 792, 4443)."""

    icmp_type: int
    code: int
    protocol: int
    """IP protocol number of the quoted packet."""
    source_ip: str
    source_port: int
    destination_ip: str
    destination_port: int


class GroupReport(NamedTuple):
    """IGMP or MLD: a host joins, leaves or is asked about groups (RFC 3376, 3810)."""

    kind: str
    """query, report, leave."""
    groups: tuple[str, ...]
