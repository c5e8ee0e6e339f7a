"""A plain reading of real captures for tests: payload in order per conversation, by dpkt, independent of the meter.

Slow and simple on purpose. Lost bytes show as a gap; retransmissions and overlaps are dropped (first copy wins).
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import dpkt

UP, DOWN = 0, 1


class Event(NamedTuple):
    frame: int
    timestamp_ns: int
    key: tuple
    """(protocol, client address, client port, server address, server port)."""
    direction: int
    kind: str
    """data, gap, datagram or end."""
    data: bytes
    missing_bytes: int = 0


class _Half:
    def __init__(self) -> None:
        self.next: int | None = None
        self.waiting: dict[int, bytes] = {}

    def push(self, seq: int, data: bytes) -> Iterator[bytes]:
        if self.next is None:
            self.next = seq
        self.waiting.setdefault(seq, data)
        if len(data) > len(self.waiting[seq]):
            self.waiting[seq] = data
        yield from self._drain()

    def _drain(self) -> Iterator[bytes]:
        progress = True
        while progress:
            progress = False
            for seq in sorted(self.waiting, key=lambda s: (s - self.next + 2**31) % 2**32):
                behind = (self.next - seq + 2**31) % 2**32 - 2**31
                data = self.waiting[seq]
                if behind >= len(data):
                    del self.waiting[seq]
                elif behind >= 0:
                    del self.waiting[seq]
                    self.next = (self.next + len(data) - behind) % 2**32
                    progress = True
                    yield data[behind:]
                break

    def jump(self) -> int:
        """Give up what is missing before the first waiting segment; returns how many bytes that is."""
        first = min(self.waiting, key=lambda s: (s - self.next + 2**31) % 2**32)
        missing = (first - self.next) % 2**32
        self.next = first
        return missing


def _reader(path: Path):
    handle = path.open("rb")
    magic = handle.read(4)
    handle.seek(0)
    return dpkt.pcapng.Reader(handle) if magic == b"\n\r\r\n" else dpkt.pcap.Reader(handle)


_LINKS = {
    0: dpkt.loopback.Loopback,
    1: dpkt.ethernet.Ethernet,
    12: dpkt.ip.IP,
    14: dpkt.ip.IP,
    101: dpkt.ip.IP,
    113: dpkt.sll.SLL,
    228: dpkt.ip.IP,
    276: dpkt.sll2.SLL2,
}


def _transport(packet, fragments: dict):
    """Down the layers to (network header, TCP or UDP); None when there is none."""
    network = None
    while isinstance(packet, dpkt.Packet):
        if isinstance(packet, dpkt.ip.IP):
            if packet.v == 6:
                packet = dpkt.ip6.IP6(bytes(packet))
                continue
            if packet.mf or packet.offset:
                packet = _defragment(packet, fragments)
                continue
            network = packet
        elif isinstance(packet, dpkt.ip6.IP6):
            network = packet
        elif isinstance(packet, (dpkt.tcp.TCP, dpkt.udp.UDP)):
            return (network, packet) if network is not None else None
        packet = packet.data
    return None


def _defragment(packet, fragments: dict):
    parts = fragments.setdefault((packet.src, packet.dst, packet.id, packet.p), {})
    parts[packet.offset] = (bytes(packet.data), packet.mf)
    joined, more = b"", True
    while more:
        if len(joined) not in parts:
            return None
        data, more = parts[len(joined)]
        if not data:
            return None
        joined += data
    fragments.pop((packet.src, packet.dst, packet.id, packet.p))
    whole = dpkt.ip.IP(src=packet.src, dst=packet.dst, p=packet.p, data=joined, sum=1)
    whole.len = len(whole)
    return dpkt.ip.IP(bytes(whole))


def _text(address: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET if len(address) == 4 else socket.AF_INET6, address)


class _Conversation:
    def __init__(self, key: tuple) -> None:
        self.key = key
        self.halves = (_Half(), _Half())
        self.acknowledged = [None, None]


def events(path: Path) -> Iterator[Event]:
    """Every payload of a capture in order; ends and gaps at the end of file last."""
    try:
        reader = _reader(path)
        link = _LINKS.get(reader.datalink())
    except (ValueError, dpkt.Error):
        return
    if link is None:
        return
    tcp: dict[tuple, _Conversation] = {}
    roles: dict[tuple, tuple] = {}
    fragments: dict = {}
    frame = 0
    timestamp_ns = 0
    for frame, timestamp_ns, raw in _frames(reader):
        found = _decode(link, raw, fragments)
        if found is None:
            continue
        network, segment = found
        source, destination = (_text(network.src), segment.sport), (_text(network.dst), segment.dport)
        if isinstance(segment, dpkt.udp.UDP):
            pair = ("udp", *sorted((source, destination)))
            key = roles.setdefault(pair, ("udp", *source, *destination))
            direction = UP if key[1:3] == source else DOWN
            yield Event(frame, timestamp_ns, key, direction, "datagram", bytes(segment.data))
        else:
            yield from _segment(frame, timestamp_ns, source, destination, network, segment, tcp)
    for conversation in tcp.values():
        yield from _finish(frame, timestamp_ns, conversation)


def _frames(reader) -> Iterator[tuple[int, int, bytes]]:
    frame = 0
    try:
        for stamp, raw in reader:
            frame += 1
            yield frame, int(stamp * 1_000_000) * 1000, raw
    except (ValueError, dpkt.Error):
        return


def _decode(link, raw: bytes, fragments: dict):
    try:
        return _transport(link(raw), fragments)
    except (dpkt.Error, ValueError, IndexError, AttributeError):
        return None


def _payload(network, segment) -> bytes:
    """Without the padding of short Ethernet frames; dpkt already cuts IPv4 by its total length."""
    return bytes(segment.data)


def _segment(frame, timestamp_ns, source, destination, network, segment, tcp) -> Iterator[Event]:
    pair = tuple(sorted((source, destination)))
    syn = segment.flags & dpkt.tcp.TH_SYN
    ack = segment.flags & dpkt.tcp.TH_ACK
    if syn and not ack and pair in tcp and tcp[pair].halves[UP].next not in (None, (segment.seq + 1) % 2**32):
        yield from _finish(frame, timestamp_ns, tcp.pop(pair))
    if pair not in tcp:
        client, server = (source, destination) if _is_client(syn, ack, source, destination) else (destination, source)
        tcp[pair] = _Conversation(("tcp", *client, *server))
    conversation = tcp[pair]
    direction = UP if conversation.key[1:3] == source else DOWN
    half = conversation.halves[direction]
    if syn:
        if half.next is None:
            half.next = (segment.seq + 1) % 2**32
        return
    data = _payload(network, segment)
    if data:
        for piece in half.push(segment.seq, data):
            yield Event(frame, timestamp_ns, conversation.key, direction, "data", piece)
    if ack:
        yield from _acknowledged(frame, timestamp_ns, conversation, 1 - direction, segment.ack)


def _is_client(syn: int, ack: int, source, destination) -> bool:
    if syn:
        return not ack
    return source[1] >= destination[1]


def _acknowledged(frame, timestamp_ns, conversation, direction, acknowledgement) -> Iterator[Event]:
    """What the other end acknowledged and still is not here was never captured."""
    half = conversation.halves[direction]
    while half.waiting and half.next is not None and 0 < (acknowledgement - half.next) % 2**32 < 2**31:
        missing = half.jump()
        yield Event(frame, timestamp_ns, conversation.key, direction, "gap", b"", missing)
        for piece in half._drain():
            yield Event(frame, timestamp_ns, conversation.key, direction, "data", piece)


def _finish(frame, timestamp_ns, conversation) -> Iterator[Event]:
    for direction in (UP, DOWN):
        half = conversation.halves[direction]
        while half.waiting:
            missing = half.jump()
            yield Event(frame, timestamp_ns, conversation.key, direction, "gap", b"", missing)
            for piece in half._drain():
                yield Event(frame, timestamp_ns, conversation.key, direction, "data", piece)
    yield Event(frame, timestamp_ns, conversation.key, UP, "end", b"")
