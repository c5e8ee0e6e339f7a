"""The stages in order: correlate, enrich, store, analyze, outbox. Owns no thread, no clock, no socket.

Records come in the order of the traffic; each gets its id here at its first emission. What changed since the last
flush waits in a batch, each row once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from netscope.engine.correlate.correlator import Correlator
from netscope.engine.correlate.devices import DeviceTable
from netscope.engine.parse.meter import Meter
from netscope.engine.traffic import TrafficSeries
from netscope.model.flow import Flow
from netscope.model.records import (
    Alert,
    Certificate,
    Device,
    DeviceSeen,
    DhcpExchange,
    DnsQuery,
    Evidence,
    HttpRequest,
    Session,
    TlsHandshake,
    TrackerHit,
)

OPEN_FLOW_REFRESH_NS: Final = 10_000_000_000
"""How old an open flow's row may get."""


class Enrich(Protocol):
    """What the enrich stage gives: fills fields in place, returns tracker hits."""

    def flow_opened(self, flow: Flow, remote_ip: str | None) -> None: ...

    def flow_named(self, flow: Flow) -> TrackerHit | None: ...

    def flow_closed(self, flow: Flow) -> TrackerHit | None: ...

    def dns(self, query: DnsQuery) -> TrackerHit | None: ...


class Identify(Protocol):
    """What the enrich stage says of devices: reads every record, returns what it heard that was new."""

    def hear(self, record: object) -> Iterable[tuple[Device, list[Evidence]]]: ...

    def evidence(self, device: Device) -> list[Evidence]:
        """What is held of a device."""
        ...


class Analyze(Protocol):
    """What the analyze stage gives: alerts out of what it is shown."""

    def observe(self, record: object) -> Iterable[Alert]: ...

    def flow_opened(self, flow: Flow) -> Iterable[Alert]: ...

    def flow_closed(self, flow: Flow) -> Iterable[Alert]: ...

    def second(self, now_ns: int, changed: list[Flow]) -> Iterable[Alert]: ...


class Observer(Protocol):
    """Who is shown everything as it happens: the outbox."""

    def record(self, record: object) -> None: ...

    def flow_opened(self, flow: Flow) -> None: ...

    def flow_closed(self, flow: Flow) -> None: ...

    def second(self, now_ns: int, changed: list[Flow]) -> None: ...


