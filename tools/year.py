"""A year of a home network's recording in minutes: what retention makes of the file.

A day is made once: the home of ``endless_home.py`` is busy for ten minutes of every six hours, the engine with all
detectors makes rows of that, and in each other minute every device is heard. These rows are written day after day, with
other ids and times and each day another guest's phone, by the store a live recorder has. Its retention gets what it
gets there: at most one step a second of the recording's time. At the end the file is held to its promises.

    python tools/year.py --days 400 --max-mib 48 --svg docs/year.svg
"""

from __future__ import annotations

import argparse
import multiprocessing
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from netscope.assemble import Options, assemble_run
from netscope.demo.cast import GUEST
from netscope.engine.store.retention import DAY_NS, SECOND_NS, Limits, Retention
from netscope.engine.store.rows import UPSERTS, Batch, Row, Rows, merge
from netscope.engine.store.writer import Recording
from netscope.engine.thread import Engine
from netscope.engine.writing import QueuedWriter, a_batch
from netscope.model.records import Session
from tools.endless_home import ROUND_NS, EndlessHome
from tools.plot import Panel, plot

START_NS: Final = 1_735_689_600 * SECOND_NS
"""2025-01-01 00:00 UTC."""
MINUTE_NS: Final = 60 * SECOND_NS
ROUNDS: Final = 4
BUSY_EVERY_NS: Final = DAY_NS // ROUNDS
HOUR_NS: Final = 3_600 * SECOND_NS
HOURS: Final = 24
CHATTER: Final = (400, 300, 3, 2, 0)
"""Bytes up and down, packets up and down, and flows of a device in a minute in which nobody uses it."""
FIRST_GUEST: Final = 1_000
"""Device id of the first day's; in the demo there is one."""
TIMELESS: Final = frozenset({"gap_ns", "not_before_ns", "not_after_ns"})
OF_DEVICES: Final = frozenset({"device_id", "server_device_id", "other_device_id"})
GUEST_PREFIX: Final = GUEST.mac[:9]
"""What ``endless_home.py`` leaves of it."""
NOT_DAILY: Final = ("sessions", "counters")


class Collector:
    """In the writer's place: keeps the rows of each round, and ends the run."""

    def __init__(self, engine: Engine, writer: QueuedWriter) -> None:
        self._engine, self._writer = engine, writer
        self.rounds: list[Rows] = [{} for _ in range(ROUNDS)]
        self.counters, self.take_notices, self.size_bytes = writer.counters, writer.take_notices, writer.size_bytes
        self.close, self.wait_for_room = writer.close, writer.wait_for_room

    def write(self, session: Session, changes: dict[str, Any], now_ns: int) -> None:
        number = (now_ns - START_NS - 1) // ROUND_NS
        # What was still open at the end is closed a moment later.
        rows = self._writer.recording.rows(a_batch(session, changes, None, now_ns))
        merge(self.rounds[min(number, ROUNDS - 1)], rows)
        if now_ns >= START_NS + ROUNDS * ROUND_NS:
            self._engine.request_stop()


def busy_rounds(folder: Path) -> list[Rows]:
    """What a recorder writes of ROUNDS times ten busy minutes, one behind the other."""
    source = EndlessHome(START_NS, sys.maxsize)
    run = assemble_run(Options(record=folder / "day.db"), source)
    run.engine.clock = run.engine.steady = source.clock
    assert run.live_writer is not None
    run.engine.writer = collector = Collector(run.engine, run.live_writer)
    run.engine.run()
    if run.engine.error is not None:
        raise SystemExit(run.engine.crash or run.engine.error)
    return [{table: found for table, found in rows.items() if table not in NOT_DAILY} for rows in collector.rounds]


