"""A recording's rows as Suricata's EVE records: JSON objects as Suricata 7 writes them, one event type a kind.

Which column becomes which field is in docs/export.md. Bytes are layer-3 bytes, where Suricata counts the frame.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final
from zlib import crc32

from netscope.export.certificate_names import suricata_name
from netscope.export.formats import encode_json
from netscope.export.rows import Lookups, Row
from netscope.export.zeek import community_id_of, is_address, ports
from netscope.export.zeek_lines import NS
from netscope.model.errors import NetScopeError

FLOW_COLUMNS: Final = (
    "client_ip", "client_port", "server_ip", "server_port", "protocol", "vlan", "app_protocol", "app_protocol_source",
    "community_id", "icmp_type", "icmp_code", "session_id", "server_name",
)  # fmt: skip
"""Of its flow, what each record holds."""

Event = dict[str, Any]

LOCAL_RULES: Final = 1_000_000
"""Rule numbers from here to 1,999,999 are for local use."""

SEVERITIES: Final = {"critical": 1, "high": 1, "medium": 2, "low": 3}
"""Suricata's 1 is the most severe."""


def signature_id(detector: str) -> int:
    """The detector's rule number; its name decides, so that it stays."""
    return LOCAL_RULES + crc32(detector.encode()) % LOCAL_RULES


@lru_cache(maxsize=1_024)
def _second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def stamp(moment_ns: int) -> str:
    second, rest = divmod(moment_ns, NS)
    return f"{_second(second)}.{rest // 1000:06d}+0000"


