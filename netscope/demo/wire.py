"""Frames from the bytes up: Ethernet, IPv4, IPv6, UDP, TCP, with checksums that hold.

Plain struct packing, because the demo makes tens of thousands of frames while someone waits.
"""

from __future__ import annotations

import struct
from collections.abc import Generator, Iterator
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final, NamedTuple

Frame = tuple[int, bytes]
"""(timestamp in ns since the epoch, Ethernet frame)."""
Frames = Iterator[Frame]
Timed = Generator[Frame, None, int]
"""Frames of one exchange in time order; its value is the time after the last of them."""

US: Final = 1_000
MS: Final = 1_000_000
SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND

ETHERTYPE_IPV4: Final = 0x0800
ETHERTYPE_ARP: Final = 0x0806
ETHERTYPE_IPV6: Final = 0x86DD
PROTOCOL_ICMP: Final = 1
PROTOCOL_TCP: Final = 6
PROTOCOL_UDP: Final = 17
PROTOCOL_ICMPV6: Final = 58

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MIN_FRAME_BYTES: Final = 60
"""What arrives from the wire has at least this much, the checksum taken off (IEEE 802.3)."""

BROADCAST_MAC: Final = b"\xff" * 6

_IPV4 = struct.Struct("!BBHHHBBH4s4s")
_IPV6 = struct.Struct("!IHBB16s16s")
_TCP = struct.Struct("!HHIIBBHHH")
_UDP = struct.Struct("!HHHH")


class End(NamedTuple):
    """One end of an exchange as a frame shows it: a host of the network, or a distant one behind the router's MAC."""

    mac: bytes
    address: bytes
    """Packed, 4 or 16 bytes."""
    ttl: int = 64


def mac_bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def ip_bytes(text: str) -> bytes:
    return inet_pton(AF_INET6 if ":" in text else AF_INET, text)


def multicast_mac(group: bytes) -> bytes:
    """RFC 1112, section 6.4, and RFC 2464, section 7."""
    if len(group) == 4:
        return b"\x01\x00\x5e" + bytes([group[1] & 0x7F]) + group[2:]
    return b"\x33\x33" + group[-4:]


def multicast(group: str) -> End:
    packed = ip_bytes(group)
    return End(multicast_mac(packed), packed)


def checksum(data: bytes) -> int:
    """RFC 1071. The sum of 16-bit words in one's complement is the number they form modulo 65535."""
    if len(data) & 1:
        data += b"\0"
    return 0xFFFF - int.from_bytes(data) % 0xFFFF


def ethernet(source: bytes, target: bytes, ethertype: int, payload: bytes) -> bytes:
    return (target + source + ethertype.to_bytes(2) + payload).ljust(MIN_FRAME_BYTES, b"\0")


def packet(source: End, target: End, protocol: int, payload: bytes, *, identification: int = 0) -> bytes:
    """An Ethernet frame with an IP packet; identification 0 comes with "don't fragment", as Linux and iOS send it."""
    if len(source.address) == 16:
        header = _IPV6.pack(6 << 28, len(payload), protocol, source.ttl, source.address, target.address)
        return ethernet(source.mac, target.mac, ETHERTYPE_IPV6, header + payload)
    fragment = 0 if identification else 0x4000
    fields = (0x45, 0, 20 + len(payload), identification, fragment, source.ttl, protocol)
    header = _IPV4.pack(*fields, 0, source.address, target.address)
    header = _IPV4.pack(*fields, checksum(header), source.address, target.address)
    return ethernet(source.mac, target.mac, ETHERTYPE_IPV4, header + payload)


def pseudo_header(source: End, target: End, protocol: int, length: int) -> bytes:
    if len(source.address) == 16:
        return source.address + target.address + struct.pack("!II", length, protocol)
    return source.address + target.address + struct.pack("!HH", protocol, length)


def udp(
    source: End, source_port: int, target: End, target_port: int, payload: bytes, *, identification: int = 0
) -> bytes:
    length = 8 + len(payload)
    header = _UDP.pack(source_port, target_port, length, 0)
    total = checksum(pseudo_header(source, target, PROTOCOL_UDP, length) + header + payload) or 0xFFFF
    datagram = _UDP.pack(source_port, target_port, length, total) + payload
    return packet(source, target, PROTOCOL_UDP, datagram, identification=identification)


def tcp(
    source: End,
    source_port: int,
    target: End,
    target_port: int,
    *,
    sequence: int,
    acknowledgment: int,
    flags: int,
    window: int,
    options: bytes = b"",
    payload: bytes = b"",
) -> bytes:
    offset = (20 + len(options)) << 2
    fields = (source_port, target_port, sequence & 0xFFFFFFFF, acknowledgment & 0xFFFFFFFF, offset, flags, window)
    segment = _TCP.pack(*fields, 0, 0) + options + payload
    total = checksum(pseudo_header(source, target, PROTOCOL_TCP, len(segment)) + segment)
    return packet(source, target, PROTOCOL_TCP, _TCP.pack(*fields, total, 0) + segment[20:])


def icmp(source: End, target: End, icmp_type: int, code: int, body: bytes) -> bytes:
    protocol = PROTOCOL_ICMPV6 if len(source.address) == 16 else PROTOCOL_ICMP
    message = bytes([icmp_type, code, 0, 0]) + body
    covered = (
        pseudo_header(source, target, protocol, len(message)) + message if protocol == PROTOCOL_ICMPV6 else message
    )
    total = checksum(covered).to_bytes(2)
    return packet(source, target, protocol, message[:2] + total + message[4:])
