"""The time before a moment of a recording: told from rows, at the moment and not after it."""

from __future__ import annotations

from pathlib import Path

from netscope.engine.store import past
from netscope.engine.store.views import Moment
from netscope.model.records import TrafficBucket
from netscope.model.usual import HOUR_NS
from tests.engine.store.samples import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    T0,
    answer,
    make_alert,
    make_batch,
    make_device,
    make_flow,
    make_handshake,
    make_hit,
    make_query,
    make_request,
    recorded,
)


def end(moment_ns: int) -> Moment:
    return Moment(moment_ns, is_end=True)


def test_the_course_of_months_is_told_in_longer_buckets(tmp_path: Path) -> None:
    connection = recorded(
        tmp_path,
        make_batch(
            devices=[make_device(1, first_seen_ns=T0), make_device(2, first_seen_ns=T0 + 50 * DAY)],
            traffic=[
                TrafficBucket(device, T0 + number * HOUR, 3600, 10, 90, 1, 2, 1)
                for number in range(0, 60 * 24, 5)
                for device in (1, 2)
            ],
            tracker_hits=[make_hit(1, None, timestamp_ns=T0 + 5 * HOUR)],
            alerts=[make_alert(1, first_ns=T0 + 31 * HOUR)],
        ),
    )
    course = past.course(connection, T0 + 60 * DAY)
    assert {bucket.seconds for bucket in course} == {3600}
    assert sum(bucket.bytes_up for bucket in course) == 10 * 2 * 288
    assert sum(bucket.packets for bucket in course) == 3 * 2 * 288
    assert sum(bucket.devices for bucket in course) == 2
    first_ns = course[0].start_ns
    assert [(b.start_ns - first_ns) // HOUR for b in course if b.tracker_hits] == [5]
    # Something happened in an hour without traffic: it has a bucket of its own.
    assert [((b.start_ns - first_ns) // HOUR, b.bytes_down) for b in course if b.alerts] == [(31, 0)]


def test_a_day_beside_what_is_usual_counts_only_hours_in_which_the_recorder_ran(tmp_path: Path) -> None:
    now_ns = T0 + 10 * DAY
    hour = now_ns // HOUR_NS
    here = [TrafficBucket(1, now_ns - days * DAY, 3600, 0, 1_000 * days, 1, 1, 1) for days in (1, 2, 4)]
    connection = recorded(
        tmp_path,
        make_batch(
            devices=[make_device(1, first_seen_ns=T0), make_device(2, first_seen_ns=T0)],
            traffic=[
                *here,
                TrafficBucket(1, now_ns, 60, 5, 5, 1, 1, 1),
                # Device 1 was silent while device 2 was not: that counts; on the third day nobody recorded.
                TrafficBucket(2, now_ns - 5 * DAY, 3600, 1, 1, 1, 1, 1),
            ],
        ),
    )
    day = past.device_day(connection, 1, now_ns + MINUTE)
    assert [entry.start_ns // HOUR_NS for entry in day] == list(range(hour - 23, hour + 1))
    assert (day[-1].bytes, day[-1].usual_low_bytes, day[-1].usual_high_bytes, day[-1].days) == (10, 0, 4_000, 4)
    assert day[0].usual_high_bytes is None
    assert past.device_day(connection, 99, now_ns)[-1].days == 0


def test_a_rate_is_as_exact_as_the_buckets_are(tmp_path: Path) -> None:
    connection = recorded(
        tmp_path,
        make_batch(
            devices=[make_device(1)],
            traffic=[
                TrafficBucket(1, T0, 600, 100, 1_000, 1, 1, 1),
                TrafficBucket(1, T0 + HOUR, 60, 7, 70, 1, 1, 1),
                TrafficBucket(1, T0 + 2 * HOUR, 60, 9, 90, 1, 1, 1),
            ],
        ),
    )
    rate = past.device_rate(connection, 1, T0 + HOUR + 30 * SECOND)
    assert (rate.slot_s, len(rate.up), rate.end_ns) == (60, 240, T0 + HOUR + MINUTE)
    assert (rate.up[-1], rate.down[-1]) == (7, 70)
    assert rate.down[-61:-51] == (100,) * 10
    assert sum(rate.down) == 1_070


def test_where_traffic_of_a_day_went(tmp_path: Path) -> None:
    flows = [
        make_flow(1, device_id=1, server_name="a.example", country="DE", bytes_up=1, bytes_down=9),
        make_flow(2, device_id=1, server_name="a.example", country="DE", bytes_up=10, bytes_down=90, tracker="Ads"),
        make_flow(3, device_id=2, server_ip="192.0.2.7", country=None, bytes_up=1, bytes_down=1),
        make_flow(4, device_id=1, server_name="later.example", country="US", first_seen_ns=T0 + 2 * HOUR,
                  last_seen_ns=T0 + 3 * HOUR),
    ]  # fmt: skip
    connection = recorded(tmp_path, make_batch(devices=[make_device(1), make_device(2)], flows=flows))
    now_ns = T0 + HOUR
    assert [tuple(found) for found in past.destinations(connection, 1, now_ns)] == [("a.example", 110, 2, "DE", "Ads")]
    assert [tuple(found) for found in past.countries(connection, now_ns)] == [("DE", 110, 2, 1, 1), (None, 2, 1, 1, 1)]
    assert past.destinations(connection, 1, T0 + 2 * DAY) == []


def test_tracker_hits_by_the_hour(tmp_path: Path) -> None:
    hits = [
        make_hit(number, None, device_id=1, timestamp_ns=T0 + hours * HOUR)
        for number, hours in enumerate((0, 30, 30, 31), 1)
    ]
    connection = recorded(tmp_path, make_batch(devices=[make_device(1)], tracker_hits=hits))
    (found,) = past.tracker_uses(connection, end(T0 + 31 * HOUR + 1))
    assert (found.uses.hours[-2:], sum(found.uses.hours)) == ((2, 1), 3)
    (found,) = past.tracker_uses(connection, Moment(T0 + HOUR, is_end=False))
    assert (found.uses.hours[-2:], found.device_id) == ((1, 0), 1)


def test_a_name_over_time(tmp_path: Path) -> None:
    flow = make_flow(1, device_id=1, server_name="a.example", bytes_up=5, bytes_down=6)

    def asked(number: int, address: str, **more: object) -> object:
        return make_query(number, device_id=1, query_name="A.example", rcode="NOERROR",
                          answers=(answer("a.example", "A", address),), **more)  # fmt: skip

    connection = recorded(
        tmp_path,
        make_batch(
            devices=[make_device(1)],
            flows=[flow],
            dns_queries=[asked(1, "192.0.2.1"), asked(2, "192.0.2.1"), asked(3, "192.0.2.9"), make_query(4)],
            tls_handshakes=[make_handshake(1, flow, sni="a.example")],
            http_requests=[make_request(1, flow, host="a.example")],
        ),
    )
    detail = past.name_detail(connection, "a.example", end(T0 + HOUR))
    assert [(found.addresses, found.device_id) for found in detail.answers] == [
        (("192.0.2.9",), 1), (("192.0.2.1",), 1),
    ]  # fmt: skip
    assert (sum(detail.uses.hours), detail.bytes) == (5, 11)


def test_flows_behind_an_alert_are_those_to_the_same_end_while_it_lasted(tmp_path: Path) -> None:
    cause = make_flow(1, device_id=1, server_ip="192.0.2.1", first_seen_ns=T0, last_seen_ns=T0 + MINUTE)
    flows = [
        cause,
        make_flow(2, device_id=1, server_ip="192.0.2.1", first_seen_ns=T0 + MINUTE, last_seen_ns=T0 + 2 * MINUTE),
        make_flow(3, device_id=1, server_ip="192.0.2.8", first_seen_ns=T0, last_seen_ns=T0 + MINUTE),
        make_flow(4, device_id=2, server_ip="192.0.2.1", first_seen_ns=T0, last_seen_ns=T0 + MINUTE),
        make_flow(5, device_id=1, server_ip="192.0.2.1", first_seen_ns=T0 + HOUR, last_seen_ns=T0 + HOUR),
    ]
    alerts = [
        make_alert(1, device_id=1, flow=cause, first_ns=T0, last_ns=T0 + 2 * MINUTE),
        make_alert(2, device_id=1, flow=None, first_ns=T0, last_ns=T0 + MINUTE, evidence={"target": "192.0.2.8"}),
    ]
    connection = recorded(tmp_path, make_batch(devices=[make_device(1), make_device(2)], flows=flows, alerts=alerts))
    assert past.flow_ids_behind(connection, 1) == [2, 1]
    assert past.flow_ids_behind(connection, 2) == [3]
    assert past.flow_ids_behind(connection, 3) == []


def test_nothing_is_told_of_an_empty_recording(tmp_path: Path) -> None:
    connection = recorded(tmp_path)
    assert past.course(connection, T0) == []
    assert past.countries(connection, T0) == []
    assert past.name_detail(connection, "a.example", end(T0)).answers == []
