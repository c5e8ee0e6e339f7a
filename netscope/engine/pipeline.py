"""The stages in order: correlate, enrich, store, analyze, outbox. Owns no thread, no clock, no socket.

Records come in the order of the traffic; each gets its id here at its first emission. What changed since the last
flush waits in a batch, each row once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from netscope.engine.correlate.correlator import Correlator
from netscope.engine.correlate.devices import DeviceTable
from netscope.engine.correlate.exclusion import Exclusion
from netscope.engine.parse.meter import Meter
from netscope.engine.stages import Analyze, Enrich, Identify, Observer
from netscope.engine.traffic import TrafficSeries
from netscope.model.allow import AllowList, AllowRule
from netscope.model.flow import Flow
from netscope.model.records import (
    AddressLost,
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

MAX_ALERTS: Final = 10_000
SECOND_NS: Final = 1_000_000_000
ALL_FLOWS: Final = 0x7FFFFFFF
LOOK_SECONDS: Final = 10
"""How often an open flow's shape is judged: what a device does now may be known that late."""
LOOK_AT_DEVICES_NS: Final = 60_000_000_000
OPEN_FLOW_REFRESH_NS: Final = 10_000_000_000
"""How old an open flow's row may get while it is live."""
FILE_REFRESH_NS: Final = 60_000_000_000
OPEN_FLOW_ROWS: Final = 5_000
"""Open flows that come again with one batch."""
"""The same of a file: it can be read again, and most of its flows end before they would be looked at."""


