"""A recording begun in the middle of a run: its session is the part of the run that is in it."""

from __future__ import annotations

from typing import Any

from netscope.engine.pipeline import Changes, Pipeline
from netscope.engine.thread import RecordingWriter
from netscope.model.records import Session


def known_by(pipeline: Pipeline) -> Changes:
    """What a recording begins with: devices and what is held of them, the alerts so far and the flows they point to."""
    devices = pipeline.correlator.devices.by_id
    alerts = pipeline.alerts
    evidence = pipeline.identify.evidence if pipeline.identify is not None else lambda device: []
    held = [item for device in devices.values() for item in evidence(device)]
    flows = [alert.flow for alert in alerts.values() if alert.flow is not None]
    return {
        "devices": dict(devices), "evidence": dict(zip(held, held, strict=True)), "alerts": dict(alerts),
        "flows": {flow.id: flow for flow in flows},
    }  # fmt: skip


def repeat_the_user(pipeline: Pipeline) -> None:
    """What the user said before is told to the recording too."""
    for device in list(pipeline.correlator.devices.by_id.values()):
        if device.label is not None:
            pipeline.label_device(device.id, device.label)
        if device.note is not None:
            pipeline.note_device(device.id, device.note)
    for rule in pipeline.allow_list.rules:
        if rule.origin == "user":
            pipeline.allow(rule)


class MidwayWriter:
    """Implements ``RecordingWriter`` over another one."""

    def __init__(self, writer: RecordingWriter, before: Session, started_ns: int) -> None:
        """``before`` is the run's session at the start of the recording; its totals are copied."""
        self._writer = writer
        self._started_ns = started_ns
        self._packets, self._bytes, self._dropped = before.packets, before.bytes, before.dropped
        self._truncated, self._malformed = before.truncated, before.malformed
        self._counters = dict(before.counters)
        self.ended_ns: int | None = None
        """Set before the last batch."""

    def write(self, session: Session, changes: dict[str, Any], now_ns: int) -> None:
        counters = {
            name: count - self._counters.get(name, 0)
            for name, count in session.counters.items()
            if count != self._counters.get(name, 0)
        }
        part = Session(
            source=session.source, kind=session.kind, link_type=session.link_type, filter=session.filter,
            started_ns=self._started_ns, version=session.version,
            ended_ns=session.ended_ns if self.ended_ns is None else self.ended_ns,
            packets=session.packets - self._packets, bytes=session.bytes - self._bytes,
            dropped=session.dropped - self._dropped, truncated=session.truncated - self._truncated,
            malformed=session.malformed - self._malformed, counters=counters, id=session.id,
        )  # fmt: skip
        self._writer.write(part, changes, now_ns)

    def wait_for_room(self) -> None:
        self._writer.wait_for_room()

    def counters(self) -> dict[str, int]:
        return self._writer.counters()

    def take_notices(self) -> list[str]:
        return self._writer.take_notices()

    def size_bytes(self) -> int:
        return self._writer.size_bytes()

    def close(self) -> None:
        self._writer.close()
