"""A recording as it ages, grows, and as the disk fills."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netscope.engine.store import retention
from netscope.engine.store.faults import StoreFault
from netscope.engine.store.retention import Limits, Retention
from netscope.engine.store.writer import Recording
from netscope.model.records import DevicePair, Evidence, TrafficBucket
from tests.engine.store.samples import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    T0,
    make_alert,
    make_batch,
    make_certificate,
    make_device,
    make_flow,
    make_handshake,
    make_hit,
    make_query,
    make_request,
)

ROOMY = Limits(min_free_bytes=0)
HOUR_START = T0 - T0 % HOUR


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Recording]:
    recording = Recording(tmp_path / "home.db", T0)
    yield recording
    recording.close()


def count(recording: Recording, table: str) -> int:
    return int(recording.db.table(table).count)


def age(retention_: Retention, now_ns: int) -> int:
    """Let a settled clock reach ``now_ns`` and take every step that is due; returns how much was done."""
    retention_.step(now_ns - retention.SETTLE_NS)
    total = 0
    for _ in range(1000):
        done = retention_.step(now_ns)
        total += done
        if not done:
            return total
    raise AssertionError("retention never came to rest")


def test_details_go_before_flows_and_devices_stay(recording: Recording) -> None:
    flow = make_flow(1)
    recording.write(
        make_batch(
            flows=[flow],
            dns_queries=[make_query(1, flow), make_query(2, timestamp_ns=T0 + 31 * DAY)],
            tls_handshakes=[make_handshake(1, flow)],
            http_requests=[make_request(1, flow)],
            tracker_hits=[make_hit(1, flow)],
            certificates=[make_certificate("ab")],
            alerts=[make_alert(1)],
            devices=[
                make_device(1),
                make_device(2, randomized_mac=True),
                make_device(3, randomized_mac=True, label="x"),
                make_device(4, randomized_mac=True, note="x"),
            ],
            evidence=[Evidence(2, "mdns", "name", "phone", T0, T0)],
            same_devices=[DevicePair(one, other, 60, (), 0, T0, T0) for one, other in ((2, 1), (3, 2), (3, 1))],
        )
    )
    keeper = Retention(recording, ROOMY)
    age(keeper, T0 + 32 * DAY)
    details = ("dns_queries", "tls_handshakes", "http_requests", "tracker_hits", "certificates")
    assert [count(recording, table) for table in details] == [1, 0, 0, 0, 0]
    assert (count(recording, "flows"), count(recording, "alerts"), count(recording, "devices")) == (1, 1, 4)
    age(Retention(recording, ROOMY), T0 + 400 * DAY)
    assert (count(recording, "flows"), count(recording, "alerts")) == (0, 0)
    assert [row["id"] for row in recording.db.table("devices").rows] == [1, 3, 4]
    assert count(recording, "device_evidence") == 0
    assert [row["device_id"] for row in recording.db.table("same_devices").rows] == [3]
    assert {row["device_id"] for row in recording.db.table("device_addresses").rows} == {1, 3, 4}


def test_flows_are_merged_before_they_go(recording: Recording) -> None:
    day = T0 - T0 % DAY
    recording.write(
        make_batch(
            flows=[
                make_flow(number, device_id=1, bytes_up=5, first_seen_ns=day + number * MINUTE)
                for number in range(1, 101)
            ]
        )
    )
    age(Retention(recording, ROOMY), day + 9 * DAY)
    found = recording.db.execute("SELECT count(*), sum(bytes_up), sum(merged_flows) FROM flows").fetchone()
    assert found == (1, 500, 100)


def fill_traffic(recording: Recording, minutes: int) -> None:
    recording.write(
        make_batch(
            traffic=[
                TrafficBucket(device, HOUR_START + minute * MINUTE, 60, 10, 100, 1, 2, 1)
                for minute in range(minutes)
                for device in (1, 2)
            ]
        )
    )


def traffic(recording: Recording) -> dict[int, tuple[int, int, int]]:
    """bucket_seconds -> (rows, bytes up, flows)."""
    return {
        seconds: tuple(rest)
        for seconds, *rest in recording.db.execute(
            "SELECT bucket_seconds, count(*), sum(bytes_up), sum(flows) FROM traffic GROUP BY 1"
        )
    }


def test_series_roll_up_as_they_age_and_sums_stay(recording: Recording) -> None:
    fill_traffic(recording, 24 * 60)
    age(Retention(recording, ROOMY), HOUR_START + 2 * DAY + 12 * HOUR + 5 * MINUTE)
    assert traffic(recording) == {600: (2 * 72, 14_400, 1440), 60: (2 * 720, 14_400, 1440)}
    age(Retention(recording, ROOMY), HOUR_START + 70 * DAY)
    assert traffic(recording) == {3600: (2 * 24, 28_800, 2880)}
    starts = [row["bucket_ns"] for row in recording.db.table("traffic").rows]
    assert all(start % HOUR == 0 for start in starts)
    age(Retention(recording, ROOMY), HOUR_START + 800 * DAY)
    assert traffic(recording) == {}


def test_a_late_minute_joins_the_ten_minutes_already_there(recording: Recording) -> None:
    fill_traffic(recording, 10)
    age(Retention(recording, ROOMY), HOUR_START + 3 * DAY)
    recording.write(make_batch(traffic=[TrafficBucket(1, HOUR_START, 60, 25, 100, 1, 2, 1)]))
    age(Retention(recording, ROOMY), HOUR_START + 3 * DAY + HOUR)
    rolled = recording.db.execute("SELECT bucket_seconds, bytes_up FROM traffic WHERE device_id = 1").fetchall()
    assert rolled == [(600, 115)]


def test_a_minute_that_a_clock_set_back_leaves_behind_is_rolled_up_within_a_day(recording: Recording) -> None:
    keeper = Retention(recording, ROOMY)
    fill_traffic(recording, 10)
    age(keeper, HOUR_START + 3 * DAY)
    recording.write(make_batch(traffic=[TrafficBucket(1, HOUR_START - DAY, 60, 25, 100, 1, 2, 1)]))
    age(keeper, HOUR_START + 4 * DAY)
    assert recording.db.execute("SELECT DISTINCT bucket_seconds FROM traffic").fetchall() == [(600,)]


def test_a_recording_is_kept_to_its_size_and_the_space_is_given_back(recording: Recording) -> None:
    limits = Limits(max_bytes=2 << 20, min_free_bytes=0)
    keeper = Retention(recording, limits)
    for start in range(0, 30_000, 1000):
        flows = [make_flow(number) for number in range(start + 1, start + 1001)]
        recording.write(
            make_batch(
                flows=flows,
                dns_queries=[make_query(flow.id, flow) for flow in flows],
                http_requests=[make_request(flow.id, flow) for flow in flows],
            )
        )
        now_ns = T0 + start * SECOND
        while keeper.step(now_ns):
            pass
    recording.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert recording.path.stat().st_size <= limits.max_bytes
    kept = recording.db.execute("SELECT count(*), max(id), min(id) FROM flows").fetchone()
    assert kept[1] == 30_000
    assert kept[0] == kept[1] - kept[2] + 1 > 1000
    assert recording.db.execute("SELECT min(flow_id) FROM http_requests").fetchone()[0] >= kept[2]
    assert recording.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_half_a_megabyte_is_given_back_a_step(recording: Recording) -> None:
    recording.write(make_batch(flows=[make_flow(number) for number in range(1, 10_001)]))
    keeper = Retention(recording, Limits(min_free_bytes=1 << 60, kept_bytes=0))
    recording.db.execute("DELETE FROM flows")
    page_bytes, free = [
        recording.db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "freelist_count")
    ]
    pages = retention.VACUUM_BYTES // page_bytes
    assert free > 2 * pages
    assert keeper.step(T0) == pages
    assert recording.db.execute("PRAGMA freelist_count").fetchone() == (free - pages,)


def test_a_long_series_leaves_room_for_flows_in_a_small_recording(recording: Recording) -> None:
    limits = Limits(max_bytes=1 << 20, min_free_bytes=0)
    keeper = Retention(recording, limits)
    buckets = [TrafficBucket(1, T0 + number * HOUR, 3600, 1, 1, 1, 1, 1) for number in range(20_000)]
    recording.write(make_batch(devices=[make_device(1)], traffic=buckets))
    recording.write(make_batch(flows=[make_flow(number) for number in range(1, 3_001)]))
    age(keeper, T0 + DAY)
    recording.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert recording.path.stat().st_size <= limits.max_bytes
    assert count(recording, "flows") > 500
    assert 4_000 < count(recording, "traffic") <= 8_192
    newest = recording.db.execute("SELECT max(bucket_ns), (max(bucket_ns) - min(bucket_ns)) / ? FROM traffic", (HOUR,))
    assert newest.fetchone() == (buckets[-1].bucket_ns, count(recording, "traffic") - 1)


def test_a_filling_disk_costs_the_recording_no_more_than_down_to_what_is_kept(recording: Recording) -> None:
    recording.write(make_batch(flows=[make_flow(number) for number in range(1, 10_001)]))
    kept = Limits(min_free_bytes=1 << 60, kept_bytes=1 << 20)
    keeper = Retention(recording, kept)
    for _ in range(200):
        if not keeper.step(T0):
            break
    recording.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert 0 < recording.path.stat().st_size <= kept.kept_bytes
    assert count(recording, "flows") > 500


def test_a_clock_that_leaps_ahead_deletes_nothing_until_it_has_settled(recording: Recording) -> None:
    recording.write(make_batch(flows=[make_flow(1)]))
    keeper = Retention(recording, ROOMY)
    age(keeper, T0 + DAY)
    for minute in range(59):
        keeper.step(T0 + 20_000 * DAY + minute * MINUTE)
    assert count(recording, "flows") == 1
    keeper.step(T0 + DAY + HOUR)
    assert count(recording, "flows") == 1
    age(keeper, T0 + 20_000 * DAY)
    assert count(recording, "flows") == 0


def test_a_step_is_bounded_and_rest_is_cheap(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROWS_PER_STEP", 50)
    recording.write(make_batch(dns_queries=[make_query(number) for number in range(1, 501)]))
    keeper = Retention(recording, ROOMY)
    keeper.step(T0 + 40 * DAY - retention.SETTLE_NS)
    done = [keeper.step(T0 + 40 * DAY) for _ in range(10)]
    assert done == [50] * 10
    while keeper.step(T0 + 40 * DAY):
        pass
    recording.write(make_batch(dns_queries=[make_query(501)]))
    assert keeper.step(T0 + 40 * DAY + retention.IDLE_NS - 1) == 0
    assert keeper.step(T0 + 40 * DAY + retention.IDLE_NS) == 1


def test_a_disk_that_refuses_is_a_fault(recording: Recording) -> None:
    recording.write(make_batch(dns_queries=[make_query(1)]))
    keeper = Retention(recording, ROOMY)
    keeper.step(T0 + 40 * DAY - retention.SETTLE_NS)
    recording.db.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreFault) as refused:
        keeper.step(T0 + 40 * DAY)
    assert refused.value.slug == "read_only"
    recording.db.execute("PRAGMA query_only = OFF")
    assert keeper.step(T0 + 40 * DAY) == 1
