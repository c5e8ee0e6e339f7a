"""Zeek's logs of a recording, by their columns and values; the lines' own rules are at the end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netscope.export.kinds import BY_NAME
from netscope.export.rows import Recorded, Span, Table
from netscope.export.zeek import _LOGS, ZEEK_KINDS, ZeekLog, log_of, service, vlans
from netscope.export.zeek_dhcp import Leases
from netscope.export.zeek_lines import EMPTY, TabSeparated, log, moment, text
from netscope.model.errors import NetScopeError
from tests.engine.store.samples import SECOND, T0, make_batch, make_flow, make_handshake, make_request, write
from tests.export.samples import LEAF, dhcp_exchange, home

# Header lines of Zeek 7 with the scripts vlan-logging, community-id-logging, JA3 and JA4 loaded.
HEADERS = {
    "flows": "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state"
    " local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents"
    " ip_proto vlan inner_vlan community_id",
    "dns": "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto trans_id rtt query qclass qclass_name qtype qtype_name"
    " rcode rcode_name AA TC RD RA Z answers TTLs rejected",
    "tls": "ts uid id.orig_h id.orig_p id.resp_h id.resp_p version cipher curve server_name resumed last_alert"
    " next_protocol established ssl_history cert_chain_fps client_cert_chain_fps sni_matches_cert ja3 ja3s ja4",
    "http": "ts uid id.orig_h id.orig_p id.resp_h id.resp_p trans_depth method host uri referrer version user_agent"
    " origin request_body_len response_body_len status_code status_msg info_code info_msg tags username password"
    " proxied orig_fuids orig_filenames orig_mime_types resp_fuids resp_filenames resp_mime_types",
    "dhcp": "ts uids client_addr server_addr mac host_name client_fqdn domain requested_addr assigned_addr lease_time"
    " client_message server_message msg_types duration",
}
TYPES = {
    "flows": "time string addr port addr port enum string interval count count string bool bool count string count"
    " count count count set[string] count int int string",
    "dns": "time string addr port addr port enum count interval string count string count string count string bool bool"
    " bool bool count vector[string] vector[interval] bool",
}


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Recorded]:
    with Recorded(home(tmp_path)) as recorded:
        yield recorded


def lines(recorded: Recorded, kind: str, *, as_json: bool = False) -> list[str]:
    shaper = ZeekLog(kind, recorded, as_json=as_json)
    rows = [row for _, page in Table(recorded, BY_NAME[kind]).pages(Span()) for row in page]
    body = [*shaper.lines(rows), *shaper.rest()]
    return [*shaper.head().splitlines(), *body, *shaper.foot().splitlines()]


def records(recorded: Recorded, kind: str) -> list[dict[str, str]]:
    """As zeek-cut reads them: by the header's names."""
    written = lines(recorded, kind)
    names = next(line for line in written if line.startswith("#fields")).split("\t")[1:]
    return [dict(zip(names, line.split("\t"), strict=True)) for line in written if not line.startswith("#")]


def documents(recorded: Recorded, kind: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(recorded, kind, as_json=True)]


def test_the_header_is_zeeks(recorded: Recorded) -> None:
    written = lines(recorded, "flows")
    assert written[:5] == [
        "#separator \\x09",
        "#set_separator\t,",
        "#empty_field\t(empty)",
        "#unset_field\t-",
        "#path\tconn",
    ]
    assert re.fullmatch(r"#open\t\d{4}(-\d\d){5}", written[5])
    assert re.fullmatch(r"#close\t\d{4}(-\d\d){5}", written[-1])


@pytest.mark.parametrize("kind", HEADERS)
def test_names_and_order_of_fields_are_zeeks(recorded: Recorded, kind: str) -> None:
    written = lines(recorded, kind)
    assert written[6] == "#fields\t" + HEADERS[kind].replace(" ", "\t")
    if kind in TYPES:
        assert written[7] == "#types\t" + TYPES[kind].replace(" ", "\t")


@pytest.mark.parametrize("kind", ZEEK_KINDS)
def test_every_line_has_as_many_values_as_fields_and_json_says_the_same(recorded: Recorded, kind: str) -> None:
    of = log_of(kind)[0]
    tabbed, plain = records(recorded, kind), documents(recorded, kind)
    assert len(tabbed) == len(plain) > 0
    for values, document in zip(tabbed, plain, strict=True):
        assert {name for name, value in values.items() if value != "-"} == set(document)
        for name, kind_of_field in of.fields:
            if kind_of_field in ("time", "interval") and name in document:
                assert float(values[name]) == document[name]


