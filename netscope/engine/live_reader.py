"""The screens' ``Reader`` on a running engine. Called on the screen's thread; changes go to the engine as commands."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence

from netscope.engine.control import EngineControl, Recordings
from netscope.engine.enrich.inventory import tracker_lists
from netscope.engine.enrich.stage import Enricher
from netscope.engine.looked_at import LookedAt
from netscope.engine.outbox import Outbox
from netscope.engine.rates import NO_HISTORY
from netscope.engine.thread import Engine
from netscope.engine.views import flow_row
from netscope.model.allow import MAX_RULES, AllowRule, alert_ends, checked
from netscope.model.control import RunControl
from netscope.model.errors import NetScopeError
from netscope.model.flow import Flow
from netscope.model.history import CountryTraffic, CourseBucket, NameDetail, RateSeries, TrackerList, TrackerUses, Uses
from netscope.model.privacy import PrivacySummary
from netscope.model.records import Certificate, DnsQuery, Evidence, HttpRequest, TlsHandshake
from netscope.model.shape import FlowShape
from netscope.model.snapshot import (
    DeviceDetail,
    DeviceRow,
    FlowDetail,
    FlowRow,
    Judgement,
    SameDevice,
    Snapshot,
    TimelineEntry,
)

TOP_DESTINATIONS = 10


class LiveReader:
    """Implements ``Reader``."""

    def __init__(self, engine: Engine, outbox: Outbox, recordings: Recordings | None = None) -> None:
        self._engine = engine
        self._outbox = outbox
        self.control: RunControl | None = EngineControl(engine, outbox, recordings)
        self._looked_at = LookedAt()
        self._lists: list[TrackerList] | None = None

    def snapshot(self) -> Snapshot:
        latest = self._outbox.latest
        assert latest is not None, "attach() publishes before any reader exists"
        return latest

    def watch_flows(self, flow_ids: frozenset[int]) -> None:
        self._outbox.flows.watched = flow_ids

    # -- details ---------------------------------------------------------------------------------------------------

    def flow_detail(self, flow_id: int) -> FlowDetail | None:
        row = next((row for row in self.snapshot().flows if row.id == flow_id), None)
        flow = self._outbox.flow(flow_id)
        if row is None or flow is None:
            return None
        facts = list(self._outbox.facts.get(flow_id, ()))
        lookup = self._name_lookup(flow)
        if lookup is not None and lookup not in facts:
            facts.insert(0, lookup)
        return FlowDetail(
            row=row,
            facts=[*_flow_facts(flow), *self._enriched(flow), *(line for fact in facts for line in _fact_lines(fact))],
            timeline=sorted([*_timeline(flow, facts), *self._alert_entries(flow_id)], key=lambda entry: entry.time_ns),
            same_server=self._same_server(flow),
            community_id=flow.community_id,
            rate=self._rate(flow),
            shape=self._shape(flow),
        )

    def _shape(self, flow: Flow) -> FlowShape | None:
        """As it is now: an open flow's own copy is some seconds old."""
        packed = self._engine.pipeline.meter.shape(flow) or flow.shape
        return FlowShape.unpack(packed) if packed is not None else None

    def _alert_entries(self, flow_id: int) -> Iterable[TimelineEntry]:
        for alert in self.snapshot().alerts:
            if alert.flow_id == flow_id:
                yield TimelineEntry(alert.first_ns, f"! {alert.title}")

    def _rate(self, flow: Flow) -> RateSeries | None:
        newest = self._outbox.flows.series(flow)
        if newest is None:
            return None
        now_ns = self.snapshot().capture.now_ns if flow.end_reason is None else newest.end_ns
        return self._looked_at.series(flow.id, newest, now_ns)

    def _enriched(self, flow: Flow) -> list[tuple[str, str, str]]:
        explain = getattr(self._engine.pipeline.enrich, "explain", None)
        if explain is None:
            return []
        return [("Known", fact.attribute, f"{fact.value}  ({fact.source})") for fact in explain(flow)]

    def _name_lookup(self, flow: Flow) -> DnsQuery | None:
        """The query that gave this client this address, if it is still held."""
        for facts in list(self._outbox.facts.values()):
            for fact in facts:
                if (
                    isinstance(fact, DnsQuery)
                    and fact.client_ip == flow.client_ip
                    and any(record.data == flow.server_ip for record in fact.answers)
                    and fact.timestamp_ns <= flow.first_seen_ns
                ):
                    return fact
        return None

    def _same_server(self, flow: Flow) -> list[tuple[str, int, int]]:
        """Other devices that talked to the same host, by name where there is one."""
        flows: Counter[str] = Counter()
        last: dict[str, int] = {}
        for row in self.snapshot().flows:
            same = row.server_name == flow.server_name if flow.server_name else row.server_ip == flow.server_ip
            if same and row.device_id != flow.device_id:
                flows[row.device_name] += 1
                last[row.device_name] = max(last.get(row.device_name, 0), row.last_seen_ns)
        return [(name, count, last[name]) for name, count in flows.most_common(TOP_DESTINATIONS)]

    def device_detail(self, device_id: int) -> DeviceDetail | None:
        snapshot = self.snapshot()
        row = next((row for row in snapshot.devices if row.id == device_id), None)
        if row is None:
            return None
        chronicle, now_ns = self._outbox.chronicle, snapshot.capture.now_ns
        evidence, judgements = self._known_of(device_id)
        return DeviceDetail(
            row=row,
            evidence=[(e.source, e.attribute, e.value, e.count, e.last_seen_ns) for e in evidence],
            names=[name for name in snapshot.names if name.device_id == device_id],
            destinations=chronicle.contacts.of_device(device_id, snapshot.flows, now_ns, TOP_DESTINATIONS),
            day=chronicle.day(device_id, row.bytes_sent + row.bytes_received, now_ns),
            minutes=chronicle.minutes(device_id, now_ns),
            rate=chronicle.series(device_id),
            judgements=judgements,
            same_devices=self._same_devices(device_id, {row.id: row for row in snapshot.devices}),
            note=self._note_of(device_id),
        )

    def _known_of(self, device_id: int) -> tuple[Sequence[Evidence], Sequence[Judgement]]:
        identify = self._engine.pipeline.identify
        device = self._engine.pipeline.correlator.devices.by_id.get(device_id)
        if identify is None or device is None:
            return (), ()
        return identify.evidence(device), identify.judgements(device)

    def _note_of(self, device_id: int) -> str | None:
        device = self._engine.pipeline.correlator.devices.by_id.get(device_id)
        return device.note if device is not None else None

    def _same_devices(self, device_id: int, rows: dict[int, DeviceRow]) -> list[SameDevice]:
        identify = self._engine.pipeline.identify
        found = []
        for pair in identify.pairs(device_id) if identify is not None else ():
            row = rows.get(pair.other_device_id if pair.device_id == device_id else pair.device_id)
            if row is not None:
                found.append(SameDevice(row.id, row.mac, row.name, pair.confidence, pair.evidence))
        return found

    def device_privacy(self, device_id: int) -> PrivacySummary | None:
        if device_id not in self._engine.pipeline.correlator.devices.by_id:
            return None
        return self._outbox.privacy.summary(device_id, self._outbox.open_flows(device_id))

    def name_detail(self, name: str) -> NameDetail | None:
        seen = self._outbox.names.of_name(name)
        if not seen:
            return None
        snapshot = self.snapshot()
        now_ns = snapshot.capture.now_ns
        answers = sorted([answer for each in seen for answer in each.answers], reverse=True)
        told = [each.uses.told(now_ns) for each in seen]
        minutes = tuple(map(sum, zip(*[each.minutes for each in told], strict=True)))
        hours = tuple(map(sum, zip(*[each.hours for each in told], strict=True)))
        return NameDetail(
            answers, Uses(minutes, hours), self._outbox.chronicle.contacts.bytes_of_name(name, snapshot.flows, now_ns)
        )

    def alert_flows(self, alert_id: int) -> Sequence[FlowRow]:
        """The flow an alert names, also when it has left the list, and those of its device to the same ends."""
        alert = self._outbox.alert(alert_id)
        if alert is None:
            return ()
        snapshot = self.snapshot()
        server = (alert.flow.server_ip, alert.flow.server_name) if alert.flow is not None else ()
        ends = alert_ends(alert.evidence, (), server).destinations
        rows = [
            row
            for row in snapshot.flows
            if (alert.flow is not None and row.id == alert.flow.id)
            or (row.device_id == alert.device_id and (row.server_ip in ends or row.server_name in ends))
        ]
        if alert.flow is not None and all(row.id != alert.flow.id for row in rows):
            names = {device.id: device.name for device in snapshot.devices}
            name = names.get(alert.flow.device_id or 0, alert.flow.client_ip)
            rows.append(flow_row(alert.flow, name, (0, 0, NO_HISTORY), alert=True))
        return rows

    def tracker_uses(self) -> Sequence[TrackerUses]:
        return self._outbox.trackers.uses(self.snapshot().capture.now_ns)

    def tracker_lists(self) -> Sequence[TrackerList]:
        enrich = self._engine.pipeline.enrich
        if self._lists is None:
            # They do not change in a run.
            found = tracker_lists(enrich) if isinstance(enrich, Enricher) else ()
            self._lists = [TrackerList(each.name, each.source, each.date, each.entries) for each in found]
        return self._lists

    def countries(self) -> Sequence[CountryTraffic]:
        snapshot = self.snapshot()
        return self._outbox.chronicle.contacts.by_country(snapshot.flows, snapshot.capture.now_ns)

    def course(self) -> Sequence[CourseBucket]:
        return self._outbox.chronicle.course.buckets()

    # -- what the user says ----------------------------------------------------------------------------------------

    def set_device_label(self, device_id: int, label: str | None) -> None:
        self._engine.submit(lambda: self._engine.pipeline.label_device(device_id, label))

    def set_device_note(self, device_id: int, note: str | None) -> None:
        self._engine.submit(lambda: self._engine.pipeline.note_device(device_id, note))

    def set_alert_state(self, alert_id: int, state: str) -> None:
        self._engine.submit(lambda: self._engine.pipeline.set_alert_state(alert_id, state))

    def allow(self, rule: AllowRule) -> None:
        """Raises NetScopeError for a rule that is no good."""
        fit = checked(rule)
        if len(self.snapshot().allowed) >= MAX_RULES:
            raise NetScopeError(f"{MAX_RULES} alerts are allowed already: take some away first")
        self._engine.submit(lambda: self._engine.pipeline.allow(fit))

    def disallow(self, rule: AllowRule) -> None:
        self._engine.submit(lambda: self._engine.pipeline.disallow(rule))


