"""A recording's rows as the screens see them, at its end or at a moment of its past.

What is shown of what is bounded here; how a single flow or device is told is in details.py.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

from netscope.model.activity import most_telling
from netscope.model.allow import MAX_RULES, AlertEnds, AllowedRow, AllowList, AllowRule, Hidden, alert_ends
from netscope.model.flow import Flow
from netscope.model.records import Device
from netscope.model.snapshot import AlertRow, DeviceRow, FlowRow, Judgement, PulsePoint, TrackerRow

SECOND_NS: Final = 1_000_000_000
DAY_NS: Final = 86_400 * SECOND_NS

MAX_FLOWS: Final = 5_000
MAX_ALERTS: Final = 5_000

WINDOW_NS: Final = 300 * SECOND_NS
"""A flow is shown at a past moment while it lasts and this long after."""
DOING_NS: Final = 30 * SECOND_NS
"""How long after its last packet a flow still says what its device is doing; its row may be ten seconds old."""
PULSE_SECONDS: Final = 240
NO_HISTORY: Final = (0,) * 16
"""A recording keeps no second-by-second series of a flow or device."""


def _no_words(detector: str) -> tuple[str, str, str]:
    return ("", "", "")


def _plain_device_name(device: Device) -> str:
    return device.label or device.name or device.mac


def _plain_flow_label(flow: Flow) -> str:
    return flow.tls_version or flow.app_protocol or flow.protocol


def _no_judgements(evidence: Iterable[tuple[str, str, str]]) -> list[Judgement]:
    return []


@dataclass(frozen=True, slots=True)
class Wording:
    """How other stages put things, so that a recording reads as the live screens do."""

    describe: Callable[[str], tuple[str, str, str]] = _no_words
    """Of a detector: what it saw, what usually causes it, what to check."""
    device_name: Callable[[Device], str] = _plain_device_name
    flow_label: Callable[[Flow], str] = _plain_flow_label
    """Of a flow's protocol, for a column."""
    judgements: Callable[[Iterable[tuple[str, str, str]]], list[Judgement]] = _no_judgements
    """What follows from (source, attribute, value) of a device."""


class Moment(NamedTuple):
    time_ns: int
    is_end: bool
    """The newest that is recorded; later rows are then not looked for."""


class Devices(NamedTuple):
    by_id: dict[int, Device]
    names: dict[int, str]

    def name(self, device_id: int | None) -> str:
        return "-" if device_id is None else self.names.get(device_id, "-")

    def client_name(self, device_id: int | None, client_ip: str, server_ip: str) -> str:
        """The device's name where the flow's client is it; of a flow from elsewhere the client's address."""
        device = None if device_id is None else self.by_id.get(device_id)
        if device is None or (server_ip in device.addresses and client_ip not in device.addresses):
            return client_ip
        return self.names[device.id]


def newest_ns(connection: sqlite3.Connection) -> int:
    """The last moment anything was seen; 0 in an empty recording."""
    found = connection.execute(
        "SELECT max((SELECT coalesce(max(last_seen_ns), 0) FROM flows),"
        " (SELECT coalesce(max(coalesce(ended_ns, started_ns)), 0) FROM sessions WHERE kind = 'live'))"
    ).fetchone()
    return int(found[0])


def read_devices(connection: sqlite3.Connection, moment: Moment, wording: Wording) -> Devices:
    by_id: dict[int, Device] = {}
    columns = (
        "id, mac, first_seen_ns, last_seen_ns, randomized_mac, is_gateway, name, name_source, vendor, kind, os, model,"
        " label, bytes_sent, bytes_received"
    )
    for row in connection.execute(f"SELECT {columns} FROM devices WHERE first_seen_ns <= ?", (moment.time_ns,)):
        values = [*row[:4], bool(row[4]), bool(row[5]), *row[6:]]
        by_id[row[0]] = Device(*values)
    for device_id, address, first_ns, last_ns in connection.execute(
        "SELECT device_id, address, first_seen_ns, last_seen_ns FROM device_addresses"
    ):
        if device_id in by_id:
            by_id[device_id].addresses[address] = (first_ns, last_ns)
    return Devices(by_id, {device.id: wording.device_name(device) for device in by_id.values()})


