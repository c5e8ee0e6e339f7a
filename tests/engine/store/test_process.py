"""A recording in a process of its own: what it is told is in the file, what it meets is told."""

from __future__ import annotations

import os
import signal
import sqlite3
from pathlib import Path

import pytest

from netscope.engine.store.faults import StoreFault
from netscope.engine.store.process import RecordingProcess
from netscope.engine.store.rows import Batch
from netscope.engine.store.writer import Recording
from netscope.model.errors import NetScopeError
from tests.engine.store.samples import make_batch, make_device, make_flow, make_query, make_session, query

START_NS = 1_700_000_000_000_000_000


def full_batch() -> Batch:
    flow = make_flow(1, server_name="bad \ud800 name.example")
    device = make_device(1, addresses={"192.168.1.10": (1, 2)})
    return make_batch(session=make_session(), flows=[flow], dns_queries=[make_query(1, flow)], devices=[device])


def flows_in(path: Path) -> int:
    return int(query(path, "SELECT count(*) FROM flows")[0][0])


def test_what_is_sent_is_in_the_file_as_a_recording_writes_it(tmp_path: Path) -> None:
    inline, forked = tmp_path / "inline.db", tmp_path / "forked.db"
    recording = Recording(inline, START_NS)
    recording.write(full_batch())
    recording.close()
    process = RecordingProcess(forked, START_NS)
    written = process.write_rows(process.rows(full_batch()))
    assert written > 0
    assert process.size_bytes() > 0
    process.close()
    dumps = ["\n".join(sqlite3.connect(path).iterdump()) for path in (inline, forked)]
    assert dumps[0] == dumps[1]


def test_what_is_on_record_is_known(tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    recording = Recording(path, START_NS)
    recording.write(full_batch())
    expected = recording.known()
    recording.close()
    process = RecordingProcess(path, START_NS)
    known = process.known()
    process.close()
    assert known.next_ids == expected.next_ids
    assert [(device.id, device.mac, device.addresses) for device in known.devices] == [
        (device.id, device.mac, device.addresses) for device in expected.devices
    ]
    assert known.devices


def test_a_file_that_is_no_recording_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, and longer than sixteen bytes")
    with pytest.raises(StoreFault, match="not a NetScope recording"):
        RecordingProcess(path, START_NS)


def test_a_fault_is_told_and_the_next_batch_may_succeed(tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    process = RecordingProcess(path, START_NS)
    moved = path.rename(tmp_path / "moved.db")
    with pytest.raises(StoreFault, match="deleted or replaced"):
        process.write_rows(process.rows(full_batch()))
    moved.rename(path)
    assert process.write_rows(process.rows(full_batch())) > 0
    process.close()
    assert flows_in(path) > 0


def test_a_killed_child_is_an_error_in_words_and_keeps_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    process = RecordingProcess(path, START_NS)
    process.write_rows(process.rows(full_batch()))
    os.kill(process.child, signal.SIGKILL)
    with pytest.raises(NetScopeError, match="was killed"):
        process.write_rows(process.rows(full_batch()))
    process.close()
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert flows_in(path) > 0


def test_the_child_takes_no_signal_and_ends_with_its_parent(tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    process = RecordingProcess(path, START_NS)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(process.child, number)
    assert process.write_rows(process.rows(full_batch())) > 0
    process.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(process.child, os.WNOHANG)


def test_damage_that_shows_when_earlier_runs_are_read_costs_the_file_its_place(tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    recording = Recording(path, START_NS)
    root = recording.db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'devices'").fetchone()[0]
    page_bytes = recording.db.execute("PRAGMA page_size").fetchone()[0]
    recording.write(make_batch(session=make_session(ended_ns=START_NS), devices=[make_device(1)]))
    recording.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * page_bytes)
        file.write(b"\xff" * page_bytes)
    process = RecordingProcess(path, START_NS)
    assert process.known().devices == []
    assert any("damaged" in notice for notice in process.notices)
    process.write_rows(process.rows(full_batch()))
    process.close()
    assert flows_in(path) == 1
    assert len(list(tmp_path.glob("home.db.corrupt-*"))) == 1
