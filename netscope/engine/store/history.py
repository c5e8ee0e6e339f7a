"""The narrow past that detectors ask for: when something was first seen, and the baselines they learned."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from netscope.engine.store.faults import from_sqlite
from netscope.engine.store.opening import BUSY_TIMEOUT_S
from netscope.engine.store.views import read_allow_rules
from netscope.model.allow import AllowRule

Baselines = dict[tuple[str, str], Any]
"""(detector, key) -> a JSON-serialisable value."""


class History:
    """Reads over connections of its own; what it is told goes to the file with the next batch.

    None stays open: the recording may be moved away and begun anew under its name, and SQLite would take the new
    file's log for that of the old one, for as long as this process has the old one open.

    Bound: one entry for each key a detector sets, and detectors bound their keys.
    """

    def __init__(self, path: Path) -> None:
        """Of a recording that is open for writing here. Questions raise StoreFault."""
        self._path = path
        self._learned: Baselines = {}
        self._changed: Baselines = {}

    def device_first_seen_ns(self, mac: str) -> int | None:
        return self._first("SELECT first_seen_ns FROM devices WHERE mac = ?", mac)

    def country_first_seen_ns(self, device_id: int, country: str) -> int | None:
        return self._first(
            "SELECT min(first_seen_ns) FROM flows WHERE device_id = ? AND country = ?", device_id, country
        )

    def asn_first_seen_ns(self, device_id: int, asn: int) -> int | None:
        return self._first("SELECT min(first_seen_ns) FROM flows WHERE device_id = ? AND asn = ?", device_id, asn)

    def places(self) -> list[tuple[int, str | None, int | None, int]]:
        """Each (device, country, AS) on record and when it was first seen: one pass to fill a detector's table."""
        return self._fetch(
            "SELECT device_id, country, asn, min(first_seen_ns) FROM flows"
            " WHERE device_id IS NOT NULL AND (country IS NOT NULL OR asn IS NOT NULL) GROUP BY 1, 2, 3"
        )

    def baseline(self, detector: str, key: str) -> Any:
        """What was last set, or None."""
        if (detector, key) in self._learned:
            return self._learned[detector, key]
        found = self._fetch("SELECT value FROM baselines WHERE detector = ? AND key = ?", detector, key)
        return json.loads(found[0][0]) if found else None

    def baselines(self, detector: str) -> dict[str, Any]:
        stored = self._fetch("SELECT key, value FROM baselines WHERE detector = ?", detector)
        learned = {key: value for (of, key), value in self._learned.items() if of == detector}
        return {key: json.loads(value) for key, value in stored} | learned

    def set_baseline(self, detector: str, key: str, value: Any) -> None:
        self._learned[detector, key] = value
        self._changed[detector, key] = value

    def allow_rules(self) -> list[AllowRule]:
        """Of the user, as they stand in the file now: a viewer may have made one since. Raises StoreFault."""
        try:
            with closing(self._connect()) as connection:
                return read_allow_rules(connection)
        except sqlite3.Error as error:
            raise from_sqlite(error, self._path) from error

    def take_changed(self) -> Baselines:
        """What was set since the last call, for ``Batch.baselines``."""
        changed, self._changed = self._changed, {}
        return changed

    def _first(self, sql: str, *parameters: object) -> int | None:
        found = self._fetch(sql, *parameters)
        return found[0][0] if found else None

    def _fetch(self, sql: str, *parameters: object) -> list[Any]:
        try:
            with closing(self._connect()) as connection:
                return connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise from_sqlite(error, self._path) from error

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None
        )
