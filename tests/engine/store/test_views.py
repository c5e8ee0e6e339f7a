"""Rows of a recording as the screens see them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from netscope.engine.store import views
from netscope.engine.store.names import read_trackers
from netscope.engine.store.views import FlowRows, Moment, Wording
from netscope.model.allow import AllowList
from netscope.model.records import TrafficBucket
from netscope.model.snapshot import FlowRow
from tests.engine.store.samples import (
    HOUR,
    MINUTE,
    SECOND,
    T0,
    make_alert,
    make_batch,
    make_device,
    make_flow,
    make_hit,
    make_query,
    recorded,
)

END = Moment(T0 + HOUR, is_end=True)
WORDING = Wording(
    describe=lambda detector: (f"what {detector}", "usual", "check"),
    device_name=lambda device: device.label or f"device {device.id}",
    flow_label=lambda flow: f"<{flow.app_protocol or flow.protocol}>",
)


def flow_rows(
    connection: sqlite3.Connection, moment: Moment = END, alerted: frozenset[int] = frozenset()
) -> list[FlowRow]:
    devices = views.read_devices(connection, moment, WORDING)
    return list(views.read_flows(connection, FlowRows(devices, set(alerted), moment, WORDING), moment))


def test_a_flow_is_shown_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    flow = make_flow(
        5,
        device_id=1,
        vlan="20",
        app_protocol="tls",
        tls_version="TLSv1.3",
        server_name="a.example",
        name_source="sni",
        country="NL",
        asn=64500,
        as_org="Example",
        application="Example App",
        tracker="Ads",
        bytes_up=1,
        bytes_down=2,
        packets_up=3,
        packets_down=4,
        rtt_us=5,
        retransmissions=6,
        tcp_state="SF",
        ja3="f" * 32,
        ja4="t13d",
    )
    (row,) = flow_rows(recorded(tmp_path, make_batch(flows=[flow], devices=[make_device(1)])), alerted=frozenset({5}))
    assert row == FlowRow(
        5,
        1,
        "device 1",
        "192.168.1.10",
        50_000,
        "198.51.100.7",
        443,
        "tcp",
        "tls",
        "<tls>",
        "a.example",
        "sni",
        None,
        "NL",
        64500,
        "Example",
        "Example App",
        "Ads",
        True,
        1,
        2,
        3,
        4,
        0.0,
        0.0,
        (0,) * 16,
        5,
        6,
        T0 + 5 * SECOND,
        T0 + 6 * SECOND,
        "SF",
        "fin",
        "20",
        "f" * 32,
        "t13d",
    )


def test_a_client_from_elsewhere_is_named_by_its_address(tmp_path: Path) -> None:
    (row,) = flow_rows(
        recorded(
            tmp_path,
            make_batch(
                devices=[make_device(1)],
                flows=[
                    make_flow(1, device_id=1, client_ip="203.0.113.5", server_ip="192.168.1.10"),
                ],
            ),
        )
    )
    assert (row.device_id, row.device_name) == (1, "203.0.113.5")


def test_the_newest_flows_come_first_up_to_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MAX_FLOWS", 3)
    connection = recorded(tmp_path, make_batch(flows=[make_flow(number) for number in range(1, 11)]))
    assert [row.id for row in flow_rows(connection)] == [10, 9, 8]


def test_an_open_flow_has_the_mean_rate_of_its_life(tmp_path: Path) -> None:
    connection = recorded(
        tmp_path,
        make_batch(
            flows=[
                make_flow(
                    1, first_seen_ns=T0, last_seen_ns=T0 + 9 * SECOND, end_reason=None, bytes_up=100, bytes_down=1000
                ),
            ]
        ),
    )
    (row,) = flow_rows(connection, Moment(T0 + 10 * SECOND, is_end=True))
    assert (row.rate_up_bps, row.rate_down_bps) == (80.0, 800.0)


def test_a_past_moment_shows_what_was_going_on_as_open(tmp_path: Path) -> None:
    connection = recorded(
        tmp_path,
        make_batch(
            flows=[
                make_flow(1, first_seen_ns=T0, last_seen_ns=T0 + MINUTE),
                make_flow(2, first_seen_ns=T0, last_seen_ns=T0 + HOUR),
                make_flow(3, first_seen_ns=T0 + 40 * MINUTE),
                make_flow(4, first_seen_ns=T0 + 20 * MINUTE, last_seen_ns=T0 + 28 * MINUTE),
            ]
        ),
    )
    rows = flow_rows(connection, Moment(T0 + 30 * MINUTE, is_end=False))
    assert {row.id: row.end_reason for row in rows} == {2: None, 4: "fin"}


@pytest.mark.parametrize("moment", [-1, 0, 1, 49, 50, 98, 99, 10_000])
def test_the_last_id_before_a_moment_is_found_over_gaps(tmp_path: Path, moment: int) -> None:
    kept = [number for number in range(1, 100) if number % 7 and not 20 < number < 40]
    connection = recorded(tmp_path, make_batch(dns_queries=[make_query(number) for number in kept]))
    until = views.last_id(connection, "dns_queries", Moment(T0 + moment * SECOND, is_end=False))
    assert [number for number in kept if number <= until] == [number for number in kept if number <= moment]


def test_alerts_are_told_in_the_detectors_words(tmp_path: Path) -> None:
    flow = make_flow(3)
    connection = recorded(
        tmp_path,
        make_batch(
            flows=[flow],
            devices=[make_device(1)],
            alerts=[make_alert(1, device_id=1, flow=flow), make_alert(2, first_ns=T0 + 2 * HOUR)],
        ),
    )
    devices = views.read_devices(connection, END, WORDING)
    (row,), _ = views.read_alerts(connection, devices, END, WORDING, AllowList())
    assert (row.id, row.flow_id, row.device_name, row.evidence["threshold"]) == (1, 3, "device 1", 15)
    assert (row.what, row.usual, row.check) == ("what port_scan", "usual", "check")


def test_devices_with_their_flows_hits_and_alerts(tmp_path: Path) -> None:
    flow = make_flow(1, device_id=1, end_reason=None)
    addresses = {"192.168.1.10": (T0, T0 + 5), "fe80::1": (T0, T0 + 9)}
    connection = recorded(
        tmp_path,
        make_batch(
            devices=[make_device(1, addresses=addresses, label="tv"), make_device(2, first_seen_ns=T0 + 2 * HOUR)],
            flows=[flow, make_flow(2, device_id=1)],
            tracker_hits=[make_hit(1, flow), make_hit(2, flow)],
            alerts=[make_alert(1, device_id=1), make_alert(2, device_id=1, state="acknowledged")],
            traffic=[TrafficBucket(1, T0, 60, 600, 6000, 1, 1, 1)],
        ),
    )
    moment = Moment(T0 + 29 * SECOND, is_end=False)
    devices = views.read_devices(connection, moment, WORDING)
    trackers = read_trackers(connection, devices, moment)
    alerts, _ = views.read_alerts(connection, devices, moment, WORDING, AllowList())
    (row,) = views.read_device_rows(connection, devices, trackers, alerts, moment)
    assert (row.name, row.addresses, row.trackers, row.alerts) == ("tv", ("fe80::1", "192.168.1.10"), 2, 1)
    assert (row.rate_up_bps, row.rate_down_bps) == (80.0, 800.0)
    at_end = views.read_device_rows(connection, devices, trackers, alerts, Moment(T0 + 30 * SECOND, is_end=True))
    assert (at_end[0].flows_open, at_end[0].rate_up_bps) == (1, 160.0)


def test_the_pulse_spreads_buckets_over_their_seconds(tmp_path: Path) -> None:
    connection = recorded(
        tmp_path,
        make_batch(
            traffic=[
                TrafficBucket(1, T0, 60, 60, 600, 30, 30, 1),
                TrafficBucket(2, T0, 60, 60, 0, 0, 0, 1),
                TrafficBucket(1, T0 + 2 * MINUTE, 60, 120, 0, 0, 0, 1),
            ]
        ),
    )
    pulse = views.read_pulse(connection, Moment(T0 + 2 * MINUTE + 29 * SECOND, is_end=True))
    assert len(pulse) == 240
    assert pulse[-1].time_ns == T0 + 2 * MINUTE + 29 * SECOND
    by_second = {point.time_ns: point for point in pulse}
    assert (by_second[T0].bytes_up, by_second[T0].bytes_down, by_second[T0].packets) == (2, 10, 1)
    assert by_second[T0 + MINUTE].bytes_up == 0
    assert by_second[T0 + 2 * MINUTE].bytes_up == 4
    assert sum(point.bytes_up for point in pulse) == 240


def test_an_empty_recording_has_no_moment(tmp_path: Path) -> None:
    assert views.newest_ns(recorded(tmp_path)) == 0
