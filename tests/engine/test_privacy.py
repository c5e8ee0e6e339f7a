"""What a device gave away: counted while it happens, and from a recording of the same, with one outcome."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.engine.privacy import PrivacyLedger
from netscope.engine.store.privacy import read_privacy
from netscope.engine.store.reading import open_to_read
from netscope.model.flow import Flow
from netscope.model.privacy import ClearText, Country, PrivacySummary, Resolver, TrackerOwner
from netscope.model.records import TrackerHit
from tests.engine.store.samples import make_batch, make_device, make_flow, make_hit, query, write


def moving(number: int, up: int, down: int, **fields: object) -> Flow:
    return make_flow(number, **{"device_id": 1, "bytes_up": up, "bytes_down": down, **fields})


FLOWS = [
    moving(1, 100, 900, tracker="Example Ads", country="US", app_protocol="tls"),
    moving(2, 10, 90, tracker="Example Ads", country="IE", app_protocol="tls"),
    moving(3, 50, 150, app_protocol="dns", server_ip="192.168.1.1"),
    moving(4, 300, 500, app_protocol="tls", application="DNS over HTTPS", server_name="dns.quad9.net", country="CH"),
    moving(5, 40, 400, app_protocol="http", app_protocol_source="content", country="US"),
    moving(6, 40, 400, app_protocol="http", app_protocol_source="port"),  # nobody answered: nothing was said
    moving(7, 20, 200, app_protocol="smtp", app_protocol_source="content", tls_version="TLSv1.3"),  # STARTTLS
    moving(8, 5, 6, app_protocol="mqtt", app_protocol_source="content"),
    # Someone outside calls in: what comes down is what the device sent.
    moving(9, 70, 700, server_device_id=1, country="BR", app_protocol="ssh"),
    moving(10, 1000, 1000, device_id=2, tracker="Example Ads", country="US"),
    moving(11, 1, 1, device_id=None, country="US"),
]
HITS = [
    make_hit(1, None),
    make_hit(2, FLOWS[0]),
    make_hit(3, FLOWS[1], category="analytics"),
    make_hit(4, None, owner=None, category=None, rule="beacon.example"),
    make_hit(5, None, device_id=2, owner="Else"),
]


def counted(flows: list[Flow], hits: list[TrackerHit], still_open: list[Flow] | None = None) -> PrivacySummary:
    ledger = PrivacyLedger()
    for flow in flows:
        ledger.flow_closed(flow)
    for hit in hits:
        ledger.hit(hit)
    return ledger.summary(1, still_open or [])


def recorded(path: Path) -> PrivacySummary:
    write(path, make_batch(devices=[make_device(1), make_device(2)], flows=FLOWS, tracker_hits=HITS))
    connection = open_to_read(path)
    try:
        return read_privacy(connection, 1)
    finally:
        connection.close()


def test_live_totals() -> None:
    found = counted(FLOWS, HITS)
    assert (found.flows, found.bytes_sent, found.bytes_received) == (9, 1265, 2716)
    assert found.trackers == [
        TrackerOwner("Example Ads", ("advertising", "analytics"), 3, 2, 110, 990),
        TrackerOwner("beacon.example", (), 1, 0, 0, 0),
    ]
    assert found.tracker_bytes == 1100
    assert found.resolvers == [
        Resolver("dns.quad9.net", "DNS over HTTPS", 1, 800), Resolver("192.168.1.1", "plain", 1, 200),
    ]  # fmt: skip
    assert found.encrypted_dns_share == pytest.approx(0.8)
    assert found.clear_text == [ClearText("http", 1, 440), ClearText("mqtt", 1, 11)]
    assert found.countries == [
        Country("US", 2, 140, 1300), Country("CH", 1, 300, 500), Country("BR", 1, 700, 70), Country("IE", 1, 10, 90),
    ]  # fmt: skip
    assert found.is_whole


def test_a_recording_gives_the_same(tmp_path: Path) -> None:
    assert recorded(tmp_path / "home.db") == counted(FLOWS, HITS)


def test_open_flows_count_as_far_as_they_have_come() -> None:
    assert counted(FLOWS[2:], HITS, FLOWS[:2]) == counted(FLOWS, HITS)


def test_open_flows_are_not_counted_twice_when_asked_twice() -> None:
    ledger = PrivacyLedger()
    assert ledger.summary(1, FLOWS[:1]) == ledger.summary(1, FLOWS[:1])


def test_a_device_that_did_nothing_has_an_empty_summary() -> None:
    found = PrivacyLedger().summary(1, [])
    assert (found.flows, found.trackers, found.encrypted_dns_share) == (0, [], None)


def test_a_full_ledger_says_so_and_still_counts_what_it_knows() -> None:
    ledger = PrivacyLedger(max_totals=2)
    for flow in FLOWS:
        ledger.flow_closed(flow)
    ledger.hit(HITS[3])
    found = ledger.summary(1, [])
    assert not found.is_whole
    assert (found.flows, len(found.trackers), len(found.countries)) == (9, 1, 1)
    assert found.countries[0].flows == 2
    assert not ledger.summary(2, []).is_whole


def test_only_the_newest_rows_where_somebody_waits(tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    recorded(path)
    connection = open_to_read(path)
    try:
        found = read_privacy(connection, 1, rows=3)
    finally:
        connection.close()
    assert (found.flows, found.is_whole) == (3, False)


def test_a_moment_of_the_past_counts_what_had_begun(tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    recorded(path)
    connection = open_to_read(path)
    try:
        found = read_privacy(connection, 1, FLOWS[1].first_seen_ns)
    finally:
        connection.close()
    assert (found.flows, [owner.hits for owner in found.trackers]) == (2, [2])


def test_views_say_the_same_to_any_program(tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    summary = recorded(path)
    assert query(path, "SELECT owner, hits, flows, bytes_sent, bytes_received FROM device_trackers WHERE device_id = 1"
                 " ORDER BY hits DESC") == [
        (t.owner, t.hits, t.flows, t.bytes_sent, t.bytes_received) for t in summary.trackers
    ]  # fmt: skip
    assert set(query(path, "SELECT server, how, flows, bytes FROM device_resolvers WHERE device_id = 1")) == set(
        summary.resolvers
    )
    assert set(query(path, "SELECT protocol, flows, bytes FROM device_clear_text WHERE device_id = 1")) == set(
        summary.clear_text
    )
    assert set(
        query(path, "SELECT country, flows, bytes_sent, bytes_received FROM device_countries WHERE device_id = 1")
    ) == set(summary.countries)
    (row,) = query(path, "SELECT * FROM device_privacy WHERE device_id = 1")
    assert row == (1, "02:00:00:00:00:01", 2, 4, 1100, pytest.approx(0.8), 451, 4)
