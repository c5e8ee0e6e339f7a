"""Bytes read as a program for the meter: link type, answers of the sink, then frames with their times and lengths."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from netscope.engine.parse.meter import Meter
from netscope.model.errors import ParseError
from netscope.model.flow import Flow
from tests.engine.parse.sink import FlowSink

LINK_TYPES: Final = (1, 0, 9, 12, 14, 50, 51, 101, 104, 105, 108, 113, 127, 228, 229, 239, 276, 147)
"""Every one the meter knows, and one it does not."""
MAX_FLOWS: Final = 16
"""As small as can be: eviction happens in every longer input."""
INPUTS_A_METER: Final = 32
"""A meter costs more than an input does; so many share one, and with it its flows and fragments."""
_FRAME: Final = struct.Struct("!BHBI")
"""Flags, captured bytes, seconds passed since the frame before, wire length."""
FLAG_BACKWARDS: Final = 1
FLAG_WIRE_GIVEN: Final = 2
FLAG_FAR: Final = 4


class AnsweringSink(FlowSink):
    """A sink that answers WANT, a skip, DONE_DIRECTION or DONE as the input says, and checks what it is told."""

    def __init__(self) -> None:
        self.meter: Meter | None = None
        self.answers = b"\0"
        self.is_watched = False
        """As by a screen: rates are kept, packets too."""
        self.ended: list[Flow] = []
        self._asked = 0

    def open_flow(self, *told) -> Flow:
        flow, outer = super().open_flow(*told), told[-1]
        assert flow.client_ip
        assert flow.server_ip
        assert flow.protocol
        assert outer is None or type(outer) is Flow
        return flow

    def close_flow(self, flow) -> None:
        self.ended.append(flow)
        assert flow.end_reason is not None
        assert flow.packets_up + flow.packets_down > 0

    def stream(self, flow, direction, data, timestamp_ns) -> int:
        assert data
        assert direction in (0, 1)
        assert flow.end_reason is None
        return self._answer()

    def gap(self, flow, direction, missing_bytes, timestamp_ns) -> int:
        assert 0 < missing_bytes < 1 << 32
        assert flow.end_reason is None
        return self._answer()

    def datagram(self, flow, direction, data, timestamp_ns) -> int:
        assert len(data) <= 1 << 20
        return self._answer()

    def control(
        self, kind, data, source_mac, destination_mac, source_ip, destination_ip, hop_limit, vlan, timestamp_ns
    ):
        assert len(data) <= 1500

    def second(self, now_ns) -> None:
        assert self.meter is not None
        self.meter.collect()
        if self.is_watched:
            self._look(now_ns)
        self.meter.expire(now_ns)

    def _look(self, now_ns) -> None:
        """What a screen asks for."""
        assert self.meter is not None
        for flow in self.meter.moving(now_ns):
            up, down, history = self.meter.rate(flow.slot, flow.id % 2 == 0)
            assert sum(history) >= 0 <= up + down
        assert all(amount >= 0 for amount in self.meter.take_pulse())

    def _answer(self) -> int:
        self._asked += 1
        code = self.answers[self._asked % len(self.answers)]
        if code < 0xA0:
            return 0
        if code < 0xE0:
            return (code - 0x9F) * 97
        if code < 0xF0:
            return 1 << (code & 15) * 4
        return -1 if code < 0xF8 else -2


class MeterProgram:
    """Runs inputs; the meter is replaced after every ``INPUTS_A_METER`` of them."""

    def __init__(self) -> None:
        self._inputs = 0
        self._begin()

    def _begin(self) -> None:
        self.sink = AnsweringSink()
        self.meter = Meter(self.sink, MAX_FLOWS)
        self.sink.meter = self.meter
        self.sink.is_watched = self._inputs // INPUTS_A_METER % 2 == 1
        if self.sink.is_watched:
            self.meter.watch_rates()
            self.meter.keep_packets(2 << 20)
        self._now_ns = 1_700_000_000_000_000_000

    def frames(self, data: bytes) -> None:
        """``data`` is what ``frames_program`` makes."""
        if len(data) < 6:
            return
        link_type = LINK_TYPES[data[0] % len(LINK_TYPES)]
        self.sink.answers = data[1:5]
        at = 5
        while at + _FRAME.size <= len(data):
            flags, captured, seconds, wire = _FRAME.unpack_from(data, at)
            at += _FRAME.size
            step_ns = seconds * 1_000_000_000 * (100_000 if flags & FLAG_FAR else 1)
            self._now_ns += -step_ns if flags & FLAG_BACKWARDS else step_ns + 1000
            self._now_ns = max(0, min(self._now_ns, 1 << 62))
            frame = data[at : at + captured]
            at += captured
            self.meter.add_frame(self._now_ns, frame, wire if flags & FLAG_WIRE_GIVEN else -1, link_type, 0)
        self._ended()

    def capture(self, data: bytes) -> None:
        """``data`` is a capture file."""
        self.sink.answers = data[24:28] or b"\0"
        try:
            offset = self.meter.open_capture(data, len(data))
            while True:
                offset, taken = self.meter.read_capture(data, offset, len(data), 7)
                if taken < 7:
                    break
        except ParseError:
            pass
        self._ended()

    def _ended(self) -> None:
        meter = self.meter
        assert meter.flows_open <= MAX_FLOWS
        assert meter.memory_bytes < 64 << 20
        self._inputs += 1
        if self._inputs % INPUTS_A_METER == 0:
            meter.finish()
            assert meter.flows_open == 0
            document, packets = meter.packets_of(self.sink.ended[-3:])
            assert len(document) >= 24 + 16 * packets
            self._begin()


def frames_program(link_type: int, frames: Iterable[bytes], answers: bytes = b"\0\0\0\0") -> bytes:
    """The input that feeds these frames, a second apart each eighth."""
    parts = [bytes((LINK_TYPES.index(link_type),)), answers]
    for number, frame in enumerate(frames):
        parts += (_FRAME.pack(0, len(frame), number % 8 == 7, 0), frame)
    return b"".join(parts)
