"""Opening a recording to look at it, also while another process writes it, and the few edits a user makes meanwhile."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from netscope.engine.store import schema
from netscope.engine.store.faults import fault, from_os, from_sqlite
from netscope.engine.store.migrations import MIGRATIONS, migrate
from netscope.engine.store.rows import STATEMENTS, allow_rule_row
from netscope.engine.store.transaction import transaction
from netscope.model.allow import AllowRule

EDIT_TIMEOUT_S: Final = 2.0
"""A recorder holds the file for some milliseconds a second; longer means something else does."""

_NEEDS_WRITING: Final = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})


def open_to_read(path: Path) -> sqlite3.Connection:
    """Raises StoreFault."""
    _refuse_unreadable(path)
    try:
        return _open(path, "mode=ro")
    except sqlite3.Error as error:
        if (getattr(error, "sqlite_errorcode", 0) & 0xFF) not in _NEEDS_WRITING:
            raise from_sqlite(error, path) from error
    # The folder lets nobody write the log's index. Without a log there is nothing to index.
    if has_log(path):
        raise fault("unfinished", path)
    try:
        return _open(path, "immutable=1")
    except sqlite3.Error as error:
        raise from_sqlite(error, path) from error


def has_log(path: Path) -> bool:
    """Whether somebody writes the recording, or was killed while writing."""
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def _refuse_unreadable(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except PermissionError:
        raise fault("unreadable", path) from None
    except OSError as error:
        raise from_os(error, path) from error
    if head != b"SQLite format 3\0":
        raise fault("not_a_recording", path)


def _open(path: Path, how: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        timeout=EDIT_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        _refuse_foreign(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != schema.APPLICATION_ID:
        raise fault("not_a_recording", path)
    if connection.execute("PRAGMA user_version").fetchone()[0] > len(MIGRATIONS):
        raise fault("newer_schema", path)


def set_device_label(path: Path, device_id: int, label: str | None) -> None:
    _edit(path, "UPDATE devices SET label = ? WHERE id = ?", label, device_id)


def set_device_note(path: Path, device_id: int, note: str | None) -> None:
    _edit(path, "UPDATE devices SET note = ? WHERE id = ?", note, device_id)


def set_alert_state(path: Path, alert_id: int, state: str) -> None:
    _edit(path, "UPDATE alerts SET state = ? WHERE id = ?", state, alert_id)


def set_allow_rule(path: Path, rule: AllowRule, *, active: bool) -> None:
    _edit(path, STATEMENTS["allow_rules"], *allow_rule_row(rule, active))


def _edit(path: Path, sql: str, *values: object) -> None:
    """Over a connection that lives for this one change: between edits a viewer holds nothing a recorder waits for."""
    try:
        connection = _open(path, "mode=rw")
    except sqlite3.Error as error:
        raise from_sqlite(error, path) from error
    try:
        migrate(Database(connection, execute_plugins=False), path)
        with transaction(connection, path):
            connection.execute(sql, values)
    finally:
        connection.close()