def _flow_facts(flow: Flow) -> Iterable[tuple[str, str, str]]:
    yield "Flow", "client", f"{flow.client_ip}:{flow.client_port}  {flow.client_mac or ''}".rstrip()
    yield "Flow", "server", f"{flow.server_ip}:{flow.server_port}"
    yield "Flow", "protocol", " ".join(filter(None, (flow.protocol, flow.app_protocol, _by_port(flow))))
    if flow.vlan is not None:
        yield "Flow", "VLAN", flow.vlan
    if flow.tcp_state is not None:
        yield "Flow", "state", f"{flow.tcp_state}  history {flow.tcp_history or '-'}"
    if flow.rtt_us is not None:
        yield "Flow", "handshake", f"{flow.rtt_us / 1000:.1f} ms"
    if flow.protocol == "tcp":
        yield "Flow", "resent", str(flow.retransmissions)
    if flow.end_reason is not None:
        yield "Flow", "ended", flow.end_reason
    if flow.server_name is not None:
        yield "Name", "name", flow.server_name
        yield "Name", "from", flow.name_source or "-"
    elif flow.name_missing_reason is not None:
        yield "Name", "no name", MISSING.get(flow.name_missing_reason, flow.name_missing_reason)
    if flow.country is not None:
        yield "Place", "country", ", ".join(filter(None, (flow.country, flow.city)))
    if flow.asn is not None:
        yield "Place", "network", f"AS{flow.asn} {flow.as_org or ''}".rstrip()


