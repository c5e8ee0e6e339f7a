"""The screens' ``Reader`` on a running engine. Called on the screen's thread; changes go to the engine as commands."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence

from netscope.engine.control import EngineControl
from netscope.engine.outbox import Outbox
from netscope.engine.thread import Engine
from netscope.model.allow import MAX_RULES, AllowRule, checked
from netscope.model.control import RunControl
from netscope.model.errors import NetScopeError
from netscope.model.flow import Flow
from netscope.model.privacy import PrivacySummary
from netscope.model.records import Certificate, DnsQuery, Evidence, HttpRequest, TlsHandshake
from netscope.model.shape import FlowShape
from netscope.model.snapshot import (
    DeviceDetail,
    DeviceRow,
    FlowDetail,
    Judgement,
    SameDevice,
    Snapshot,
    TimelineEntry,
)

TOP_DESTINATIONS = 10


class LiveReader:
    """Implements ``Reader``."""

    def __init__(self, engine: Engine, outbox: Outbox) -> None:
        self._engine = engine
        self._outbox = outbox
        self.control: RunControl | None = EngineControl(engine)

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
            timeline=sorted(_timeline(flow, facts)),
            same_server=self._same_server(flow),
            community_id=flow.community_id,
            shape=self._shape(flow),
        )

    def _shape(self, flow: Flow) -> FlowShape | None:
        """As it is now: an open flow's own copy is some seconds old."""
        packed = self._engine.pipeline.meter.shape(flow) or flow.shape
        return FlowShape.unpack(packed) if packed is not None else None

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
        totals: Counter[str] = Counter()
        hours = [0] * 24
        for flow in snapshot.flows:
            if flow.device_id == device_id:
                size = flow.bytes_up + flow.bytes_down
                totals[flow.server_name or flow.server_ip] += size
                hours[time.localtime(flow.last_seen_ns // 1_000_000_000).tm_hour] += size
        evidence, judgements = self._known_of(device_id)
        return DeviceDetail(
            row=row,
            evidence=[(e.source, e.attribute, e.value, e.count, e.last_seen_ns) for e in evidence],
            names=[name for name in snapshot.names if name.device_id == device_id],
            top_destinations=totals.most_common(TOP_DESTINATIONS),
            hours=hours,
            judgements=judgements,
            same_devices=self._same_devices(device_id, {row.id: row for row in snapshot.devices}),
        )

    def _known_of(self, device_id: int) -> tuple[Sequence[Evidence], Sequence[Judgement]]:
        identify = self._engine.pipeline.identify
        device = self._engine.pipeline.correlator.devices.by_id.get(device_id)
        if identify is None or device is None:
            return (), ()
        return identify.evidence(device), identify.judgements(device)

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

    # -- what the user says ----------------------------------------------------------------------------------------

    def set_device_label(self, device_id: int, label: str | None) -> None:
        self._engine.submit(lambda: self._engine.pipeline.label_device(device_id, label))

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
        yield "Flow", "retransmissions", str(flow.retransmissions)
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


def _timeline(flow: Flow, facts: Iterable[object]) -> Iterable[TimelineEntry]:
    yield TimelineEntry(
        flow.first_seen_ns, "SYN →" if flow.tcp_history and flow.tcp_history[0] == "S" else "first packet"
    )
    for fact in facts:
        if isinstance(fact, DnsQuery):
            yield TimelineEntry(fact.timestamp_ns, f"DNS {fact.query_type}? {fact.query_name}")
            if fact.response_time_us is not None:
                answered_ns = fact.timestamp_ns + fact.response_time_us * 1000
                yield TimelineEntry(answered_ns, f"DNS {fact.rcode} ← {fact.response_time_us / 1000:.1f} ms")
        elif isinstance(fact, TlsHandshake):
            yield TimelineEntry(fact.timestamp_ns, f"ClientHello {fact.sni or '(no SNI)'}")
        elif isinstance(fact, HttpRequest):
            yield TimelineEntry(fact.timestamp_ns, f"{fact.method} {fact.uri}")
        elif isinstance(fact, Certificate) and fact.position == 0:
            yield TimelineEntry(fact.timestamp_ns, "Certificate ←")
    if flow.end_reason is not None:
        yield TimelineEntry(flow.last_seen_ns, f"ended: {flow.end_reason}")
    else:
        yield TimelineEntry(flow.last_seen_ns, "last packet")
