"""The time before the moment shown: the course of a recording, a device's day, a name's answers, where traffic went.

Each reads what may be many rows, so the reader asks on its own thread.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from netscope.engine.store.views import DAY_NS, SECOND_NS, Moment, last_id
from netscope.model.allow import alert_ends
from netscope.model.history import (
    AnswerRow,
    CountryTraffic,
    CourseBucket,
    Destination,
    NameDetail,
    RateSeries,
    TrackerUses,
    Uses,
)
from netscope.model.usual import HOUR_NS, HOURS, USUAL_DAYS, HourBytes, day_profile

COURSE_SECONDS: Final = (60, 600, 3_600, 86_400)
"""Lengths of a bucket of the course, the shortest that leaves no more than MAX_BUCKETS."""
MAX_BUCKETS: Final = 2_400
FLOWS_SEARCHED: Final = 50_000
"""The newest of a day, for where they went."""
QUERIES_SEARCHED: Final = 50_000
"""The newest, for one name."""
MAX_ANSWERS: Final = 64
TOP_DESTINATIONS: Final = 20
MINUTE_NS: Final = 60 * SECOND_NS
MINUTES: Final = 60
RATE_SLOTS: Final = 240
"""Minutes of a device's rate."""
MAX_FLOWS: Final = 200
"""Behind one alert."""


