"""All of it or nothing of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from netscope.engine.store.faults import StoreFault
from netscope.engine.store.transaction import transaction


@pytest.fixture
def connection(tmp_path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(tmp_path / "t.db", isolation_level=None)
    connection.execute("CREATE TABLE t (x PRIMARY KEY)")
    return connection


def test_all_is_kept(connection: sqlite3.Connection) -> None:
    with transaction(connection, Path("t.db")):
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("INSERT INTO t VALUES (2)")
    assert connection.execute("SELECT x FROM t").fetchall() == [(1,), (2,)]


def attempt(connection: sqlite3.Connection, *values: object) -> None:
    with transaction(connection, Path("t.db")):
        for value in values:
            if value is KeyError:
                raise KeyError("in the caller")
            connection.execute("INSERT INTO t VALUES (?)", (value,))


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ((1, 1), StoreFault),
        ((1, object()), sqlite3.ProgrammingError),
        ((1, KeyError), KeyError),
    ],
)
def test_what_fails_takes_all_back(
    connection: sqlite3.Connection, values: tuple[object, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        attempt(connection, *values)
    assert not connection.in_transaction
    assert connection.execute("SELECT x FROM t").fetchall() == []


def test_the_write_lock_is_taken_at_once(connection: sqlite3.Connection, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "t.db", isolation_level=None, timeout=0)
    with transaction(connection, Path("t.db")), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_connection_that_is_gone_is_a_wrong_use(connection: sqlite3.Connection) -> None:
    connection.close()
    with pytest.raises(sqlite3.ProgrammingError):
        attempt(connection, 1)
