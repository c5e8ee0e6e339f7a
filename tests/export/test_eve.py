"""Suricata's records of a recording."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netscope.engine.analyze.catalogue import all_detectors
from netscope.export.eve import EVE_KINDS, FLOW_COLUMNS, Eve, signature_id
from netscope.export.kinds import BY_NAME
from netscope.export.rows import Recorded, Span, Table
from netscope.model.errors import NetScopeError
from tests.export.samples import home

TEXTS = [str]
# Of etc/schema.json, Suricata's own description of EVE, release 8.0.7: fields and types of the events NetScope writes.
# It allows no field that it does not name.
JA3: dict[str, Any] = {"hash": str, "string": str}
METADATA: dict[str, Any] = dict.fromkeys(
    (
        "affected_product", "attack_target", "created_at", "deployment", "former_category", "malware_family", "policy",
        "signature_severity", "tag", "updated_at",
    ),
    TEXTS,
)  # fmt: skip
SCHEMA: dict[str, Any] = {
    "timestamp": str, "flow_id": int, "event_type": str, "vlan": [int], "src_ip": str, "src_port": int, "dest_ip": str,
    "dest_port": int, "proto": str, "icmp_type": int, "icmp_code": int, "community_id": str, "app_proto": str,
    "tx_id": int,
    "flow": {
        "pkts_toserver": int, "pkts_toclient": int, "bytes_toserver": int, "bytes_toclient": int, "start": str,
        "end": str, "age": int, "state": str, "reason": str, "alerted": bool,
    },
    "tcp": {
        "tcp_flags": str, "tcp_flags_ts": str, "tcp_flags_tc": str, "syn": bool, "fin": bool, "rst": bool, "psh": bool,
        "ack": bool, "urg": bool, "ecn": bool, "cwr": bool, "state": str,
    },
    "dns": {
        "version": int, "type": str, "id": int, "flags": str, "qr": bool, "aa": bool, "tc": bool, "rd": bool,
        "ra": bool, "z": bool, "opcode": int, "rrname": str, "rrtype": str, "tx_id": int, "rcode": str,
        "answers": [{"rrname": str, "rrtype": str, "ttl": int, "rdata": str}],
        "grouped": {"A": TEXTS, "AAAA": TEXTS, "CNAME": TEXTS, "MX": TEXTS, "NS": TEXTS, "PTR": TEXTS, "TXT": TEXTS},
    },
    "tls": {
        "subject": str, "issuerdn": str, "serial": str, "fingerprint": str, "sni": str, "version": str,
        "notbefore": str, "notafter": str, "session_resumed": bool, "ja3": JA3, "ja3s": JA3, "ja4": str,
    },
    "quic": {"version": str, "sni": str, "ua": str, "ja3": JA3, "ja3s": JA3, "ja4": str},
    "http": {
        "hostname": str, "http_port": int, "url": str, "http_user_agent": str, "http_content_type": str,
        "http_method": str, "http_refer": str, "protocol": str, "status": int, "redirect": str, "length": int,
    },
    "dhcp": {
        "type": str, "id": int, "client_mac": str, "assigned_ip": str, "client_ip": str, "dhcp_type": str,
        "client_id": str, "hostname": str, "requested_ip": str, "vendor_class_identifier": str, "params": TEXTS,
        "relay_ip": str, "next_server_ip": str, "lease_time": int, "renewal_time": int, "rebinding_time": int,
        "subnet_mask": str, "routers": TEXTS, "dns_servers": TEXTS,
    },
    "alert": {
        "action": str, "gid": int, "signature_id": int, "rev": int, "signature": str, "category": str, "severity": int,
        "metadata": METADATA,
    },
}  # fmt: skip
REQUIRED = {"": {"event_type", "timestamp"}, "dns": {"version"}}


def unlike(schema: Any, found: Any, where: str = "") -> list[str]:
    """What of ``found`` the schema does not have, or has as another type."""
    if isinstance(schema, dict):
        if not isinstance(found, dict):
            return [f"{where} is no object"]
        missing = [f"{where} has no {name}" for name in sorted(REQUIRED.get(where, set()) - set(found))]
        unknown = [f"{where}/{name} is unknown" for name in found if name not in schema]
        inside = [unlike(schema[name], value, name) for name, value in found.items() if name in schema]
        return missing + unknown + [problem for problems in inside for problem in problems]
    if isinstance(schema, list):
        if not isinstance(found, list):
            return [f"{where} is no array"]
        return [problem for item in found for problem in unlike(schema[0], item, where)]
    return [] if type(found) is schema else [f"{where} is {found!r}"]


STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}\+0000")


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Recorded]:
    with Recorded(home(tmp_path)) as recorded:
        yield recorded


def events(recorded: Recorded, kind: str) -> list[dict[str, Any]]:
    table = Table(recorded, BY_NAME[kind], FLOW_COLUMNS)
    rows = [row for _, page in table.pages(Span()) for row in page]
    return [json.loads(line) for line in Eve(kind, recorded).lines(rows)]


@pytest.mark.parametrize("kind", EVE_KINDS)
def test_every_record_has_what_all_have(recorded: Recorded, kind: str) -> None:
    found = events(recorded, kind)
    assert found
    for event in found:
        assert unlike(SCHEMA, event) == []
        assert STAMP.fullmatch(event["timestamp"])
        assert isinstance(event["flow_id"], int)
        assert isinstance(event[event["event_type"]], dict)


def test_the_schema_notices_what_is_not_in_it() -> None:
    event = {"timestamp": "", "event_type": "dns", "dns": {"type": 1, "answers": [{"ttl": "60"}], "host": ""}, "x": 1}
    assert unlike(SCHEMA, event) == [
        "/x is unknown", "dns has no version", "dns/host is unknown", "type is 1", "ttl is '60'",
    ]  # fmt: skip


def test_flows(recorded: Recorded) -> None:
    tls, dns, ping = events(recorded, "flows")
    assert (tls["src_ip"], tls["src_port"], tls["dest_ip"], tls["dest_port"], tls["proto"]) == (
        "192.168.1.10", 50_000, "198.51.100.7", 443, "TCP",
    )  # fmt: skip
    assert (tls["app_proto"], tls["community_id"]) == ("tls", "1:LQU9qZlK+B5F3KDmev6m5PMibrg=")
    assert tls["flow"] == {
        "pkts_toserver": 10, "pkts_toclient": 40, "bytes_toserver": 1_000, "bytes_toclient": 50_000,
        "start": "2023-11-14T22:14:01.000000+0000", "end": "2023-11-14T22:14:02.000000+0000", "age": 1,
        "state": "closed", "reason": "timeout", "alerted": True,
    }  # fmt: skip
    assert tls["tcp"] == {"syn": True, "fin": True, "psh": True, "ack": True, "state": "closed"}
    assert (dns["proto"], dns["flow"]["state"], dns["flow"]["alerted"]) == ("UDP", "established", False)
    assert (ping["proto"], ping["icmp_type"], ping["icmp_code"], ping["vlan"]) == ("IPv6-ICMP", 128, 0, [100, 20])
    assert "src_port" not in ping
    assert "reason" not in ping["flow"]


def test_a_question_and_its_answer_are_two_records(recorded: Recorded) -> None:
    question, reply, unanswered = events(recorded, "dns")
    assert question["dns"] == {
        "version": 2, "type": "query", "id": 7, "rrname": "WWW.Example.org", "rrtype": "A", "tx_id": 0, "opcode": 0,
    }  # fmt: skip
    assert (reply["src_ip"], reply["src_port"], reply["dest_port"]) == ("192.168.1.1", 53, 40_000)
    assert reply["timestamp"] == "2023-11-14T22:14:01.001500+0000"
    assert (reply["dns"]["version"], reply["dns"]["type"], reply["dns"]["rcode"]) == (2, "answer", "NOERROR")
    assert reply["dns"]["grouped"]["A"] == ["198.51.100.7"]
    assert reply["dns"]["grouped"]["MX"] == ["mail.example.net"]
    assert reply["dns"]["answers"][0] == {
        "rrname": "www.example.org", "rrtype": "CNAME", "ttl": 300, "rdata": "Cdn.example.net",
    }  # fmt: skip
    assert unanswered["dns"]["type"] == "query"


def test_handshakes_tell_their_certificate(recorded: Recorded) -> None:
    (event,) = events(recorded, "tls")
    assert event["tls"]["subject"] == "CN=example.org"
    assert (event["tls"]["sni"], event["tls"]["version"], event["tls"]["serial"]) == (
        "www.example.org",
        "TLS 1.2",
        "01",
    )
    assert event["tls"]["ja3"]["hash"] == "0" * 32
    assert event["tls"]["notbefore"] == "2023-11-14T22:14:00"


def test_requests(recorded: Recorded) -> None:
    first, second = events(recorded, "http")
    assert (first["http"]["status"], first["http"]["length"], first["http"]["http_method"]) == (200, 5, "GET")
    assert (second["http"]["hostname"], second["http"]["http_port"]) == ("example.org", 8_080)


def test_leases_are_told_by_message(recorded: Recorded) -> None:
    discover, offer, _, _ = events(recorded, "dhcp")
    assert (discover["src_ip"], discover["dest_ip"], discover["dest_port"]) == ("0.0.0.0", "255.255.255.255", 67)
    assert discover["dhcp"]["params"] == ["subnet_mask", "router", "dns_server", "domain"]
    assert (offer["dhcp"]["type"], offer["dhcp"]["dhcp_type"], offer["dhcp"]["lease_time"]) == ("reply", "offer", 3_600)


def test_alerts(recorded: Recorded) -> None:
    with_flow, without = events(recorded, "alerts")
    assert with_flow["alert"]["signature"] == "Port scan of Anna's TV: 20 ports"
    assert (with_flow["alert"]["severity"], with_flow["alert"]["category"]) == (1, "port_scan")
    assert (without["src_ip"], without["flow_id"]) == ("192.168.1.10", 0)
    assert "dest_ip" not in without


def test_each_detector_has_a_rule_number_of_its_own_for_local_use() -> None:
    names = [detector.name for detector in all_detectors(None, ()).detectors]
    numbers = {signature_id(name) for name in names}
    assert len(numbers) == len(set(names))
    assert all(1_000_000 <= number < 2_000_000 for number in numbers)


def test_a_kind_without_an_event_is_told(recorded: Recorded) -> None:
    with pytest.raises(NetScopeError, match="no event of traffic; it has of flows, dns"):
        Eve("traffic", recorded)
