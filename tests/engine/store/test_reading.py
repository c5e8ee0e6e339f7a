"""Opening a recording to look at it, and what a viewer may change."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

import pytest

from netscope.engine.store import reading
from netscope.engine.store.faults import StoreFault
from netscope.engine.store.migrations import MIGRATIONS
from netscope.engine.store.reading import open_to_read, set_alert_state, set_device_label, set_device_note
from netscope.engine.store.rows import Batch
from netscope.engine.store.writer import Recording
from tests.engine.store.samples import T0, make_alert, make_batch, make_device, make_flow, query, write
from tests.engine.store.test_faults import needs_mount, small_disk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "home.db"
    write(path, make_batch(flows=[make_flow(1)], devices=[make_device(1)], alerts=[make_alert(1)]))
    return path


def flows(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM flows").fetchone()[0])


def test_it_is_only_read(path: Path) -> None:
    connection = open_to_read(path)
    assert flows(connection) == 1
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM flows")
    connection.close()


def test_rows_of_a_recorder_at_work_are_seen(path: Path) -> None:
    recording = Recording(path, T0)
    connection = open_to_read(path)
    recording.write(make_batch(flows=[make_flow(2)]))
    assert flows(connection) == 2
    connection.close()
    recording.close()


def test_a_name_with_signs_of_a_uri(tmp_path: Path) -> None:
    path = tmp_path / "what? 100%25 #1.db"
    write(path, make_batch(flows=[make_flow(1)]))
    connection = open_to_read(path)
    assert flows(connection) == 1
    connection.close()


@needs_mount
def test_a_clean_file_in_a_read_only_folder(tmp_path: Path) -> None:
    with small_disk(tmp_path / "card", "8m") as card:
        write(card / "home.db", make_batch(flows=[make_flow(1)]))
        subprocess.run(["mount", "-o", "remount,ro", str(card)], check=True)
        connection = open_to_read(card / "home.db")
        assert flows(connection) == 1
        connection.close()
        with pytest.raises(StoreFault) as refused:
            set_device_label(card / "home.db", 1, "x")
        assert refused.value.slug in {"read_only", "no_permission"}


@needs_mount
def test_a_read_only_folder_with_rows_still_in_the_log(tmp_path: Path) -> None:
    with small_disk(tmp_path / "card", "8m") as card:
        recording = Recording(card / "live.db", T0)
        recording.write(make_batch(flows=[make_flow(1)]))
        for name in ("home.db", "home.db-wal"):
            (card / name).write_bytes((card / name.replace("home", "live")).read_bytes())
        recording.close()
        subprocess.run(["mount", "-o", "remount,ro", str(card)], check=True)
        with pytest.raises(StoreFault, match="copy both to a folder you can write"):
            open_to_read(card / "home.db")


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (None, "missing"),
        (b"", "not_a_recording"),
        (b"hello", "not_a_recording"),
        (b"SQLite format 3\0" + b"\xff" * 5000, "corrupt"),
    ],
)
def test_what_is_no_recording_is_refused_in_words(tmp_path: Path, content: bytes | None, slug: str) -> None:
    path = tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreFault) as refused:
        open_to_read(path)
    assert refused.value.slug == slug


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE flows (x)")
    connection.close()
    with pytest.raises(StoreFault) as refused:
        open_to_read(path)
    assert refused.value.slug == "not_a_recording"


def test_a_newer_recording_is_refused(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(StoreFault) as refused:
        open_to_read(path)
    assert refused.value.slug == "newer_schema"


def test_the_users_edits_while_a_recorder_runs(path: Path) -> None:
    recording = Recording(path, T0)
    set_device_label(path, 1, "kitchen")
    set_device_note(path, 1, "the old plug")
    set_alert_state(path, 1, "acknowledged")
    recording.write(make_batch(devices=[make_device(1, name="esp")], alerts=[make_alert(1, count=2)]))
    recording.close()
    assert query(path, "SELECT name, label, note FROM devices") == [("esp", "kitchen", "the old plug")]
    assert query(path, "SELECT count, state FROM alerts") == [(2, "acknowledged")]
    set_device_label(path, 1, None)
    assert query(path, "SELECT label FROM devices") == [(None,)]


def test_an_edit_waits_for_a_batch_and_not_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "EDIT_TIMEOUT_S", 0.01)
    recording = Recording(path, T0)
    recording.db.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreFault) as refused:
        set_device_label(path, 1, "x")
    assert refused.value.slug == "locked"
    recording.db.execute("ROLLBACK")
    set_device_label(path, 1, "x")
    recording.write(Batch(flows=[make_flow(3)]))
    recording.close()


def test_an_edit_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreFault):
        set_device_label(tmp_path / "absent.db", 1, "x")
    assert list(tmp_path.iterdir()) == []
