"""A recording through the screens' reader: followed, looked back into, edited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netscope.engine.store.faults import StoreFault
from netscope.engine.store.reader import RecordingReader
from netscope.engine.store.rows import Batch
from netscope.engine.store.writer import Recording
from netscope.model.allow import AllowRule
from netscope.model.errors import NetScopeError
from netscope.model.records import TrafficBucket
from netscope.model.snapshot import DeviceDetail, Reader
from tests.engine.store.samples import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    T0,
    make_alert,
    make_batch,
    make_device,
    make_flow,
    make_query,
    make_session,
    wait_until,
    write,
)


class Clock:
    def __init__(self, now_ns: int) -> None:
        self.now_ns = now_ns

    def __call__(self) -> int:
        return self.now_ns


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "home.db"
    write(
        path,
        make_batch(
            session=make_session(
                packets=9, bytes=900, ended_ns=T0 + 2 * HOUR, counters={"malformed_dns": 2, "flow_table_full": 1}
            ),
            devices=[make_device(1, is_gateway=True)],
            alerts=[make_alert(1, first_ns=T0 + HOUR, flow=make_flow(7))],
            flows=[
                make_flow(number, device_id=1, first_seen_ns=T0 + number * MINUTE, server_name=f"n{number}.example")
                for number in range(1, 121)
            ],
            dns_queries=[make_query(1, device_id=1)],
            traffic=[TrafficBucket(1, T0 + number * MINUTE, 60, 10, 90, 1, 1, 1) for number in range(121)],
        ),
    )
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock(T0 + 100 * DAY)


@pytest.fixture
def reader(path: Path, clock: Clock) -> Iterator[RecordingReader]:
    reader = RecordingReader(path, clock)
    yield reader
    reader.close()


def test_a_finished_recording_is_shown_as_of_its_end(reader: RecordingReader, path: Path) -> None:
    screens_reader: Reader = reader
    shown = screens_reader.snapshot()
    capture = shown.capture
    assert (capture.source, capture.kind, capture.packets, capture.bytes) == ("eth0", "recording", 9, 900)
    assert (capture.gateway, capture.flows_evicted, capture.recording) == ("192.168.1.10", 1, str(path))
    assert capture.counters == {"malformed_dns": 2, "flow_table_full": 1}
    assert capture.finished
    assert capture.now_ns == T0 + 2 * HOUR + SECOND
    assert (len(shown.flows), len(shown.devices), len(shown.names), len(shown.alerts)) == (120, 1, 1, 1)
    assert len(shown.pulse) == 240
    assert reader.snapshot() is shown


def test_a_recording_being_written_is_followed(path: Path, clock: Clock) -> None:
    recording = Recording(path, T0)
    clock.now_ns = T0 + DAY
    reader = RecordingReader(path, clock)
    first = reader.snapshot()
    open_flow = make_flow(500, first_seen_ns=T0 + DAY, end_reason=None)
    recording.write(Batch(session=make_session(id=2, started_ns=T0 + DAY), flows=[open_flow]))
    clock.now_ns += 2 * SECOND
    wait_until(lambda: reader.snapshot() is not first)
    shown = reader.snapshot()
    assert shown.flows[0].id == 500
    assert shown.version > first.version
    assert (shown.capture.now_ns, shown.capture.flows_open, shown.capture.finished) == (clock.now_ns, 1, False)
    log = path.with_name("home.db-wal")
    assert shown.capture.recording_bytes == path.stat().st_size + log.stat().st_size > path.stat().st_size
    reader.close()
    recording.close()


def test_time_goes_on_where_nothing_is_written_until_the_recorder_is_no_more(path: Path, clock: Clock) -> None:
    recording = Recording(path, T0)
    last_ns = T0 + DAY + SECOND
    recording.write(
        Batch(session=make_session(id=2, started_ns=T0 + DAY), flows=[make_flow(500, last_seen_ns=last_ns)])
    )
    clock.now_ns = last_ns + SECOND
    reader = RecordingReader(path, clock)
    clock.now_ns += 5 * SECOND
    wait_until(lambda: reader.snapshot().capture.now_ns == clock.now_ns)
    clock.now_ns += HOUR
    wait_until(lambda: reader.snapshot().capture.now_ns == last_ns)
    reader.close()
    recording.close()


def test_no_snapshot_holds_half_a_batch(path: Path, clock: Clock) -> None:
    """Session and flows are written together, so their numbers agree in every snapshot, whenever it was taken."""
    recording = Recording(path, T0)
    reader = RecordingReader(path, clock)
    seen = set()
    for number in range(1, 20_000):
        flow = make_flow(1000 + number, first_seen_ns=T0 + DAY + number)
        recording.write(Batch(session=make_session(id=3, started_ns=T0 + DAY, packets=number), flows=[flow]))
        clock.now_ns += SECOND
        shown = reader.snapshot()
        if shown.capture.packets != 9:
            seen.add(shown.capture.packets)
            assert shown.flows[0].id == 1000 + shown.capture.packets
        if len(seen) > 3:
            break
    reader.close()
    recording.close()
    assert len(seen) > 3


def test_a_moment_of_the_past(reader: RecordingReader) -> None:
    moment = T0 + 30 * MINUTE
    shown = reader.snapshot_at(moment)
    assert shown.capture.now_ns == moment
    assert {row.id for row in shown.flows} == {25, 26, 27, 28, 29, 30}
    assert shown.alerts == ()
    assert reader.snapshot_at(T0 + HOUR).alerts[0].id == 1
    assert reader.snapshot().capture.now_ns == T0 + 2 * HOUR + SECOND


def test_seeking_playing_and_back_to_the_end(reader: RecordingReader, clock: Clock) -> None:
    assert reader.at_live
    assert reader.position_ns == T0 + 2 * HOUR + SECOND
    reader.seek(T0 + 30 * MINUTE)
    wait_until(lambda: reader.snapshot().capture.now_ns == T0 + 30 * MINUTE)
    assert not reader.at_live
    reader.play(60.0)
    clock.now_ns += 10 * SECOND
    assert reader.position_ns == T0 + 40 * MINUTE
    wait_until(lambda: reader.snapshot().capture.now_ns == T0 + 40 * MINUTE)
    reader.play(0)
    clock.now_ns += HOUR
    assert (reader.position_ns, reader.speed) == (T0 + 40 * MINUTE, 0)
    reader.play(1000.0)
    clock.now_ns += HOUR
    assert reader.position_ns == T0 + 2 * HOUR + SECOND
    reader.to_live()
    assert reader.at_live
    wait_until(lambda: len(reader.snapshot().flows) == 120)


def test_the_course_covers_the_whole_recording_whatever_moment_is_shown(reader: RecordingReader) -> None:
    assert reader.time_range() == (T0, T0 + 2 * HOUR + SECOND)
    reader.seek(T0 + 5 * MINUTE)
    wait_until(reader.course)
    course = reader.course()
    assert [bucket.start_ns for bucket in course] == [T0 + number * MINUTE for number in range(121)]
    assert {bucket.seconds for bucket in course} == {60}
    assert sum(bucket.bytes_up + bucket.bytes_down for bucket in course) == 121 * 100
    assert [number for number, bucket in enumerate(course) if bucket.alerts] == [60]


def test_an_empty_recording(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "empty.db"
    write(path)
    reader = RecordingReader(path, clock)
    shown = reader.snapshot()
    assert (shown.flows, shown.devices, shown.names) == ((), (), ())
    assert reader.course() == ()
    assert reader.flow_detail(1) is None
    assert reader.device_detail(1) is None
    reader.close()


def test_a_flow_in_detail(reader: RecordingReader) -> None:
    detail = reader.flow_detail(7)
    assert detail is not None
    assert detail.row.server_name == "n7.example"
    assert ("Name", "server name", "n7.example") in detail.facts
    assert reader.flow_detail(9999) is None


def test_a_device_in_detail(reader: RecordingReader) -> None:
    detail = reader.device_detail(1)
    assert detail is not None
    assert detail.row.id == 1
    assert [name.name for name in detail.names] == ["example.org"]
    assert reader.device_detail(99) is None


def told(reader: RecordingReader) -> DeviceDetail:
    detail = reader.device_detail(1)
    assert detail is not None
    return detail


def test_a_devices_past_is_read_in_the_background(reader: RecordingReader) -> None:
    wait_until(lambda: told(reader).destinations and told(reader).day and told(reader).rate)
    detail = told(reader)
    assert len(detail.destinations) == 20
    assert sum(hour.bytes for hour in detail.day) == 121 * 100
    assert detail.rate is not None
    assert sum(detail.rate.down) == 121 * 90


def test_names_trackers_countries_and_flows_behind_an_alert(reader: RecordingReader) -> None:
    wait_until(lambda: reader.name_detail("example.org") is not None)
    detail = reader.name_detail("example.org")
    assert detail is not None
    assert sum(detail.uses.hours) == 1
    wait_until(reader.countries)
    assert sum(country.flows for country in reader.countries()) == 120
    assert reader.tracker_uses() == ()
    wait_until(lambda: reader.alert_flows(1))
    assert [row.id for row in reader.alert_flows(1)] == [7]
    assert reader.alert_flows(1)[0].alert
    assert reader.alert_flows(9) == ()


def test_what_cannot_be_read_any_more_is_not_told(path: Path, clock: Clock) -> None:
    reader = RecordingReader(path, clock)
    reader._building.close()
    assert reader.course() == ()
    assert reader.countries() == ()
    reader.close()


def test_what_is_allowed_vanishes_and_comes_back(path: Path, clock: Clock) -> None:
    own = AllowRule("other", origin="config")
    reader = RecordingReader(path, clock, allowed=[own])
    alert = reader.snapshot().alerts[0]
    flows = {row.id for row in reader.snapshot().flows if row.alert}
    rule = AllowRule(alert.detector, "*", "*", "known", T0)
    reader.allow(rule)
    clock.now_ns += SECOND
    wait_until(lambda: alert.id not in {row.id for row in reader.snapshot().alerts})
    shown = reader.snapshot()
    assert [(row.rule.key, row.rule.note, row.hidden > 0) for row in shown.allowed] == [
        (own.key, "", False), (rule.key, "known", True),
    ]  # fmt: skip
    assert {row.id for row in shown.flows if row.alert} < flows or not flows
    reader.close()
    again = RecordingReader(path, clock)
    assert alert.id not in {row.id for row in again.snapshot().alerts}
    again.disallow(rule)
    clock.now_ns += SECOND
    wait_until(lambda: alert.id in {row.id for row in again.snapshot().alerts})
    again.close()


def test_a_recorder_that_starts_again_knows_what_is_allowed(path: Path) -> None:
    recording = Recording(path, T0)
    first, second = AllowRule("beacon", "lamp", note="x"), AllowRule("upload", created_ns=5)
    recording.write(Batch(allow_rules={first: True, second: True}))
    recording.write(Batch(allow_rules={first: False}))
    recording.close()
    again = Recording(path, T0)
    assert again.allow_rules() == [second]
    again.close()


def test_labels_and_states_are_kept_and_shown(reader: RecordingReader, path: Path, clock: Clock) -> None:
    reader.set_device_label(1, "router")
    reader.set_alert_state(1, "ignored")
    clock.now_ns += SECOND
    wait_until(lambda: reader.snapshot().devices[0].label == "router")
    wait_until(lambda: reader.snapshot().alerts[0].state == "ignored")
    reader.set_device_label(1, "")
    again = RecordingReader(path, clock)
    assert again.snapshot().devices[0].label is None
    again.close()


def test_a_file_that_fails_while_it_is_shown_says_so_and_keeps_the_screen(
    reader: RecordingReader, path: Path, clock: Clock
) -> None:
    shown = reader.snapshot()
    reader._worker.submit(reader._building.close).result()
    clock.now_ns += SECOND
    reader.seek(T0 + MINUTE)
    wait_until(lambda: reader.snapshot().capture.error)
    failed = reader.snapshot()
    assert failed.flows == shown.flows
    assert str(path) in str(failed.capture.error)


def test_what_cannot_be_opened_is_said_in_words(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(NetScopeError, match="no such file"):
        RecordingReader(tmp_path / "absent.db", clock)
    (tmp_path / "x.db").write_text("not a database at all")
    with pytest.raises(StoreFault, match="not a NetScope recording"):
        RecordingReader(tmp_path / "x.db", clock)


def test_a_devices_privacy_is_summed_up_in_the_background(reader: RecordingReader) -> None:
    wait_until(lambda: reader.device_privacy(1) is not None)
    summary = reader.device_privacy(1)
    assert summary is not None
    assert (summary.device_id, summary.flows, summary.is_whole) == (1, 120, True)


def test_privacy_of_a_moment_counts_what_had_begun(reader: RecordingReader) -> None:
    reader.seek(T0 + 10 * MINUTE)
    wait_until(lambda: (found := reader.device_privacy(1)) is not None and found.flows == 10)


def test_many_devices_asked_for_are_forgotten_oldest_first(reader: RecordingReader) -> None:
    for device_id in range(200):
        reader.device_privacy(device_id)
    assert len(reader._answers) == 64