FLOW_COLUMNS: Final = (
    "id, device_id, client_ip, client_port, server_ip, server_port, protocol, app_protocol, tls_version, server_name,"
    " name_source, name_missing_reason, country, asn, as_org, application, tracker, bytes_up, bytes_down, packets_up,"
    " packets_down, rtt_us, retransmissions, first_seen_ns, last_seen_ns, tcp_state, end_reason, vlan, ja3, ja4,"
    " activity"
)


class FlowRows:
    """Builds the rows of one snapshot."""

    def __init__(self, devices: Devices, alerted: set[int], moment: Moment, wording: Wording) -> None:
        self._devices = devices
        self._alerted = alerted
        self._moment = moment
        self._wording = wording
        self._labels: dict[tuple[str, str | None, str | None], str] = {}

    def build(self, row: tuple[Any, ...]) -> FlowRow:
        (
            id_, device_id, client_ip, client_port, server_ip, server_port, protocol, app_protocol,
            tls_version, server_name, name_source, missing, country, asn, as_org, application, tracker,
            bytes_up, bytes_down, packets_up, packets_down, rtt_us, retransmissions, first_ns, last_ns,
            tcp_state, end_reason, vlan, ja3, ja4, activity,
        ) = row  # fmt: skip
        if not self._moment.is_end and last_ns > self._moment.time_ns:
            end_reason = None
        rate_up, rate_down = self._rates(first_ns, last_ns, bytes_up, bytes_down, end_reason)
        return FlowRow(
            id_,
            device_id,
            self._devices.client_name(device_id, client_ip, server_ip),
            client_ip,
            client_port,
            server_ip,
            server_port,
            protocol,
            app_protocol,
            self._label(protocol, app_protocol, tls_version),
            server_name,
            name_source,
            missing,
            country,
            asn,
            as_org,
            application,
            tracker,
            id_ in self._alerted,
            bytes_up,
            bytes_down,
            packets_up,
            packets_down,
            rate_up,
            rate_down,
            NO_HISTORY,
            rtt_us,
            retransmissions,
            first_ns,
            last_ns,
            tcp_state,
            end_reason,
            None if vlan is None else str(vlan),
            ja3,
            ja4,
            activity,
        )

    def _rates(self, first_ns: int, last_ns: int, up: int, down: int, end_reason: str | None) -> tuple[float, float]:
        """The mean of the flow's whole life while it lasts: all that is known of its course."""
        now_ns = self._moment.time_ns
        if end_reason is not None or first_ns > now_ns:
            return (0.0, 0.0)
        life_s = max(1.0, (max(last_ns, now_ns) - first_ns) / SECOND_NS)
        return (8 * up / life_s, 8 * down / life_s)

    def _label(self, protocol: str, app_protocol: str | None, tls_version: str | None) -> str:
        key = (protocol, app_protocol, tls_version)
        label = self._labels.get(key)
        if label is None:
            flow = Flow(0, "", 0, "", 0, protocol, None, None, None, 0)
            flow.app_protocol, flow.tls_version = app_protocol, tls_version
            label = self._labels[key] = self._wording.flow_label(flow)
        return label


def read_flows(connection: sqlite3.Connection, rows: FlowRows, moment: Moment) -> tuple[FlowRow, ...]:
    """The newest, or those of the moment; a flow that lasted more than a day beyond it is not found."""
    if moment.is_end:
        found = connection.execute(
            f"SELECT {FLOW_COLUMNS} FROM flows ORDER BY last_seen_ns DESC LIMIT ?",
            (MAX_FLOWS,),
        )
    else:
        found = connection.execute(
            f"SELECT {FLOW_COLUMNS} FROM flows WHERE last_seen_ns BETWEEN ? AND ? AND first_seen_ns <= ?"
            " ORDER BY last_seen_ns LIMIT ?",
            (moment.time_ns - WINDOW_NS, moment.time_ns + DAY_NS, moment.time_ns, MAX_FLOWS),
        )
    return tuple(map(rows.build, found))


