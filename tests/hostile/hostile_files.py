"""Capture files made to hurt: each generator yields frames for the whole pipeline. Sizes are the caller's."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.engine.parse import frames as f

NOISE = random.Random(20240601)


def tcp(sequence: int, payload: bytes, flags: int = f.ACK, *, port: int = 443, source: int = 40000) -> bytes:
    return f.ethernet(f.ipv4(f.tcp(flags, sequence, 1, payload, source=source, target=port), 6))


def address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def random_bodies(count: int) -> Iterator[bytes]:
    """Random bytes behind valid headers, on ports whose protocols are read."""
    ports = (53, 67, 80, 123, 137, 161, 443, 1900, 3478, 4789, 5353, 2152, 6081)
    for _ in range(count):
        body = NOISE.randbytes(NOISE.randrange(400))
        if NOISE.random() < 0.5:
            yield f.ethernet(f.ipv4(f.udp(body, NOISE.randrange(1024, 65536), NOISE.choice(ports))))
        else:
            yield f.ethernet(f.ipv4(NOISE.randbytes(NOISE.randrange(100)), NOISE.randrange(256)))


def nested_tunnels(count: int) -> Iterator[bytes]:
    packet = f.ipv4(f.udp(b"innermost"))
    for _ in range(1000):
        packet = f.ipv4(packet, 4)
    for _ in range(count):
        yield f.ethernet(packet)


def extension_chains(count: int) -> Iterator[bytes]:
    chain = (b"\x3c\0" + bytes(6)) * 1000
    for _ in range(count):
        yield f.ethernet(f.ipv6(chain, 60), 0x86DD)


def compression_pointers(count: int) -> Iterator[bytes]:
    chain = b"\1a\0" + b"".join(struct.pack("!H", 0xC000 | 12 + max(0, 2 * n - 1)) for n in range(4000))
    records = b"".join(struct.pack("!HHHIH", 0xC00C + 2 * (n % 2000), 1, 1, 60, 0) for n in range(2000))
    head = struct.pack("!HHHHHH", 7, 0x8180, 1, 2000, 0, 0)
    for _ in range(count):
        yield f.ethernet(f.ipv4(f.udp(head + chain + records, 53, 40000), 17, f.SERVER, f.CLIENT))


def one_packet_flows(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield f.ethernet(f.ipv4(f.udp(b"once", 40000 + number % 20000, 9999), 17, address(number), f.SERVER))


def lonely_fragments(count: int) -> Iterator[bytes]:
    for number in range(count):
        fragment = f.ipv4(bytes(1400), 17, address(number), f.SERVER, fragment=8, more=True, ident=number & 0xFFFF)
        yield f.ethernet(fragment)


def overlapping_fragments(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield f.ethernet(f.ipv4(NOISE.randbytes(1400), fragment=8 * NOISE.randrange(8000), more=True, ident=1))


def random_sequences(count: int) -> Iterator[bytes]:
    yield tcp(0, b"", f.SYN)
    for _ in range(count):
        yield tcp(NOISE.randrange(2**32), NOISE.randbytes(NOISE.randrange(200)))


def near_sequences(count: int) -> Iterator[bytes]:
    """Every second byte of a window, never the first: as many holes as can be."""
    yield tcp(0, b"", f.SYN)
    for number in range(count):
        yield tcp(100 + 2 * (number % 1_000_000), b"x")


def syn_flood(count: int) -> Iterator[bytes]:
    for number in range(count):
        segment = f.tcp(f.SYN, number, source=1024 + number % 60000, target=80)
        yield f.ethernet(f.ipv4(segment, 6, address(number * 7), f.SERVER))


def tls_record_bomb(count: int) -> Iterator[bytes]:
    """A ClientHello of 16 MB in empty and tiny records that never completes."""
    yield tcp(0, b"", f.SYN)
    sequence = 1
    data = b"\x16\x03\x01\0\4\1\xff\xff\xff" + b"\x16\x03\x01\0\1x" * 200
    for _ in range(count):
        yield tcp(sequence, data)
        sequence += len(data)


def endless_head(count: int) -> Iterator[bytes]:
    yield tcp(0, b"", f.SYN, port=80)
    sequence, data = 1, b"GET / HTTP/1.1\r\n"
    for number in range(count):
        yield tcp(sequence, data, port=80)
        sequence += len(data)
        data = b"X-Field-%d: %s\r\n" % (number, b"y" * 1200)


def lying_lengths(count: int) -> Iterator[bytes]:
    for _ in range(count):
        packet = bytearray(f.ethernet(f.ipv4(f.tcp(f.ACK, 1, 1, bytes(40)), 6)))
        for at in (14, 16, 17, 46):
            if NOISE.random() < 0.5:
                packet[at] = NOISE.randrange(256)
        yield bytes(packet)


def write(path: Path, frames: Iterator[bytes], packets_a_second: int = 100_000) -> int:
    """Write a pcap file; returns its packets."""
    count = 0
    record = struct.Struct("<IIII")
    with path.open("wb") as file:
        file.write(f.pcap([]))
        for frame in frames:
            at = f.START + count * f.SECOND // packets_a_second
            file.write(record.pack(at // f.SECOND, at % f.SECOND // 1000, len(frame), len(frame)) + frame)
            count += 1
    return count


FILES: dict[str, tuple[Callable[[int], Iterator[bytes]], int, str]] = {
    "random_bodies": (random_bodies, 20_000, "malformed_"),
    "nested_tunnels": (nested_tunnels, 500, "tunnel_too_deep"),
    "extension_chains": (extension_chains, 2_000, "ipv6_extensions_too_many"),
    "compression_pointers": (compression_pointers, 100, "dns"),
    "one_packet_flows": (one_packet_flows, 100_000, "flow_table_full"),
    "lonely_fragments": (lonely_fragments, 50_000, "fragments_evicted"),
    "overlapping_fragments": (overlapping_fragments, 20_000, "fragment_overlap"),
    "random_sequences": (random_sequences, 50_000, "tcp_out_of_window"),
    "near_sequences": (near_sequences, 50_000, "tcp_buffer_full"),
    "syn_flood": (syn_flood, 50_000, "flow_table_full"),
    "tls_record_bomb": (tls_record_bomb, 10_000, "tls"),
    "endless_head": (endless_head, 10_000, "http"),
    "lying_lengths": (lying_lengths, 20_000, "malformed_tcp_header"),
}
"""Name -> (generator, packets in a test run, what the slug that counts it contains)."""