class Days:
    """Makes each day's rows of the first one's."""

    def __init__(self, rounds: Sequence[Rows]) -> None:
        self._rounds = rounds
        devices = {id_: row for rows in rounds for id_, row in rows.get("devices", {}).items()}
        self._guest = next(id_ for id_, row in devices.items() if row[1].startswith(GUEST_PREFIX))
        self._always_on = sorted(devices.keys() - {self._guest})
        self._last_ids = {upsert.table: self._last_id(upsert.table) for upsert in UPSERTS if upsert.columns[0] == "id"}
        self._changes = {upsert.table: self._changes_of(upsert.table, upsert.columns) for upsert in UPSERTS}
        self._keys = {upsert.table: [upsert.columns.index(name) for name in upsert.key] for upsert in UPSERTS}
        self.flows = len({id_ for rows in rounds for id_ in rows.get("flows", {})})

    def _last_id(self, table: str) -> int:
        return max([id_ for rows in self._rounds for id_ in rows.get(table, {})], default=0)

    def _changes_of(self, table: str, columns: tuple[str, ...]) -> list[tuple[int, Callable[[Any, int], Any]]]:
        """By place in the row how a value becomes that of another day."""
        changes: list[tuple[int, Callable[[Any, int], Any]]] = []
        for place, column in enumerate(columns):
            if column in OF_DEVICES or (table, column) == ("devices", "id"):
                changes.append((place, self._device_id))
            elif column in {"id", "flow_id"}:
                last = self._last_ids["flows" if column == "flow_id" else table]
                changes.append((place, lambda id_, day, last=last: id_ + day * last))
            elif column == "mac" and table == "devices":
                changes.append((place, _mac))
            elif column.endswith("_ns") and column not in TIMELESS:
                changes.append((place, _moment))
        return changes

    def _device_id(self, id_: int, day: int) -> int:
        return FIRST_GUEST + day if id_ == self._guest else id_

    def batches(self, day: int) -> Iterator[tuple[int, Rows]]:
        """Of each hour of the day when it ends, and the rows."""
        for hour in range(HOURS):
            start_ns = START_NS + day * DAY_NS + hour * HOUR_NS
            number, since_busy = divmod(hour, HOURS // ROUNDS)
            rows = {} if since_busy else self._moved(self._rounds[number], day)
            merge(rows, self._chatter(start_ns if since_busy else start_ns + ROUND_NS, start_ns + HOUR_NS))
            yield start_ns + HOUR_NS, rows

    def _moved(self, rows: Rows, day: int) -> Rows:
        moved: Rows = {}
        for table, found in rows.items():
            keys, changes = self._keys[table], self._changes[table]
            made = [_changed(row, day, changes) for row in found.values()]
            moved[table] = {row[keys[0]] if len(keys) == 1 else tuple([row[key] for key in keys]): row for row in made}
        return moved

    def _chatter(self, start_ns: int, end_ns: int) -> Rows:
        moments = range(start_ns, end_ns, MINUTE_NS)
        buckets = [(at_ns, 60, device) for at_ns in moments for device in self._always_on]
        return {"traffic": {bucket: bucket + CHATTER for bucket in buckets}}


def _changed(row: Row, day: int, changes: list[tuple[int, Callable[[Any, int], Any]]]) -> Row:
    values = list(row)
    for place, change in changes:
        if values[place] is not None:
            values[place] = change(values[place], day)
    return tuple(values)


def _moment(at_ns: int, day: int) -> int:
    """Of the rounds that follow one another, as time of a day in which hours lie between them."""
    number, since_ns = divmod(at_ns - START_NS, ROUND_NS)
    return START_NS + day * DAY_NS + number * BUSY_EVERY_NS + since_ns


def _mac(mac: str, day: int) -> str:
    return f"{GUEST_PREFIX}{day // 256:02x}:{day % 256:02x}:00" if mac.startswith(GUEST_PREFIX) else mac


@dataclass(frozen=True)
class Sample:
    day: int
    file_mb: float
    """As the disk has it, without the log."""
    free_mb: float
    """In the file, to be used again."""
    flow_rows: int
    question_rows: int
    minutes: int
    ten_minutes: int
    hours: int
    most_steps: int
    """Of retention, of the 3,600 it has in an hour."""


def a_year(path: Path, rounds: Sequence[Rows], number: int, limits: Limits) -> list[Sample]:
    """Record ``number`` days and hold the file to its promises; what was read of it each day."""
    days = Days(rounds)
    recording = Recording(path, START_NS, live=True)
    # Virtual time: nobody cuts the power, and a hundred thousand commits would wait for the disk.
    recording.db.execute("PRAGMA synchronous = OFF")
    retention = Retention(recording, limits)
    session = Session("year", "live", "EN10MB", None, START_NS, "year", id=1)
    recording.write(Batch(session))
    samples: list[Sample] = []
    for day in range(number):
        most = 0
        for now_ns, rows in days.batches(day):
            recording.write_rows(rows)
            most = max(most, _keep_up(retention, now_ns))
        samples.append(_sample(recording, day + 1, most))
        if (day + 1) % 20 == 0:
            print(f"{path.name}, {time.process_time():.0f} s of CPU: {samples[-1]}", flush=True)
    recording.close()
    check(path, START_NS + number * DAY_NS, limits, days.flows)
    return samples


def _keep_up(retention: Retention, now_ns: int) -> int:
    """The steps of an hour, as far as there is work; how many."""
    for step in range(HOUR_NS // SECOND_NS):
        if not retention.step(now_ns + step * SECOND_NS):
            return step
    return HOUR_NS // SECOND_NS


def _sample(recording: Recording, day: int, most_steps: int) -> Sample:
    read = recording.db.conn.execute
    page_mb = read("PRAGMA page_size").fetchone()[0] / 1e6
    by_seconds = dict(read("SELECT bucket_seconds, count(*) FROM traffic GROUP BY 1").fetchall())
    return Sample(
        day, recording.path.stat().st_size / 1e6, read("PRAGMA freelist_count").fetchone()[0] * page_mb,
        *read("SELECT (SELECT count(*) FROM flows), (SELECT count(*) FROM dns_queries)").fetchone(),
        *(by_seconds.get(seconds, 0) for seconds in (60, 600, 3600)), most_steps,
    )  # fmt: skip


def check(path: Path, end_ns: int, limits: Limits, flows_a_day: int) -> None:
    """Raises SystemExit with the promise that was broken."""
    connection = sqlite3.connect(path)

    def one(sql: str, *values: object) -> Any:
        return connection.execute(sql, values).fetchone()[0]

    def before(days: float) -> int:
        """A moment two hours longer ago than that: retention looks once an hour here, series have blocks of one."""
        return end_ns - int(days * DAY_NS) - 7_200 * SECOND_NS

    merged = connection.execute(
        "SELECT last_seen_ns / ?, sum(merged_flows) FROM flows WHERE last_seen_ns < ? GROUP BY 1", (DAY_NS, before(0))
    ).fetchall()
    promises = {
        "integrity": one("PRAGMA integrity_check") == "ok",
        "size": path.stat().st_size <= limits.max_bytes,
        "details gone": not one("SELECT count(*) FROM dns_queries WHERE timestamp_ns < ?", before(limits.detail_days)),
        "flows gone": not one("SELECT count(*) FROM flows WHERE last_seen_ns < ?", before(limits.flow_days)),
        "each flow of a day left counted, merged or not": all(
            count == flows_a_day for _, count in merged[1:-1] if len(merged) > 2
        ),
        "minutes rolled up": not one(
            "SELECT count(*) FROM traffic WHERE bucket_seconds = 60 AND bucket_ns < ?", before(limits.minutes_days)
        ),
        "ten minutes rolled up": not one(
            "SELECT count(*) FROM traffic WHERE bucket_seconds = 600 AND bucket_ns < ?", before(limits.ten_minutes_days)
        ),
    }
    connection.close()
    broken = [promise for promise, is_kept in promises.items() if not is_kept]
    if broken:
        raise SystemExit(f"{path}: broken: {', '.join(broken)}")


def panels(limits: Limits, default: Sequence[Sample], small: Sequence[Sample]) -> list[Panel]:
    def of(title: str, samples: Sequence[Sample], name: str, limit: float | None = None) -> Panel:
        return Panel(title, [sample.day for sample in samples], [getattr(sample, name) for sample in samples], limit)

    max_mb = limits.max_bytes / 1e6
    return [
        of("file, MB, defaults (4 GiB allowed)", default, "file_mb"),
        of(f"file, MB, {limits.max_bytes >> 20} MiB allowed", small, "file_mb", max_mb),
        of("rows of flows, defaults", default, "flow_rows"),
        of(f"rows of flows, {limits.max_bytes >> 20} MiB allowed", small, "flow_rows"),
        of("rows of DNS questions, defaults", default, "question_rows"),
        of("rows of traffic by the minute", default, "minutes"),
        of("rows of traffic by ten minutes", default, "ten_minutes"),
        of("rows of traffic by the hour", default, "hours"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=400)
    parser.add_argument("--max-mib", type=int, default=48, help="size of the smaller recording")
    parser.add_argument("--folder", type=Path, help="where default.db and small.db stay; by default a temporary one")
    parser.add_argument("--svg", type=Path, help="write the plot here")
    options = parser.parse_args()
    limits = replace(Limits(), max_bytes=options.max_mib << 20)
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).absolute()
        rounds = busy_rounds(Path(temporary))
        with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as workers:
            waits = [
                workers.submit(a_year, folder / name, rounds, options.days, of)
                for name, of in (("default.db", Limits()), ("small.db", limits))
            ]
            default, small = [wait.result() for wait in waits]
    if options.svg is not None:
        options.svg.write_text(plot(panels(limits, default, small), "days"), encoding="utf-8")


if __name__ == "__main__":
    main()