def last_id(connection: sqlite3.Connection, table: str, moment: Moment) -> int:
    """Of the rows not later than the moment. Ids follow time, as records were numbered when they were first seen."""
    high = _one(connection, f"SELECT coalesce(max(id), 0) FROM {table}")
    if moment.is_end:
        return high
    low = _one(connection, f"SELECT coalesce(min(id), 0) FROM {table}")
    while low <= high:
        middle = (low + high) // 2
        found = connection.execute(
            f"SELECT timestamp_ns FROM {table} WHERE id >= ? ORDER BY id LIMIT 1",
            (middle,),
        ).fetchone()
        if found is None or found[0] > moment.time_ns:
            high = middle - 1
        else:
            low = middle + 1
    return high


def _one(connection: sqlite3.Connection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])


def read_alerts(
    connection: sqlite3.Connection, devices: Devices, moment: Moment, wording: Wording, allow_list: AllowList
) -> tuple[tuple[AlertRow, ...], tuple[AllowedRow, ...]]:
    """What the allow-list leaves of the newest, and what each of its rules hides."""
    found = connection.execute(
        "SELECT alerts.id, detector, severity, title, alerts.device_id, flow_id, first_ns, last_ns, count, state,"
        " evidence, client_ip, server_ip, server_name FROM alerts LEFT JOIN flows ON flows.id = flow_id"
        " WHERE first_ns <= ? ORDER BY alerts.id DESC LIMIT ?",
        (moment.time_ns, MAX_ALERTS),
    )
    shown: list[AlertRow] = []
    hidden = Hidden()
    for *columns, client_ip, server_ip, server_name in found:
        row = _alert_row(columns, devices, wording)
        if allow_list:
            ends = partial(_ends, devices, row, client_ip, (server_ip, server_name))
            rule = allow_list.allows(row.detector, ends)
            if rule is not None:
                hidden.add(rule, row.last_ns)
                continue
        shown.append(row)
    return tuple(shown), hidden.rows(allow_list.rules)


def _alert_row(columns: Sequence[Any], devices: Devices, wording: Wording) -> AlertRow:
    id_, detector, severity, title, device_id, flow_id, first_ns, last_ns, count, state, evidence = columns
    return AlertRow(
        id_,
        detector,
        severity,
        title,
        device_id,
        devices.name(device_id),
        flow_id,
        first_ns,
        last_ns,
        count,
        state,
        json.loads(evidence),
        *wording.describe(detector),
    )


def _ends(devices: Devices, row: AlertRow, client_ip: str | None, server: tuple[str | None, str | None]) -> AlertEnds:
    device = devices.by_id.get(row.device_id) if row.device_id is not None else None
    own = [device.mac, *device.addresses, row.device_name] if device is not None else []
    return alert_ends(row.evidence, [*own, client_ip], server)