MISSING = {
    "ech": "hidden by Encrypted Client Hello",
    "started_before_capture": "the connection began before the capture",
    "address_only": "no name was seen for this address",
}


def _by_port(flow: Flow) -> str:
    return "(by its port only)" if flow.app_protocol_source == "port" else ""


def _fact_lines(fact: object) -> Iterable[tuple[str, str, str]]:
    if isinstance(fact, TlsHandshake):
        yield from _tls_lines(fact)
    elif isinstance(fact, HttpRequest):
        answer = f"  {fact.status}" if fact.status is not None else ""
        yield "HTTP", fact.method, f"{fact.host or ''}{fact.uri}{answer}"
        if fact.user_agent:
            yield "HTTP", "user agent", fact.user_agent
        if fact.server:
            yield "HTTP", "server", fact.server
    elif isinstance(fact, DnsQuery):
        answers = ", ".join(record.data for record in fact.answers[:6])
        yield "DNS", f"{fact.query_type}?", f"{fact.query_name}  {fact.rcode or 'no answer'}  {answers}".rstrip()
    elif isinstance(fact, Certificate):
        yield "Certificate", "subject", fact.subject
        yield "Certificate", "issuer", fact.issuer + ("  (self-signed)" if fact.self_signed else "")
        yield "Certificate", "valid", f"{_day(fact.not_before_ns)} to {_day(fact.not_after_ns)}"
        yield "Certificate", "key", f"{fact.key_type} {fact.key_bits}, {fact.signature_algorithm}"
        yield "Certificate", "SHA-256", fact.sha256