def test_connections(recorded: Recorded) -> None:
    tls, dns, ping = records(recorded, "flows")
    assert tls["ts"] == "1700000041.000000"
    assert (tls["proto"], tls["service"], tls["duration"], tls["conn_state"]) == ("tcp", "ssl", "1.000000", "SF")
    assert (tls["orig_bytes"], tls["resp_bytes"], tls["orig_ip_bytes"]) == ("600", "48000", "1000")
    assert (tls["local_orig"], tls["local_resp"], tls["history"]) == ("T", "F", "ShADadfF")
    assert (tls["ip_proto"], tls["community_id"]) == ("6", "1:LQU9qZlK+B5F3KDmev6m5PMibrg=")
    assert (dns["proto"], dns["conn_state"], dns["history"], dns["service"]) == ("udp", "SF", "Dd", "dns")
    assert (ping["proto"], ping["id.orig_p"], ping["id.resp_p"], ping["conn_state"]) == ("icmp", "128", "129", "OTH")
    assert (ping["vlan"], ping["inner_vlan"], ping["ip_proto"]) == ("100", "20", "58")
    # Not ended, so not yet computed when it was recorded.
    assert ping["community_id"].startswith("1:")
    assert tls["missed_bytes"] == tls["tunnel_parents"] == "-"


def test_one_uid_goes_through_all_logs(recorded: Recorded) -> None:
    tls, dns, _ = records(recorded, "flows")
    assert records(recorded, "tls")[0]["uid"] == tls["uid"]
    assert {record["uid"] for record in records(recorded, "dns")} == {dns["uid"]}
    assert records(recorded, "dhcp")[0]["uids"] == dns["uid"]


def test_questions(recorded: Recorded) -> None:
    answered, unanswered = records(recorded, "dns")
    assert (answered["id.orig_p"], answered["id.resp_p"], answered["trans_id"], answered["rtt"]) == (
        "40000", "53", "7", "0.001500",
    )  # fmt: skip
    assert (answered["query"], answered["qtype"], answered["qtype_name"]) == ("www.example.org", "1", "A")
    assert (answered["rcode"], answered["rcode_name"], answered["rejected"]) == ("0", "NOERROR", "F")
    # A comma within a string of a vector is escaped, or readers would find one more.
    assert answered["answers"] == "cdn.example.net,198.51.100.7,TXT 6 v=spf1 TXT 3 a\\x2cb,mail.example.net"
    assert answered["TTLs"] == "300.000000,300.000000,300.000000,300.000000"
    assert (unanswered["rcode"], unanswered["rtt"], unanswered["answers"]) == ("-", "-", "-")
    assert (unanswered["qtype"], unanswered["query"]) == ("65400", "tv\\x1b[31m\\x0d\\x0a\\x09\\\\,\\xe2\\x80\\xae")


def test_handshakes_and_certificates(recorded: Recorded) -> None:
    (ssl,), (x509,) = records(recorded, "tls"), records(recorded, "certificates")
    assert (ssl["version"], ssl["server_name"], ssl["last_alert"]) == ("TLSv12", "www.example.org", "handshake_failure")
    assert (ssl["next_protocol"], ssl["cert_chain_fps"], ssl["ja3s"]) == ("h2", LEAF, "1" * 32)
    assert x509["fingerprint"] == ssl["cert_chain_fps"]
    assert (x509["certificate.key_alg"], x509["certificate.key_type"]) == ("id-ecPublicKey", "ecdsa")
    assert (x509["san.dns"], x509["san.ip"]) == ("example.org", "192.0.2.9")
    assert (x509["san.uri"], x509["san.email"]) == ("https://example.org/x", "a@example.org")


def test_requests_are_counted_in_their_connection(recorded: Recorded) -> None:
    first, second = records(recorded, "http")
    assert (first["trans_depth"], first["status_code"], first["tags"]) == ("1", "200", EMPTY)
    assert (second["trans_depth"], second["method"], second["host"]) == ("2", "POST", "example.org:8080")
    assert documents(recorded, "http")[0]["tags"] == []


def test_a_lease_is_one_record(recorded: Recorded) -> None:
    (lease,) = records(recorded, "dhcp")
    assert lease["msg_types"] == "DISCOVER,OFFER,REQUEST,ACK"
    assert (lease["mac"], lease["host_name"], lease["assigned_addr"]) == (
        "02:00:00:00:00:01",
        "Annas-TV",
        "192.168.1.10",
    )
    assert (lease["server_addr"], lease["lease_time"], lease["domain"]) == (
        "192.168.1.1",
        "3600.000000",
        "anna.example",
    )
    assert (lease["ts"], lease["duration"]) == ("1700000040.100000", "0.300000")