def read_allow_rules(connection: sqlite3.Connection) -> list[AllowRule]:
    """The user's rules in force; none in a file of before schema 4."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'allow_rules'").fetchone():
        return []
    found = connection.execute(
        "SELECT detector, source, destination, note, created_ns FROM allow_rules WHERE active"
        " ORDER BY created_ns, detector, source, destination LIMIT ?",
        (MAX_RULES,),
    )
    return [AllowRule(*row) for row in found]


def read_device_rows(
    connection: sqlite3.Connection,
    devices: Devices,
    trackers: Iterable[TrackerRow],
    alerts: Iterable[AlertRow],
    moment: Moment,
    flows: Iterable[FlowRow] = (),
) -> tuple[DeviceRow, ...]:
    """``flows`` of the moment tell what each device was doing."""
    hits = _count((row.device_id, row.hits) for row in trackers)
    waiting = _count((row.device_id, 1) for row in alerts if row.state == "new")
    open_flows: dict[int | None, int] = (
        dict(
            connection.execute(
                # Left to itself SQLite walks every flow by device.
                "SELECT device_id, count(*) FROM flows INDEXED BY idx_flows_open"
                " WHERE end_reason IS NULL GROUP BY device_id"
            )
        )
        if moment.is_end
        else {}
    )
    rates = _device_rates(connection, moment)
    doing = _doing(flows, moment.time_ns)
    return tuple(
        DeviceRow(
            device.id,
            device.mac,
            devices.names[device.id],
            device.name_source,
            device.vendor,
            device.kind,
            device.os,
            device.model,
            device.label,
            device.randomized_mac,
            device.is_gateway,
            _newest_first(device),
            open_flows.get(device.id, 0),
            device.bytes_sent,
            device.bytes_received,
            *rates.get(device.id, (0.0, 0.0)),
            NO_HISTORY,
            hits.get(device.id, 0),
            waiting.get(device.id, 0),
            device.first_seen_ns,
            device.last_seen_ns,
            most_telling(doing.get(device.id, set())),
        )
        for device in devices.by_id.values()
    )


def _doing(flows: Iterable[FlowRow], now_ns: int) -> dict[int, set[str]]:
    doing: dict[int, set[str]] = {}
    for row in flows:
        if row.activity is not None and row.device_id is not None and now_ns - row.last_seen_ns < DOING_NS:
            doing.setdefault(row.device_id, set()).add(row.activity)
    return doing


def _newest_first(device: Device) -> tuple[str, ...]:
    return tuple(sorted(device.addresses, key=lambda address: -device.addresses[address][1]))


def _count(pairs: Iterable[tuple[int | None, int]]) -> dict[int | None, int]:
    totals: dict[int | None, int] = {}
    for key, number in pairs:
        totals[key] = totals.get(key, 0) + number
    return totals


def _device_rates(connection: sqlite3.Connection, moment: Moment) -> dict[int, tuple[float, float]]:
    """Bits per second, the mean of the bucket the moment lies in."""
    now_ns = moment.time_ns
    rates = {}
    for device_id, start_ns, seconds, up, down in connection.execute(
        "SELECT device_id, bucket_ns, bucket_seconds, bytes_up, bytes_down FROM traffic"
        " WHERE bucket_ns > ? AND bucket_ns <= ? ORDER BY bucket_ns",
        (now_ns - 3600 * SECOND_NS, now_ns),
    ):
        if now_ns < start_ns + seconds * SECOND_NS:
            passed_s = max(1.0, (now_ns - start_ns) / SECOND_NS) if moment.is_end else float(seconds)
            rates[device_id] = (8 * up / passed_s, 8 * down / passed_s)
    return rates


def read_pulse(connection: sqlite3.Connection, moment: Moment) -> tuple[PulsePoint, ...]:
    """The last 240 s, each second an equal part of its bucket. Traffic between two local devices counts for both."""
    last_s = moment.time_ns // SECOND_NS
    per_second: dict[int, list[float]] = {}
    for start_ns, seconds, up, down, packets in connection.execute(
        "SELECT bucket_ns, bucket_seconds, sum(bytes_up), sum(bytes_down), sum(packets_up + packets_down) FROM traffic"
        " WHERE bucket_ns > ? AND bucket_ns <= ? GROUP BY 1, 2",
        (moment.time_ns - (3600 + PULSE_SECONDS) * SECOND_NS, moment.time_ns),
    ):
        start_s = start_ns // SECOND_NS
        # A bucket that is still filling is spread over the part of it that has passed.
        length = min(seconds, last_s - start_s + 1) if moment.is_end else seconds
        for second in range(max(start_s, last_s - PULSE_SECONDS + 1), min(start_s + length, last_s + 1)):
            point = per_second.setdefault(second, [0.0, 0.0, 0.0])
            for place, total in enumerate((up, down, packets)):
                point[place] += total / length
    empty = (0.0, 0.0, 0.0)
    return tuple(
        PulsePoint(second * SECOND_NS, *(round(value) for value in per_second.get(second, empty)))
        for second in range(last_s - PULSE_SECONDS + 1, last_s + 1)
    )