TABLES: Final = (
    "flows",
    "dns_queries",
    "tls_handshakes",
    "certificates",
    "http_requests",
    "dhcp_messages",
    "tracker_hits",
    "devices",
    "lost_addresses",
    "evidence",
    "same_devices",
    "alerts",
    "traffic",
)
Changes = dict[str, dict[Any, Any]]
"""What the next batch holds, by table and key; a record changed twice is in it once."""
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
        allow_list: AllowList | None = None,
        exclusion: Exclusion | None = None,
        max_flows: int = 65_536,
        keep: bool = True,
        is_live: bool = False,
    ) -> None:
        ids = first_ids or {}
        self.session = session
        self.counters: Counter[str] = Counter()
        self.traffic = TrafficSeries()
        self.alerts: dict[int, Alert] = {}
        """By id, the newest MAX_ALERTS: what the user may still say something of."""
        self._syn_heard: set[int] = set()
        """Devices, as many as the device table holds."""
        self.enrich = enrich
        self._analyze = analyze
        self._observer = observer
        self._keep = keep
        self._is_live = is_live
        self._next_ids = {table: ids.get(table, 1) for table in NUMBERED.values()}
        self._changes: Changes = {name: {} for name in TABLES}
        self._open_changed: dict[int, Flow] = {}
        self._open_due: dict[int, Flow] = {}
        self._open_refreshed_ns = self._looked_ns = 0
        self._finishing = False
        self._labels: dict[int, str | None] = {}
        self._notes: dict[int, str | None] = {}
        self._alert_states: dict[int, str] = {}
        self.allow_list = allow_list or AllowList()
        self._allow_rules: dict[AllowRule, bool] = {}
        self._enrichers: dict[type, Callable[[Any], TrackerHit | None]] = {
            DnsQuery: enrich.dns,
            TlsHandshake: self._name_flow,
            HttpRequest: self._name_flow,
        }
        self.correlator = Correlator(
            self.take,
            self.count,
            self.second,
            self._flow_opened,
            self._flow_closed,
            known_devices,
            ids.get("devices", 1),
            exclusion,
        )
        self.identify = identify(self.correlator.devices) if identify is not None else None
        self.meter = Meter(self.correlator, max_flows, ids.get("flows", 1))
        if exclusion is not None:
            exclusion.guard(self.meter)
        self.correlator.watch(self.meter.first_ttls)

    def count(self, slug: str) -> None:
        self.counters[slug] += 1

    # -- records ---------------------------------------------------------------------------------------------------

    def take(self, record: Any) -> None:
        """One record out of correlate: enrich it, keep it, judge it, show it."""
        kind = type(record)
        if kind in NUMBERED:
            is_first = self._number(record)
            if is_first and kind in self._enrichers:
                hit = self._enrichers[kind](record)
                if hit is not None:
                    self._hit(hit)
        else:
            is_first = True
            if self._keep:
                self._keep_unnumbered(record)
        if self.identify is not None:
            heard = self.identify.hear(record) if is_first else self.identify.hear_again(record)
            if heard and self._keep:
                self._keep_heard(heard)
        if self._analyze is not None:
            alerts = self._analyze.observe(record)
            if alerts:
                self._raise(alerts)
        if self._observer is not None:
            self._observer.record(record)

    def _number(self, record: Any) -> bool:
        """Give the record its id if it has none, and keep it; whether it had none."""
        table = NUMBERED[type(record)]
        is_first = not record.id
        if is_first:
            record.id = self._next_ids[table]
            self._next_ids[table] += 1
        if self._keep:
            self._changes[table][record.id] = record
        return is_first

    def _name_flow(self, record: TlsHandshake | HttpRequest) -> TrackerHit | None:
        return self.enrich.flow_named(record.flow)

    def _keep_unnumbered(self, record: object) -> None:
        if type(record) is DeviceSeen:
            self._changes["devices"][record.device.id] = record.device
        elif type(record) is Certificate:
            self._changes["certificates"][record.sha256] = record
        elif type(record) is AddressLost:
            lost = record.device.id, record.address
            self._changes["lost_addresses"][lost] = lost

    def _keep_heard(self, heard: Sequence[tuple[Device, list[Evidence]]]) -> None:
        for device, evidence in heard:
            self._changes["devices"][device.id] = device
            for item in evidence:
                self._changes["evidence"][item] = item

    def _hit(self, hit: TrackerHit) -> None:
        self._number(hit)
        if self._observer is not None:
            self._observer.record(hit)
        if self._analyze is not None:
            self._raise(self._analyze.observe(hit))

    def _raise(self, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            self._number(alert)
            self.alerts[alert.id] = alert
            if len(self.alerts) > MAX_ALERTS:
                del self.alerts[next(iter(self.alerts))]
            if self._observer is not None:
                self._observer.record(alert)

    # -- flows and time --------------------------------------------------------------------------------------------

    def _flow_opened(self, flow: Flow) -> None:
        remote = self._remote(flow)
        flow.goes_out = remote is flow.server_ip and self.correlator.networks.is_local(flow.client_ip)
        self.enrich.flow_opened(flow, remote)
        if flow.protocol == "tcp" and flow.device_id is not None and flow.device_id not in self._syn_heard:
            self._hear_syn(flow, flow.device_id)
        if self._analyze is not None:
            alerts = self._analyze.flow_opened(flow)
            if alerts:
                self._raise(alerts)
        if self._observer is not None:
            self._observer.flow_opened(flow)

    def _hear_syn(self, flow: Flow, device_id: int) -> None:
        """The shape of a device's first SYN tells its operating system; once a run is enough."""
        shape = self.meter.syn_shape(flow.slot)
        device = self.correlator.devices.by_id.get(device_id)
        if shape is None or device is None or self.identify is None or device_id == flow.server_device_id:
            return
        self._syn_heard.add(device_id)
        evidence = self.identify.syn(device, *shape, flow.first_seen_ns)
        if evidence and self._keep:
            self._keep_heard([(device, evidence)])

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
        hit = self.enrich.flow_closed(flow)
        if hit is not None:
            self._hit(hit)
        self._open_changed.pop(flow.id, None)
        self._open_due.pop(flow.id, None)
        if self._keep:
            self._changes["flows"][flow.id] = flow
        if self._analyze is not None:
            alerts = self._analyze.flow_closed(flow)
            if alerts:
                self._raise(alerts)
        if self._observer is not None:
            self._observer.flow_closed(flow)

    def second(self, now_ns: int) -> None:
        """Packet time, or the clock of a quiet live capture, passed a whole second."""
        changed = self.meter.collect()
        for flow in changed:
            self._account(flow)
        self._judge_shapes(changed, now_ns // SECOND_NS)
        if not 0 <= now_ns - self._looked_ns < LOOK_AT_DEVICES_NS:  # or the clock was set back
            self._looked_ns = now_ns
            self._look_at_devices(now_ns)
        if self._keep:
            self._note_open(changed)
        self.meter.expire(now_ns)
        if self._analyze is not None:
            self._raise(self._analyze.second(now_ns, changed))
        if self._observer is not None:
            self._observer.second(now_ns, changed)

    def _look_at_devices(self, now_ns: int, *, is_over: bool = False) -> None:
        pairs = self.identify.look(now_ns, is_over=is_over) if self.identify is not None else ()
        if self._keep:
            self._changes["same_devices"].update([((pair.device_id, pair.other_device_id), pair) for pair in pairs])

    def _judge_shapes(self, changed: list[Flow], second: int) -> None:
        """Of open flows, each once in LOOK_SECONDS, so that a second has a tenth of them to look at."""
        due = second % LOOK_SECONDS
        for flow in changed:
            if flow.id % LOOK_SECONDS == due and (shape := self.meter.shape(flow)) is not None:
                flow.shape = shape
                self.enrich.flow_moved(flow)

    def capture(self, now_ns: int, dropped: int, jump_s: float) -> None:
        """How a live capture stands, once a second: dropped so far, how far the clock jumped since the last time."""
        if self._analyze is not None:
            self._raise(self._analyze.capture(now_ns, self.meter.packets, dropped, jump_s))

    def _note_open(self, changed: list[Flow]) -> None:
        if not self._is_live:
            self._open_changed.update([(flow.id, flow) for flow in changed])
            return
        for flow in changed:
            if flow.id not in self._open_changed and not flow.stored:
                flow.stored = True
                self._changes["flows"][flow.id] = flow
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
        if packets_down and not flow.accounted_packets_down:
            self.correlator.answered(flow)
        is_new = not flow.accounted_packets_up and not flow.accounted_packets_down
        flow.accounted_bytes_up += up
        flow.accounted_bytes_down += down
        flow.accounted_packets_up += packets_up
        flow.accounted_packets_down += packets_down
        client, server = flow.device_id, flow.server_device_id
        if client is not None and client != server:
            self._move(client, flow.last_seen_ns, up, down, packets_up, packets_down, is_new)
        if server is not None:
            self._move(server, flow.last_seen_ns, down, up, packets_down, packets_up, is_new)

    def _move(
        self,
        device_id: int,
        at_ns: int,
        sent: int,
        received: int,
        packets_sent: int,
        packets_received: int,
        is_new: bool,
    ) -> None:
        device = self.correlator.devices.by_id.get(device_id)
        if device is None:
            return
        device.bytes_sent += sent
        device.bytes_received += received
        device.last_seen_ns = max(device.last_seen_ns, at_ns)
        bucket = self.traffic.add(device_id, at_ns, sent, received, packets_sent, packets_received, is_new)
        if self._keep:
            changes = self._changes
            changes["traffic"][bucket] = bucket
            changes["devices"][device_id] = device

    # -- out to the store ------------------------------------------------------------------------------------------

    def start_keeping(self, known: Changes) -> None:
        """Gather for a recording from now on; it begins with what is ``known``."""
        self._keep, self._changes = True, {name: dict(known.get(name, {})) for name in TABLES}

    def stop_keeping(self) -> None:
        """What was gathered and not taken is let go."""
        self._keep, self._changes = False, {name: {} for name in TABLES}
        self._open_changed.clear()
        self._open_due.clear()

    @property
    def rows_waiting(self) -> int:
        return sum(map(len, self._changes.values()))

    def changes(self, now_ns: int) -> dict[str, Any]:
        """Everything that changed since the last call, by table; by ``now_ns``, the clock, open flows come again."""
        self._take_open(now_ns)
        taken, self._changes = self._changes, {name: {} for name in TABLES}
        self.traffic.forget_finished()
        changes: dict[str, Any] = {table: list(rows.values()) for table, rows in taken.items() if rows}
        if self._labels:
            changes["device_labels"], self._labels = self._labels, {}
        if self._notes:
            changes["device_notes"], self._notes = self._notes, {}
        if self._alert_states:
            changes["alert_states"], self._alert_states = self._alert_states, {}
        if self._allow_rules:
            changes["allow_rules"], self._allow_rules = self._allow_rules, {}
        return changes

    def _take_open(self, now_ns: int) -> None:
        """A flood's open flows, all at once, are more than a recorder has room for: some with each batch."""
        refresh_ns = OPEN_FLOW_REFRESH_NS if self._is_live else FILE_REFRESH_NS
        if not 0 <= now_ns - self._open_refreshed_ns < refresh_ns:  # or the clock was set back
            self._open_refreshed_ns = now_ns
            self._open_due.update(self._open_changed)
            self._open_changed.clear()
        flows = self._changes["flows"]
        for _ in range(min(len(self._open_due), OPEN_FLOW_ROWS)):
            flow_id, flow = self._open_due.popitem()
            flows[flow_id] = flow

    def take_stock(self) -> None:
        """The next changes are the last of a recording: open flows come with them, as they are now."""
        self.second(self.meter.now_ns)
        self._changes["flows"].update(self._open_due)
        self._changes["flows"].update(self._open_changed)
        self._open_due.clear()
        self._open_changed.clear()

    def label_device(self, device_id: int, label: str | None) -> None:
        """The user's own name for a device."""
        device = self.correlator.devices.by_id.get(device_id)
        if device is None:
            return
        device.label = label
        self._labels[device_id] = label

    def note_device(self, device_id: int, note: str | None) -> None:
        """What the user writes about a device."""
        device = self.correlator.devices.by_id.get(device_id)
        if device is not None:
            device.note = self._notes[device_id] = note

    def set_alert_state(self, alert_id: int, state: str) -> None:
        """new, acknowledged or ignored, as the user says."""
        alert = self.alerts.get(alert_id)
        if alert is None:
            return
        alert.state = state
        self._alert_states[alert_id] = state

    def allow(self, rule: AllowRule) -> None:
        """``rule`` is ``checked``; at the bound of the list it is left out."""
        self._set_allowed(rule, self.allow_list.with_rule(rule), active=True)

    def disallow(self, rule: AllowRule) -> None:
        self._set_allowed(rule, self.allow_list.without(rule.key), active=False)

    def _set_allowed(self, rule: AllowRule, allow_list: AllowList, *, active: bool) -> None:
        self.allow_list = allow_list
        self._allow_rules = {other: state for other, state in self._allow_rules.items() if other.key != rule.key}
        self._allow_rules[rule] = active

    def update_session(self) -> Session:
        """Bring the session's totals up to date and return it."""
        session, meter = self.session, self.meter
        session.packets, session.bytes, session.truncated = meter.packets, meter.bytes, meter.truncated
        session.counters = {**meter.counters(), **self.counters}
        if self._analyze is not None:
            session.counters.update(self._analyze.refused())
        session.malformed = sum(n for slug, n in session.counters.items() if slug.startswith("malformed"))
        return session

    def finish(self, most_flows: int = ALL_FLOWS) -> bool:
        """The source has ended: close ``most_flows``, for who writes in between; True once none is left."""
        if not self._finishing:
            self._finishing = True
            self.second(self.meter.now_ns)
        if not self.meter.finish(most_flows):
            return False
        self._look_at_devices(self.meter.now_ns, is_over=True)
        self._open_refreshed_ns = -FILE_REFRESH_NS
        return True
