"""ARP over Ethernet and IPv4 (RFC 826, 5227). Who owns which address is judged elsewhere."""

from __future__ import annotations

from struct import Struct
from typing import Final

from netscope.engine.parse.wire import ip_text, mac_text
from netscope.model.errors import Incomplete, ParseError
from netscope.model.link import ArpMessage

ARP_BYTES: Final = 28
LAYOUT = Struct("!HHBBH6s4s6s4s").unpack_from

HARDWARE_ETHERNET: Final = frozenset((1, 6))
"""Ethernet and IEEE 802 networks write the same addresses (RFC 1042, section "ARP")."""
PROTOCOL_IPV4: Final = 0x0800


def parse(data: bytes) -> ArpMessage:
    """The bytes after the EtherType. ParseError ``unsupported_arp`` for anything but Ethernet and IPv4."""
    if len(data) < 8:
        raise Incomplete("truncated_arp", len(data))
    if data[4] != 6 or data[5] != 4:
        raise ParseError("unsupported_arp", 4)
    if len(data) < ARP_BYTES:
        raise Incomplete("truncated_arp", len(data))
    hardware, protocol, _, _, operation, sender_mac, sender_ip, target_mac, target_ip = LAYOUT(data)
    if hardware not in HARDWARE_ETHERNET or protocol != PROTOCOL_IPV4:
        raise ParseError("unsupported_arp", 0)
    return ArpMessage(operation, mac_text(sender_mac), ip_text(sender_ip), mac_text(target_mac), ip_text(target_ip))
