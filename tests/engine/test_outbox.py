from __future__ import annotations

from netscope.demo.wire import SECOND
from netscope.engine.analyze.catalogue import all_detectors
from netscope.engine.analyze.judge import Judge
from netscope.engine.outbox import Outbox, display_name
from netscope.engine.thread import Engine
from netscope.model.records import Device
from netscope.model.snapshot import Snapshot
from tests.engine.memory_source import MemorySource
from tests.engine.small_network import PHONE, SERVER, START_NS, conversation
from tests.engine.test_pipeline import a_pipeline, an_evening


def run_through(source: MemorySource, now_ns: int = START_NS + 10 * SECOND) -> tuple[Snapshot, Outbox, Engine]:
    outbox = Outbox()
    engine = Engine(source, a_pipeline(observer=outbox), watchers=(outbox,), clock=lambda: now_ns)
    outbox.attach(engine, Judge(all_detectors(0, ())), "home.db")
    engine.run()
    assert engine.error is None, engine.crash
    assert outbox.latest is not None
    return outbox.latest, outbox, engine


def test_there_is_a_snapshot_before_the_first_packet() -> None:
    outbox = Outbox()
    engine = Engine(MemorySource([]), a_pipeline(observer=outbox), clock=lambda: START_NS)
    outbox.attach(engine, Judge(all_detectors(0, ())), None)
    assert outbox.latest is not None
    assert outbox.latest.flows == ()
    assert outbox.latest.capture.source == "memory"


def test_a_snapshot_shows_what_went_by() -> None:
    shown, _, _ = run_through(MemorySource(an_evening()))
    assert {row.server_name for row in shown.flows if row.app_protocol != "dns"} == {
        "app-measurement.com",
        "www.example.org",
    }
    assert {row.name for row in shown.names} == {"app-measurement.com", "www.example.org"}
    assert [(row.name, row.owner, row.hits) for row in shown.trackers] == [("app-measurement.com", "Google", 2)]
    assert {row.mac for row in shown.devices} >= {"a4:83:e7:00:00:31", "3c:22:fb:00:00:61"}
    assert {row.detector for row in shown.alerts} == {"new_device"}
    assert all(row.what and row.usual and row.check for row in shown.alerts)
    capture = shown.capture
    assert (capture.packets, capture.dropped, capture.dropped_interface) == (len(an_evening()), 3, 4)
    assert (capture.gateway, capture.recording, capture.finished) == ("203.0.113.254", "home.db", True)


def test_what_the_run_has_to_say_is_in_the_snapshot() -> None:
    outbox = Outbox()
    engine = Engine(MemorySource([]), a_pipeline(observer=outbox), watchers=(outbox,), clock=lambda: START_NS)
    outbox.attach(engine, Judge(all_detectors(0, ())), None)
    engine.notices.append("x.mmdb: damaged")
    engine.run()
    assert outbox.latest is not None
    assert outbox.latest.capture.notices == ("x.mmdb: damaged",)


def test_the_pulse_adds_up_to_the_flows() -> None:
    shown, _, _ = run_through(MemorySource(an_evening()))
    moved = sum(point.bytes_up + point.bytes_down for point in shown.pulse)
    assert moved <= sum(row.bytes_up + row.bytes_down for row in shown.flows)
    assert sum(point.bytes_up for point in shown.pulse) > 0


def test_a_snapshot_does_not_change_afterwards() -> None:
    shown, outbox, engine = run_through(MemorySource(an_evening()))
    rows = list(shown.flows)
    for flow in outbox.flows.closed.values():
        flow.bytes_up += 1_000_000
    outbox.publish(engine, START_NS + 20 * SECOND)
    assert list(shown.flows) == rows
    assert outbox.latest is not None
    assert outbox.latest.version == shown.version + 1


def test_rows_that_did_not_change_are_the_same_objects() -> None:
    shown, outbox, engine = run_through(MemorySource(an_evening()))
    outbox.publish(engine, START_NS + 20 * SECOND)
    outbox.publish(engine, START_NS + 21 * SECOND)
    assert outbox.latest is not None
    assert {id(row) for row in outbox.latest.flows} <= {id(row) for row in shown.flows} | {
        id(row) for row in outbox.latest.flows if row.last_seen_ns
    }
    assert len(outbox.latest.flows) == len(shown.flows)


def test_a_live_flow_that_closed_leaves_the_view_after_a_minute() -> None:
    source = MemorySource(conversation(PHONE, SERVER, 8443, b"\x9f\x11\x22", b"\x01", START_NS))
    _, outbox, engine = run_through(source)
    source.kind = "live"
    outbox.publish(engine, START_NS + 59 * SECOND)
    assert outbox.latest is not None
    assert len(outbox.latest.flows) == 1
    outbox.publish(engine, START_NS + 70 * SECOND)
    assert outbox.latest.flows == ()


def test_what_a_device_is_called() -> None:
    device = Device(1, "24:6f:28:aa:10:3c", 0, 0)
    assert display_name(device) == "aa:10:3c"
    device.vendor = "Espressif Inc."
    assert display_name(device) == "espressif aa:10:3c"
    device.randomized_mac = True
    assert display_name(device) == "private aa:10:3c"
    device.name = "ESP_AA103C"
    assert display_name(device) == "ESP_AA103C"
    device.label = "kitchen plug"
    assert display_name(device) == "kitchen plug"


def test_rows_that_had_to_make_room_are_told_by_kind() -> None:
    shown, outbox, engine = run_through(MemorySource(an_evening()))
    assert set(shown.capture.rows_dropped.values()) == {0}
    outbox.names.dropped, outbox.flows.dropped = 5, 2
    outbox.publish(engine, START_NS + 11 * SECOND)
    assert outbox.latest is not None
    assert outbox.latest.capture.rows_dropped == {"flow": 2, "name": 5, "tracker": 0, "alert": 0}
