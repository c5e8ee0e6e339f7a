"""A sink that writes down what the meter says, and small ways to feed it."""

from __future__ import annotations

from collections.abc import Iterable

from netscope.engine.parse.meter import Meter
from netscope.model.flow import Flow
from tests.engine.parse.frames import SECOND, START
from tests.engine.parse.sink import FlowSink


class MeterLog(FlowSink):
    """One meter with its sink: everything it called, in order of flows and as it came."""

    def __init__(self, max_flows: int = 1000, answers: Iterable[int] = (), expire: bool = False) -> None:
        self.opened: list[Flow] = []
        self.closed: list[Flow] = []
        self.outer: dict[int, Flow | None] = {}
        self.up = b""
        self.down = b""
        self.pieces: list[tuple[int, bytes]] = []
        self.gaps: list[tuple[int, int]] = []
        self.datagrams: list[tuple[int, bytes]] = []
        self.controls: list[tuple] = []
        self.seconds: list[int] = []
        self._answers = iter(answers)
        self._expire = expire
        self.meter = Meter(self, max_flows)
        self._now_ns = START

    def open_flow(self, *told) -> Flow:
        flow = super().open_flow(*told)
        self.opened.append(flow)
        self.outer[id(flow)] = told[-1]
        return flow

    def close_flow(self, flow) -> None:
        self.closed.append(flow)

    def stream(self, flow, direction, data, timestamp_ns) -> int:
        self.pieces.append((direction, data))
        if direction:
            self.down += data
        else:
            self.up += data
        return next(self._answers, 0)

    def gap(self, flow, direction, missing_bytes, timestamp_ns) -> int:
        self.gaps.append((direction, missing_bytes))
        return next(self._answers, 0)

    def datagram(self, flow, direction, data, timestamp_ns) -> int:
        self.datagrams.append((direction, data))
        return next(self._answers, 0)

    def control(self, *message) -> None:
        self.controls.append(message)

    def second(self, now_ns) -> None:
        self.seconds.append(now_ns)
        if self._expire:
            self.meter.collect()
            self.meter.expire(now_ns)

    def feed(self, *frames: bytes, link_type: int = 1, step_ns: int = SECOND // 1000, wire: int = -1) -> MeterLog:
        for frame in frames:
            self.meter.add_frame(self._now_ns, frame, wire, link_type, 0)
            self._now_ns += step_ns
        return self

    def read(self, file: bytes) -> MeterLog:
        offset = self.meter.open_capture(file, len(file))
        self.meter.read_capture(file, offset, len(file), 1 << 30)
        return self

    def pass_time(self, seconds: float) -> MeterLog:
        self._now_ns += int(seconds * SECOND)
        return self

    def finish(self) -> MeterLog:
        self.meter.finish()
        return self

    @property
    def flow(self) -> Flow:
        """The only one that ended."""
        (flow,) = self.closed
        return flow

    @property
    def counters(self) -> dict[str, int]:
        return self.meter.counters()
