"""One flow and one device, told in full."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from struct import pack

import pytest

from netscope.engine.store import details, views
from netscope.engine.store.reading import open_to_read
from netscope.engine.store.views import FlowRows, Moment, Wording
from netscope.model.records import DevicePair, Evidence, TrafficBucket
from netscope.model.snapshot import SameDevice
from tests.engine.store.samples import (
    DAY,
    HOUR,
    SECOND,
    T0,
    answer,
    make_batch,
    make_certificate,
    make_device,
    make_flow,
    make_handshake,
    make_query,
    make_request,
    write,
)

END = Moment(T0 + HOUR, is_end=True)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "home.db"
    web = make_flow(
        10,
        device_id=1,
        first_seen_ns=T0 + MINUTE_AFTER,
        tcp_history="ShADadFf",
        tcp_state="SF",
        app_protocol="tls",
        server_name="www.example.org",
        name_source="sni",
        country="NL",
        asn=64500,
        as_org="Example",
        rtt_us=12_300,
        community_id="1:abc=",
        bytes_up=5,
        bytes_down=10,
        shape=pack("<32H2I", *range(32), 7, 1500),
    )
    resolver = make_flow(11, device_id=1, protocol="udp", server_ip="192.168.1.1", server_port=53, bytes_up=1)
    other = make_flow(12, device_id=2, server_name="www.example.org", client_ip="192.168.1.11")
    answers = (answer("www.example.org", "A", "198.51.100.7"),)
    write(
        path,
        make_batch(
            devices=[make_device(1), make_device(2, name="tablet")],
            flows=[web, resolver, other],
            dns_queries=[
                make_query(
                    1, resolver, query_name="www.example.org", rcode="NOERROR", answers=answers, response_time_us=2000
                ),
                make_query(2, resolver, query_name="unrelated.example", rcode="NXDOMAIN"),
            ],
            tls_handshakes=[make_handshake(1, web, cipher="TLS_AES_128_GCM_SHA256", certificate_sha256="ab")],
            certificates=[make_certificate("ab"), make_certificate("cd")],
            http_requests=[make_request(1, other, status=404, uri="/x")],
            evidence=[
                Evidence(1, "dhcp", "hostname", "laptop", T0, T0, 2),
                Evidence(1, "oui", "vendor", "Example", T0, T0 + 9, 1),
                Evidence(2, "mdns", "name", "tablet", T0, T0),
            ],
            same_devices=[
                DevicePair(2, 1, 55, ("same host name laptop",), 0, T0, T0),
                DevicePair(1, 3, 90, (), 0, T0, T0),
                DevicePair(4, 1, 0, ("both were here at one time",), 0, T0, T0),
            ],
            traffic=[
                TrafficBucket(1, T0, 60, 1, 2, 0, 0, 0),
                TrafficBucket(1, T0 - 3 * DAY, 60, 10, 20, 0, 0, 0),
                TrafficBucket(1, T0 - 40 * DAY, 60, 999, 999, 0, 0, 0),
                TrafficBucket(2, T0, 60, 500, 500, 0, 0, 0),
            ],
        ),
    )
    connection = open_to_read(path)
    yield connection
    connection.close()


MINUTE_AFTER = 60 * SECOND


def test_facts_come_in_groups_and_only_what_is_known(connection: sqlite3.Connection) -> None:
    facts, _, community_id = details.flow_facts(connection, 10)
    assert community_id == "1:abc="
    assert ("Flow", "TCP state", "SF") in facts
    assert ("Flow", "handshake round trip", "12.3 ms") in facts
    assert ("Name", "server name", "www.example.org") in facts
    assert ("Place", "AS number", "64500") in facts
    assert ("TLS", "cipher suite", "TLS_AES_128_GCM_SHA256") in facts
    assert ("Certificate", "subject", "CN=example.org") in facts
    assert len([fact for fact in facts if fact[1] == "subject"]) == 1
    assert "None" not in {value for _, _, value in facts}
    groups = list(dict.fromkeys(group for group, _, _ in facts))
    assert groups == ["Flow", "Name", "Place", "TLS", "Certificate"]


def test_the_timeline_begins_with_the_question_that_led_here(connection: sqlite3.Connection) -> None:
    _, timeline, _ = details.flow_facts(connection, 10)
    assert [(entry.time_ns - T0, entry.text) for entry in timeline] == [
        (1 * SECOND, "DNS A? www.example.org"),
        (1 * SECOND + 2_000_000, "DNS NOERROR"),
        (60 * SECOND, "SYN →"),
        (60 * SECOND + SECOND // 10, "ClientHello www.example.org"),
        (61 * SECOND, "FIN"),
    ]


def test_a_resolvers_flow_tells_its_own_questions(connection: sqlite3.Connection) -> None:
    facts, timeline, _ = details.flow_facts(connection, 11)
    assert ("DNS", "question", "unrelated.example") in facts
    assert ("DNS", "A", "198.51.100.7") in facts
    assert [entry.text for entry in timeline if entry.text.startswith("DNS")] == [
        "DNS A? www.example.org",
        "DNS NOERROR",
        "DNS A? unrelated.example",
    ]


def test_a_request_and_its_status(connection: sqlite3.Connection) -> None:
    facts, timeline, _ = details.flow_facts(connection, 12)
    assert ("HTTP", "status", "404") in facts
    assert "GET /x → 404" in [entry.text for entry in timeline]
    assert timeline[0].text == "first packet →"


def test_other_devices_on_the_same_host(connection: sqlite3.Connection) -> None:
    devices = views.read_devices(connection, END, Wording())
    rows = FlowRows(devices, set(), END, Wording())
    row = next(row for row in views.read_flows(connection, rows, END) if row.id == 10)
    assert details.same_server(connection, row, devices) == [("tablet", 1, T0 + 13 * SECOND)]


def test_a_devices_evidence_newest_first(connection: sqlite3.Connection) -> None:
    assert details.evidence(connection, 1) == [
        ("oui", "vendor", "Example", 1, T0 + 9),
        ("dhcp", "hostname", "laptop", 2, T0),
    ]


def test_what_may_be_the_same_device_but_nothing_withdrawn_or_unknown(connection: sqlite3.Connection) -> None:
    devices = views.read_device_rows(connection, views.read_devices(connection, END, Wording()), (), (), END)
    laptop, tablet = sorted(devices, key=lambda row: row.id)
    assert details.same_devices(connection, 1, devices) == [
        SameDevice(2, tablet.mac, "tablet", 55, ("same host name laptop",))
    ]
    assert [same.device_id for same in details.same_devices(connection, 2, devices)] == [laptop.id]
    assert details.same_devices(connection, 4, devices) == []


def test_the_sizes_and_gaps_of_a_flow_are_read_back(connection: sqlite3.Connection) -> None:
    found = details.shape(connection, 10)
    assert found is not None
    assert (found.sizes_up, found.gaps_down) == (tuple(range(8)), tuple(range(24, 32)))
    assert (found.busy_s, found.peak_bytes) == (7, 1500)
    assert details.shape(connection, 11) is None
