"""DHCPv4 and DHCPv6 messages as parsed (RFC 2131, 2132, 8415)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class DhcpMessage:
    version: int
    """4 or 6."""
    message_type: str
    """DISCOVER, OFFER, REQUEST, ACK, NAK, DECLINE, RELEASE, INFORM …; for v6 SOLICIT, ADVERTISE, REPLY, RELAY-FORW …;
    BOOTREQUEST or BOOTREPLY where option 53 is missing."""
    transaction_id: int
    from_client: bool
    mac: str | None
    """Client hardware address (v4: chaddr; v6: from DUID-LL, DUID-LLT or the relay's link-layer option)."""
    hostname: str | None
    fqdn: str | None
    vendor_class: str | None
    client_id: str | None
    """Hex."""
    parameter_request_list: tuple[int, ...]
    """Option codes in the order asked."""
    options: tuple[int, ...]
    """Option codes present, in order."""
    client_ip: str | None
    requested_ip: str | None
    assigned_ip: str | None
    """yiaddr, or the first address of an IA_NA."""
    server_ip: str | None
    """Server identifier (v4)."""
    relay_ip: str | None
    lease_seconds: int | None
    subnet_mask: str | None
    routers: tuple[str, ...]
    dns_servers: tuple[str, ...]
    domain: str | None
    circuit_id: str | None = None
    """Hex of what the relay says of the port (v4: option 82 suboption 1; v6: Interface-ID)."""
    remote_id: str | None = None
    """Hex of what the relay says of the client (v4: option 82 suboption 2; v6: option 37)."""
