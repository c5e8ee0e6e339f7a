"""Names and trackers of a recording."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from netscope.engine.store import views
from netscope.engine.store.names import read_names, read_trackers
from netscope.engine.store.views import Moment, Wording
from netscope.model.snapshot import NameRow
from tests.engine.store.samples import (
    HOUR,
    SECOND,
    T0,
    answer,
    make_batch,
    make_device,
    make_flow,
    make_handshake,
    make_hit,
    make_query,
    make_request,
    recorded,
)

END = Moment(T0 + HOUR, is_end=True)
WORDING = Wording(device_name=lambda device: device.label or f"device {device.id}")


def name_rows(connection: sqlite3.Connection, moment: Moment = END) -> dict[tuple[str, str], NameRow]:
    """By name and best source."""
    devices = views.read_devices(connection, moment, WORDING)
    trackers = read_trackers(connection, devices, moment)
    return {(row.name, row.sources[0]): row for row in read_names(connection, devices, trackers, moment)}


def test_names_of_queries_handshakes_and_requests_are_counted_by_device(tmp_path: Path) -> None:
    flow = make_flow(1, device_id=1, server_ip="192.0.2.1")
    named = make_flow(2, device_id=1, server_name="named.example")
    connection = recorded(
        tmp_path,
        make_batch(
            devices=[make_device(1)],
            flows=[flow, named],
            dns_queries=[
                make_query(
                    1,
                    device_id=1,
                    rcode="NOERROR",
                    answers=(
                        answer("example.org", "CNAME", "x.example"),
                        answer("x.example", "A", "192.0.2.1"),
                    ),
                ),
                make_query(2, device_id=1),
                make_query(3, device_id=2, rcode="NXDOMAIN"),
                make_query(4, device_id=1, query_name="tv.local", transport="mdns"),
            ],
            tls_handshakes=[
                make_handshake(1, flow, sni="a.example"),
                make_handshake(2, flow, sni="q.example", transport="quic"),
                make_handshake(3, flow, sni=None, ech=True),
                make_handshake(4, flow, sni=None),
            ],
            http_requests=[make_request(1, flow, host="h.example"), make_request(2, named, host="named.example:8080")],
            tracker_hits=[make_hit(1, flow, name="a.example")],
        ),
    )
    rows = name_rows(connection)
    assert set(rows) == {
        ("example.org", "dns"),
        ("tv.local", "mdns"),
        ("a.example", "sni"),
        ("q.example", "quic"),
        ("(encrypted: ECH)", "ech"),
        ("h.example", "http"),
        ("named.example", "http"),
    }
    assert rows["a.example", "sni"].addresses == ("192.0.2.1",)
    assert (rows["a.example", "sni"].tracker, rows["a.example", "sni"].category) == ("Example Ads", "advertising")
    devices = views.read_devices(connection, END, WORDING)
    found = {row.device_id: row for row in read_names(connection, devices, (), END) if row.name == "example.org"}
    assert found[1] == NameRow(
        "example.org", ("dns",), 1, "device 1", 2, T0 + SECOND, T0 + 2 * SECOND, "NOERROR", ("192.0.2.1",), None, None
    )
    assert (found[2].rcode, found[2].hits, found[2].device_name) == ("NXDOMAIN", 1, "-")


def test_names_of_a_past_moment_are_those_before_it(tmp_path: Path) -> None:
    connection = recorded(
        tmp_path,
        make_batch(dns_queries=[make_query(number, query_name=f"n{number}.example") for number in range(1, 100)]),
    )
    rows = name_rows(connection, Moment(T0 + 10 * SECOND, is_end=False))
    assert {row.name for row in rows.values()} == {f"n{number}.example" for number in range(1, 11)}


def test_tracker_bytes_count_each_flow_once_and_no_dns(tmp_path: Path) -> None:
    flow = make_flow(1, bytes_up=100, bytes_down=900, app_protocol="tls")
    asked = make_flow(2, bytes_up=60, bytes_down=60, app_protocol="dns")
    connection = recorded(
        tmp_path,
        make_batch(
            flows=[flow, asked],
            devices=[make_device(1)],
            tracker_hits=[make_hit(1, flow), make_hit(2, flow), make_hit(3, asked), make_hit(4, None, device_id=2)],
        ),
    )
    devices = views.read_devices(connection, END, WORDING)
    rows = {row.device_id: row for row in read_trackers(connection, devices, END)}
    assert (rows[1].hits, rows[1].bytes, rows[1].device_name) == (3, 1000, "device 1")
    assert (rows[1].first_seen_ns, rows[1].last_seen_ns) == (T0 + SECOND, T0 + 3 * SECOND)
    assert (rows[2].hits, rows[2].bytes) == (1, 0)