def leased(recorded: Recorded, *messages: object) -> list[tuple[Any, ...]]:
    leases = Leases(recorded)
    rows = [
        {**{name: getattr(message, name) for name in (
            "timestamp_ns", "mac", "message_type", "requested_ip", "assigned_ip", "hostname", "fqdn", "from_client",
            "sender_ip", "transaction_id", "lease_s", "domain")}, "flow_id": None}
        for message in messages
    ]  # fmt: skip
    return [tuple(values) for values in (*leases.records(rows), *leases.rest())]


def test_another_transaction_or_a_silence_is_another_lease(recorded: Recorded) -> None:
    other = dhcp_exchange(2, "DISCOVER", transaction_id=9)
    later = dhcp_exchange(3, "REQUEST", timestamp_ns=T0 + 60 * SECOND)
    found = leased(recorded, dhcp_exchange(1, "DISCOVER"), other, later)
    assert sorted(values[13] for values in found) == [("DISCOVER",), ("DISCOVER",), ("REQUEST",)]


def test_leases_held_are_bounded(recorded: Recorded) -> None:
    flood = [dhcp_exchange(1, "DISCOVER", transaction_id=number, timestamp_ns=T0) for number in range(5_000)]
    leases = Leases(recorded)
    rows = [{"timestamp_ns": one.timestamp_ns, "mac": one.mac, "message_type": "DISCOVER", "requested_ip": None,
             "assigned_ip": None, "hostname": None, "fqdn": None, "from_client": True, "sender_ip": None,
             "transaction_id": one.transaction_id} for one in flood]  # fmt: skip
    assert len(list(leases.records(rows))) == 5_000 - 4_096
    assert len(list(leases.rest())) == 4_096


def test_notices(recorded: Recorded) -> None:
    with_flow, without = records(recorded, "alerts")
    assert (with_flow["note"], with_flow["sub"], with_flow["id.resp_p"]) == ("NetScope::Port_Scan", "high", "443")
    assert (without["uid"], without["id.orig_h"], without["src"]) == ("-", "-", "192.168.1.10")


def test_a_handshake_without_its_flow_is_left_out(tmp_path: Path) -> None:
    gone = make_flow(7)
    write(
        tmp_path / "a.db", make_batch(tls_handshakes=[make_handshake(1, gone)], http_requests=[make_request(1, gone)])
    )
    with Recorded(tmp_path / "a.db") as recorded:
        assert records(recorded, "tls") == records(recorded, "http") == []


def test_a_kind_without_a_log_is_told() -> None:
    with pytest.raises(NetScopeError, match="no log of traffic; it has of flows, dns"):
        log_of("traffic")


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [("tls", "content", "ssl"), ("quic", "content", "quic,ssl"), ("tls", "port", None), (None, None, None)],
)
def test_only_what_was_seen_is_a_service(name: str | None, source: str | None, expected: str | None) -> None:
    assert service({"app_protocol": name, "app_protocol_source": source}) == expected


@pytest.mark.parametrize(("stack", "tags"), [(None, (None, None)), ("7", (7, None)), ("100,20", (100, 20))])
def test_tags(stack: str | None, tags: tuple[int | None, int | None]) -> None:
    assert vlans(stack) == tags


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("", "(empty)"),
        ("-", "\\x2d"),
        ("(empty)", "\\x28empty)"),
        ("a\tb\nc", "a\\x09b\\x0ac"),
        ("a\\x09", "a\\\\x09"),
        ("Köln", "Köln"),
        ("\x9b", "\\xc2\\x9b"),
        ("ab\u202egnp", "ab\\xe2\\x80\\xaegnp"),
        ("Küche", "Küche"),
    ],
)
def test_text_is_written_so_that_it_reads_back(value: str, written: str) -> None:
    assert text(value) == written


@pytest.mark.parametrize(("value_ns", "written"), [(0, "0.000000"), (1_999, "0.000001"), (-1_500_000_000, "-1.500000")])
def test_times(value_ns: int, written: str) -> None:
    assert moment(value_ns) == written


def test_empty_and_unset_vectors_differ() -> None:
    rendered = TabSeparated(log("x", "a vector[string], b vector[string], c set[string]")).lines(
        [([], None, ["p,q", "-"])]
    )
    assert rendered == ["(empty)\t-\tp\\x2cq,\\x2d"]


def test_every_log_has_names_of_its_own() -> None:
    for of, _ in _LOGS.values():
        names = [name for name, _ in of.fields]
        assert len(set(names)) == len(names)