def day(moment_ns: int) -> str:
    """As Suricata writes the dates of certificates."""
    return _second(moment_ns // NS)


class Eve:
    """A ``Shaper``."""

    def __init__(self, kind: str, recorded: Lookups) -> None:
        """Raises NetScopeError for a kind Suricata has no event of."""
        make = _EVENTS.get(kind)
        if make is None:
            raise NetScopeError(f"EVE has no event of {kind}; it has of {', '.join(_EVENTS)}")
        self._make = make
        self._recorded = recorded

    def head(self) -> str:
        return ""

    def foot(self) -> str:
        return ""

    def lines(self, rows: Sequence[Row]) -> Iterable[str]:
        return [encode_json(event) for event in self._make(self._recorded, rows)]

    def overdue(self, now_ns: int) -> Iterable[str]:
        return ()

    def rest(self) -> Iterable[str]:
        return ()


def known(**fields: Any) -> Event:
    """Suricata leaves out what it does not know."""
    return {name: value for name, value in fields.items() if value is not None}


_APP_PROTOCOLS: Final = {"mdns": "dns", "llmnr": "dns", "kerberos": "krb5", "dtls": "tls"}


def _app_protocol(row: Row) -> str | None:
    """Suricata names what it recognised by content, else says that it failed."""
    name = row.get("app_protocol")
    if name is None or row.get("app_protocol_source") != "content":
        return "failed"
    return _APP_PROTOCOLS.get(name, name)


_PROTOCOLS: Final = {"icmpv6": "IPv6-ICMP", "ipv6": "IPv6"}


def common(row: Row, event_type: str, moment_ns: int, flow_id: int | None, *, down: bool = False) -> Event:
    """What every record begins with; ``down``: what the server sent."""
    protocol = row.get("protocol")
    client = (row.get("client_ip"), row.get("client_port"))
    server = (row.get("server_ip"), row.get("server_port"))
    (source_ip, source_port), (target_ip, target_port) = (server, client) if down else (client, server)
    is_icmp = protocol in ("icmp", "icmpv6")
    event = known(
        timestamp=stamp(moment_ns),
        flow_id=flow_id or 0,
        event_type=event_type,
        vlan=_tags(row.get("vlan")),
        src_ip=source_ip,
        src_port=None if is_icmp else source_port,
        dest_ip=target_ip,
        dest_port=None if is_icmp else target_port,
        proto=None if protocol is None else _PROTOCOLS.get(protocol, protocol.upper()),
    )
    if is_icmp:
        event["icmp_type"], event["icmp_code"] = ports(row)
    return event


def _tags(stack: str | None) -> list[int] | None:
    return [int(tag) for tag in stack.split(",") if tag.isdigit()] if stack else None


def _of_flow(row: Row, event_type: str, moment_ns: int, flow_id: int | None, *, down: bool = False) -> Event:
    event = common(row, event_type, moment_ns, flow_id, down=down)
    if row.get("client_ip") is not None and row.get("protocol") is not None:
        community_id = community_id_of(row)
        if community_id is not None:
            event["community_id"] = community_id
    return event


# -- flow --

_CLOSED: Final = frozenset(("SF", "REJ", "RSTO", "RSTR", "RSTOS0", "RSTRH"))
_REASONS: Final = {
    "fin": "timeout",
    "rst": "timeout",
    "idle": "timeout",
    "evicted": "forced",
    "capture_end": "shutdown",
}
"""Suricata logs a closed connection when it leaves the table, which it calls a time-out."""


def _flow_state(row: Row) -> str:
    if row["protocol"] == "tcp":
        state = row["tcp_state"]
        return "closed" if state in _CLOSED else "new" if state in ("S0", "SH", "OTH", None) else "established"
    return "established" if row["packets_up"] and row["packets_down"] else "new"


def _flow(alerted: frozenset[int], row: Row) -> Event:
    ended_ns = row["last_seen_ns"]
    event = _of_flow(row, "flow", ended_ns, row["id"])
    event["app_proto"] = _app_protocol(row)
    event["flow"] = known(
        pkts_toserver=row["packets_up"],
        pkts_toclient=row["packets_down"],
        bytes_toserver=row["bytes_up"],
        bytes_toclient=row["bytes_down"],
        start=stamp(row["first_seen_ns"]),
        end=stamp(ended_ns),
        age=(ended_ns - row["first_seen_ns"]) // NS,
        state=_flow_state(row),
        reason=_REASONS.get(row["end_reason"]),
        alerted=row["id"] in alerted,
    )
    if row["protocol"] == "tcp":
        event["tcp"] = _tcp(row)
    return event


def _tcp(row: Row) -> Event:
    """Flags seen, by the history: letters of both directions."""
    history = (row["tcp_history"] or "").lower()
    flags = {"syn": "sh", "fin": "f", "rst": "r", "psh": "d", "ack": "ah"}
    event: Event = {name: True for name, letters in flags.items() if any(letter in history for letter in letters)}
    return event | {"state": "closed" if row["tcp_state"] in _CLOSED else _flow_state(row)}


# -- messages --


def _dns(recorded: Lookups, row: Row) -> Iterable[Event]:
    row = row | {"protocol": "tcp" if row["transport"] == "tcp" else "udp"}
    asked = {"id": row["transaction_id"], "rrname": row["query_name"], "rrtype": row["query_type"]}
    query = _of_flow(row, "dns", row["timestamp_ns"], row["flow_id"])
    query["dns"] = {"version": 2, "type": "query", **asked, "tx_id": 0, "opcode": 0}
    yield query
    if row["rcode"] is None:
        return
    answered_ns = row["timestamp_ns"] + 1000 * (row["response_time_us"] or 0)
    answer = _of_flow(row, "dns", answered_ns, row["flow_id"], down=True)
    answer["dns"] = {
        "version": 2,
        "type": "answer",
        **asked,
        "opcode": 0,
        "qr": True,
        "rcode": row["rcode"],
        **_answers(row),
    }
    yield answer


def _answers(row: Row) -> Event:
    """In both of Suricata's forms, detailed and grouped."""
    records = [record for record in row["answers"] or () if isinstance(record, dict)]
    if not records:
        return {}
    grouped: dict[str, list[str]] = {}
    for record in records:
        if record["type"] in _GROUPED:
            grouped.setdefault(record["type"], []).append(_rdata(record))
    detailed = [
        {"rrname": record["name"], "rrtype": record["type"], "ttl": record["ttl"], "rdata": _rdata(record)}
        for record in records
    ]
    return {"answers": detailed, **({"grouped": grouped} if grouped else {})}


_GROUPED: Final = frozenset(("A", "AAAA", "CNAME", "MX", "NS", "PTR", "TXT"))


def _rdata(record: dict[str, Any]) -> str:
    """Of MX the name alone, as Suricata has it."""
    data = str(record["data"])
    return data.partition(" ")[2] or data if record["type"] == "MX" else data


def _tls_version(version: str | None) -> str | None:
    """TLSv1.2 is Suricata's TLS 1.2; it calls the first TLSv1."""
    if version is None or version.startswith("0x"):
        return version
    if version == "TLSv1.0":
        return "TLSv1"
    return version.replace("TLSv", "TLS ")


def _tls(recorded: Lookups, row: Row) -> Iterable[Event]:
    if row["client_ip"] is None:
        return
    event = _of_flow(row, "quic" if row["transport"] == "quic" else "tls", row["timestamp_ns"], row["flow_id"])
    ja3 = known(hash=row["ja3_hash"], string=row["ja3"]) or None
    if row["transport"] == "quic":
        event["quic"] = known(sni=row["sni"], ja3=ja3)
    else:
        ja3s = known(hash=row["ja3s_hash"]) or None
        event["tls"] = {
            **_certificate(recorded, row["certificate_sha256"]),
            **known(
                sni=row["sni"], version=_tls_version(row["negotiated_version"]), ja3=ja3, ja3s=ja3s, ja4=row["ja4"]
            ),
        }
    yield event


def _certificate(recorded: Lookups, sha256: str | None) -> Event:
    found = recorded.certificate(sha256) if sha256 is not None else None
    if found is None:
        return {}
    return {
        "subject": suricata_name(found["subject"]),
        "issuerdn": suricata_name(found["issuer"]),
        "serial": _colons(found["serial"]),
        "notbefore": day(found["not_before_ns"]),
        "notafter": day(found["not_after_ns"]),
    }


def _colons(serial: str) -> str:
    """Suricata writes bytes, as 0A:1B."""
    digits = serial.upper()
    digits = digits if len(digits) % 2 == 0 else "0" + digits
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def _http(recorded: Lookups, row: Row) -> Iterable[Event]:
    if row["client_ip"] is None:
        return
    event = _of_flow(row, "http", row["timestamp_ns"], row["flow_id"])
    event["tx_id"] = 0
    hostname, port = _host_and_port(row["host"])
    event["http"] = known(
        hostname=hostname,
        http_port=port,
        url=row["uri"],
        http_user_agent=row["user_agent"],
        http_content_type=row["content_type"],
        http_method=row["method"],
        status=row["status"],
        length=row["response_bytes"] or 0,
    )
    yield event


def _host_and_port(host: str | None) -> tuple[str | None, int | None]:
    """``example.org:8080`` in two, as Suricata gives it; an IPv6 address keeps its colons."""
    if host is None:
        return None, None
    name, _, port = host.rpartition(":")
    return (name, int(port)) if name and port.isdigit() and not name.endswith(":") else (host, None)


def _dhcp(recorded: Lookups, row: Row) -> Iterable[Event]:
    is_v6 = ":" in (row["sender_ip"] or "")
    if is_v6:
        return
    event = common(_dhcp_ends(row), "dhcp", row["timestamp_ns"], row.get("flow_id"))
    event["dhcp"] = known(
        type="request" if row["from_client"] else "reply",
        id=row.get("transaction_id"),
        client_mac=row["mac"],
        assigned_ip=row["assigned_ip"] or "0.0.0.0",  # noqa: S104
        client_ip=row.get("client_ip"),
        dhcp_type=row["message_type"].lower(),
        requested_ip=row["requested_ip"],
        hostname=row["hostname"],
        vendor_class_identifier=row["vendor_class"],
        lease_time=row.get("lease_s"),
        params=_parameters(row["parameter_request_list"]),
    )
    yield event


def _dhcp_ends(row: Row) -> Row:
    """The message's own two ends; who asks for an address has none and asks everybody."""
    client_port, server_port = (68, 67) if row["from_client"] else (67, 68)
    target = "255.255.255.255" if row["from_client"] or not row.get("client_ip") else row["client_ip"]
    return {
        "client_ip": row["sender_ip"], "client_port": client_port, "server_ip": target, "server_port": server_port,
        "protocol": "udp",
    }  # fmt: skip


_PARAMETERS: Final = {1: "subnet_mask", 3: "router", 6: "dns_server", 12: "hostname", 15: "domain"}


def _parameters(codes: Any) -> list[str] | None:
    """Those Suricata has words for."""
    if not isinstance(codes, list):
        return None
    return [_PARAMETERS[code] for code in codes if code in _PARAMETERS] or None


def _alert(recorded: Lookups, row: Row) -> Iterable[Event]:
    ends = row if row["client_ip"] is not None else _ends_of_alert(recorded, row)
    event = _of_flow(ends, "alert", row["first_ns"], row["flow_id"])
    if row["client_ip"] is not None:
        event["app_proto"] = _app_protocol(row)
    event["alert"] = {
        "action": "allowed",
        "gid": 1,
        "signature_id": signature_id(row["detector"]),
        "rev": 1,
        "signature": row["title"],
        "category": row["detector"],
        "severity": SEVERITIES.get(row["severity"], 3),
        "metadata": {"signature_severity": [row["severity"].capitalize()]},
    }
    yield event


def _ends_of_alert(recorded: Lookups, row: Row) -> Row:
    """Of an alert that rests on no one flow: what its evidence calls client and server, else the device."""
    evidence = row["evidence"] if isinstance(row["evidence"], dict) else {}
    named = [evidence.get(name) for name in ("client", "source", "server", "target")]
    client, source, server, target = [name if isinstance(name, str) and is_address(name) else None for name in named]
    from_ip = client or source or recorded.device_address(row["device_id"])
    to_ip, port = server or target, evidence.get("port")
    return {
        "client_ip": from_ip,
        "client_port": None if from_ip is None else 0,
        "server_ip": to_ip,
        "server_port": None if to_ip is None else port if isinstance(port, int) else 0,
        "protocol": None,
    }


def _flows(recorded: Lookups, rows: Sequence[Row]) -> Iterable[Event]:
    alerted = recorded.alerted_flows()
    return (_flow(alerted, row) for row in rows)


def _each(make: Callable[[Lookups, Row], Iterable[Event]]) -> Callable[[Lookups, Sequence[Row]], Iterable[Event]]:
    return lambda recorded, rows: (event for row in rows for event in make(recorded, row))


_EVENTS: Final[dict[str, Callable[[Lookups, Sequence[Row]], Iterable[Event]]]] = {
    "flows": _flows,
    "dns": _each(_dns),
    "tls": _each(_tls),
    "http": _each(_http),
    "dhcp": _each(_dhcp),
    "alerts": _each(_alert),
}
EVE_KINDS: Final = tuple(_EVENTS)
