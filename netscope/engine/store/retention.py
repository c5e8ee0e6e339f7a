"""What is merged, rolled up and deleted as a recording ages, grows or the disk fills: a bounded piece at a time."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from netscope.engine.store.faults import from_os
from netscope.engine.store.merging import merge_oldest
from netscope.engine.store.rows import INT64_MAX
from netscope.engine.store.transaction import transaction
from netscope.engine.store.writer import Recording

DAY_NS: Final = 86_400 * 1_000_000_000
SECOND_NS: Final = 1_000_000_000

ROWS_PER_STEP: Final = 2_000
"""Of each table: some 30 ms of work, so that a step fits between two seconds' batches on a small machine."""

MAX_ROUNDS: Final = 10
"""Of ROWS_PER_STEP, when the recording is that many megabytes beyond its size."""

VACUUM_BYTES: Final = 1 << 19
"""Given back to the disk a step."""

IDLE_NS: Final = 600 * SECOND_NS
"""Between looks at the ages once nothing is due."""

FREE_SHARE: Final = 20
"""A twentieth of the file may be free pages, which new rows take: moving pages to give those back wears flash."""

SQUEEZE_CHECK_NS: Final = 10 * SECOND_NS
"""Between looks at the sizes."""

TRAFFIC_ROW_BYTES: Final = 64
"""With its place in the index."""
TRAFFIC_SHARE: Final = 2
"""In a file held small, the part the series may take: two years of many devices would leave no room for flows."""

SETTLE_NS: Final = 3_600 * SECOND_NS
"""How long a clock that leapt must keep its new time before anything is deleted for its age."""

_DETAIL_TABLES: Final = {
    "http_requests": "timestamp_ns",
    "dns_queries": "timestamp_ns",
    "tls_handshakes": "timestamp_ns",
    "dhcp_messages": "timestamp_ns",
    "tracker_hits": "timestamp_ns",
}
_OF_A_DEVICE: Final = (
    ("device_addresses", "device_id"),
    ("device_evidence", "device_id"),
    ("same_devices", "device_id"),
    ("same_devices", "other_device_id"),
    ("devices", "id"),
)
_OF_A_FLOW: Final = ("http_requests", "dns_queries", "tls_handshakes", "tracker_hits")


@dataclass(frozen=True, slots=True)
class Limits:
    """Defaults fit a 16 GB card that also holds the system."""

    max_bytes: int = 4 << 30
    min_free_bytes: int = 1 << 30
    kept_bytes: int = 64 << 20
    """Other programs filling the disk do not cost more of the recording than down to this."""
    detail_days: float = 30
    """DNS queries, handshakes, requests, DHCP messages and tracker hits."""
    merge_flows_days: float = 7
    flow_days: float = 365
    """Flows and alerts."""
    minutes_days: float = 2
    """Traffic by 60 s; then by 600 s."""
    ten_minutes_days: float = 60
    """Traffic by 600 s; then by 3,600 s."""
    traffic_days: float = 730


