"""A network too busy for comfort, as a source of frames: many open flows, a steady packet rate, new talk each second.

The packets of the steady part are made beforehand and lie in one pcap buffer of equal records, walked round and round
as the meter walks a file; only their time stamps are written anew. So the source costs the engine's thread next to
nothing, and what is timed is NetScope. Half of the flows are TLS over TCP, acknowledged and idle by turns, half are
QUIC that carries the load; a few are heavy and most are quiet, as a harmonic series has it.
"""

from __future__ import annotations

import itertools
import random
import struct
import time
from collections.abc import Callable, Iterator
from typing import Final

from netscope.demo.hello import CHROME, CONTENT_HANDSHAKE, client_hello, record
from netscope.engine.capture.source import CaptureStatistics, FrameSink, SourceInterface

NS: Final = 1_000_000_000
DEVICES: Final = 60
NAMES: Final = 400
RING_PACKETS: Final = 300_000
RECORD_HEADER: Final = 16
FRAME_BYTES: Final = 60
"""Captured of each packet: headers and a little."""
RECORD_BYTES: Final = RECORD_HEADER + FRAME_BYTES
PCAP_HEADER: Final = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
QUIC_BYTES, ACK_BYTES = 1280, 40
SYN, ACK, SYN_ACK = 0x02, 0x10, 0x12


