"""The recording being written: ids, what is known from before, and one transaction per batch.

Bulk and inline by design; a disk that may stall behind a live capture is backlog.py's matter.
"""

from __future__ import annotations

import os
import sqlite3
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlite_utils import Database

from netscope.engine.store import opening, schema
from netscope.engine.store.faults import StoreFault, fault, from_os, from_sqlite
from netscope.engine.store.opening import Owner
from netscope.engine.store.rows import (
    SEVERAL,
    STATEMENTS,
    Batch,
    Row,
    Rows,
    batch_rows,
    decode_reasons,
    merge,
    storable,
)
from netscope.engine.store.transaction import transaction
from netscope.engine.store.views import read_allow_rules
from netscope.model.allow import AllowRule
from netscope.model.records import Device, DevicePair, Evidence

NUMBERED_TABLES: Final = (
    "sessions",
    "devices",
    "flows",
    "dns_queries",
    "tls_handshakes",
    "http_requests",
    "dhcp_messages",
    "tracker_hits",
    "alerts",
)
"""Whose ids the engine gives out, so that records can refer to each other before they are written."""
OF_A_FLOW: Final = ("dns_queries", "tls_handshakes", "http_requests", "dhcp_messages", "tracker_hits", "alerts")
"""Tables whose rows name one."""

TRAFFIC_KEPT: Final = 65_536
"""Buckets whose written totals are remembered, at most."""
TRAFFIC_GROWS_NS: Final = 900_000_000_000
"""Behind the newest bucket: an older one no longer grows and is forgotten."""

EVIDENCE_KEPT: Final = 100_000
"""Pieces of evidence of earlier runs that a start remembers: of a large home some 3,000; 100,000 take half a second."""
PAIRS_KEPT: Final = 1_024

_NO_TRAFFIC: Final = (0, 0, 0, 0, 0)


class Known(NamedTuple):
    """What a recording tells of earlier runs."""

    next_ids: dict[str, int]
    devices: list[Device]
    allow_rules: list[AllowRule]
    evidence: list[Evidence]
    """Of devices, what was heard last at the end."""
    pairs: list[DevicePair]


