"""Disks and files that refuse: each as one line and a slug, from real ones."""

from __future__ import annotations

import errno
import os
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netscope.engine.store.faults import StoreFault, from_os, from_sqlite
from netscope.engine.store.rows import Batch
from netscope.engine.store.writer import Recording
from netscope.model.errors import NetScopeError
from tests.engine.store.samples import T0, make_batch, make_flow, query, write

needs_mount = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home.db"


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a tmpfs here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def write_until_refused(recording: Recording) -> tuple[int, StoreFault]:
    """The last flow that was committed, and why no more were."""
    last = 0
    while last < 100_000:
        try:
            recording.write(make_batch(flows=[make_flow(number) for number in range(last + 1, last + 101)]))
        except StoreFault as refused:
            return last, refused
        last += 100
    raise AssertionError("the disk never filled")


@needs_mount
def test_a_full_disk_refuses_whole_batches_and_takes_more_once_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(400_000))
        recording = Recording(disk / "home.db", T0)
        last, refused = write_until_refused(recording)
        assert refused.slug == "disk_full"
        assert "no space left" in str(refused)
        assert query(disk / "home.db", "SELECT max(id), count(*) FROM flows") == [(last, last)]
        ballast.unlink()
        recording.write(Batch(flows=[make_flow(last + 1)]))
        recording.close()
        assert query(disk / "home.db", "PRAGMA integrity_check") == [("ok",)]
        assert query(disk / "home.db", "SELECT max(id) FROM flows") == [(last + 1,)]


@needs_mount
def test_a_card_that_turns_read_only(tmp_path: Path) -> None:
    with small_disk(tmp_path / "card", "8m") as card:
        write(card / "home.db", make_batch(flows=[make_flow(1)]))
        subprocess.run(["mount", "-o", "remount,ro", str(card)], check=True)
        with pytest.raises(StoreFault, match="read-only") as refused:
            Recording(card / "home.db", T0)
        assert refused.value.slug == "read_only"
        with pytest.raises(StoreFault, match="read-only"):
            Recording(card / "new.db", T0)


def test_a_file_at_its_size_limit(path: Path) -> None:
    """SQLite's own bound stands in for a quota."""
    recording = Recording(path, T0)
    recording.db.execute("PRAGMA max_page_count = 80")
    last, refused = write_until_refused(recording)
    assert refused.slug == "disk_full"
    recording.close()
    assert query(path, "SELECT count(*) FROM flows") == [(last,)]


def test_the_systems_file_size_limit_stops_the_writing_and_not_the_program(path: Path) -> None:
    recording = Recording(path, T0)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        last, refused = write_until_refused(recording)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert refused.slug in {"disk_full", "io"}
    recording.write(Batch(flows=[make_flow(last + 1)]))
    recording.close()
    assert query(path, "SELECT max(id) FROM flows") == [(last + 1,)]


def test_a_locked_file(path: Path) -> None:
    recording = Recording(path, T0)
    recording.db.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreFault, match="locked") as refused:
        recording.write(make_batch())
    assert refused.value.slug == "locked"
    other.close()
    recording.write(make_batch())
    recording.close()


def test_damage_met_while_writing(path: Path) -> None:
    write(path, make_batch(flows=[make_flow(number) for number in range(1, 2000)]))
    recording = Recording(path, T0)
    recording.write(make_batch())
    recording.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    recording.db.execute("PRAGMA shrink_memory")
    with path.open("r+b") as file:
        for page in range(2, os.path.getsize(path) // 4096):
            file.seek(page * 4096)
            file.write(os.urandom(64))
    with pytest.raises(StoreFault) as refused:
        recording.write(Batch(flows=[make_flow(number) for number in range(1, 3000)]))
    assert refused.value.slug == "corrupt"
    recording.set_aside(T0)
    recording.write(Batch(flows=[make_flow(3000)]))
    assert len(recording.notices) == 2
    recording.close()
    assert query(path, "SELECT flows.id, source FROM flows JOIN sessions") == [(3000, "eth0")]


def as_nobody(path: Path) -> str:
    """The fault another user meets, told by a child that became one."""
    reading, report = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            Recording(path, T0)
        except StoreFault as refused:
            os.write(report, refused.slug.encode())
        finally:
            os._exit(0)
    os.close(report)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        return pipe.read()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
@pytest.mark.parametrize("there", [True, False])
def test_no_permission(tmp_path: Path, there: bool) -> None:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    path = tmp_path / "private" / "home.db"
    path.parent.mkdir(mode=0o755)
    if there:
        write(path)
    assert as_nobody(path) == "no_permission"


@pytest.mark.parametrize(
    ("number", "slug"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EROFS, "read_only"),
        (errno.EACCES, "no_permission"),
        (errno.ENOENT, "missing"),
        (errno.EIO, "io"),
    ],
)
def test_errors_of_the_system_have_slugs(number: int, slug: str) -> None:
    found = from_os(OSError(number, os.strerror(number)), Path("/x/home.db"))
    assert found.slug == slug
    assert str(found).startswith("/x/home.db: ")


def test_an_error_of_sqlite_without_a_code_keeps_its_text() -> None:
    found = from_sqlite(sqlite3.OperationalError("something odd"), Path("home.db"))
    assert (found.slug, "something odd" in str(found)) == ("io", True)
    assert isinstance(found, NetScopeError)