class Changes:
    """What the next batch holds, by table; a record changed twice is in it once."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[Any, Any]] = {name: {} for name in TABLES}
        self.rows = 0

    def add(self, table: str, key: Any, record: object) -> None:
        rows = self.tables[table]
        if key not in rows:
            self.rows += 1
        rows[key] = record


TABLES: Final = (
    "flows", "dns_queries", "tls_handshakes", "certificates", "http_requests", "dhcp_messages", "tracker_hits",
    "devices", "evidence", "alerts", "traffic",
)
NUMBERED: Final[dict[type, str]] = {
    DnsQuery: "dns_queries",
    TlsHandshake: "tls_handshakes",
    HttpRequest: "http_requests",
    DhcpExchange: "dhcp_messages",
    TrackerHit: "tracker_hits",
    Alert: "alerts",
}


class Pipeline:
    """Feed its ``meter``; take its ``changes``.

    ``first_ids`` are the recording's next free ids by table; ``keep`` False gathers nothing for a store.
    """

    def __init__(
        self,
        session: Session,
        *,
        enrich: Enrich,
        identify: Callable[[DeviceTable], Identify] | None = None,
        analyze: Analyze | None = None,
        observer: Observer | None = None,
        first_ids: dict[str, int] | None = None,
        known_devices: Iterable[Device] = (),
        max_flows: int = 200_000,
        keep: bool = True,
        is_live: bool = False,
    ) -> None:
        ids = first_ids or {}
        self.session = session
        self.counters: Counter[str] = Counter()
        self.traffic = TrafficSeries()
        self.alerts: dict[int, Alert] = {}
        self.enrich = enrich
        self._analyze = analyze
        self._observer = observer
        self._keep = keep
        self._is_live = is_live
        self._next_ids = {table: ids.get(table, 1) for table in NUMBERED.values()}
        self._changes = Changes()
        self._open_changed: dict[int, Flow] = {}
        self._open_refreshed_ns = 0
        self._labels: dict[int, str | None] = {}
        self._alert_states: dict[int, str] = {}
        self._handlers: dict[type, Callable[[Any], None]] = {
            DnsQuery: self._take_query,
            TlsHandshake: self._take_named,
            HttpRequest: self._take_named,
            Certificate: self._take_certificate,
        }
        self.correlator = Correlator(
            self.take, self.count, self.second, self._flow_opened, self._flow_closed,
            known_devices, ids.get("devices", 1),
        )
        self.identify = identify(self.correlator.devices) if identify is not None else None
        self.meter = Meter(self.correlator, max_flows, ids.get("flows", 1))

    def count(self, slug: str) -> None:
        self.counters[slug] += 1

    # -- records ---------------------------------------------------------------------------------------------------

    def take(self, record: object) -> None:
        """One record out of correlate: enrich it, keep it, judge it, show it."""
        handler = self._handlers.get(type(record))
        if handler is not None:
            handler(record)
        elif type(record) in NUMBERED:
            self._number(record)
        self._learn_device(record)
        if self._analyze is not None:
            self._raise(self._analyze.observe(record))
        if self._observer is not None:
            self._observer.record(record)

    def _number(self, record: Any) -> None:
        table = NUMBERED[type(record)]
        if record.id == 0:
            record.id = self._next_ids[table]
            self._next_ids[table] += 1
        if self._keep:
            self._changes.add(table, record.id, record)

    def _take_query(self, query: DnsQuery) -> None:
        first = query.id == 0
        self._number(query)
        if first:
            self._hit(self.enrich.dns(query))

    def _take_named(self, record: TlsHandshake | HttpRequest) -> None:
        first = record.id == 0
        self._number(record)
        if first:
            self._hit(self.enrich.flow_named(record.flow))

    def _take_certificate(self, certificate: Certificate) -> None:
        if self._keep:
            self._changes.add("certificates", certificate.sha256, certificate)

    def _learn_device(self, record: object) -> None:
        if type(record) is DeviceSeen and self._keep:
            self._changes.add("devices", record.device.id, record.device)
        if self.identify is None:
            return
        for device, evidence in self.identify.hear(record):
            if self._keep:
                self._changes.add("devices", device.id, device)
                for item in evidence:
                    self._changes.add("evidence", (item.device_id, item.source, item.attribute, item.value), item)

    def _hit(self, hit: TrackerHit | None) -> None:
        if hit is None:
            return
        self._number(hit)
        if self._observer is not None:
            self._observer.record(hit)
        if self._analyze is not None:
            self._raise(self._analyze.observe(hit))

    def _raise(self, alerts: Iterable[Alert]) -> None:
        for alert in alerts:
            self._number(alert)
            self.alerts[alert.id] = alert
            if self._observer is not None:
                self._observer.record(alert)

    # -- flows and time --------------------------------------------------------------------------------------------

    def _flow_opened(self, flow: Flow) -> None:
        self.enrich.flow_opened(flow, self._remote(flow))
        if self._analyze is not None:
            self._raise(self._analyze.flow_opened(flow))
        if self._observer is not None:
            self._observer.flow_opened(flow)

    def _remote(self, flow: Flow) -> str | None:
        """The end that is not of this network; None where both are, or where a group is meant."""
        networks = self.correlator.networks
        if not networks.is_local(flow.server_ip):
            return None if networks.is_group(flow.server_ip) else flow.server_ip
        if not networks.is_local(flow.client_ip) and not networks.is_group(flow.client_ip):
            return flow.client_ip
        return None

    def _flow_closed(self, flow: Flow) -> None:
        self._account(flow)
        self._hit(self.enrich.flow_closed(flow))
        self._open_changed.pop(flow.id, None)
        if self._keep:
            self._changes.add("flows", flow.id, flow)
        if self._analyze is not None:
            self._raise(self._analyze.flow_closed(flow))
        if self._observer is not None:
            self._observer.flow_closed(flow)

    def second(self, now_ns: int) -> None:
        """Packet time, or the clock of a quiet live capture, passed a whole second."""
        changed = self.meter.collect()
        for flow in changed:
            self._account(flow)
        if self._keep:
            self._note_open(changed)
        self.meter.expire(now_ns)
        if self._analyze is not None:
            self._raise(self._analyze.second(now_ns, changed))
        if self._observer is not None:
            self._observer.second(now_ns, changed)

    def _note_open(self, changed: list[Flow]) -> None:
        for flow in changed:
            if flow.end_reason is None:
                if self._is_live and flow.id not in self._open_changed and not flow.stored:
                    flow.stored = True
                    self._changes.add("flows", flow.id, flow)
                else:
                    self._open_changed[flow.id] = flow

    def _account(self, flow: Flow) -> None:
        """Add what the flow moved since the last time to its devices and the series."""
        up = flow.bytes_up - flow.accounted_bytes_up
        down = flow.bytes_down - flow.accounted_bytes_down
        if not up and not down:
            return
        packets_up = flow.packets_up - flow.accounted_packets_up
        packets_down = flow.packets_down - flow.accounted_packets_down
        if not flow.accounted_packets_down and packets_down:
            self.correlator.answered(flow)
        is_new = not flow.accounted_packets_up and not flow.accounted_packets_down
        flow.accounted_bytes_up, flow.accounted_bytes_down = flow.bytes_up, flow.bytes_down
        flow.accounted_packets_up, flow.accounted_packets_down = flow.packets_up, flow.packets_down
        client, server = flow.device_id, flow.server_device_id
        if client is not None and client != server:
            self._move(client, flow.last_seen_ns, up, down, packets_up, packets_down, is_new)
        if server is not None:
            self._move(server, flow.last_seen_ns, down, up, packets_down, packets_up, is_new)

    def _move(
        self, device_id: int, at_ns: int, sent: int, received: int, packets_sent: int, packets_received: int, is_new: bool
    ) -> None:
        device = self.correlator.devices.by_id.get(device_id)
        if device is None:
            return
        device.bytes_sent += sent
        device.bytes_received += received
        device.last_seen_ns = max(device.last_seen_ns, at_ns)
        bucket = self.traffic.add(device_id, at_ns, sent, received, packets_sent, packets_received, is_new)
        if self._keep:
            self._changes.add("traffic", (device_id, bucket.bucket_ns), bucket)
            self._changes.add("devices", device_id, device)

    # -- out to the store ------------------------------------------------------------------------------------------

    @property
    def rows_waiting(self) -> int:
        return self._changes.rows

    def changes(self, now_ns: int) -> dict[str, Any]:
        """Everything that changed since the last call, by table; ``now_ns`` is the clock, for the refresh of open flows."""
        if now_ns - self._open_refreshed_ns >= OPEN_FLOW_REFRESH_NS:
            self._open_refreshed_ns = now_ns
            for flow in self._open_changed.values():
                self._changes.add("flows", flow.id, flow)
            self._open_changed.clear()
        taken, self._changes = self._changes, Changes()
        self.traffic.forget_finished()
        changes: dict[str, Any] = {table: list(rows.values()) for table, rows in taken.tables.items() if rows}
        if self._labels:
            changes["device_labels"], self._labels = self._labels, {}
        if self._alert_states:
            changes["alert_states"], self._alert_states = self._alert_states, {}
        return changes

    def label_device(self, device_id: int, label: str | None) -> None:
        """The user's own name for a device."""
        device = self.correlator.devices.by_id.get(device_id)
        if device is None:
            return
        device.label = label
        self._labels[device_id] = label

    def set_alert_state(self, alert_id: int, state: str) -> None:
        """new, acknowledged or ignored, as the user says."""
        alert = self.alerts.get(alert_id)
        if alert is None:
            return
        alert.state = state
        self._alert_states[alert_id] = state

    def update_session(self) -> Session:
        """Bring the session's totals up to date and return it."""
        session, meter = self.session, self.meter
        session.packets, session.bytes, session.truncated = meter.packets, meter.bytes, meter.truncated
        session.counters = {**meter.counters(), **self.counters}
        session.malformed = sum(n for slug, n in session.counters.items() if slug.startswith("malformed"))
        return session

    def finish(self) -> None:
        """The source has ended: close every flow, hand on what is pending."""
        self.second(self.meter.now_ns)
        self.meter.finish()
        self._open_refreshed_ns = -OPEN_FLOW_REFRESH_NS
