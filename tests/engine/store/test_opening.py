"""Making, locking and setting aside the file of a recording."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from netscope.engine.store import opening
from netscope.engine.store.faults import StoreFault
from netscope.engine.store.writer import Recording
from tests.engine.store.samples import T0, make_batch, make_flow, query, write

STAMP = "20231114T221400Z"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home.db"


def damage(path: Path) -> None:
    """Noise over the middle of every page but the first."""
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 200] = os.urandom(200)
    path.write_bytes(content)


def test_files_are_the_owners_alone(tmp_path: Path) -> None:
    os.umask(0o022)
    path = tmp_path / "new" / "deep" / "home.db"
    recording = Recording(path, T0)
    recording.write(make_batch(flows=[make_flow(1)]))
    files = {file.name: mode(file) for file in path.parent.iterdir()}
    recording.close()
    assert files == dict.fromkeys(("home.db", "home.db-wal", "home.db-shm", "home.db-lock"), 0o600)
    assert mode(tmp_path / "new") == mode(tmp_path / "new" / "deep") == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_files_belong_to_the_user_who_asked(tmp_path: Path) -> None:
    path = tmp_path / "new" / "home.db"
    recording = Recording(path, T0, owner=(1234, 2345))
    recording.write(make_batch(flows=[make_flow(1)]))
    owners = {file.name: (file.stat().st_uid, file.stat().st_gid) for file in [path.parent, *path.parent.iterdir()]}
    recording.close()
    assert set(owners.values()) == {(1234, 2345)}
    assert len(owners) == 5


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    write(tmp_path / "home.db")
    assert mode(tmp_path) == 0o755


def test_only_one_recorder_at_a_time(path: Path) -> None:
    recording = Recording(path, T0)
    with pytest.raises(StoreFault, match="another netscope is recording") as second:
        Recording(path, T0)
    assert second.value.slug == "other_recorder"
    recording.close()
    write(path)
    assert [file.name for file in path.parent.iterdir()] == ["home.db"]


def test_a_lock_dies_with_its_recorder(path: Path) -> None:
    code = f"""
import os, sys
from pathlib import Path
from netscope.engine.store.writer import Recording
recording = Recording(Path({str(path)!r}), 1)
os.kill(os.getpid(), 9)
"""
    run = subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[3])
    assert run.returncode == -9
    assert opening.lock_path(path).exists()
    write(path, make_batch(flows=[make_flow(1)]))
    assert query(path, "SELECT count(*) FROM flows") == [(1,)]


@pytest.mark.parametrize("how", ["noise", "zeroed", "cut"])
def test_a_damaged_recording_is_set_aside_and_a_new_one_begun(path: Path, how: str) -> None:
    write(path, make_batch(flows=[make_flow(number) for number in range(1, 400)]))
    if how == "noise":
        damage(path)
    elif how == "zeroed":
        path.write_bytes(bytes(8192))
    else:
        os.truncate(path, 5000)
    damaged = path.read_bytes()
    recording = Recording(path, T0)
    recording.write(make_batch(flows=[make_flow(1)]))
    notices = recording.notices
    recording.close()
    aside = path.with_name(f"home.db.corrupt-{STAMP}")
    assert notices == [f"{path}: the recording was damaged; it is kept as {aside.name} and a new one has been begun"]
    assert aside.read_bytes() == damaged
    assert query(path, "SELECT id FROM flows") == [(1,)]


def test_a_second_damaged_file_of_the_same_second_does_not_replace_the_first(path: Path) -> None:
    for _ in range(2):
        path.write_bytes(b"\0" * 100)
        write(path)
    names = sorted(file.name for file in path.parent.iterdir())
    assert names == ["home.db", f"home.db.corrupt-{STAMP}", f"home.db.corrupt-{STAMP}-2"]


def test_the_log_of_a_damaged_file_goes_along(path: Path) -> None:
    path.write_bytes(b"\0" * 100)
    path.with_name("home.db-wal").write_bytes(b"log")
    write(path)
    assert path.with_name(f"home.db.corrupt-{STAMP}-wal").read_bytes() == b"log"


@pytest.mark.parametrize("name", ["photo.jpg", "notes", "capture.pcap"])
def test_a_file_that_never_was_a_database_is_left_alone(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"something of the user's own")
    with pytest.raises(StoreFault, match="not a NetScope recording"):
        Recording(path, T0)
    assert path.read_bytes() == b"something of the user's own"
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_another_programs_database_is_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreFault) as refused:
        Recording(path, T0)
    assert refused.value.slug == "not_a_recording"
    assert path.read_bytes() == before


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(StoreFault) as refused:
        Recording(tmp_path, T0)
    assert refused.value.slug == "not_a_recording"


def test_an_empty_file_is_filled(path: Path) -> None:
    path.touch()
    write(path, make_batch(flows=[make_flow(1)]))
    assert query(path, "SELECT count(*) FROM flows") == [(1,)]


def test_opening_a_recording_changes_nothing_in_it(path: Path) -> None:
    write(path, make_batch(flows=[make_flow(1)]))
    before = path.read_bytes()
    write(path)
    assert path.read_bytes() == before


def test_a_lock_that_cannot_be_removed_is_let_go(path: Path) -> None:
    """As on a disk that has turned read-only; here the name is taken by what unlink(2) refuses."""
    recording = Recording(path, T0)
    lock = opening.lock_path(path)
    lock.unlink()
    lock.mkdir()
    recording.close()
    lock.rmdir()
    Recording(path, T0).close()
