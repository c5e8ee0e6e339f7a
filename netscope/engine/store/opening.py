"""Finding, creating, locking and setting aside the file of a recording. What is written to it is not here."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from netscope.engine.store import schema
from netscope.engine.store.faults import StoreFault, fault, from_os, from_sqlite
from netscope.engine.store.migrations import migrate, refuse_newer

Owner = tuple[int, int]
"""uid and gid the files are given to: under sudo, those of the invoking user."""

BUSY_TIMEOUT_S: Final = 5.0
"""How long another program may hold the file before it counts as locked."""

LIVE_PAGE_BYTES: Final = 1024
FILE_PAGE_BYTES: Final = 4096
"""Of a new recording. A home network touches some six pages a second, however little of each: small ones write half as
much as pages of 4 KiB. The file grows by a tenth, and reading it in bulk takes a fifth longer."""

CHECKPOINT_BYTES: Final = 16 << 20
"""Log before it is folded into the file: page writes of many seconds become one, and a small card has room."""

JOURNAL_LIMIT_BYTES: Final = 32 << 20
"""What the log file is cut back to after a burst."""

CHECKED_BYTES: Final = 64 << 20
"""A file left by a killed recorder is checked in full up to this size (about 0.3 s); a larger one when read."""

CACHE_KIB: Final = 8192
"""The pages one second's batch touches stay in memory until it is committed."""

# The sqlite3 module binds exact int, float, str and bytes at once and asks every other value for an adapter: a NULL
# costs 500 ns that way and 150 ns when the answer, itself, is registered. A row of flows has a dozen.
sqlite3.register_adapter(type(None), {None: None}.__getitem__)
sqlite3.register_adapter(bool, int)

_SIDECARS: Final = ("-wal", "-shm")
_DATABASE_SUFFIXES: Final = frozenset({".db", ".sqlite", ".sqlite3", ".netscope"})


def lock(path: Path, owner: Owner | None) -> int:
    """Be the only recorder of this file; returns the descriptor that holds the lock.

    A file of its own: SQLite's locks on the recording would be lost when any other descriptor of it is closed.
    """
    beside = lock_path(path)
    try:
        create_folder(path.parent, owner)
        while True:
            descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                raise fault("other_recorder", path) from None
            if _still_named(descriptor, beside):
                if owner is not None:
                    os.fchown(descriptor, *owner)
                return descriptor
            os.close(descriptor)
    except OSError as error:
        raise from_os(error, path) from error


def _still_named(descriptor: int, path: Path) -> bool:
    """Not the file a recorder that was just ending has removed."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def unlock(path: Path, descriptor: int) -> None:
    # Left behind where the disk has turned read-only: the lock itself goes with the descriptor.
    with contextlib.suppress(OSError):
        lock_path(path).unlink(missing_ok=True)
    os.close(descriptor)


def lock_path(path: Path) -> Path:
    return path.with_name(path.name + "-lock")


def size_bytes(path: Path) -> int:
    """Of the recording and its log: what is new is in the log alone until it is folded in."""
    log = path.with_name(path.name + "-wal")
    return sum(part.stat().st_size for part in (path, log) if part.exists())


def open_for_writing(path: Path, now_ns: int, owner: Owner | None, *, live: bool) -> tuple[Database, list[str]]:
    """The recording, created or brought up to date, and what the user should be told about it.

    Raises StoreFault. A damaged file is moved aside and a new one begun.
    """
    notices: list[str] = []
    try:
        if not _has_sqlite_header(path):
            notices.append(set_aside(path, now_ns))
        _create_file(path, owner)
        try:
            return _open(path, live), notices
        except StoreFault as damage:
            if damage.slug != "corrupt":
                raise
        notices.append(set_aside(path, now_ns))
        _create_file(path, owner)
        return _open(path, live), notices
    except OSError as error:
        raise from_os(error, path) from error


def create_folder(folder: Path, owner: Owner | None) -> None:
    if folder.is_dir():
        return
    create_folder(folder.parent, owner)
    folder.mkdir(mode=0o700, exist_ok=True)
    if owner is not None:
        os.chown(folder, *owner)


def _create_file(path: Path, owner: Owner | None) -> None:
    """SQLite gives the log and its index the mode and, for root, the owner of the file itself."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return
    if owner is not None:
        os.fchown(descriptor, *owner)
    os.close(descriptor)


def _has_sqlite_header(path: Path) -> bool:
    """Whether the file is absent, empty or SQLite. Raises StoreFault for one that was never a database."""
    try:
        if not path.is_file() and path.exists():
            raise fault("not_a_recording", path)
        with path.open("rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        return True
    if head in {b"", b"SQLite format 3\0"}:
        return True
    if path.suffix.lower() not in _DATABASE_SUFFIXES:
        raise fault("not_a_recording", path)
    return False


def set_aside(path: Path, now_ns: int) -> str:
    """Move a damaged file away under a name that says when; its log goes along, so that it can still be salvaged."""
    stamp = datetime.fromtimestamp(now_ns // 1_000_000_000, UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}.corrupt-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.corrupt-{stamp}-{number}")
    path.rename(aside)
    for sidecar in _SIDECARS:
        log = path.with_name(path.name + sidecar)
        if log.exists():
            log.rename(aside.with_name(aside.name + sidecar))
    return f"{path}: the recording was damaged; it is kept as {aside.name} and a new one has been begun"


def _open(path: Path, live: bool) -> Database:
    connection = None
    try:
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        db = Database(connection, recursive_triggers=False, execute_plugins=False)
        _refuse_foreign(db, path)
        _configure(connection, live)
        migrate(db, path)
        _check_if_killed(connection, path)
    except (sqlite3.Error, StoreFault) as error:
        if connection is not None:
            connection.close()
        raise (from_sqlite(error, path) if isinstance(error, sqlite3.Error) else error) from error
    return db


def _refuse_foreign(db: Database, path: Path) -> None:
    """Another program's database is left alone; a file killed before its first table was made is ours to fill."""
    application = db.execute("PRAGMA application_id").fetchone()[0]
    if application != schema.APPLICATION_ID and db.table_names():
        raise fault("not_a_recording", path)
    refuse_newer(db, path)


def _configure(connection: sqlite3.Connection, live: bool) -> None:
    # Before the first table: afterwards only a full VACUUM could give space back to the disk.
    if not connection.execute("PRAGMA page_count").fetchone()[0]:
        connection.execute(f"PRAGMA page_size = {LIVE_PAGE_BYTES if live else FILE_PAGE_BYTES}")
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {'FULL' if live else 'NORMAL'}")
    page_bytes = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_BYTES // page_bytes}")
    connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_LIMIT_BYTES}")
    connection.execute(f"PRAGMA cache_size = {-CACHE_KIB}")
    # A statement of hundreds of rows keeps a journal of its own, in a file in /tmp once it is large: a recorder without
    # rights may not make one, and the whole batch would fail.
    connection.execute("PRAGMA temp_store = MEMORY")
    # Debian's SQLite overwrites deleted rows with zeros by default: flash wear for files that hold no secrets.
    connection.execute("PRAGMA secure_delete = FAST")
    connection.execute("PRAGMA foreign_keys = OFF")


def _check_if_killed(connection: sqlite3.Connection, path: Path) -> None:
    killed = connection.execute("SELECT 1 FROM sessions WHERE ended_ns IS NULL LIMIT 1").fetchone()
    if killed is None or path.stat().st_size > CHECKED_BYTES:
        return
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise fault("corrupt", path)
