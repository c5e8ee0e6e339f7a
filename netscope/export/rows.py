"""Reads a recording page by page, in the order of row numbers: bounded memory however long the recording is.

Each page is a short transaction of its own. One long one would keep the recorder from emptying its log for as long as
the slowest reader of the output takes.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, Protocol

from netscope.engine.store import reading
from netscope.engine.store.faults import fault, from_os, from_sqlite
from netscope.engine.store.views import newest_ns
from netscope.export.kinds import JSON_COLUMNS, TEXT_COLUMNS, TRUTH_COLUMNS, Kind

PAGE_ROWS: Final = 2_000
"""About 5 MB of rows with long answers; larger pages were no faster."""
IDS_A_QUESTION: Final = 500
"""SQLite takes 999 parameters in every version."""

Row = dict[str, Any]

_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Span:
    """Rows that were going on at some moment from ``since_ns`` to before ``until_ns``."""

    since_ns: int | None = None
    until_ns: int | None = None

    def conditions(self, kind: Kind) -> tuple[str, list[int]]:
        """SQL behind WHERE, and its values. Rows that have no time are always in."""
        parts: list[str] = []
        values: list[int] = []
        if self.since_ns is not None and kind.last is not None:
            parts.append(f"t.{kind.last} >= ?")
            values.append(self.since_ns)
        if self.until_ns is not None and kind.first is not None:
            parts.append(f"t.{kind.first} < ?")
            values.append(self.until_ns)
        return " AND ".join(parts) or "1", values

    def holds(self, kind: Kind, row: Row) -> bool:
        if self.since_ns is not None and kind.last is not None and row[kind.last] < self.since_ns:
            return False
        return self.until_ns is None or kind.first is None or bool(row[kind.first] < self.until_ns)


class Lookups(Protocol):
    """What records of an export look up beside their row."""

    def uid(self, flow_id: int | None) -> str | None: ...

    def alerted_flows(self) -> frozenset[int]: ...

    def device_addresses(self) -> list[str]: ...

    def device_address(self, device_id: int | None) -> str | None: ...

    def certificate(self, sha256: str) -> Row | None: ...

    def certificate_digests(self) -> list[str]: ...


class Recorded:
    """A recording open for reading, also while another process writes it. Not for two threads at once."""

    def __init__(self, path: Path) -> None:
        """Raises StoreFault."""
        self.path = path
        self._adopt(*self._opened())

    def _opened(self) -> tuple[sqlite3.Connection, os.stat_result]:
        connection = reading.open_to_read(self.path)
        try:
            return connection, os.stat(self.path)
        except OSError as error:
            connection.close()
            raise from_os(error, self.path) from error

    def _adopt(self, connection: sqlite3.Connection, file: os.stat_result) -> None:
        self.connection = connection
        self._file = file
        self._names: dict[int, str] = {}
        self._identity: bytes | None = None

    def reopen(self) -> None:
        """Go on with the file that has this name now. Raises StoreFault where it is not ready; then as before."""
        connection, file = self._opened()
        if _version(connection) < _version(self.connection):
            # Its tables are being made.
            connection.close()
            raise fault("locked", self.path)
        self.connection.close()
        self._adopt(connection, file)

    def is_replaced(self) -> bool:
        """Whether another recording has been begun under this name. One that is gone may yet come back.

        SQLite finds the log by the file's name: the old file must not be read any more, or with the new one's log.
        """
        try:
            return not os.path.samestat(os.stat(self.path), self._file)
        except OSError:
            return False

    def __enter__(self) -> Recorded:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def faults(self) -> Iterator[None]:
        """SQLite's errors as StoreFault."""
        try:
            yield
        except sqlite3.Error as error:
            raise from_sqlite(error, self.path) from error

    def fetch(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """Raises StoreFault."""
        with self.faults():
            return self.connection.execute(sql, values).fetchall()

    def one(self, sql: str, values: Sequence[object] = ()) -> Any:
        found = self.fetch(sql, values)
        return found[0][0] if found else None

    def columns(self, table: str) -> list[tuple[str, str]]:
        """Of this file, which may be older: name and declared type."""
        return [(row[1], row[2]) for row in self.fetch(f"PRAGMA table_info({table})")]

    def device_name(self, device_id: int | None) -> str | None:
        """The user's label, else the name it was heard to have, else its MAC."""
        if device_id is None:
            return None
        name = self._names.get(device_id)
        if name is None:
            self.refresh_names()
            name = self._names.get(device_id)
        return name

    def refresh_names(self) -> None:
        self._names = dict(self.fetch("SELECT id, coalesce(label, name, mac) FROM devices"))

    def device_addresses(self) -> list[str]:
        """Every address a device of this network used."""
        return [address for (address,) in self.fetch("SELECT DISTINCT address FROM device_addresses")]

    def device_address(self, device_id: int | None) -> str | None:
        """The one a device used last."""
        sql = "SELECT address FROM device_addresses WHERE device_id = ? ORDER BY last_seen_ns DESC LIMIT 1"
        return None if device_id is None else self.one(sql, (device_id,))

    def certificate(self, sha256: str) -> Row | None:
        sql = "SELECT subject, issuer, serial, not_before_ns, not_after_ns, sans FROM certificates WHERE sha256 = ?"
        for subject, issuer, serial, not_before_ns, not_after_ns, sans in self.fetch(sql, (sha256,)):
            return {
                "sha256": sha256, "subject": subject, "issuer": issuer, "serial": serial,
                "not_before_ns": not_before_ns, "not_after_ns": not_after_ns, "sans": _parsed(sans),
            }  # fmt: skip
        return None

    def certificate_digests(self) -> list[str]:
        """Of every certificate."""
        return [digest for (digest,) in self.fetch("SELECT sha256 FROM certificates")]

    def alerted_flows(self) -> frozenset[int]:
        return frozenset(id_ for (id_,) in self.fetch("SELECT flow_id FROM alerts WHERE flow_id IS NOT NULL"))

    def newest_ns(self) -> int:
        """The last moment anything was seen."""
        with self.faults():
            return newest_ns(self.connection)

    def is_written(self) -> bool:
        """Whether a recorder is at work, as far as the file says: one that was killed seems to be for ever."""
        return self.one("SELECT 1 FROM sessions WHERE ended_ns IS NULL LIMIT 1") is not None

    def uid(self, flow_id: int | None) -> str | None:
        """Zeek's name of a flow: the same in each export of this recording, another in every other recording."""
        if flow_id is None:
            return None
        if self._identity is None:
            self._identity = str(self.one("SELECT started_ns FROM sessions ORDER BY id LIMIT 1")).encode()
        number = int.from_bytes(blake2b(b"%d" % flow_id, digest_size=12, key=self._identity).digest())
        digits = []
        while number:
            number, digit = divmod(number, 62)
            digits.append(_BASE62[digit])
        return "C" + "".join(digits)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


class Table:
    """How rows of one kind are read: as dicts, with what their flow says and their device's name."""

    def __init__(self, recorded: Recorded, kind: Kind, of_flow: Iterable[str] = (), *, with_flow: bool = True) -> None:
        """``of_flow``: further columns of the row's flow; ``with_flow`` False: only its own. Raises StoreFault."""
        self.recorded = recorded
        self.kind = kind
        own = [name for name, _ in recorded.columns(kind.table)]
        flows = {name for name, _ in recorded.columns("flows")}
        joined = [name for name in dict.fromkeys((*kind.of_flow, *of_flow)) if name not in own and name in flows]
        if "flow_id" not in own or not with_flow:
            joined = []
        self._joins = bool(joined)
        self._has_device = "device_id" in own or "device_id" in joined
        selected = [f"t.{_quoted(name)}" for name in own] + [f"f.{_quoted(name)}" for name in joined]
        self._select = f"SELECT t.rowid, {', '.join(selected)} FROM"
        self._join = " LEFT JOIN flows AS f ON f.id = t.flow_id" if self._joins else ""
        self._names = ("rowid", *own, *joined)
        self._shapers = [(name, _SHAPERS[name]) for name in self._names if name in _SHAPERS]
        self.columns = (*own, *joined, *(("device_name",) if self._has_device else ()))

    def is_without_flow(self, row: Row) -> bool:
        """Its flow is not in the file yet: a file's open flows are written once a minute."""
        return self._joins and row["flow_id"] is not None and row["client_port"] is None

    def present(self, numbers: Sequence[int]) -> list[int]:
        """Which of these row numbers are there."""
        return [number for (number,) in self._asked("rowid", numbers, "1")]

    def settled(self, numbers: Sequence[int]) -> list[int]:
        """Which of these rows have settled, or are no longer there."""
        if self.kind.table == "flows" and len(numbers) > IDS_A_QUESTION:
            # The index of open flows is small.
            sql = "SELECT id FROM flows INDEXED BY idx_flows_open WHERE end_reason IS NULL"
            unsettled = {number for (number,) in self.recorded.fetch(sql)}
        else:
            unsettled = {number for (number,) in self._asked("rowid", numbers, f"{self.kind.settles} IS NULL")}
        return [number for number in numbers if number not in unsettled]

    def _asked(self, columns: str, numbers: Sequence[int], condition: str) -> Iterator[Any]:
        for start in range(0, len(numbers), IDS_A_QUESTION):
            some = numbers[start : start + IDS_A_QUESTION]
            marks = ",".join("?" * len(some))
            sql = f"SELECT {columns} FROM {self.kind.table} WHERE rowid IN ({marks}) AND {condition}"
            yield from self.recorded.fetch(sql, some)

    def types(self) -> dict[str, str]:
        """Column -> ``int``, ``text``, ``truth``, ``time``, ``json``."""
        declared = dict(self.recorded.columns("flows")) | dict(self.recorded.columns(self.kind.table))
        return {name: _type_of(name, declared.get(name, "TEXT")) for name in self.columns}

    def bounds(self) -> tuple[int, int]:
        """Lowest and highest row number; (0, 0) of an empty table."""
        table = self.kind.table
        low = self.recorded.one(f"SELECT coalesce(min(rowid), 0) FROM {table}")
        return low, self.recorded.one(f"SELECT coalesce(max(rowid), 0) FROM {table}")

    def pages(self, span: Span, after: int = 0) -> Iterator[tuple[int, list[Row]]]:
        """(row number reached, rows) until the table's present end. A page may be empty where ``span`` leaves none.

        Raises StoreFault.
        """
        table = self.kind.table
        condition, values = span.conditions(self.kind)
        after = max(after, self.first_of(span) - 1)
        while True:
            reached = self.recorded.one(
                f"SELECT max(rowid) FROM (SELECT rowid FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT ?)",
                (after, PAGE_ROWS),
            )
            if reached is None:
                return
            sql = (
                f"{self._select} {table} AS t{self._join} WHERE t.rowid > ? AND t.rowid <= ? AND {condition}"
                " ORDER BY t.rowid"
            )
            yield reached, self._fetch(sql, (after, reached, *values))
            after = reached

    def by_number(self, numbers: Sequence[int]) -> Iterator[list[Row]]:
        """Rows with these numbers, as far as they are still there, a page at a time. Raises StoreFault."""
        for start in range(0, len(numbers), IDS_A_QUESTION):
            some = numbers[start : start + IDS_A_QUESTION]
            marks = ",".join("?" * len(some))
            sql = f"{self._select} {self.kind.table} AS t{self._join} WHERE t.rowid IN ({marks}) ORDER BY t.rowid"
            yield self._fetch(sql, some)

    def first_of(self, span: Span) -> int:
        """The lowest number that lies in ``span``, behind the last where none does: SQLite looks faster than a loop."""
        if span.since_ns is None or self.kind.last is None:
            return 0
        sql = f"SELECT min(rowid) FROM {self.kind.table} WHERE {self.kind.last} >= ?"
        first = self.recorded.one(sql, (span.since_ns,))
        return self.bounds()[1] + 1 if first is None else int(first)

    def _fetch(self, sql: str, values: Sequence[object]) -> list[Row]:
        names, shapers = self._names, self._shapers
        rows = [dict(zip(names, found, strict=True)) for found in self.recorded.fetch(sql, values)]
        for row in rows:
            for name, shape in shapers:
                if row[name] is not None:
                    row[name] = shape(row[name])
        if self._has_device:
            device_name = self.recorded.device_name
            for row in rows:
                row["device_name"] = device_name(row["device_id"])
        return rows


def shaped(row: Row) -> Row:
    """A row as stored, with its values as rows of an export have them."""
    for name, shape in _SHAPERS.items():
        if row.get(name) is not None:
            row[name] = shape(row[name])
    return row


def _quoted(name: str) -> str:
    """The file's own word for a column; another program may have made it."""
    return '"' + name.replace('"', '""') + '"'


def _parsed(text: Any) -> Any:
    """A JSON column's value; text that is none, as another program may have written, stays text."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text


_SHAPERS: Final[dict[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(JSON_COLUMNS, _parsed),
    **dict.fromkeys(TRUTH_COLUMNS, bool),
    **dict.fromkeys(TEXT_COLUMNS, str),
}


def _type_of(name: str, declared: str) -> str:
    if name in JSON_COLUMNS:
        return "json"
    if name in TRUTH_COLUMNS:
        return "truth"
    if name.endswith("_ns"):
        return "time"
    return "int" if declared == "INTEGER" and name not in TEXT_COLUMNS else "text"
