"""The narrow past that detectors ask for: when something was first seen, and the baselines they learned."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from netscope.engine.store.faults import from_sqlite


class History:
    """Reads and keeps baselines on the writing thread's connection: what it stores rides in no open transaction."""

    def __init__(self, db: Database, path: Path) -> None:
        self._db = db
        self._path = path

    def device_first_seen_ns(self, mac: str) -> int | None:
        return self._first("SELECT first_seen_ns FROM devices WHERE mac = ?", mac)

    def country_first_seen_ns(self, device_id: int, country: str) -> int | None:
        return self._first(
            "SELECT min(first_seen_ns) FROM flows WHERE device_id = ? AND country = ?", device_id, country
        )

    def asn_first_seen_ns(self, device_id: int, asn: int) -> int | None:
        return self._first("SELECT min(first_seen_ns) FROM flows WHERE device_id = ? AND asn = ?", device_id, asn)

    def places(self) -> list[tuple[int, str | None, int | None, int]]:
        """Each (device, country, AS) on record with when it was first seen: one pass to warm a detector's table."""
        sql = (
            "SELECT device_id, country, asn, min(first_seen_ns) FROM flows"
            " WHERE device_id IS NOT NULL AND (country IS NOT NULL OR asn IS NOT NULL) GROUP BY 1, 2, 3"
        )
        return self._fetch(sql)

    def baseline(self, detector: str, key: str) -> Any:
        """What was last set, or None."""
        found = self._fetch("SELECT value FROM baselines WHERE detector = ? AND key = ?", detector, key)
        return json.loads(found[0][0]) if found else None

    def baselines(self, detector: str) -> dict[str, Any]:
        return {key: json.loads(value) for key, value in self._fetch(
            "SELECT key, value FROM baselines WHERE detector = ?", detector
        )}

    def set_baselines(self, detector: str, values: dict[str, Any], now_ns: int) -> None:
        """One transaction; values are JSON-serialisable. Raises StoreFault."""
        rows = [
            {"detector": detector, "key": key, "value": json.dumps(value), "updated_ns": now_ns}
            for key, value in values.items()
        ]
        try:
            with self._db.atomic():
                self._db.table("baselines").upsert_all(rows, pk=("detector", "key"))
        except sqlite3.Error as error:
            raise from_sqlite(error, self._path) from error

    def _first(self, sql: str, *parameters: object) -> int | None:
        found = self._fetch(sql, *parameters)
        return found[0][0] if found else None

    def _fetch(self, sql: str, *parameters: object) -> list[Any]:
        try:
            return self._db.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise from_sqlite(error, self._path) from error