class Talk:
    """Addresses and ports of one flow, and frames of it."""

    def __init__(self, number: int) -> None:
        device = number % DEVICES
        self.is_quic = number % 2 == 1
        self.client_mac = bytes((0x3C, 0x7C, 0x3F, 0, 0, device))
        self.client = bytes((192, 168, 1, 10 + device))
        self.server = bytes((45, 60 + number % NAMES // 250, number % NAMES % 250, 1 + number // NAMES % 250))
        self.client_port = 20_000 + number % 40_000
        self.name = f"www{number % NAMES}.example{number % 37}.com"

    def tcp(self, up: bool, flags: int, sequence: int, acknowledged: int, payload: bytes = b"") -> bytes:
        ports = (self.client_port, 443) if up else (443, self.client_port)
        segment = struct.pack("!HHIIBBHHH", *ports, sequence, acknowledged, 0x50, flags, 65_535, 0, 0) + payload
        return self._ip(up, 6, segment)

    def udp(self, up: bool, payload: bytes, wire_bytes: int = 0, server_port: int = 443) -> bytes:
        ports = (self.client_port, server_port) if up else (server_port, self.client_port)
        length = max(8 + len(payload), wire_bytes - 20)
        return self._ip(up, 17, struct.pack("!HHHH", *ports, length, 0) + payload, wire_bytes)

    def _ip(self, up: bool, protocol: int, body: bytes, wire_bytes: int = 0) -> bytes:
        ends = (self.client, self.server) if up else (self.server, self.client)
        macs = (GATEWAY_MAC, self.client_mac) if up else (self.client_mac, GATEWAY_MAC)
        total = max(20 + len(body), wire_bytes)
        header = struct.pack("!BBHHHBBH", 0x45, 0, total, 0, 0x4000, 64 if up else 55, protocol, 0)
        return b"".join(macs) + b"\x08\x00" + header + b"".join(ends) + body

    def opening(self, rng: random.Random) -> Iterator[bytes]:
        if self.is_quic:
            yield self.udp(True, SHORT_HEADER + rng.randbytes(9), QUIC_BYTES)
            yield self.udp(False, SHORT_HEADER + rng.randbytes(9), QUIC_BYTES)
            return
        yield self.tcp(True, SYN, 999, 0)
        yield self.tcp(False, SYN_ACK, 4_999, 1_000)
        yield self.tcp(True, ACK, 1_000, 5_000)
        yield self.tcp(True, ACK, 1_000, 5_000, record(CONTENT_HANDSHAKE, client_hello(CHROME, self.name, rng)))

    def steady(self, rng: random.Random) -> bytes:
        """A packet of the steady part: data down for QUIC, an acknowledgement for TCP."""
        if self.is_quic:
            return self.udp(False, SHORT_HEADER + rng.randbytes(9), QUIC_BYTES)
        return self.tcp(rng.random() < 0.5, ACK, 1_000, 5_000)


GATEWAY_MAC: Final = bytes((0x44, 0x4E, 0x6D, 1, 2, 3))
SHORT_HEADER: Final = b"\x43"


def lookup(number: int, rng: random.Random) -> tuple[bytes, bytes]:
    """A DNS question and its answer."""
    talk = Talk(number)
    talk.client_port, talk.server = rng.randrange(1_024, 65_536), bytes((192, 168, 1, 1))
    name = b"".join(bytes([len(part)]) + part for part in talk.name.encode().split(b".")) + b"\0"
    question = name + b"\0\1\0\1"
    identity = rng.randrange(65_536)
    answer = b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\x04" + Talk(number).server
    asked = struct.pack("!HHHHHH", identity, 0x0100, 1, 0, 0, 0) + question
    told = struct.pack("!HHHHHH", identity, 0x8180, 1, 1, 0, 0) + question + answer
    return talk.udp(True, asked, server_port=53), talk.udp(False, told, server_port=53)


class BusyNetwork:
    """A ``FrameSource``: opens ``flows`` as fast as they are taken, then keeps to ``packets_per_s``."""

    kind = "live"
    name = "busy"
    filter: str | None = None

    def __init__(
        self,
        flows: int,
        packets_per_s: int,
        *,
        clock: Callable[[], int] = time.time_ns,
        lookups_a_second: int = 200,
        seed: int = 1,
    ) -> None:
        self._rng = random.Random(seed)
        self._clock = clock
        self.packets_per_s = packets_per_s
        self._talks = [Talk(number) for number in range(flows)]
        self._openings = (frame for talk in self._talks for frame in talk.opening(self._rng))
        self._ring = bytearray(self._make_ring())
        self._at = 0
        self._opened = False
        self.taken = 0
        self._steady_from_ns = 0
        self._steady_taken = 0
        self._lookups_a_second = lookups_a_second
        self._lookups = itertools.count()
        self._next_lookup_ns = 0
        self.most_behind = 0
        """Packets that waited at once: what a kernel's ring would have to hold, or drop."""
        self.longest_turn_s = 0.0
        """Of the engine's thread alone, between two calls: how long no packet was taken on a machine of its own."""
        self._left_s = time.thread_time()

    def _make_ring(self) -> bytes:
        weights = [1 / (place + 1) for place in range(len(self._talks))]
        chosen = self._rng.choices(self._rng.sample(self._talks, len(self._talks)), weights, k=RING_PACKETS)
        lengths = struct.pack("<II", FRAME_BYTES, FRAME_BYTES)
        frames = (talk.steady(self._rng)[:FRAME_BYTES].ljust(FRAME_BYTES, b"\0") for talk in chosen)
        return b"".join(bytes(8) + lengths + frame for frame in frames)

    @property
    def is_steady(self) -> bool:
        return self._opened

    def pump(self, sink: FrameSink, budget: int, timeout_s: float) -> bool:
        self.longest_turn_s = max(self.longest_turn_s, time.thread_time() - self._left_s)
        try:
            return self._pump(sink, budget, timeout_s)
        finally:
            self._left_s = time.thread_time()

    def _pump(self, sink: FrameSink, budget: int, timeout_s: float) -> bool:
        now_ns = self._clock()
        if not self._opened:
            return self._open(sink, budget, now_ns)
        due = self._due(now_ns)
        self.most_behind = max(self.most_behind, due)
        if due <= 0:
            time.sleep(min(timeout_s, 0.002))
            return True
        self._look_up(sink, now_ns)
        self._walk(sink, min(due, budget), now_ns)
        return True

    def _due(self, now_ns: int) -> int:
        return (now_ns - self._steady_from_ns) * self.packets_per_s // NS - self._steady_taken

    @property
    def is_behind(self) -> bool:
        return not self._opened or self._due(self._clock()) > 0

    def _open(self, sink: FrameSink, budget: int, now_ns: int) -> bool:
        frames = list(itertools.islice(self._openings, budget))
        for frame in frames:
            sink.add_frame(now_ns, frame, len(frame), 1, 0)
        self.taken += len(frames)
        if len(frames) < budget:
            self._opened, self._steady_from_ns = True, now_ns
            sink.open_capture(PCAP_HEADER, len(PCAP_HEADER))
        return True

    def _walk(self, sink: FrameSink, count: int, now_ns: int) -> None:
        count = min(count, RING_PACKETS - self._at)
        start, end = self._at * RECORD_BYTES, (self._at + count) * RECORD_BYTES
        stamp = struct.pack("<II", now_ns // NS, now_ns % NS // 1_000)
        for place, byte in enumerate(stamp):
            self._ring[start + place : end : RECORD_BYTES] = bytes([byte]) * count
        sink.read_capture(self._ring, start, end, count)
        self._at = (self._at + count) % RING_PACKETS
        self.taken += count
        self._steady_taken += count

    def _look_up(self, sink: FrameSink, now_ns: int) -> None:
        if now_ns < self._next_lookup_ns:
            return
        self._next_lookup_ns = now_ns + NS // self._lookups_a_second
        for frame in lookup(next(self._lookups) % len(self._talks), self._rng):
            sink.add_frame(now_ns, frame, len(frame), 1, 0)
            self.taken += 1

    def statistics(self) -> CaptureStatistics:
        return CaptureStatistics(received=self.taken, per_interface=((self.taken, 0, 0),))

    def interfaces(self) -> tuple[SourceInterface, ...]:
        return (SourceInterface("busy", 1, ("192.168.1.0/24",), "192.168.1.1"),)

    def progress(self) -> float | None:
        return None

    def notices(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        pass
