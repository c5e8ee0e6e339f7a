"""A week of the simulated year, aged fast: the promises hold, and a broken one is found."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from netscope.engine.store.retention import Limits
from netscope.engine.store.rows import Batch, Rows, batch_rows
from netscope.model.records import TrafficBucket
from tests.engine.store.samples import DAY, MINUTE, make_device, make_flow, make_query, query
from tools.endless_home import ROUND_NS
from tools.year import FIRST_GUEST, GUEST_PREFIX, ROUNDS, START_NS, a_year, check

AGED_FAST = Limits(
    min_free_bytes=0,
    detail_days=2,
    merge_flows_days=1,
    flow_days=4,
    minutes_days=1,
    ten_minutes_days=2,
    traffic_days=30,
)
DAYS = 6
FLOWS = 30


def a_round(number: int) -> Rows:
    """Of a television and a guest; what a recorder would have written of its ten minutes."""
    begins_ns = START_NS + number * ROUND_NS
    seen = {"first_seen_ns": begins_ns, "last_seen_ns": begins_ns, "addresses": {}}
    devices = [make_device(1, **seen), make_device(2, mac=f"{GUEST_PREFIX}00:00:00", randomized_mac=True, **seen)]
    flows = [
        make_flow(number * FLOWS + place, first_seen_ns=begins_ns, device_id=1 + place % 2)
        for place in range(1, FLOWS + 1)
    ]
    traffic = [TrafficBucket(1, begins_ns + minute * MINUTE, 60, 1, 1, 1, 1, 1) for minute in range(10)]
    queries = [make_query(flow.id, flow, timestamp_ns=begins_ns) for flow in flows]
    return batch_rows(Batch(devices=devices, flows=flows, traffic=traffic, dns_queries=queries), 1)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("year") / "home.db"
    samples = a_year(path, [a_round(number) for number in range(ROUNDS)], DAYS, AGED_FAST)
    assert [sample.day for sample in samples] == list(range(1, DAYS + 1))
    assert samples[-1].flow_rows == samples[-2].flow_rows < ROUNDS * FLOWS * DAYS
    return path


def test_a_day_is_made_of_the_first_with_other_times_ids_and_guests(recorded: Path) -> None:
    assert query(recorded, "SELECT count(*), max(id) FROM devices WHERE randomized_mac") == [
        (AGED_FAST.flow_days, FIRST_GUEST + DAYS - 1)
    ]
    last_day = "SELECT sum(merged_flows), min(first_seen_ns - ?) FROM flows WHERE first_seen_ns >= ?"
    start_ns = START_NS + (DAYS - 1) * DAY
    assert query(recorded, last_day, start_ns, start_ns) == [(ROUNDS * FLOWS, 0)]
    # The television is heard in every minute of a day.
    totals = "SELECT sum(packets_up) / ? FROM traffic WHERE device_id = 1"
    assert query(recorded, totals, DAYS) == [(ROUNDS * 10 + (24 * 60 - ROUNDS * 10) * 3,)]


def test_what_retention_promises_is_checked(recorded: Path, tmp_path: Path) -> None:
    end_ns = START_NS + DAYS * DAY
    check(recorded, end_ns, AGED_FAST, ROUNDS * FLOWS)
    for limits, broken in (
        (replace(AGED_FAST, detail_days=1), "details gone"),
        (replace(AGED_FAST, flow_days=2), "flows gone"),
        (replace(AGED_FAST, max_bytes=4_096), "size"),
    ):
        with pytest.raises(SystemExit, match=broken):
            check(recorded, end_ns, limits, ROUNDS * FLOWS)
    copy = tmp_path / "copy.db"
    copy.write_bytes(recorded.read_bytes())
    connection = sqlite3.connect(copy)
    connection.execute(
        "UPDATE flows SET merged_flows = merged_flows + 1"
        " WHERE id = (SELECT id FROM flows WHERE last_seen_ns > ? ORDER BY last_seen_ns LIMIT 1)",
        (end_ns - 2 * DAY,),
    )
    connection.commit()
    connection.close()
    with pytest.raises(SystemExit, match="each flow of a day"):
        check(copy, end_ns, AGED_FAST, ROUNDS * FLOWS)