def _tls_lines(hello: TlsHandshake) -> Iterable[tuple[str, str, str]]:
    yield "TLS", "version", hello.negotiated_version or f"{hello.version} offered"
    if hello.sni is not None:
        yield "TLS", "SNI", hello.sni
    if hello.alpn:
        yield "TLS", "ALPN", hello.chosen_alpn or ", ".join(hello.alpn)
    yield "TLS", "ECH", "yes: the true name may be another" if hello.ech else "no"
    if hello.cipher is not None:
        yield "TLS", "cipher", hello.cipher
    if hello.ja4 is not None:
        yield "TLS", "JA4", hello.ja4
    if hello.ja3_hash is not None:
        yield "TLS", "JA3", hello.ja3_hash
    if hello.ja3s_hash is not None:
        yield "TLS", "JA3S", hello.ja3s_hash
    if hello.alert is not None:
        yield "TLS", "alert", hello.alert


def _day(time_ns: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(time_ns // 1_000_000_000))


def _timeline(flow: Flow, facts: Sequence[object]) -> Iterable[TimelineEntry]:
    is_tcp_start = flow.tcp_history is not None and flow.tcp_history.startswith("S")
    yield TimelineEntry(flow.first_seen_ns, "SYN →" if is_tcp_start else "first packet →")
    if flow.rtt_us is not None:
        yield TimelineEntry(flow.first_seen_ns + flow.rtt_us * 1000, f"SYN-ACK ←, ACK →  {flow.rtt_us / 1000:.1f} ms")
    yield from _first_data(flow, facts)
    for fact in facts:
        yield from _fact_entries(fact)
    if flow.end_reason is not None:
        yield TimelineEntry(flow.last_seen_ns, ENDS.get(flow.end_reason, flow.end_reason))
    else:
        yield TimelineEntry(flow.last_seen_ns, "last packet so far")


ENDS = {
    "fin": "FIN",
    "rst": "RST",
    "idle": "idle: given up",
    "evicted": "given up for want of room",
    "capture_end": "the capture ended",
}


def _fact_entries(fact: object) -> Iterable[TimelineEntry]:
    if isinstance(fact, DnsQuery):
        yield TimelineEntry(fact.timestamp_ns, f"DNS {fact.query_type}? {fact.query_name}")
        if fact.response_time_us is not None:
            answered_ns = fact.timestamp_ns + fact.response_time_us * 1000
            addresses = " ".join([answer.data for answer in fact.answers if answer.type in ("A", "AAAA")][:2])
            words = f"DNS {fact.rcode} ← {fact.response_time_us / 1000:.1f} ms  {addresses}"
            yield TimelineEntry(answered_ns, words.rstrip())
    elif isinstance(fact, TlsHandshake):
        yield TimelineEntry(fact.timestamp_ns, f"ClientHello {fact.sni or '(no SNI)'}{'  ECH' if fact.ech else ''}")
    elif isinstance(fact, HttpRequest):
        status = f"  {fact.status} ←" if fact.status is not None else ""
        yield TimelineEntry(fact.timestamp_ns, f"{fact.method} {fact.uri}{status}")
    elif isinstance(fact, Certificate) and fact.position == 0:
        yield TimelineEntry(fact.timestamp_ns, f"Certificate ← {fact.subject}")


def _first_data(flow: Flow, facts: Iterable[object]) -> Iterable[TimelineEntry]:
    """First payload each way, unless a message that stands there already says as much."""
    hello = next((fact for fact in facts if isinstance(fact, TlsHandshake)), None)
    told = hello is not None or any(isinstance(fact, HttpRequest) for fact in facts)
    if flow.data_up_ns is not None and not told:
        yield TimelineEntry(flow.data_up_ns, "first data →")
    if flow.data_down_ns is not None and hello is not None and hello.negotiated_version is not None:
        chosen = f"{hello.negotiated_version} {hello.cipher or ''}".rstrip()
        yield TimelineEntry(flow.data_down_ns, f"ServerHello ← {chosen}")
    elif flow.data_down_ns is not None and flow.app_protocol != "dns":
        yield TimelineEntry(flow.data_down_ns, "first data ←")
