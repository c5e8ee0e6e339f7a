"""Behind a disk that stalls: rows wait, coalesce, are dropped by value and counted, and are written when it can."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from netscope.engine.store import backlog
from netscope.engine.store.backlog import WriterThread, count_rows, drop_least_valuable
from netscope.engine.store.rows import Batch, batch_rows
from netscope.engine.store.writer import Recording
from tests.engine.store.samples import (
    SECOND,
    T0,
    make_alert,
    make_batch,
    make_device,
    make_flow,
    make_query,
    make_request,
    query,
    wait_until,
    write,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home.db"


@pytest.fixture
def recording(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recording]:
    monkeypatch.setattr(backlog, "RETRY_S", (0.01,))
    recording = Recording(path, T0)
    recording.db.execute("PRAGMA busy_timeout = 5")
    yield recording
    recording.db.conn.close()


def test_what_is_submitted_is_written(recording: Recording, path: Path) -> None:
    writer = WriterThread(recording)
    for number in range(1, 51):
        flow = make_flow(number)
        writer.submit(make_batch(flows=[flow], dns_queries=[make_query(number, flow)]), T0)
    assert writer.close()
    assert query(path, "SELECT count(*) FROM flows JOIN dns_queries ON flow_id = flows.id") == [(50,)]
    assert writer.counters()["store_dropped_rows"] == 0
    assert not path.with_name("home.db-lock").exists()


def test_a_record_is_kept_as_it_was_when_submitted(recording: Recording, path: Path) -> None:
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    writer = WriterThread(recording)
    flow = make_flow(1, bytes_up=10)
    writer.submit(make_batch(flows=[flow]), T0)
    flow.bytes_up = 999
    blocker.close()
    assert writer.close()
    assert query(path, "SELECT bytes_up FROM flows") == [(10,)]


def test_rows_wait_while_the_file_is_locked_and_coalesce(recording: Recording, path: Path) -> None:
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    writer = WriterThread(recording)
    flow = make_flow(1)
    for number in range(20):
        flow.bytes_up = number
        writer.submit(make_batch(flows=[flow]), T0 + number * SECOND)
    wait_until(lambda: writer.fault)
    assert writer.fault is not None
    assert writer.fault.slug == "locked"
    wait_until(lambda: writer.counters().get("store_fault_locked", 0) > 1)
    blocker.close()
    wait_until(lambda: writer.counters()["store_waiting_rows"] == 0 and writer.fault is None)
    assert writer.close()
    assert query(path, "SELECT bytes_up FROM flows") == [(19,)]
    assert writer.counters()["store_dropped_rows"] == 0


def test_who_has_time_waits_for_room_instead_of_losing_rows(recording: Recording, path: Path) -> None:
    writer = WriterThread(recording, upkeep=lambda _: time.sleep(0.005), max_rows=20)
    for first in range(0, 400, 10):
        writer.wait_for_room()
        writer.submit(make_batch(flows=[make_flow(first + number) for number in range(1, 11)]), T0)
    assert writer.close()
    assert writer.counters()["store_dropped_rows"] == 0
    assert query(path, "SELECT count(*) FROM flows") == [(400,)]


def test_nobody_waits_for_room_on_a_disk_that_refuses(recording: Recording, path: Path) -> None:
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    writer = WriterThread(recording, max_rows=2)
    writer.submit(make_batch(flows=[make_flow(1), make_flow(2)]), T0)
    wait_until(lambda: writer.fault)
    began_s = time.monotonic()
    writer.wait_for_room()
    assert time.monotonic() - began_s < backlog.CLOSE_S / 2
    blocker.close()
    assert writer.close()


def test_what_does_not_fit_is_dropped_by_value_and_counted(recording: Recording, path: Path) -> None:
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    writer = WriterThread(recording, max_rows=30)
    flows = [make_flow(number) for number in range(1, 21)]
    writer.submit(
        make_batch(
            flows=flows,
            dns_queries=[make_query(number) for number in range(1, 11)],
            devices=[make_device(1)],
            http_requests=[make_request(number, flows[0]) for number in range(1, 11)],
            alerts=[make_alert(1)],
        ),
        T0,
    )
    blocker.close()
    assert writer.close()
    # 20 flows, 10 queries, 10 requests, a device, its address, an alert, a session: 44.
    counters = writer.counters()
    assert counters["store_dropped_http_requests"] == 10
    assert counters["store_dropped_dns_queries"] == 4
    assert counters["store_dropped_rows"] == 14
    assert query(path, "SELECT count(*) FROM flows UNION ALL SELECT count(*) FROM alerts") == [(20,), (1,)]
    assert query(path, "SELECT min(id) FROM dns_queries") == [(5,)]


def test_dropping_takes_the_least_valuable_first_and_never_devices() -> None:
    flow = make_flow(1)
    rows = batch_rows(
        make_batch(
            flows=[flow, make_flow(2)],
            http_requests=[make_request(1, flow)],
            devices=[make_device(1)],
            alerts=[make_alert(1)],
        ),
        1,
    )
    assert drop_least_valuable(rows, 2) == {"http_requests": 1, "flows": 1}
    assert list(rows["flows"]) == [2]
    drop_least_valuable(rows, 100)
    assert {table for table, found in rows.items() if found} == {"sessions", "devices"}
    assert count_rows(rows) == 2


def test_a_deleted_file_is_begun_anew_and_said(recording: Recording, path: Path) -> None:
    writer = WriterThread(recording)
    writer.submit(make_batch(devices=[make_device(1)]), T0)
    wait_until(lambda: writer.counters()["store_waiting_rows"] == 0 and writer.counters().get("store_rows"))
    path.unlink()
    writer.submit(Batch(flows=[make_flow(1, device_id=1)]), T0 + SECOND)
    wait_until(lambda: writer.counters().get("store_fault_deleted"))
    wait_until(lambda: writer.counters()["store_waiting_rows"] == 0 and writer.fault is None)
    assert writer.take_notices() == [f"{path}: a new recording has been begun"]
    assert writer.take_notices() == []
    assert writer.close()
    assert query(path, "SELECT mac FROM flows JOIN devices ON devices.id = device_id") == [("02:00:00:00:00:01",)]


def test_a_damaged_file_is_set_aside_and_nothing_waiting_is_lost(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "RETRY_S", (0.01,))
    write(path, make_batch(flows=[make_flow(number) for number in range(1, 2000)]))
    recording = Recording(path, T0)
    recording.write(make_batch())
    recording.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    recording.db.execute("PRAGMA shrink_memory")
    with path.open("r+b") as file:
        for page in range(2, os.path.getsize(path) // 4096):
            file.seek(page * 4096)
            file.write(os.urandom(64))
    writer = WriterThread(recording)
    writer.submit(Batch(flows=[make_flow(number) for number in range(1, 2000)]), T0)
    wait_until(lambda: writer.counters()["store_waiting_rows"] == 0 and writer.fault is None)
    assert writer.counters()["store_fault_corrupt"] == 1
    assert "damaged" in writer.take_notices()[0]
    assert writer.close()
    assert query(path, "SELECT count(*) FROM flows") == [(1999,)]
    assert len(list(path.parent.glob("home.db.corrupt-*"))) >= 1


def test_closing_on_a_disk_that_takes_nothing_says_what_was_lost(recording: Recording, path: Path) -> None:
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    writer = WriterThread(recording)
    writer.submit(make_batch(flows=[make_flow(1), make_flow(2)]), T0)
    wait_until(lambda: writer.fault)
    assert not writer.close()
    assert writer.counters()["store_dropped_flows"] == 2
    blocker.close()


def test_upkeep_is_done_after_the_rows_and_told_the_time(recording: Recording) -> None:
    told: list[tuple[int, int]] = []

    def upkeep(now_ns: int) -> None:
        told.append((now_ns, recording.db.execute("SELECT count(*) FROM flows").fetchone()[0]))

    writer = WriterThread(recording, upkeep)
    writer.submit(make_batch(flows=[make_flow(1)]), T0 + 5)
    wait_until(lambda: told)
    assert writer.close()
    assert told[0] == (T0 + 5, 1)


def test_a_mistake_in_the_thread_reaches_the_engine(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    def upkeep(now_ns: int) -> None:
        raise LookupError("a mistake")

    writer = WriterThread(recording, upkeep)
    writer.submit(make_batch(), T0)
    wait_until(lambda: not any(thread.name == "netscope-writer" for thread in threading.enumerate()))
    with pytest.raises(LookupError, match="a mistake"):
        writer.submit(make_batch(), T0)
    with pytest.raises(LookupError, match="a mistake"):
        writer.close()


def test_a_recording_that_was_moved_is_begun_anew_when_told(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "home.db", T0, live=True)
    thread = WriterThread(recording)
    (tmp_path / "home.db").rename(tmp_path / "moved.db")
    thread.reopen()
    notices: list[str] = []
    wait_until(lambda: bool(notices.extend(thread.take_notices()) or notices))
    assert "a new recording has been begun" in notices[0]
    assert (tmp_path / "home.db").exists()
    assert thread.close()
