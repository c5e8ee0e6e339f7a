"""Plays payload into sessions as the correlator does: honours skips, DONE, DONE_DIRECTION and REDETECT."""

from __future__ import annotations

from netscope.engine.correlate.http_session import REDETECT
from netscope.engine.correlate.session import DONE, DONE_DIRECTION
from netscope.model.flow import Flow


def make_flow(**changes) -> Flow:
    values = {
        "id": 1,
        "client_ip": "192.0.2.10",
        "client_port": 50000,
        "server_ip": "198.51.100.20",
        "server_port": 80,
        "protocol": "tcp",
        "vlan": None,
        "client_mac": "02:00:00:00:00:01",
        "server_mac": "02:00:00:00:00:02",
        "first_seen_ns": 0,
    }
    flow = Flow(**values)
    for name, value in changes.items():
        setattr(flow, name, value)
    return flow


class StreamReplay:
    """One session and the bookkeeping the meter does for it."""

    def __init__(self, session_class, **flow_changes) -> None:
        self.flow = make_flow(**flow_changes)
        self.records: list[object] = []
        self.counted: list[str] = []
        self.session = session_class(self.flow, self.records.append, self.counted.append)
        self.skip = [0, 0]
        self.open = [True, True]
        self.code = 0
        self.received = 0

    def feed(self, direction: int, data: bytes, timestamp_ns: int = 0) -> None:
        skipped = min(self.skip[direction], len(data))
        self.skip[direction] -= skipped
        data = data[skipped:]
        if data and self.open[direction]:
            self.received += len(data)
            self._take(direction, self.session.feed(direction, data, timestamp_ns))

    def gap(self, direction: int, missing_bytes: int, timestamp_ns: int = 0) -> None:
        skipped = min(self.skip[direction], missing_bytes)
        self.skip[direction] -= skipped
        if missing_bytes > skipped and self.open[direction]:
            self._take(direction, self.session.gap(direction, missing_bytes - skipped, timestamp_ns))

    def close(self, timestamp_ns: int = 0) -> None:
        if self.code != REDETECT:
            self.session.close(timestamp_ns)

    def _take(self, direction: int, code: int) -> None:
        self.code = code
        if code > 0:
            self.skip[direction] = code
        elif code == DONE_DIRECTION:
            self.open[direction] = False
        elif code in (DONE, REDETECT):
            self.open = [False, False]

    def of(self, record_class) -> list:
        """Records of one class, each object once, in the order first emitted."""
        unique: dict[int, object] = {id(r): r for r in self.records if isinstance(r, record_class)}
        return list(unique.values())
