"""Frames and capture files built byte by byte, for what a packet library would repair or refuse."""

from __future__ import annotations

import struct
from collections.abc import Iterable

CLIENT_MAC = bytes.fromhex("020000000001")
SERVER_MAC = bytes.fromhex("020000000002")
CLIENT, SERVER = "192.0.2.10", "198.51.100.20"
CLIENT6, SERVER6 = bytes.fromhex("20010db8" + "00" * 11 + "0a"), bytes.fromhex("20010db8" + "00" * 11 + "14")
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND


def packed(address: str) -> bytes:
    return bytes(map(int, address.split(".")))


def ethernet(payload: bytes, kind: int = 0x0800, *, up: bool = True) -> bytes:
    ends = (SERVER_MAC, CLIENT_MAC) if up else (CLIENT_MAC, SERVER_MAC)
    return b"".join(ends) + struct.pack("!H", kind) + payload


def vlan(tag: int, kind: int, payload: bytes) -> bytes:
    """What follows the EtherType 0x8100: tag, next EtherType, payload."""
    return struct.pack("!HH", tag, kind) + payload


def ipv4(
    payload: bytes,
    protocol: int = 17,
    source: str = CLIENT,
    target: str = SERVER,
    *,
    ident: int = 1,
    fragment: int = 0,
    more: bool = False,
    ttl: int = 64,
    length: int | None = None,
    options: bytes = b"",
) -> bytes:
    """``fragment`` is the offset in bytes, ``length`` what the header says when that is not so."""
    words = 5 + len(options) // 4
    total = words * 4 + len(payload) if length is None else length
    offset = fragment // 8 | (0x2000 if more else 0)
    head = struct.pack("!BBHHHBBH", 0x40 | words, 0, total, ident, offset, ttl, protocol, 0)
    return head + packed(source) + packed(target) + options + payload


def ipv6(
    payload: bytes, kind: int = 17, source: bytes = CLIENT6, target: bytes = SERVER6, *, length: int | None = None
):
    size = len(payload) if length is None else length
    return struct.pack("!IHBB", 6 << 28, size, kind, 64) + source + target + payload


def ipv6_fragment(payload: bytes, kind: int, offset: int, *, more: bool, ident: int = 7) -> bytes:
    return ipv6(struct.pack("!BBHI", kind, 0, offset | more, ident) + payload, 44)


def udp(payload: bytes, source: int = 40000, target: int = 9999, *, length: int | None = None) -> bytes:
    return struct.pack("!HHHH", source, target, 8 + len(payload) if length is None else length, 0) + payload


def tcp(
    flags: int,
    sequence: int,
    acknowledged: int = 0,
    payload: bytes = b"",
    *,
    source: int = 40000,
    target: int = 9999,
    options: bytes = b"",
    window: int = 64240,
) -> bytes:
    words = 5 + len(options) // 4
    head = struct.pack(
        "!HHIIBBHHH", source, target, sequence % 2**32, acknowledged % 2**32, words << 4, flags, window, 0, 0
    )
    return head + options + payload


def icmp(kind: int, code: int = 0, rest: bytes = bytes(8)) -> bytes:
    return struct.pack("!BBH", kind, code, 0) + rest


def pcap(
    frames: Iterable[bytes | tuple[int, bytes, int]], link_type: int = 1, *, order: str = "<", magic: int = 0xA1B2C3D4
) -> bytes:
    """A frame alone is a second after the one before it; (timestamp_ns, bytes, wire length) says all."""
    unit = 1 if magic == 0xA1B23C4D else 1000
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link_type)]
    for number, frame in enumerate(frames):
        at, data, wire = frame if isinstance(frame, tuple) else (START + number * SECOND, frame, len(frame))
        parts += (struct.pack(order + "IIII", at // SECOND, at % SECOND // unit, len(data), wire), data)
    return b"".join(parts)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A pcapng block: padded, with its length at both ends."""
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def interface(link_type: int = 1, options: bytes = b"", order: str = "<", snap_length: int = 0) -> bytes:
    return block(1, struct.pack(order + "HHI", link_type, 0, snap_length) + options, order)


def enhanced(frame: bytes, ticks: int = 0, number: int = 0, order: str = "<", wire: int | None = None) -> bytes:
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), wire or len(frame))
    return block(6, head + frame, order)


def pcapng(frames: Iterable[bytes], link_type: int = 1, order: str = "<") -> bytes:
    ticks = START // 1000
    packets = [enhanced(frame, ticks + number, 0, order) for number, frame in enumerate(frames)]
    return section(order) + interface(link_type, b"", order) + b"".join(packets)
