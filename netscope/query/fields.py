"""What can be asked of each kind of row: names, aliases, value types and where the value is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

RowKind = Literal["flow", "device", "name", "tracker", "alert"]
"""Rows of netscope.model.snapshot: FlowRow, DeviceRow, NameRow, TrackerRow, AlertRow."""

ValueType = Literal["text", "number", "size", "rate", "duration", "address", "asn", "mark"]

Getter = Callable[[Any], Any]
"""Row to a value, or to a tuple of values of which one must match; None is no value."""

NEW_NS: Final = 600 * 1_000_000_000
"""What was first seen in the last 10 minutes is new."""

GONE_NS: Final = 300 * 1_000_000_000
"""A device silent for 5 minutes counts as gone."""


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    aliases: tuple[str, ...]
    type: ValueType
    help: str
    getters: Mapping[RowKind, Getter]


def _field(name_: str, aliases: str, type_: ValueType, help_: str, /, **getters: Getter) -> Field:
    return Field(name_, tuple(aliases.split()), type_, help_, getters)  # type: ignore[arg-type]


def _age_end(row: Any) -> Any:
    return row.first_seen_ns


def _total(row: Any) -> int:
    return int(row.bytes_up + row.bytes_down)


def _device_total(row: Any) -> int:
    return int(row.bytes_sent + row.bytes_received)


def _rate(row: Any) -> float:
    return float(row.rate_up_bps + row.rate_down_bps)


def _addresses(row: Any) -> Any:
    return row.addresses


def _device_name(row: Any) -> Any:
    return row.device_name


def _tracker(row: Any) -> Any:
    return row.tracker


FIELDS: Final[tuple[Field, ...]] = (
    _field("device", "dev", "text", "name of the device", flow=_device_name,
           device=lambda r: (r.name, r.mac, r.label), name=_device_name, tracker=_device_name, alert=_device_name),
    _field("name", "host sni", "text", "host name of the server", flow=lambda r: r.server_name,
           name=lambda r: r.name, tracker=lambda r: r.name),
    _field("ip", "addr", "address", "address of either end, or a network 192.168.1.0/24",
           flow=lambda r: (r.client_ip, r.server_ip), device=_addresses, name=_addresses),
    _field("client", "src", "address", "address of the client", flow=lambda r: r.client_ip),
    _field("server", "dst", "address", "address of the server", flow=lambda r: r.server_ip),
    _field("port", "", "number", "port of either end", flow=lambda r: (r.server_port, r.client_port)),
    _field("dport", "", "number", "port of the server", flow=lambda r: r.server_port),
    _field("sport", "", "number", "port of the client", flow=lambda r: r.client_port),
    _field("proto", "", "text", "tcp, udp, icmp", flow=lambda r: r.protocol),
    _field("app", "", "text", "protocol or application: dns, tls, quic, youtube",
           flow=lambda r: (r.app_label, r.app_protocol, r.application)),
    _field("state", "", "text", "state of the connection, or of an alert",
           flow=lambda r: (r.tcp_state, r.end_reason or "open"), alert=lambda r: r.state),
    _field("vlan", "", "text", "VLAN id", flow=lambda r: r.vlan),
    _field("cc", "country", "text", "country of the server", flow=lambda r: r.country),
    _field("asn", "", "asn", "number of the autonomous system", flow=lambda r: r.asn),
    _field("org", "as", "text", "owner of the autonomous system", flow=lambda r: r.as_org),
    _field("ja4", "", "text", "fingerprint of the TLS client", flow=lambda r: r.ja4),
    _field("ja3", "", "text", "older fingerprint of the TLS client", flow=lambda r: r.ja3),
    _field("owner", "tracker", "text", "company behind a tracker", flow=_tracker, name=_tracker,
           tracker=lambda r: r.owner),
    _field("category", "cat", "text", "what the tracker does", name=lambda r: r.category,
           tracker=lambda r: r.category),
    _field("source", "from", "text", "where the name was seen: dns, sni, quic", flow=lambda r: r.name_source,
           name=lambda r: r.sources, device=lambda r: r.name_source),
    _field("rcode", "", "text", "answer code of the last DNS answer", name=lambda r: r.rcode),
    _field("mac", "", "text", "hardware address", device=lambda r: r.mac),
    _field("vendor", "", "text", "maker of the network card", device=lambda r: r.vendor),
    _field("kind", "", "text", "phone, tv, printer", device=lambda r: r.kind),
    _field("os", "", "text", "operating system", device=lambda r: r.os),
    _field("rate", "", "rate", "both ways, bits per second: 1M", flow=_rate, device=_rate),
    _field("down", "", "rate", "to the client, bits per second", flow=lambda r: r.rate_down_bps,
           device=lambda r: r.rate_down_bps),
    _field("up", "", "rate", "from the client, bits per second", flow=lambda r: r.rate_up_bps,
           device=lambda r: r.rate_up_bps),
    _field("bytes", "size total", "size", "in total: 10MB", flow=_total, device=_device_total,
           tracker=lambda r: r.bytes),
    _field("bytes_up", "sent", "size", "from the client, or sent by the device, in total", flow=lambda r: r.bytes_up,
           device=lambda r: r.bytes_sent),
    _field("bytes_down", "received", "size", "to the client, or received by the device, in total",
           flow=lambda r: r.bytes_down, device=lambda r: r.bytes_received),
    _field("packets", "pkts", "number", "in total", flow=lambda r: r.packets_up + r.packets_down),
    _field("rtt", "", "duration", "round trip: 50ms",
           flow=lambda r: None if r.rtt_us is None else r.rtt_us * 1_000),
    _field("retrans", "", "number", "packets sent again", flow=lambda r: r.retransmissions),
    _field("hits", "count", "number", "how often", name=lambda r: r.hits, tracker=lambda r: r.hits,
           alert=lambda r: r.count),
    _field("flows", "", "number", "open flows", device=lambda r: r.flows_open),
    _field("age", "", "duration", "since first seen: 30s, 5m, 2h", flow=_age_end, device=_age_end, name=_age_end,
           tracker=_age_end, alert=lambda r: r.first_ns),
    _field("idle", "", "duration", "since last seen", flow=lambda r: r.last_seen_ns, device=lambda r: r.last_seen_ns,
           name=lambda r: r.last_seen_ns, tracker=lambda r: r.last_seen_ns, alert=lambda r: r.last_ns),
    _field("new", "", "duration", "first seen within: new:10m", flow=_age_end, device=_age_end, name=_age_end,
           tracker=_age_end, alert=lambda r: r.first_ns),
    _field("severity", "sev", "text", "low, medium, high, critical", alert=lambda r: r.severity),
    _field("rule", "detector", "text", "what raised the alert, or the line of the list that matched",
           alert=lambda r: r.detector, tracker=lambda r: r.rule),
    _field("mark", "", "mark", "T tracker, ! alert, * new, x closed, gw, NX, ~ guessed, ? hidden, m marked",
           flow=lambda r: r, device=lambda r: r, name=lambda r: r, tracker=lambda r: r, alert=lambda r: r),
)  # fmt: skip

BY_NAME: Final[Mapping[str, Field]] = {name: field for field in FIELDS for name in (field.name, *field.aliases)}

SINCE: Final = frozenset({"age", "idle", "new"})
"""Duration fields whose getter gives a time stamp, to be taken from now."""

WORDS: Final[Mapping[RowKind, Getter]] = {
    "flow": lambda r: (
        r.device_name,
        r.server_name,
        r.app_label,
        r.server_ip,
        r.client_ip,
        str(r.server_port),
        r.tracker,
        r.application,
        r.country,
        r.as_org,
        r.protocol,
        str(r.client_port),
    ),
    "device": lambda r: (r.name, r.mac, r.vendor, r.kind, r.os, r.model, *r.addresses),
    "name": lambda r: (r.name, r.device_name, *r.sources, r.tracker, r.category, r.rcode, *r.addresses),
    "tracker": lambda r: (r.name, r.owner, r.category, r.device_name, r.rule, r.list),
    "alert": lambda r: (r.title, r.device_name, r.detector, r.severity, r.state),
}
"""What a word without a field is looked for in."""


def marks(kind: RowKind, row: Any, now_ns: int, since_ns: int = 0) -> tuple[str, ...]:
    """The letters a row carries, the most urgent first; what was seen before ``since_ns`` is not called new."""
    return _MARKS[kind](row, max(now_ns - NEW_NS, since_ns), now_ns)


def _flow_marks(row: Any, new_from_ns: int, now_ns: int) -> tuple[str, ...]:
    out = []
    if row.alert:
        out.append("!")
    if row.tracker:
        out.append("T")
    if row.server_name is None and row.name_missing_reason == "ech":
        out.append("?")
    if row.end_reason is not None:
        out.append("x")
    return tuple(out)


def _device_marks(row: Any, new_from_ns: int, now_ns: int) -> tuple[str, ...]:
    out = []
    if row.alerts:
        out.append("!")
    if row.trackers:
        out.append("T")
    if row.first_seen_ns > new_from_ns:
        out.append("*")
    if row.is_gateway:
        out.append("gw")
    if now_ns - row.last_seen_ns > GONE_NS:
        out.append("x")
    return tuple(out)


def _name_marks(row: Any, new_from_ns: int, now_ns: int) -> tuple[str, ...]:
    out = []
    if row.tracker:
        out.append("T")
    if row.rcode == "NXDOMAIN":
        out.append("NX")
    if "ech" in row.sources:
        out.append("?")
    if row.first_seen_ns > new_from_ns:
        out.append("*")
    return tuple(out)


def _tracker_marks(row: Any, new_from_ns: int, now_ns: int) -> tuple[str, ...]:
    return ("T", "*") if row.first_seen_ns > new_from_ns else ("T",)


def _alert_marks(row: Any, new_from_ns: int, now_ns: int) -> tuple[str, ...]:
    return ("!",) if row.state == "new" else ()


_MARKS: Final[Mapping[RowKind, Callable[[Any, int, int], tuple[str, ...]]]] = {
    "flow": _flow_marks,
    "device": _device_marks,
    "name": _name_marks,
    "tracker": _tracker_marks,
    "alert": _alert_marks,
}
