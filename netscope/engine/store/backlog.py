"""A recorder's thread between a live capture and a disk that may stall: rows wait here, coalesced, bounded and counted.

Reading a file needs none of this: there the engine writes inline and waits for the disk.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Final

from netscope.engine.store.faults import StoreFault
from netscope.engine.store.rows import Batch, Rows, merge
from netscope.engine.store.totals import RunningTotals
from netscope.engine.store.writer import Recording

MAX_ROWS: Final = 50_000
"""Rows waiting for the disk, about 50 MB; a home network fills this in a quarter of an hour, a flood in a second."""

RETRY_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Waits between attempts at a disk that refuses."""

LEAST_VALUABLE_FIRST: Final = (
    "http_requests",
    "dns_queries",
    "tls_handshakes",
    "dhcp_messages",
    "device_evidence",
    "certificates",
    "tracker_hits",
    "flows",
    "traffic",
    "device_addresses",
    "alerts",
)
"""What goes when the bound is met. Flows and traffic come again while they last, with their totals; sessions, counters,
devices and the user's edits are few and stay."""

CLOSE_S: Final = 10.0
"""How long an ending recorder waits for the disk."""


def count_rows(rows: Rows) -> int:
    return sum(map(len, rows.values()))


def drop_least_valuable(rows: Rows, excess: int) -> Counter[str]:
    """Take out ``excess`` rows, the oldest of each table first; returns how many of each table went."""
    dropped: Counter[str] = Counter()
    for table in LEAST_VALUABLE_FIRST:
        waiting = rows.get(table, {})
        for key in list(waiting)[:excess]:
            del waiting[key]
            dropped[table] += 1
            excess -= 1
        if not excess:
            break
    return dropped


class WriterThread:
    """Writes what is submitted, a transaction at a time, for as long as it takes."""

    def __init__(
        self, recording: Recording, upkeep: Callable[[int], object] | None = None, max_rows: int = MAX_ROWS
    ) -> None:
        """``upkeep(now_ns)``: bounded work on the file, such as retention, done after each batch, an empty one too."""
        self._recording = recording
        self._upkeep = upkeep
        self._max_rows = max_rows
        self._totals = RunningTotals()
        """Of the thread that submits."""
        self._changed = threading.Condition()
        self._pending: Rows = {}
        self._in_hand: Rows = {}
        """What is being written; not yet safe."""
        self._now_ns = 0
        self._submitted = False
        """Since the thread last looked."""
        self._closing = False
        self._reopening = False
        self._counts: Counter[str] = Counter()
        self._failure: Exception | None = None
        self._fault: StoreFault | None = None
        self._attempt = 0
        self._thread = threading.Thread(target=self._main, name="netscope-writer", daemon=True)
        self._thread.start()

    @property
    def fault(self) -> StoreFault | None:
        """Why nothing is being written now."""
        return self._fault

    def counters(self) -> dict[str, int]:
        """store_rows, store_waiting_rows, store_dropped_rows, store_dropped_<table>, store_fault_<slug>."""
        with self._changed:
            return {**self._counts, "store_waiting_rows": self._rows_held()}

    def take_notices(self) -> list[str]:
        """What the user should be told, once."""
        with self._changed:
            notices, self._recording.notices = self._recording.notices, []
        return notices

    def submit(self, batch: Batch, now_ns: int) -> None:
        """Never waits for the disk. Raises what ended the thread, if anything did."""
        if self._failure is not None:
            raise self._failure
        rows = self._totals.due(self._recording.rows(batch), now_ns)
        with self._changed:
            merge(self._pending, rows)
            self._now_ns, self._submitted = now_ns, True
            self._keep_to_bound()
            self._changed.notify_all()

    def wait_for_room(self, timeout_s: float = CLOSE_S) -> None:
        """Until no more than half of the bound is not safe yet, the disk refuses, or the time is over."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._rows_held() <= self._max_rows // 2 or self._attempt or self._failure, timeout_s
            )

    def _rows_held(self) -> int:
        return count_rows(self._pending) + count_rows(self._in_hand)

    def reopen(self) -> None:
        """Close the file and open what has its name now, before the next transaction."""
        with self._changed:
            self._reopening = True
            self._changed.notify_all()

    def close(self, timeout_s: float = CLOSE_S) -> bool:
        """Write what waits and close the recording; False where the disk did not take it all in time."""
        with self._changed:
            merge(self._pending, self._totals.take_held())
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            return False
        if self._failure is not None:
            raise self._failure
        self._recording.close()
        with self._changed:
            return not self._count_dropped(Counter({table: len(rows) for table, rows in self._pending.items()}))

    def _keep_to_bound(self) -> None:
        excess = count_rows(self._pending) - self._max_rows
        if excess > 0:
            self._count_dropped(drop_least_valuable(self._pending, excess))

    def _count_dropped(self, dropped: Counter[str]) -> int:
        for table, number in dropped.items():
            self._counts[f"store_dropped_{table}"] += number
        self._counts["store_dropped_rows"] += dropped.total()
        return dropped.total()

    def _main(self) -> None:
        try:
            while self._turn():
                pass
        except Exception as failure:  # noqa: BLE001
            # The thread's boundary: submit() and close() raise it in the engine's thread.
            with self._changed:
                self._failure = failure
                self._changed.notify_all()

    def _turn(self) -> bool:
        """Wait for rows, write them; False when it is time to end."""
        with self._changed:
            self._wait()
            rows = self._in_hand = self._pending
            self._pending, self._submitted = {}, False
            self._changed.notify_all()
            now_ns, closing = self._now_ns, self._closing
            reopening, self._reopening = self._reopening, False
        try:
            self._recover(now_ns, reopening=reopening)
            if rows:
                self._write(rows)
            if self._upkeep is not None and not closing:
                self._upkeep(now_ns)
            self._attempt, self._fault = 0, None
        except StoreFault as fault:
            self._put_back(rows, fault)
            return not (closing and self._attempt > 1)
        return not closing or bool(self._pending)

    def _wait(self) -> None:
        if self._attempt:
            self._changed.wait_for(lambda: self._closing, RETRY_S[min(self._attempt, len(RETRY_S)) - 1])
        else:
            self._changed.wait_for(lambda: self._submitted or self._closing or self._reopening)

    def _write(self, rows: Rows) -> None:
        written = self._recording.write_rows(rows)
        with self._changed:
            rows.clear()
            self._counts["store_rows"] += written
            self._changed.notify_all()

    def _recover(self, now_ns: int, *, reopening: bool) -> None:
        """A file that is damaged or gone is not mended by trying again."""
        if self._fault is None:
            if reopening:
                self._recording.reopen(now_ns)
        elif self._fault.slug == "corrupt":
            self._recording.set_aside(now_ns)
        elif not self._recording.is_usable():
            self._recording.reopen(now_ns)

    def _put_back(self, rows: Rows, fault: StoreFault) -> None:
        with self._changed:
            self._counts[f"store_fault_{fault.slug}"] += 1
            self._attempt += 1
            self._fault = fault
            merge(rows, self._pending)
            self._pending, self._in_hand = rows, {}
            self._keep_to_bound()
            self._changed.notify_all()