def course(connection: sqlite3.Connection, end_ns: int) -> list[CourseBucket]:
    """The whole recording, oldest first; traffic between two local devices counts for both."""
    first_ns = connection.execute("SELECT min(bucket_ns) FROM traffic").fetchone()[0]
    if first_ns is None:
        return []
    span_s = (end_ns - first_ns) // SECOND_NS
    length_s = next((length for length in COURSE_SECONDS if span_s // length < MAX_BUCKETS), COURSE_SECONDS[-1])
    length_ns = length_s * SECOND_NS
    moved: dict[int, tuple[int, int, int, int]] = {
        at: (up, down, packets, flows)
        for at, up, down, packets, flows in connection.execute(
            "SELECT bucket_ns / ? AS at, sum(bytes_up), sum(bytes_down), sum(packets_up + packets_down), sum(flows)"
            " FROM traffic GROUP BY at",
            (length_ns,),
        )
    }
    met = _counts(connection, "devices", "first_seen_ns", length_ns)
    hits = _counts(connection, "tracker_hits", "timestamp_ns", length_ns)
    alerts = _counts(connection, "alerts", "first_ns", length_ns)
    return [
        CourseBucket(
            at * length_ns, length_s, *moved.get(at, (0, 0, 0, 0)), met.get(at, 0), hits.get(at, 0), alerts.get(at, 0)
        )
        for at in sorted({*moved, *alerts})
    ]


def _counts(connection: sqlite3.Connection, table: str, column: str, length_ns: int) -> dict[int, int]:
    return dict(connection.execute(f"SELECT {column} / ? AS at, count(*) FROM {table} GROUP BY at", (length_ns,)))


def device_day(connection: sqlite3.Connection, device_id: int, now_ns: int) -> list[HourBytes]:
    """Its last 24 hours beside what is usual; only hours in which the recorder ran tell what is."""
    since_ns = now_ns - (USUAL_DAYS + 1) * DAY_NS
    by_hour = dict(
        connection.execute(
            "SELECT bucket_ns / ? AS hour, sum(bytes_up + bytes_down) FROM traffic"
            " WHERE bucket_ns > ? AND bucket_ns <= ? AND device_id = ? GROUP BY hour",
            (HOUR_NS, since_ns, now_ns, device_id),
        )
    )
    first = connection.execute("SELECT first_seen_ns FROM devices WHERE id = ?", (device_id,)).fetchone()
    watched = connection.execute(
        "SELECT DISTINCT bucket_ns / ? FROM traffic WHERE bucket_ns > ? AND bucket_ns <= ? AND bucket_ns >= ?",
        (HOUR_NS, since_ns, now_ns, first[0] - first[0] % HOUR_NS if first else now_ns),
    )
    return day_profile(by_hour, {hour for (hour,) in watched}, now_ns)


def device_rate(connection: sqlite3.Connection, device_id: int, now_ns: int) -> RateSeries:
    """Of the last four hours by the minute, as exact as they are kept."""
    end = now_ns // (60 * SECOND_NS) + 1
    up, down = [0.0] * RATE_SLOTS, [0.0] * RATE_SLOTS
    for start_ns, seconds, sent, received in connection.execute(
        "SELECT bucket_ns, bucket_seconds, bytes_up, bytes_down FROM traffic"
        " WHERE bucket_ns > ? AND bucket_ns <= ? AND device_id = ?",
        (now_ns - (RATE_SLOTS * 60 + 3_600) * SECOND_NS, now_ns, device_id),
    ):
        minutes = max(1, seconds // 60)
        first = start_ns // (60 * SECOND_NS) - (end - RATE_SLOTS)
        for minute in range(max(0, first), min(RATE_SLOTS, first + minutes)):
            up[minute] += sent / minutes
            down[minute] += received / minutes
    return RateSeries(end * 60 * SECOND_NS, 60, tuple(map(round, up)), tuple(map(round, down)))


def minutes_of(rate: RateSeries | None) -> list[int]:
    """Bytes both ways of the last hour."""
    if rate is None:
        return []
    return [up + down for up, down in zip(rate.up[-MINUTES:], rate.down[-MINUTES:], strict=True)]


def destinations(connection: sqlite3.Connection, device_id: int, now_ns: int) -> list[Destination]:
    """Whom it talked to in the 24 hours before, the largest first."""
    found = connection.execute(
        "SELECT coalesce(server_name, server_ip), sum(bytes_up + bytes_down), sum(merged_flows), max(country),"
        " max(tracker) FROM (SELECT * FROM flows WHERE device_id = ? AND last_seen_ns > ? AND first_seen_ns <= ?"
        " ORDER BY id DESC LIMIT ?) GROUP BY 1 ORDER BY 2 DESC LIMIT ?",
        (device_id, now_ns - DAY_NS, now_ns, FLOWS_SEARCHED, TOP_DESTINATIONS),
    )
    return [Destination(*row) for row in found]


def countries(connection: sqlite3.Connection, now_ns: int) -> list[CountryTraffic]:
    """Where traffic of the 24 hours before went, the largest first."""
    found = connection.execute(
        "SELECT country, sum(bytes_up + bytes_down), sum(merged_flows), count(DISTINCT device_id),"
        " count(DISTINCT coalesce(server_name, server_ip)) FROM"
        " (SELECT * FROM flows WHERE last_seen_ns BETWEEN ? AND ? ORDER BY last_seen_ns DESC LIMIT ?)"
        " WHERE first_seen_ns <= ? GROUP BY 1 ORDER BY 2 DESC",
        (now_ns - DAY_NS, now_ns + DAY_NS, FLOWS_SEARCHED, now_ns),
    )
    return [CountryTraffic(*row) for row in found]


def tracker_uses(connection: sqlite3.Connection, moment: Moment) -> list[TrackerUses]:
    first_hour = moment.time_ns // HOUR_NS - HOURS + 1
    times: dict[tuple[str, str | None, int | None], Counter[int]] = {}
    for name, owner, device_id, minute, hits in connection.execute(
        "SELECT name, owner, device_id, timestamp_ns / ? AS minute, count(*) FROM"
        " (SELECT * FROM tracker_hits WHERE id <= ? ORDER BY id DESC LIMIT ?) WHERE timestamp_ns >= ?"
        " GROUP BY 1, 2, 3, 4",
        (MINUTE_NS, last_id(connection, "tracker_hits", moment), QUERIES_SEARCHED, first_hour * HOUR_NS),
    ):
        times.setdefault((name, owner, device_id), Counter())[minute] += hits
    return [TrackerUses(*key, _uses(by_minute, moment.time_ns)) for key, by_minute in times.items()]


def _uses(by_minute: Counter[int], now_ns: int) -> Uses:
    by_hour: Counter[int] = Counter()
    for minute, number in by_minute.items():
        by_hour[minute // MINUTES] += number
    minute, hour = now_ns // MINUTE_NS, now_ns // HOUR_NS
    return Uses(
        tuple([by_minute[at] for at in range(minute - MINUTES + 1, minute + 1)]),
        tuple([by_hour[at] for at in range(hour - HOURS + 1, hour + 1)]),
    )


def name_detail(connection: sqlite3.Connection, name: str, moment: Moment) -> NameDetail:
    """What was answered over time, how often it was used by the hour, and how much went to it."""
    answers: list[AnswerRow] = []
    used: Counter[int] = Counter()
    last: dict[tuple[int | None, str], tuple[str, tuple[str, ...]]] = {}
    for at_ns, query_type, rcode, found, took_us, server_ip, device_id in reversed(_queries(connection, name, moment)):
        used[at_ns // MINUTE_NS] += 1
        addresses = _addresses(found)
        same = (rcode or "-", addresses)
        if rcode is not None and last.get((device_id, query_type)) != same:
            last[device_id, query_type] = same
            answers.append(AnswerRow(at_ns, query_type, rcode, addresses, took_us, server_ip, device_id))
    used.update(at_ns // MINUTE_NS for at_ns in _connections(connection, name, moment))
    moved = connection.execute(
        "SELECT coalesce(sum(bytes_up + bytes_down), 0) FROM"
        " (SELECT * FROM flows WHERE last_seen_ns > ? ORDER BY last_seen_ns DESC LIMIT ?)"
        " WHERE server_name = ? AND first_seen_ns <= ?",
        (moment.time_ns - DAY_NS, FLOWS_SEARCHED, name, moment.time_ns),
    ).fetchone()[0]
    return NameDetail(answers[::-1][:MAX_ANSWERS], _uses(used, moment.time_ns), moved)


def _queries(connection: sqlite3.Connection, name: str, moment: Moment) -> list[tuple[Any, ...]]:
    """Newest first."""
    return connection.execute(
        "SELECT timestamp_ns, query_type, rcode, answers, response_time_us, server_ip, device_id FROM"
        " (SELECT * FROM dns_queries WHERE id <= ? ORDER BY id DESC LIMIT ?) WHERE query_name = ? COLLATE NOCASE",
        (last_id(connection, "dns_queries", moment), QUERIES_SEARCHED, name),
    ).fetchall()


def _connections(connection: sqlite3.Connection, name: str, moment: Moment) -> Iterable[int]:
    """When handshakes and requests of the last day named it."""
    for table, column in (("tls_handshakes", "sni"), ("http_requests", "host")):
        for (at_ns,) in connection.execute(
            f"SELECT timestamp_ns FROM (SELECT * FROM {table} WHERE id <= ? ORDER BY id DESC LIMIT ?)"
            f" WHERE {column} = ? COLLATE NOCASE AND timestamp_ns > ?",
            (last_id(connection, table, moment), QUERIES_SEARCHED, name, moment.time_ns - DAY_NS),
        ):
            yield at_ns


def _addresses(answers: str | None) -> tuple[str, ...]:
    return tuple(answer["data"] for answer in json.loads(answers or "[]") if answer["type"] in {"A", "AAAA"})


def flow_ids_behind(connection: sqlite3.Connection, alert_id: int) -> list[int]:
    """The flow an alert names and those of its device to the same ends while it lasted, the newest first."""
    alert = connection.execute(
        "SELECT device_id, flow_id, first_ns, last_ns, evidence FROM alerts WHERE id = ?", (alert_id,)
    ).fetchone()
    if alert is None:
        return []
    device_id, flow_id, first_ns, last_ns, evidence = alert
    ends = _ends_of(connection, flow_id, json.loads(evidence))
    found = connection.execute(
        "SELECT id FROM flows WHERE id = ? OR (device_id = ? AND last_seen_ns >= ? AND first_seen_ns <= ?"
        f" AND (server_ip IN ({_marks(ends)}) OR server_name IN ({_marks(ends)}))) ORDER BY id DESC LIMIT ?",
        (flow_id, device_id, first_ns, last_ns, *ends, *ends, MAX_FLOWS),
    )
    return [id_ for (id_,) in found]


def _ends_of(connection: sqlite3.Connection, flow_id: int | None, evidence: dict[str, Any]) -> Sequence[str]:
    server = connection.execute("SELECT server_ip, server_name FROM flows WHERE id = ?", (flow_id,)).fetchone()
    return sorted(alert_ends(evidence, (), server or ()).destinations)


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))
