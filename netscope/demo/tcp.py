"""A TCP connection as a listener on the wire sees it: handshake, segments both ways, acknowledgements, the end."""

from __future__ import annotations

import struct
from random import Random
from typing import Final

from netscope.demo.cast import TcpStack
from netscope.demo.wire import ACK, FIN, MS, PSH, RST, SYN, US, End, Frames, tcp

UP, DOWN = 0, 1
ACK_EVERY_SEGMENTS: Final = 4
"""Receivers that coalesce (GRO, LRO) acknowledge less often than every second segment."""
SERVER_WINDOW: Final = 65160


class Connection:
    """Yields frames and moves its own clock, ``now_ns``. Every method is a generator to be run to its end."""

    def __init__(
        self,
        client: End,
        client_port: int,
        server: End,
        server_port: int,
        *,
        start_ns: int,
        rtt_ns: int,
        stack: TcpStack,
        rng: Random,
    ) -> None:
        self.now_ns = start_ns
        self._ends = ((client, client_port), (server, server_port))
        self._rtt_ns = rtt_ns
        self._rng = rng
        self._stack = stack
        self._next = [rng.getrandbits(32), rng.getrandbits(32)]
        """Next sequence number of each side."""
        self._timestamps = "T" in stack.options
        self._epoch_ms = (rng.getrandbits(31), rng.getrandbits(31))
        self._mss = (1440 if len(client.address) == 16 else 1460) - (12 if self._timestamps else 0)

    def open(self) -> Frames:
        """The three-way handshake; the far side's answer takes the round trip."""
        yield self._segment(UP, SYN, options=self._syn_options(UP))
        self._next[UP] += 1
        self.now_ns += self._rtt_ns
        yield self._segment(DOWN, SYN | ACK, options=self._syn_options(DOWN))
        self._next[DOWN] += 1
        self.now_ns += 200 * US
        yield self._segment(UP, ACK)

    def send(self, direction: int, data: bytes, *, bits_per_s: int = 50_000_000, lost_share: float = 0.0) -> Frames:
        """Data in segments, the other side acknowledging; ``lost_share`` of the segments are seen twice."""
        mss, rng = self._mss, self._rng
        gap_ns = max(mss * 8 * 1_000_000_000 // bits_per_s, 10 * US)
        for count, start in enumerate(range(0, len(data), mss)):
            piece = data[start : start + mss]
            last = start + mss >= len(data)
            yield self._segment(direction, ACK | PSH if last else ACK, payload=piece)
            if lost_share and rng.random() < lost_share:
                self.now_ns += self._rtt_ns
                yield self._segment(direction, ACK, payload=piece)
            self._next[direction] += len(piece)
            self.now_ns += gap_ns
            if last or count % ACK_EVERY_SEGMENTS == ACK_EVERY_SEGMENTS - 1:
                yield self._segment(1 - direction, ACK)
                self.now_ns += 20 * US

    def wait(self, duration_ns: int) -> None:
        self.now_ns += duration_ns

    def turn(self) -> None:
        """Wait as long as the other side needs to hear and answer."""
        self.now_ns += self._rtt_ns + self._rng.randrange(1 * MS, 8 * MS)

    def close(self, first: int = UP) -> Frames:
        """FIN from either side, answered by the other's."""
        yield self._segment(first, FIN | ACK)
        self._next[first] += 1
        self.now_ns += self._rtt_ns
        yield self._segment(1 - first, FIN | ACK)
        self._next[1 - first] += 1
        self.now_ns += 300 * US
        yield self._segment(first, ACK)

    def reset(self, direction: int) -> Frames:
        yield self._segment(direction, RST | ACK)

    def refused(self) -> Frames:
        """A SYN answered by RST: nobody listens."""
        yield self._segment(UP, SYN, options=self._syn_options(UP))
        self._next[UP] += 1
        self.now_ns += self._rtt_ns
        self._next[DOWN] = 0
        yield self._segment(DOWN, RST | ACK)

    def unanswered(self) -> Frames:
        """A SYN into the dark, tried once more after a second (RFC 6298, section 2)."""
        for wait_ns in (1000 * MS, 0):
            yield self._segment(UP, SYN, options=self._syn_options(UP))
            self.now_ns += wait_ns

    def _segment(
        self, direction: int, flags: int, *, options: bytes | None = None, payload: bytes = b""
    ) -> tuple[int, bytes]:
        source, source_port = self._ends[direction]
        target, target_port = self._ends[1 - direction]
        if options is None:
            options = b"\x01\x01" + self._timestamp(direction) if self._timestamps else b""
        frame = tcp(
            source,
            source_port,
            target,
            target_port,
            sequence=self._next[direction],
            acknowledgment=self._next[1 - direction] if flags & ACK else 0,
            flags=flags,
            window=self._stack.window if direction == UP else SERVER_WINDOW,
            options=options,
            payload=payload,
        )
        return self.now_ns, frame

    def _timestamp(self, direction: int) -> bytes:
        own, other = (self._epoch_ms[side] + self.now_ns // MS & 0xFFFFFFFF for side in (direction, 1 - direction))
        return struct.pack("!BBII", 8, 10, own, other)

    def _syn_options(self, direction: int) -> bytes:
        letters = self._stack.options if direction == UP else "MSTNW" if self._timestamps else "MNWNNS"
        made = {
            "M": struct.pack("!BBH", 2, 4, 1440 if len(self._ends[0][0].address) == 16 else 1460),
            "S": b"\x04\x02",
            "T": self._timestamp(direction),
            "W": bytes([3, 3, self._stack.scale if direction == UP else 7]),
            "N": b"\x01",
            "E": b"\0",
        }
        options = b"".join(made[letter] for letter in letters)
        return options.ljust(-(-len(options) // 4) * 4, b"\0")