class Retention:
    """Call ``step`` after each batch, on the thread that writes. Raises StoreFault."""

    def __init__(self, recording: Recording, limits: Limits | None = None) -> None:
        self._recording = recording
        self.limits = limits or Limits()
        """May be replaced at any time; the next step goes by it."""
        self._last_ns: int | None = None
        self._due_ns = 0
        self._squeeze_due_ns = 0
        self._squeezing = False
        self._rolled_ns: dict[int, int] = {}
        """By the seconds of a bucket: before this there was none left to roll up. A year of hours lies before it."""
        self._tasks: tuple[Callable[[sqlite3.Connection, int], int], ...] = (
            self._delete_details,
            self._delete_flows,
            self._merge_flows,
            self._roll_minutes,
            self._roll_ten_minutes,
            self._delete_traffic,
            self._delete_alerts,
            self._delete_certificates,
            self._forget_devices,
        )
        self._turn = 0

    def step(self, now_ns: int) -> int:
        """One bounded piece of work; returns rows deleted, merged or rolled up, and pages given back."""
        self._settle(now_ns)
        if now_ns >= self._squeeze_due_ns:
            self._squeeze_due_ns = now_ns + SQUEEZE_CHECK_NS
            self._squeezing = True
        if self._squeezing:
            done = self._make_room()
            self._squeezing = done > 0
            if done:
                return done
        if now_ns < self._due_ns:
            return 0
        return self._age(now_ns)

    def _settle(self, now_ns: int) -> None:
        """A card-less clock wakes in 1970 and leaps by years when the network tells it the time."""
        if self._last_ns is None or not 0 <= now_ns - self._last_ns < DAY_NS:
            self._due_ns = now_ns + SETTLE_NS
            self._squeeze_due_ns = now_ns
        if self._last_ns is None or now_ns // DAY_NS != self._last_ns // DAY_NS:
            # A clock that was set back may have left older ones: they are found within a day.
            self._rolled_ns.clear()
        self._last_ns = now_ns

    def _age(self, now_ns: int) -> int:
        """The next task in turn that has work; when none has, rest for a while."""
        for _ in self._tasks:
            task = self._tasks[self._turn]
            with transaction(self._recording.db.conn, self._recording.path) as connection:
                done = task(connection, now_ns)
            if done:
                return done
            self._turn = (self._turn + 1) % len(self._tasks)
        given_back = self._give_back(self._pragma("page_count") // FREE_SHARE)
        if not given_back:
            self._due_ns = now_ns + IDLE_NS
        return given_back

    def _delete_details(self, connection: sqlite3.Connection, now_ns: int) -> int:
        """From the lowest ids up: rows were given ids as they came, so the oldest lie there."""
        before = now_ns - int(self.limits.detail_days * DAY_NS)
        return sum(
            [
                connection.execute(
                    f"DELETE FROM {table} WHERE {column} < ? AND id IN (SELECT id FROM {table} ORDER BY id LIMIT ?)",
                    (before, ROWS_PER_STEP),
                ).rowcount
                for table, column in _DETAIL_TABLES.items()
            ]
        )

    def _delete_flows(self, connection: sqlite3.Connection, now_ns: int) -> int:
        return _delete_oldest_flows(connection, now_ns - int(self.limits.flow_days * DAY_NS))

    def _merge_flows(self, connection: sqlite3.Connection, now_ns: int) -> int:
        return merge_oldest(connection, now_ns - int(self.limits.merge_flows_days * DAY_NS), ROWS_PER_STEP)

    def _roll_minutes(self, connection: sqlite3.Connection, now_ns: int) -> int:
        return self._roll_up(connection, now_ns - int(self.limits.minutes_days * DAY_NS), 60, 600)

    def _roll_ten_minutes(self, connection: sqlite3.Connection, now_ns: int) -> int:
        return self._roll_up(connection, now_ns - int(self.limits.ten_minutes_days * DAY_NS), 600, 3600)

    def _roll_up(self, connection: sqlite3.Connection, before_ns: int, fine_s: int, coarse_s: int) -> int:
        end_ns = before_ns - before_ns % (coarse_s * SECOND_NS)
        done = _roll_up(connection, (self._rolled_ns.get(fine_s, 0), end_ns), fine_s, coarse_s)
        if not done:
            self._rolled_ns[fine_s] = end_ns
        return done

    def _delete_traffic(self, connection: sqlite3.Connection, now_ns: int) -> int:
        return _delete_oldest_traffic(connection, now_ns - int(self.limits.traffic_days * DAY_NS))

    def _delete_alerts(self, connection: sqlite3.Connection, now_ns: int) -> int:
        return connection.execute(
            "DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE last_ns < ? ORDER BY id LIMIT ?)",
            (now_ns - int(self.limits.flow_days * DAY_NS), ROWS_PER_STEP),
        ).rowcount

    def _delete_certificates(self, connection: sqlite3.Connection, now_ns: int) -> int:
        return connection.execute(
            "DELETE FROM certificates WHERE rowid IN"
            " (SELECT rowid FROM certificates WHERE last_seen_ns < ? ORDER BY rowid LIMIT ?)",
            (now_ns - int(self.limits.detail_days * DAY_NS), ROWS_PER_STEP),
        ).rowcount

    def _forget_devices(self, connection: sqlite3.Connection, now_ns: int) -> int:
        """A phone takes a new random address each day; one that never came back and the user said nothing of goes."""
        gone = connection.execute(
            "SELECT id FROM devices"
            " WHERE randomized_mac AND label IS NULL AND note IS NULL AND last_seen_ns < ? LIMIT ?",
            (now_ns - int(self.limits.flow_days * DAY_NS), ROWS_PER_STEP),
        ).fetchall()
        for table, column in _OF_A_DEVICE:
            connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", gone)
        return len(gone)

    def _make_room(self) -> int:
        """Keep to the recording's own size, then leave the disk what it needs; 0 when both are so."""
        page_bytes, free_pages = self._pragma("page_size"), self._pragma("freelist_count")
        size = self._pragma("page_count") * page_bytes
        # With the free pages it may have, the file is not larger than allowed.
        excess = size - free_pages * page_bytes - self.limits.max_bytes * (FREE_SHARE - 1) // FREE_SHARE
        if excess > 0:
            # A flood must not outgrow the limit at a step a second.
            return self._squeeze(self.limits.max_bytes, rounds=1 + min(MAX_ROUNDS - 1, excess >> 20))
        if size <= self.limits.kept_bytes or self._free_bytes() >= self.limits.min_free_bytes:
            return 0
        done = self._give_back(1) or self._squeeze(self.limits.kept_bytes)
        # Until the log is folded in, the file keeps its length and the disk looks as full as before.
        self._recording.db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        return done

    def _free_bytes(self) -> int:
        try:
            disk = os.statvfs(self._recording.path.parent)
        except OSError as error:
            raise from_os(error, self._recording.path) from error
        return disk.f_bavail * disk.f_frsize

    def _squeeze(self, max_bytes: int, rounds: int = 1) -> int:
        """The oldest of the series go where they take more than their part, else the oldest flows."""
        # Counted once: of years of many devices it takes as long as deleting a round does.
        series_bytes = self._recording.db.execute("SELECT count(*) FROM traffic").fetchone()[0] * TRAFFIC_ROW_BYTES
        of_series = series_bytes > max_bytes // TRAFFIC_SHARE
        return sum([self._delete_oldest(of_series=of_series) for _ in range(rounds)])

    def _delete_oldest(self, *, of_series: bool) -> int:
        """A piece of the series; or of the flows, with all that hangs on them and the details of their time."""
        with transaction(self._recording.db.conn, self._recording.path) as connection:
            if of_series:
                return _delete_oldest_traffic(connection, INT64_MAX)
            return _delete_oldest_flows(connection, INT64_MAX) + self._delete_oldest_details(connection)

    def _delete_oldest_details(self, connection: sqlite3.Connection) -> int:
        """Those older than the oldest flow left: they would otherwise outlive their flows without end."""
        oldest = connection.execute("SELECT min(last_seen_ns) FROM flows").fetchone()[0]
        return sum(
            [
                connection.execute(
                    f"DELETE FROM {table} WHERE (? IS NULL OR {column} < ?)"
                    f" AND id IN (SELECT id FROM {table} ORDER BY id LIMIT ?)",
                    (oldest, oldest, ROWS_PER_STEP),
                ).rowcount
                for table, column in _DETAIL_TABLES.items()
            ]
        )

    def _give_back(self, tolerated_pages: int) -> int:
        """Return free pages to the disk, unless few enough to be used again soon."""
        free = self._pragma("freelist_count")
        if free < max(1, tolerated_pages):
            return 0
        pages = min(free, VACUUM_BYTES // self._pragma("page_size"))
        with transaction(self._recording.db.conn, self._recording.path) as connection:
            for _ in range(pages):
                # One by one: of a statement whose rows have no columns Python 3.11 takes the first and no other.
                connection.execute("PRAGMA incremental_vacuum(1)").fetchall()
        return free - self._pragma("freelist_count")

    def _pragma(self, name: str) -> int:
        return int(self._recording.db.execute(f"PRAGMA {name}").fetchone()[0])


def _delete_oldest_flows(connection: sqlite3.Connection, before_ns: int) -> int:
    """Closed ones; an alert on one of them stays and says what it rests on itself."""
    old: list[Any] = connection.execute(
        "SELECT id FROM flows WHERE end_reason IS NOT NULL AND last_seen_ns < ? ORDER BY last_seen_ns LIMIT ?",
        (before_ns, ROWS_PER_STEP),
    ).fetchall()
    for table in _OF_A_FLOW:
        connection.executemany(f"DELETE FROM {table} WHERE flow_id = ?", old)
    connection.executemany("DELETE FROM flows WHERE id = ?", old)
    return len(old)


def _delete_oldest_traffic(connection: sqlite3.Connection, before_ns: int) -> int:
    return connection.execute(
        "DELETE FROM traffic WHERE rowid IN (SELECT rowid FROM traffic WHERE bucket_ns < ? ORDER BY bucket_ns LIMIT ?)",
        (before_ns, ROWS_PER_STEP),
    ).rowcount


def _roll_up(connection: sqlite3.Connection, within_ns: tuple[int, int], fine_s: int, coarse_s: int) -> int:
    """Six hours of fine buckets into coarse ones; ``within_ns`` ends at a coarse one."""
    coarse_ns = coarse_s * SECOND_NS
    start = connection.execute(
        "SELECT min(bucket_ns) FROM traffic WHERE bucket_seconds = ? AND bucket_ns >= ? AND bucket_ns < ?",
        (fine_s, *within_ns),
    ).fetchone()[0]
    if start is None:
        return 0
    start -= start % coarse_ns
    span = (fine_s, start, min(within_ns[1], start + 6 * 3600 * SECOND_NS))
    connection.execute(
        "INSERT INTO traffic SELECT bucket_ns - bucket_ns % ?, ?, device_id, sum(bytes_up), sum(bytes_down),"
        " sum(packets_up), sum(packets_down), sum(flows) FROM traffic"
        " WHERE bucket_seconds = ? AND bucket_ns >= ? AND bucket_ns < ? GROUP BY 1, device_id"
        " ON CONFLICT (bucket_ns, bucket_seconds, device_id) DO UPDATE SET bytes_up = bytes_up + excluded.bytes_up,"
        " bytes_down = bytes_down + excluded.bytes_down, packets_up = packets_up + excluded.packets_up,"
        " packets_down = packets_down + excluded.packets_down, flows = flows + excluded.flows",
        (coarse_ns, coarse_s, *span),
    )
    return connection.execute(
        "DELETE FROM traffic WHERE bucket_seconds = ? AND bucket_ns >= ? AND bucket_ns < ?", span
    ).rowcount
