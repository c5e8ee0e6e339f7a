"""What the screens can do to a running engine."""

from __future__ import annotations

import sqlite3
import struct
import threading
from pathlib import Path

import pytest

from netscope.demo.wire import SECOND, Frame
from netscope.engine.analyze.catalogue import all_detectors
from netscope.engine.analyze.judge import Judge
from netscope.engine.capture.source import CaptureStatistics, FrameSink, FrameSource, SourceInterface
from netscope.engine.control import EngineControl, Recordings
from netscope.engine.outbox import Outbox
from netscope.engine.store.writer import Recording
from netscope.engine.thread import Engine
from netscope.engine.writing import QueuedWriter
from netscope.model.errors import NetScopeError
from tests.engine.memory_source import MemorySource
from tests.engine.small_network import LAPTOP, PHONE, START_NS, lookup
from tests.engine.test_pipeline import a_pipeline, an_evening
from tests.engine.test_thread import wait_until

MEBIBYTE = 1 << 20


class InParts:
    """A ``FrameSource`` that goes on: gives one part of its frames each time it is let."""

    kind = "live"
    name = "parts"
    filter: str | None = None

    def __init__(self, *parts: list[Frame]) -> None:
        self._parts = list(parts)
        self._let = threading.Semaphore(0)

    def let(self) -> None:
        self._let.release()

    def pump(self, sink: FrameSink, budget: int, timeout_s: float) -> bool:
        if self._let.acquire(timeout=0.01):
            for at_ns, frame in self._parts.pop(0):
                sink.add_frame(at_ns, frame, len(frame), 1, 0)
        return True

    def statistics(self) -> CaptureStatistics:
        return CaptureStatistics()

    def interfaces(self) -> tuple[SourceInterface, ...]:
        return (SourceInterface("parts", 1, ("203.0.113.1/24",)),)

    def progress(self) -> float | None:
        return None

    def notices(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        pass


def a_run(
    source: FrameSource, kept_bytes: int = 0, recordings: Recordings | None = None
) -> tuple[Engine, Outbox, EngineControl]:
    outbox = Outbox()
    pipeline = a_pipeline(observer=outbox, keep=False, is_live=True)
    if kept_bytes:
        pipeline.meter.keep_packets(kept_bytes)
    engine = Engine(source, pipeline, watchers=(outbox,), clock=lambda: START_NS)
    outbox.attach(engine, Judge(all_detectors(0, ())), None)
    return engine, outbox, EngineControl(engine, outbox, recordings)


def open_writer(path: Path) -> QueuedWriter:
    return QueuedWriter(Recording(path, START_NS, live=True))


def finish(path: Path) -> None:
    recording = Recording(path, START_NS)
    recording.close_left_open()
    recording.close()


def test_adapters_are_those_of_this_machine() -> None:
    source = MemorySource(an_evening(), kind="live")
    source.name = "lo"
    adapters = {adapter.name: adapter for adapter in a_run(source)[2].adapters()}
    assert adapters["lo"].is_heard
    assert adapters["lo"].description == "loopback"
    assert not any(adapter.is_heard for name, adapter in adapters.items() if name != "lo")
    assert all(adapter.bytes >= adapter.packets >= 0 for adapter in adapters.values())


@pytest.mark.parametrize(("kind", "can"), [("live", True), ("file", False), ("demo", False)])
def test_only_a_live_capture_can_listen_elsewhere(kind: str, can: bool) -> None:
    assert a_run(MemorySource([], kind=kind))[2].can_listen is can


def test_a_refusal_comes_in_words() -> None:
    engine, _, control = a_run(MemorySource([], kind="live"))
    engine.start()
    try:
        with pytest.raises(NetScopeError, match="no live capture"):
            control.listen("eth0").result(10)
    finally:
        engine.stop()


def test_the_packets_of_flows_are_written_also_after_the_file_has_ended(tmp_path: Path) -> None:
    frames = an_evening()
    engine, outbox, control = a_run(MemorySource(frames), 2 * MEBIBYTE)
    engine.start()
    try:
        wait_until(lambda: engine.finished)
        assert control.kept_bytes == 2 * MEBIBYTE
        flow_ids = sorted(outbox.flows.closed)
        written = control.write_packets(flow_ids, tmp_path / "all.pcap").result(20)
        assert (written.path, written.packets) == (tmp_path / "all.pcap", len(frames))
        assert written.kept_since_ns == frames[0][0]
        document = written.path.read_bytes()
        assert struct.unpack_from("<I", document)[0] == 0xA1B23C4D
        assert len(document) == 24 + sum(16 + len(frame) for _, frame in frames)
        one = control.write_packets(flow_ids[:1], tmp_path / "one.pcap").result(20)
        assert 0 < one.packets < written.packets
        with pytest.raises(NetScopeError, match="already there"):
            control.write_packets(flow_ids, written.path).result(20)
        with pytest.raises(NetScopeError, match=r"cannot write .*No such file"):
            control.write_packets(flow_ids, tmp_path / "missing" / "x.pcap").result(20)
        with pytest.raises(NetScopeError, match="no packet of it is kept"):
            control.write_packets([999], tmp_path / "none.pcap").result(20)
        assert not (tmp_path / "none.pcap").exists()
    finally:
        engine.stop()


def test_a_device_of_a_file_read_to_its_end_can_be_named() -> None:
    engine, outbox, _ = a_run(MemorySource(an_evening()))
    engine.start()
    try:
        wait_until(lambda: engine.finished)
        engine.submit(lambda: engine.pipeline.label_device(1, "hall"))
        wait_until(lambda: outbox.latest is not None and any(row.name == "hall" for row in outbox.latest.devices))
    finally:
        engine.stop()


def test_a_recording_begun_in_the_middle_has_what_is_known_and_what_comes(tmp_path: Path) -> None:
    before = an_evening()
    after = lookup(LAPTOP, "later.example.org", "192.0.2.1", START_NS + 20 * SECOND, port=42000)
    source = InParts(before, [(at_ns, frame) for at_ns, frame in after], [])
    engine, outbox, control = a_run(source, recordings=Recordings(open_writer, finish, tmp_path))
    engine.start()
    try:
        source.let()
        wait_until(lambda: engine.pipeline.meter.packets == len(before))
        assert control.can_record
        assert control.new_recording().parent == tmp_path
        path = tmp_path / "home.db"
        begun = control.start_recording(path).result(20)
        assert (begun.path, outbox.recording) == (path, str(path))
        with pytest.raises(NetScopeError, match="running already"):
            control.start_recording(tmp_path / "other.db").result(20)
        source.let()
        wait_until(lambda: engine.pipeline.meter.packets == len(before) + len(after))
        ended = control.stop_recording().result(20)
        assert ended.path == path
        assert ended.bytes == path.stat().st_size > 0
        assert (engine.writer, outbox.recording) == (None, None)
        with pytest.raises(NetScopeError, match="no recording is running"):
            control.stop_recording().result(20)
        with pytest.raises(NetScopeError, match="already there"):
            control.start_recording(path).result(20)
        assert control.start_recording(tmp_path / "second.db").result(20).path.exists()
    finally:
        engine.stop()
    assert engine.error is None, engine.crash
    database = sqlite3.connect(path)
    macs = {mac for (mac,) in database.execute("SELECT mac FROM devices")}
    assert macs >= {PHONE.mac.hex(":"), LAPTOP.mac.hex(":")}
    assert database.execute("SELECT DISTINCT query_name FROM dns_queries").fetchall() == [("later.example.org",)]
    assert database.execute("SELECT count(*) FROM alerts").fetchone()[0] >= 1
    packets, started_ns, ended_ns = database.execute("SELECT packets, started_ns, ended_ns FROM sessions").fetchone()
    assert (packets, started_ns, ended_ns) == (len(after), START_NS, START_NS)
    assert database.execute("SELECT count(*) FROM flows WHERE server_port = 53").fetchone()[0] >= 1
    assert database.execute("SELECT DISTINCT end_reason FROM flows WHERE server_port = 53").fetchall() == [
        ("capture_end",)
    ]
    database.close()


def test_what_cannot_be_recorded_is_refused_in_words(tmp_path: Path) -> None:
    recordings = Recordings(open_writer, finish, tmp_path, (tmp_path / "here",))
    engine, _, control = a_run(MemorySource([], kind="live"), recordings=recordings)
    engine.start()
    try:
        with pytest.raises(NetScopeError, match=r"once its rights are given up NetScope writes only to .*here"):
            control.start_recording(tmp_path / "there.db").result(20)
    finally:
        engine.stop()
    _, _, of_file = a_run(MemorySource([]), recordings=recordings)
    assert not of_file.can_record
    with pytest.raises(NetScopeError, match="netscope -r FILE --record DB"):
        of_file.start_recording(tmp_path / "x.db").result(20)
