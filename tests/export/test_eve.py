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

# Of etc/schema.json of Suricata: no record may have other keys at its top.
TOP_LEVEL = {
    "timestamp", "flow_id", "event_type", "vlan", "src_ip", "src_port", "dest_ip", "dest_port", "proto", "icmp_type",
    "icmp_code", "community_id", "app_proto", "tx_id", "flow", "tcp", "dns", "tls", "quic", "http", "dhcp", "alert",
}  # fmt: skip
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
        assert set(event) <= TOP_LEVEL
        assert STAMP.fullmatch(event["timestamp"])
        assert isinstance(event["flow_id"], int)
        assert isinstance(event[event["event_type"]], dict)


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
        "type": "query", "id": 7, "rrname": "WWW.Example.org", "rrtype": "A", "tx_id": 0, "opcode": 0,
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