class Recording:
    """One file, written by one process. Not for two threads at once."""

    def __init__(self, path: Path, now_ns: int, owner: Owner | None = None, *, live: bool = False) -> None:
        """Opens or creates; see ``notices`` for what the user should be told.

        live: written for months, not in one go. Each commit waits for the disk, so that a power cut, too, loses only
        what was not yet committed, and a new file has small pages, for the sake of flash.
        Raises StoreFault.
        """
        self.path = path
        self.notices: list[str] = []
        self.session_id: int | None = None
        self._opened_ns = now_ns
        self._owner = owner
        self._live = live
        self._traffic_written: dict[tuple[int, int, int], tuple[int, ...]] = {}
        self._known: Rows = {}
        """Session and device rows, to begin a new file with when this one is lost."""
        self._owed: Rows = {}
        """What a new file has yet to be given."""
        self._lock = opening.lock(path, owner)
        try:
            self._open(now_ns)
        except BaseException:
            opening.unlock(path, self._lock)
            raise

    def _open(self, now_ns: int) -> None:
        self._db, notices = opening.open_for_writing(self.path, now_ns, self._owner, live=self._live)
        self.notices += notices
        self._file = self.path.stat()

    @property
    def db(self) -> Database:
        """For retention and history, on the writing thread."""
        return self._db

    def known(self) -> Known:
        """What it tells of earlier runs, once what a killed one left open is closed. Before the first batch.

        Damage that only shows when it is read costs the file its place, as damage found when opening does.
        """
        try:
            return self._read_known()
        except StoreFault as damage:
            if damage.slug != "corrupt":
                raise
        self._known = {}
        self.set_aside(self._opened_ns)
        return self._read_known()

    def _read_known(self) -> Known:
        self.close_left_open()
        return Known(self.next_ids(), self.devices(), self.allow_rules(), self.evidence(), self.pairs())

    def next_ids(self) -> dict[str, int]:
        """The first unused id of each numbered table.

        A question is written before its flow, which is counted at the end of its second: a killed recorder leaves rows
        whose flow is not there. No later flow may have that one's number.
        """
        ids = {table: self._one(f"SELECT coalesce(max(id), 0) + 1 FROM {table}") for table in NUMBERED_TABLES}
        named = [self._one(f"SELECT coalesce(max(flow_id), 0) + 1 FROM {table}") for table in OF_A_FLOW]
        return {**ids, "flows": max(ids["flows"], *named)}

    def _one(self, sql: str) -> int:
        try:
            return int(self._db.execute(sql).fetchone()[0])
        except sqlite3.Error as error:
            raise from_sqlite(error, self.path) from error

    def devices(self) -> list[Device]:
        """Every device on record, with its addresses: an engine that starts again must not meet them as new."""
        known = {row["id"]: _device(row) for row in self._rows("devices")}
        for row in self._rows("device_addresses"):
            device = known.get(row["device_id"])
            if device is not None:
                device.addresses[row["address"]] = (row["first_seen_ns"], row["last_seen_ns"])
        self._remember(batch_rows(Batch(devices=list(known.values())), None))
        return list(known.values())

    def allow_rules(self) -> list[AllowRule]:
        """The user's, in force."""
        try:
            return read_allow_rules(self._db.conn)
        except sqlite3.Error as error:
            raise from_sqlite(error, self.path) from error

    def evidence(self) -> list[Evidence]:
        """The newest, what was heard last at the end."""
        rows = self._newest("device_evidence", schema.CONTRACT["device_evidence"], "last_seen_ns", EVIDENCE_KEPT)
        return [Evidence(*row) for row in reversed(rows)]

    def pairs(self) -> list[DevicePair]:
        """The newest, what was found last at the end."""
        rows = self._newest("same_devices", schema.SAME_DEVICES, "updated_ns", PAIRS_KEPT)
        return [
            DevicePair(device, other, confidence, decode_reasons(reasons), gap_ns, created_ns, updated_ns)
            for device, other, confidence, reasons, gap_ns, created_ns, updated_ns in reversed(rows)
        ]

    def _newest(self, name: str, table: schema.Table, by: str, limit: int) -> list[tuple[Any, ...]]:
        sql = f"SELECT {','.join(table.columns)} FROM {name} ORDER BY {by} DESC LIMIT ?"
        try:
            return self._db.execute(sql, (limit,)).fetchall()
        except sqlite3.Error as error:
            raise from_sqlite(error, self.path) from error

    def _rows(self, table: str) -> list[dict[str, Any]]:
        try:
            return list(self._db.table(table).rows)
        except sqlite3.Error as error:
            raise from_sqlite(error, self.path) from error

    def close_left_open(self) -> int:
        """End the flows a killed recorder left open, as the capture did; returns how many. Before the first batch."""
        try:
            return self._db.execute("UPDATE flows SET end_reason='capture_end' WHERE end_reason IS NULL").rowcount
        except sqlite3.Error as error:
            raise from_sqlite(error, self.path) from error

    def write(self, batch: Batch) -> int:
        """All of it or, on StoreFault, nothing of it; returns the number of rows."""
        return self.write_rows(self.rows(batch))

    def rows(self, batch: Batch) -> Rows:
        """The batch as it is now; records may change afterwards."""
        if batch.session is not None:
            self.session_id = batch.session.id
        return batch_rows(batch, self.session_id)

    def write_rows(self, rows: Rows) -> int:
        self._refuse_lost_file()
        if self._owed:
            merge(self._owed, rows)
            rows = self._owed
        with transaction(self._db.conn, self.path):
            written = sum([self._write_table(name, rows[name]) for name in STATEMENTS if name in rows])
        self._owed = {}
        self._remember(rows)
        return written

    def _refuse_lost_file(self) -> None:
        """Rows written to a file that has lost its name would be gone without a word."""
        if not self._has_its_name():
            self._empty_log()
            raise fault("deleted", self.path)

    def _has_its_name(self) -> bool:
        try:
            return os.path.samestat(self.path.stat(), self._file)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise from_os(error, self.path) from error

    def _empty_log(self) -> str | None:
        """Fold the log into the file, wherever that now is; returns why it could not be.

        SQLite leaves the log of a file that was moved, under the name of whatever takes its place: that one would be
        read with this one's pages over it.
        """
        try:
            self._db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            return str(from_sqlite(error, self.path))
        return None

    def _write_table(self, name: str, rows: dict[object, Row]) -> int:
        values = self._traffic_growth(rows) if name == "traffic" else list(rows.values())
        at = 0
        for size, sql in SEVERAL.get(name, ()):
            while len(values) - at >= size:
                self._write_several(sql, values[at : at + size])
                at += size
        for row in values[at:]:
            self._write_several(STATEMENTS[name], [row])
        return len(values)

    def _write_several(self, sql: str, rows: list[Row]) -> None:
        """One statement for all of ``rows``."""
        try:
            self._db.conn.execute(sql, tuple(chain.from_iterable(rows)))
        except (UnicodeEncodeError, OverflowError):
            # Raised before the statement ran. Rare enough to look at each value only now.
            self._db.conn.execute(sql, storable(tuple(chain.from_iterable(rows))))

    def _traffic_growth(self, rows: dict[object, Row]) -> list[Row]:
        return [row[:3] + self._growth(row) for row in rows.values()]

    def _growth(self, row: Row) -> Row:
        """What the bucket gained since it was last written; a total that shrank is another run's and counts whole."""
        before = self._traffic_written.get(row[:3], _NO_TRAFFIC)
        grown = tuple([now - then for now, then in zip(row[3:], before, strict=True)])
        return row[3:] if min(grown) < 0 else grown

    def _remember(self, rows: Rows) -> None:
        for table in ("sessions", "devices", "device_addresses"):
            if table in rows:
                self._known.setdefault(table, {}).update(rows[table])
        traffic = rows.get("traffic", {}).values()
        for row in traffic:
            self._traffic_written[row[:3]] = row[3:]
        self._forget_traffic(max([row[0] for row in traffic], default=0) - TRAFFIC_GROWS_NS)

    def _forget_traffic(self, before_ns: int) -> None:
        while self._traffic_written:
            oldest = next(iter(self._traffic_written))
            if oldest[0] >= before_ns and len(self._traffic_written) <= TRAFFIC_KEPT:
                return
            del self._traffic_written[oldest]

    def reopen(self, now_ns: int) -> None:
        """Close and open again by name, as after SIGHUP or when the file was lost or damaged.

        A new file is given the session and devices written so far, with the next batch. Raises StoreFault; try again
        later.
        """
        # Before closing: then the inode may be given to another file.
        is_ours = self._has_its_name()
        self._empty_log()
        self._db.conn.close()
        if not is_ours and self.path.exists() and self.path.stat().st_size:
            # Its ids are not ours: writing would change another recording's rows.
            raise fault("deleted", self.path)
        self._open(now_ns)
        if not is_ours:
            self._begin()

    def set_aside(self, now_ns: int) -> None:
        """Put the damaged file out of the way and begin a new one. Raises StoreFault; try again later."""
        self._db.conn.close()
        try:
            if self.path.exists():
                self.notices.append(opening.set_aside(self.path, now_ns))
        except OSError as error:
            raise from_os(error, self.path) from error
        self._open(now_ns)
        self._begin()

    def _begin(self) -> None:
        self._traffic_written.clear()
        self._owed = {table: dict(rows) for table, rows in self._known.items()}
        self.notices.append(f"{self.path}: a new recording has been begun")

    def is_usable(self) -> bool:
        """Whether the file is open and still where its name says."""
        try:
            self._refuse_lost_file()
            self._db.conn.execute("SELECT 1")
        except (StoreFault, sqlite3.Error):
            return False
        return True

    def size_bytes(self) -> int:
        """Of the file and its log."""
        return opening.size_bytes(self.path)

    def close(self) -> None:
        """Fold the log into the file and let go of it."""
        left_in_log = self._empty_log()
        if left_in_log is not None:
            # Safe there: the next opening reads it.
            self.notices.append(left_in_log)
        self._db.conn.close()
        opening.unlock(self.path, self._lock)


def _device(row: dict[str, Any]) -> Device:
    values = {**row, "randomized_mac": bool(row["randomized_mac"]), "is_gateway": bool(row["is_gateway"])}
    return Device(**values)
