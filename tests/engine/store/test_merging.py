"""Old flows of one device to one host become one row, and nothing they carried is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netscope.engine.store.merging import merge_oldest
from netscope.engine.store.writer import Recording
from netscope.model.flow import Flow
from tests.engine.store.samples import (
    DAY,
    HOUR,
    T0,
    make_alert,
    make_batch,
    make_flow,
    make_handshake,
    make_hit,
    make_query,
    make_request,
)

START_OF_DAY = T0 - T0 % DAY


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Recording]:
    recording = Recording(tmp_path / "home.db", T0)
    yield recording
    recording.close()


def old_flow(id_: int, **fields: object) -> Flow:
    return make_flow(
        id_,
        **{
            "device_id": 1,
            "server_name": "cdn.example",
            "first_seen_ns": START_OF_DAY + id_ * HOUR,
            "bytes_up": 10,
            "bytes_down": 100,
            "packets_up": 1,
            "packets_down": 2,
            "retransmissions": 1,
            **fields,
        },
    )


def flows(recording: Recording) -> list[tuple[int, ...]]:
    return recording.db.execute(
        "SELECT id, merged_flows, bytes_up, bytes_down, packets_up, packets_down, retransmissions FROM flows"
        " ORDER BY id"
    ).fetchall()


def merge_all(recording: Recording, max_rows: int = 100) -> None:
    for _ in range(100):
        if not merge_oldest(recording.db.conn, START_OF_DAY + 30 * DAY, max_rows):
            return
    raise AssertionError("merging never came to an end")


def test_a_days_flows_to_one_host_are_one_row_with_their_totals(recording: Recording) -> None:
    merged = [old_flow(1), old_flow(2), old_flow(3)]
    recording.write(
        make_batch(
            flows=merged,
            dns_queries=[make_query(1, merged[0]), make_query(2, merged[2])],
            tls_handshakes=[make_handshake(1, merged[1])],
            http_requests=[make_request(1, merged[2])],
            tracker_hits=[make_hit(1, merged[1])],
        )
    )
    merge_all(recording)
    assert flows(recording) == [(1, 3, 30, 300, 3, 6, 3)]
    span = recording.db.execute("SELECT first_seen_ns, last_seen_ns FROM flows").fetchone()
    assert span == (merged[0].first_seen_ns, merged[2].last_seen_ns)
    for table, rows in (("dns_queries", 2), ("tls_handshakes", 1), ("http_requests", 1), ("tracker_hits", 1)):
        assert [row["flow_id"] for row in recording.db.table(table).rows] == [1] * rows


@pytest.mark.parametrize(
    "different",
    [
        {"device_id": 2},
        {"server_name": "www.example"},
        {"server_port": 80},
        {"protocol": "udp"},
        {"vlan": "7"},
        {"app_protocol": "http"},
        {"first_seen_ns": START_OF_DAY + DAY + HOUR},
    ],
)
def test_what_differs_stays_apart(recording: Recording, different: dict[str, object]) -> None:
    recording.write(make_batch(flows=[old_flow(1), old_flow(2, **different)]))
    merge_all(recording)
    assert [row[:2] for row in flows(recording)] == [(1, 1), (2, 1)]


def test_flows_without_a_name_merge_by_address(recording: Recording) -> None:
    recording.write(
        make_batch(
            flows=[
                old_flow(1, server_name=None),
                old_flow(2, server_name=None),
                old_flow(3, server_name=None, server_ip="192.0.2.9"),
            ]
        )
    )
    merge_all(recording)
    assert [row[:2] for row in flows(recording)] == [(1, 2), (3, 1)]


def test_an_alerts_flow_and_open_flows_stay_as_they_are(recording: Recording) -> None:
    alerted = old_flow(2)
    recording.write(
        make_batch(
            flows=[old_flow(1), alerted, old_flow(3, end_reason=None), old_flow(4)],
            alerts=[make_alert(1, flow=alerted)],
        )
    )
    merge_all(recording)
    assert [row[:2] for row in flows(recording)] == [(1, 2), (2, 1), (3, 1)]


def test_payload_is_summed_where_all_of_it_is_known(recording: Recording) -> None:
    known = [old_flow(1, payload_bytes_up=5, payload_bytes_down=7), old_flow(2, payload_bytes_up=6)]
    recording.write(make_batch(flows=[*known, old_flow(3, server_port=1), old_flow(4, server_port=1)]))
    recording.db.execute("UPDATE flows SET payload_bytes_up = NULL WHERE id = 3")
    merge_all(recording)
    found = recording.db.execute("SELECT id, payload_bytes_up, payload_bytes_down FROM flows ORDER BY id").fetchall()
    assert found == [(1, 11, 7), (3, None, 0)]


def test_young_flows_are_left_alone(recording: Recording) -> None:
    recording.write(make_batch(flows=[old_flow(1), old_flow(2)]))
    assert merge_oldest(recording.db.conn, START_OF_DAY + HOUR, 100) == 0
    assert len(flows(recording)) == 2


@pytest.mark.parametrize("max_rows", [2, 3, 7])
def test_in_small_steps_totals_stay(recording: Recording, max_rows: int) -> None:
    recording.write(
        make_batch(
            flows=[old_flow(number, first_seen_ns=START_OF_DAY + (number // 3) * HOUR) for number in range(1, 41)]
        )
    )
    merge_all(recording, max_rows)
    found = flows(recording)
    assert sum(row[1] for row in found) == 40
    assert sum(row[3] for row in found) == 4000
    assert len(found) < 40
