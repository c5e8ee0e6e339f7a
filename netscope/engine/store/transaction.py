"""One transaction: all of it or, on a fault, nothing of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netscope.engine.store.faults import from_sqlite


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """Raises StoreFault for what the file or disk refuses; a wrong use of the sqlite3 module stays what it is.

    Takes the write lock at once: a transaction that began by reading could not get it later (SQLITE_BUSY_SNAPSHOT).
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    except BaseException as error:
        _roll_back(connection)
        if isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.ProgrammingError):
            raise from_sqlite(error, path) from error
        raise


def _roll_back(connection: sqlite3.Connection) -> None:
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    except sqlite3.Error:
        # The connection is closed or its disk gone: nothing was committed, which is what matters here.
        return
