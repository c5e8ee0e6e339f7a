"""A whole recording again, made fit for sharing: a file that opens wherever a recording does."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database

from netscope.engine.store.faults import from_os, from_sqlite
from netscope.engine.store.opening import open_for_writing
from netscope.export.anonymise import RULES, Anonymiser
from netscope.export.kinds import JSON_COLUMNS, KINDS, Kind
from netscope.export.rows import Recorded, Row, Span, Table
from netscope.model.errors import NetScopeError

_UPKEEP: Final = Kind("upkeep", "upkeep", None, None)
COPIED: Final = (*KINDS, _UPKEEP)
_SIDECARS: Final = ("-wal", "-shm", "-journal")


def masked_copy(
    source: Path,
    target: Path,
    masks: Anonymiser,
    *,
    overwrite: bool = False,
    tell: Callable[[str, float, int], None] = lambda kind, done, rows: None,
) -> int:
    """Writes ``target``; returns how many rows. Raises NetScopeError; then nothing is left behind."""
    if target.exists() and not overwrite:
        raise NetScopeError(f"{target} is already there; choose another name or give --force")
    part = target.with_name(target.name + ".part")
    _remove(part)
    try:
        with Recorded(source) as recorded:
            rows = _fill(part, recorded, masks, tell)
        part.replace(target)
    except OSError as error:
        raise from_os(error, target) from error
    finally:
        _remove(part)
    return rows


def _remove(part: Path) -> None:
    for path in (part, *(part.with_name(part.name + suffix) for suffix in _SIDECARS)):
        path.unlink(missing_ok=True)


def _fill(part: Path, recorded: Recorded, masks: Anonymiser, tell: Callable[[str, float, int], None]) -> int:
    db, _ = open_for_writing(part, time.time_ns(), None, live=False)
    written = 0
    try:
        for kind in COPIED:
            table = Table(recorded, kind, with_flow=False)
            low, high = table.bounds()
            for reached, rows in table.pages(Span()):
                _insert(db, kind.table, masks.rows(kind.table, rows))
                written += len(rows)
                tell(kind.name, (reached - low + 1) / max(1, high - low + 1), written)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise from_sqlite(error, part) from error
    finally:
        db.conn.close()
    return written


def _insert(db: Database, table: str, rows: list[Row]) -> None:
    with db.atomic():
        db.table(table).insert_all([_stored(table, row) for row in rows])


def _stored(table: str, row: Row) -> dict[str, Any]:
    return {
        column: json.dumps(value, ensure_ascii=False) if column in JSON_COLUMNS and value is not None else value
        for column, value in row.items()
        if column in RULES[table]
    }
