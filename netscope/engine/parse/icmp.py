"""ICMP and ICMPv6 errors and the packet they quote (RFC 792, 1812, 4443). The flow it belongs to is found elsewhere."""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.wire import Reader, ip_text
from netscope.model.link import IcmpError

REDIRECT: Final = 5
"""RFC 792, page 12."""
ERRORS: Final = frozenset((3, 4, REDIRECT, 11, 12))
"""Destination unreachable, source quench, redirect, time exceeded, parameter problem."""
ERRORS_V6: Final = frozenset((1, 2, 3, 4))
"""Destination unreachable, packet too big, time exceeded, parameter problem."""

PROTOCOLS_WITH_PORTS: Final = frozenset((6, 17, 33, 132, 136))
"""TCP, UDP, DCCP, SCTP, UDP-Lite: source and destination port come first."""

HOP_BY_HOP: Final = 0
ROUTING: Final = 43
FRAGMENT: Final = 44
AUTHENTICATION: Final = 51
DESTINATION_OPTIONS: Final = 60
MOBILITY_HIP_SHIM6: Final = (135, 139, 140)
EXTENSION_HEADERS: Final = frozenset(
    (HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION_OPTIONS, *MOBILITY_HIP_SHIM6)
)
"""RFC 7045, section 2, without ESP, behind which nothing is readable."""
MAX_EXTENSION_HEADERS: Final = 16


def parse_error(data: bytes) -> IcmpError | None:
    """An ICMP message from its type on; None where it is no error.

    Raises Incomplete where the quote ends before the ports, ParseError where it is no IPv4 packet.
    """
    reader = Reader(data, "icmp")
    icmp_type, code = reader.uint8(), reader.uint8()
    if icmp_type not in ERRORS:
        return None
    reader.skip(6)
    start = reader.position
    first = reader.uint8()
    header_bytes = (first & 15) * 4
    if first >> 4 != 4 or header_bytes < 20:
        raise reader.error("malformed_icmp_quote")
    reader.skip(5)
    fragment_offset = reader.uint16() & 0x1FFF
    reader.skip(1)
    protocol = reader.uint8()
    reader.skip(2)
    source, destination = ip_text(reader.take(4)), ip_text(reader.take(4))
    reader.skip(start + header_bytes - reader.position)
    source_port, destination_port = _ports(reader, protocol, fragment_offset)
    return IcmpError(icmp_type, code, protocol, source, source_port, destination, destination_port)


def parse_error_v6(data: bytes) -> IcmpError | None:
    """An ICMPv6 message from its type on; None and errors as `parse_error`."""
    reader = Reader(data, "icmpv6")
    icmp_type, code = reader.uint8(), reader.uint8()
    if icmp_type not in ERRORS_V6:
        return None
    reader.skip(6)
    if reader.uint32() >> 28 != 6:
        raise reader.error("malformed_icmpv6_quote")
    reader.skip(2)
    following = reader.uint8()
    reader.skip(1)
    source, destination = ip_text(reader.take(16)), ip_text(reader.take(16))
    protocol, fragment_offset = _upper_layer(reader, following)
    source_port, destination_port = _ports(reader, protocol, fragment_offset)
    return IcmpError(icmp_type, code, protocol, source, source_port, destination, destination_port)


def _upper_layer(reader: Reader, following: int) -> tuple[int, int]:
    """Walk IPv6 extension headers (RFC 8200, section 4); the upper protocol and the fragment offset."""
    for _ in range(MAX_EXTENSION_HEADERS):
        if following not in EXTENSION_HEADERS:
            return following, 0
        current, following, length = following, reader.uint8(), reader.uint8()
        if current == FRAGMENT:
            offset = reader.uint16() >> 3
            reader.skip(4)
            if offset:
                return following, offset
        elif current == AUTHENTICATION:
            reader.skip((length + 2) * 4 - 2)
        else:
            reader.skip(length * 8 + 6)
    raise reader.error("malformed_icmpv6_quote")


def _ports(reader: Reader, protocol: int, fragment_offset: int) -> tuple[int, int]:
    """Zero for a protocol without ports and for a fragment that is not the first."""
    if protocol not in PROTOCOLS_WITH_PORTS or fragment_offset:
        return 0, 0
    return reader.uint16(), reader.uint16()
