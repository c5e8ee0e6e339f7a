"""One SELECT on a recording: read only, nothing but this file, ended when it takes too long."""

from __future__ import annotations

import difflib
import re
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from netscope.engine.store import reading
from netscope.engine.store.faults import from_sqlite
from netscope.model.errors import NetScopeError

CHECK_OPERATIONS: Final = 20_000
"""Of SQLite's virtual machine between looks at the clock: about a millisecond."""
FETCH_ROWS: Final = 500

_ALLOWED: Final = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE))
_PRAGMAS: Final = frozenset(("table_info", "table_xinfo", "table_list", "index_list", "index_info", "user_version"))
"""Those that only tell."""
_MADE_AT_FIRST_USE: Final = (
    "SELECT 1 FROM json_each('[]'), json_tree('[]'), pragma_table_info('x'), pragma_table_xinfo('x'),"
    " pragma_table_list, pragma_index_list('x'), pragma_index_info('x')"
)
_REFUSED_FUNCTIONS: Final = frozenset(("load_extension", "fts3_tokenizer", "readfile", "writefile"))


class TookTooLong(NetScopeError):
    """The time was over."""


class Interrupted(Exception):
    """The event was set."""


class Question:
    """Use as a context."""

    def __init__(
        self, path: Path, sql: str, timeout_s: float | None = None, stop: threading.Event | None = None
    ) -> None:
        """``stop``, set by a signal handler or another thread, ends it. Raises NetScopeError and Interrupted."""
        self._path = path
        self._timeout_s = timeout_s
        self._stop = stop or threading.Event()
        self._connection = reading.open_to_read(path)
        try:
            self._connection.execute("PRAGMA query_only = ON")
            self._tables = _tables(self._connection)
            # Tables that SQLite makes at first use, which the authorizer would refuse.
            self._connection.execute(_MADE_AT_FIRST_USE).fetchall()
            self._connection.set_authorizer(_authorize)
            self._connection.set_progress_handler(self._is_over, CHECK_OPERATIONS)
            self._ends_s = None if timeout_s is None else time.monotonic() + timeout_s
            self._cursor = self._asked(sql)
        except BaseException:
            self._connection.close()
            raise
        self.columns = _unique([column[0] for column in self._cursor.description or ()])

    def __enter__(self) -> Question:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _is_over(self) -> bool:
        return self._stop.is_set() or (self._ends_s is not None and time.monotonic() > self._ends_s)

    def _asked(self, sql: str) -> sqlite3.Cursor:
        if not sql.strip():
            raise NetScopeError('no SQL: netscope query "SELECT count(*) FROM flows"')
        try:
            return self._connection.execute(sql)
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise self._explained(error) from error

    def rows(self) -> Iterator[list[tuple[Any, ...]]]:
        """Pages of rows. Raises NetScopeError, and Interrupted."""
        while True:
            try:
                rows = self._cursor.fetchmany(FETCH_ROWS)
            except sqlite3.Error as error:
                raise self._explained(error) from error
            if not rows:
                return
            yield rows

    def _explained(self, error: Exception) -> Exception:
        text = str(error)
        if text == "interrupted":
            if self._stop.is_set():
                return Interrupted()
            return TookTooLong(f"stopped after {self._timeout_s:g} s; ask for less, or allow more time")
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_AUTH, sqlite3.SQLITE_READONLY):
            return NetScopeError("a recording is only read here: SELECT, WITH … SELECT, and PRAGMA table_info(TABLE)")
        if "not authorized" in text or "prohibited" in text:
            return NetScopeError(f"SQL: {text}; a recording is only read here, and no other file")
        if "one statement" in text:
            return NetScopeError("one statement at a time")
        if "bindings" in text:
            return NetScopeError("? and :names have no values here: write them out")
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF != sqlite3.SQLITE_ERROR:
            assert isinstance(error, sqlite3.Error)
            return from_sqlite(error, self._path)
        return NetScopeError(f"SQL: {text}{self._hint(text)}")

    def _hint(self, text: str) -> str:
        """The nearest name there is."""
        found = re.match(r"no such (table|column): (?:\w+\.)?(\w+)", text)
        if found is None:
            return ""
        names = list(self._tables) if found[1] == "table" else [name for of in self._tables.values() for name in of]
        close = difflib.get_close_matches(found[2], names, 1)
        if close:
            return f"; did you mean {close[0]}?"
        return f"; tables are {', '.join(self._tables)}" if found[1] == "table" else ""


def tables(path: Path) -> dict[str, list[str]]:
    """Tables and columns of a recording. Raises NetScopeError."""
    connection = reading.open_to_read(path)
    try:
        return _tables(connection)
    except sqlite3.Error as error:
        raise from_sqlite(error, path) from error
    finally:
        connection.close()


def _tables(connection: sqlite3.Connection) -> dict[str, list[str]]:
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    ).fetchall()
    found: dict[str, list[str]] = {}
    for (name,) in names:
        columns = connection.execute("SELECT name FROM pragma_table_info(?)", (name,))
        found[name] = [column for (column,) in columns]
    return found


def _authorize(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:
    if action in _ALLOWED:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() not in _REFUSED_FUNCTIONS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and (first or "").lower() in _PRAGMAS:
        # user_version with a value would set it.
        is_asked = second is None or (first or "").lower() != "user_version"
        return sqlite3.SQLITE_OK if is_asked else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_DENY


def _unique(names: Sequence[str]) -> list[str]:
    """Names as keys of an object: of two alike the second has a number."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return out
