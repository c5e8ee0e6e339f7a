from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from netscope.demo.wire import SECOND, Frame
from netscope.engine.analyze.catalogue import all_detectors
from netscope.engine.analyze.judge import Judge
from netscope.engine.analyze.tables import Room
from netscope.engine.enrich.place import PlaceLookup
from netscope.engine.enrich.stage import Enricher
from netscope.engine.enrich.trackers import TrackerMatcher
from netscope.engine.pipeline import OPEN_FLOW_REFRESH_NS, OPEN_FLOW_ROWS, Pipeline
from netscope.model.flow import Flow
from netscope.model.records import Session
from tests.engine.small_network import (
    LAPTOP,
    PHONE,
    SERVER,
    START_NS,
    conversation,
    in_order,
    lookup,
    tls_hello,
)


def a_pipeline(**settings: Any) -> Pipeline:
    session = Session("test", "file", "", None, START_NS, "0", id=1)
    enricher = Enricher(PlaceLookup([], {}), TrackerMatcher.embedded())
    return Pipeline(
        session, enrich=enricher, identify=enricher.identify, analyze=Judge(all_detectors(0, ())), **settings
    )


def play(pipeline: Pipeline, frames: Iterable[Frame]) -> None:
    for at_ns, frame in frames:
        pipeline.meter.add_frame(at_ns, frame, len(frame), 1, 0)


def an_evening() -> list[Frame]:
    return in_order(
        lookup(PHONE, "app-measurement.com", "93.184.216.34", START_NS),
        conversation(PHONE, SERVER, 443, tls_hello("app-measurement.com"), b"\x17\3\3\0\5hello", START_NS + SECOND),
        lookup(LAPTOP, "www.example.org", "93.184.216.34", START_NS + 2 * SECOND, port=41000),
        conversation(
            LAPTOP, SERVER, 80, b"GET /a HTTP/1.1\r\nHost: www.example.org\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", START_NS + 3 * SECOND, client_port=51000,
        ),
    )  # fmt: skip


def a_question(number: int) -> Frame:
    return lookup(PHONE, "www.example.org", "93.184.216.34", START_NS, port=1024 + number)[0]


def test_everything_seen_is_in_the_changes_once() -> None:
    pipeline = a_pipeline()
    play(pipeline, an_evening())
    pipeline.finish()
    changes = pipeline.changes(0)
    assert len(changes["flows"]) == 4
    assert [query.query_name for query in changes["dns_queries"]] == ["app-measurement.com", "www.example.org"]
    assert {query.rcode for query in changes["dns_queries"]} == {"NOERROR"}
    assert [hello.sni for hello in changes["tls_handshakes"]] == ["app-measurement.com"]
    assert [(request.uri, request.status) for request in changes["http_requests"]] == [("/a", 200)]
    assert {device.mac for device in changes["devices"]} >= {"a4:83:e7:00:00:31", "3c:22:fb:00:00:61"}
    assert pipeline.changes(0) == {}


def test_the_end_can_be_taken_in_pieces() -> None:
    pipeline = a_pipeline()
    play(pipeline, an_evening())
    pieces = []
    while not pipeline.finish(most_flows=1):
        pieces.append([flow.id for flow in pipeline.changes(0).get("flows", ())])
    rest = [flow.id for flow in pipeline.changes(0).get("flows", ())]
    assert len(pieces) >= 3
    assert {id_ for piece in [*pieces, rest] for id_ in piece} == {1, 2, 3, 4}


def test_a_floods_open_flows_come_some_with_each_batch_and_all_with_the_last() -> None:
    for asked_for_all in (False, True):
        pipeline = a_pipeline()
        play(pipeline, map(a_question, range(OPEN_FLOW_ROWS + 10)))
        pipeline.second(START_NS + SECOND)
        if asked_for_all:
            pipeline.take_stock()
        sizes = [len(pipeline.changes(at_ns).get("flows", ())) for at_ns in (100 * SECOND, 101 * SECOND, 102 * SECOND)]
        assert sizes == ([OPEN_FLOW_ROWS + 10, 0, 0] if asked_for_all else [OPEN_FLOW_ROWS, 10, 0])


def test_keys_that_a_full_table_refused_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Room, "keys", 1)
    pipeline = a_pipeline()
    play(pipeline, an_evening())
    pipeline.finish()
    refused = {slug for slug in pipeline.update_session().counters if slug.endswith("_refused")}
    assert refused
    assert not any(slug.endswith("_entries") for slug in pipeline.session.counters)


def test_numbers_begin_where_the_recording_ends() -> None:
    pipeline = a_pipeline(first_ids={"flows": 100, "dns_queries": 7, "devices": 5})
    play(pipeline, an_evening())
    pipeline.finish()
    changes = pipeline.changes(0)
    assert min(flow.id for flow in changes["flows"]) == 100
    assert [query.id for query in changes["dns_queries"]] == [7, 8]
    assert min(device.id for device in changes["devices"]) == 5


def test_a_tracker_is_hit_once_by_the_query_and_once_by_the_flow() -> None:
    pipeline = a_pipeline()
    play(pipeline, an_evening())
    pipeline.finish()
    hits = pipeline.changes(0)["tracker_hits"]
    assert [(hit.name, hit.owner) for hit in hits] == [("app-measurement.com", "Google")] * 2
    assert len({hit.id for hit in hits}) == 2


def test_a_device_sends_what_its_flows_carry_up() -> None:
    pipeline = a_pipeline()
    play(pipeline, an_evening())
    pipeline.finish()
    changes = pipeline.changes(0)
    phone = next(device for device in changes["devices"] if device.mac == "a4:83:e7:00:00:31")
    flows = [flow for flow in changes["flows"] if flow.device_id == phone.id]
    assert phone.bytes_sent == sum(flow.bytes_up for flow in flows) > 0
    assert phone.bytes_received == sum(flow.bytes_down for flow in flows) > 0
    series = [bucket for bucket in changes["traffic"] if bucket.device_id == phone.id]
    assert sum(bucket.bytes_up for bucket in series) == phone.bytes_sent
    assert sum(bucket.flows for bucket in series) == len(flows)


def test_live_an_open_flow_is_written_at_once_then_every_ten_seconds() -> None:
    pipeline = a_pipeline(is_live=True)
    play(pipeline, conversation(PHONE, SERVER, 8443, b"\x9f\x11" * 300, b"", START_NS)[:5])
    pipeline.second(START_NS + SECOND)
    first: list[Flow] = pipeline.changes(START_NS + SECOND)["flows"]
    assert [flow.end_reason for flow in first] == [None]
    play(
        pipeline,
        [(at + 2 * SECOND, frame) for at, frame in conversation(PHONE, SERVER, 8443, b"\x9f\x11", b"", START_NS)[2:4]],
    )
    pipeline.second(START_NS + 3 * SECOND)
    assert "flows" not in pipeline.changes(START_NS + 3 * SECOND)
    later = pipeline.changes(START_NS + SECOND + OPEN_FLOW_REFRESH_NS)
    assert [flow.id for flow in later["flows"]] == [first[0].id]


def test_without_a_store_nothing_waits() -> None:
    pipeline = a_pipeline(keep=False)
    play(pipeline, an_evening())
    pipeline.finish()
    assert pipeline.rows_waiting == 0


def test_the_session_sums_up() -> None:
    pipeline = a_pipeline()
    frames = an_evening()
    play(pipeline, frames)
    play(pipeline, [(START_NS + 9 * SECOND, b"\0" * 12 + b"\x08\x00\x65")])
    pipeline.finish()
    session = pipeline.update_session()
    assert (session.packets, session.bytes) == (len(frames) + 1, sum(len(frame) for _, frame in frames) + 15)
    assert session.counters["truncated_ipv4_header"] == 1


def test_what_the_user_says_reaches_the_store() -> None:
    pipeline = a_pipeline()
    play(pipeline, an_evening())
    pipeline.finish()
    (alert_id, *_) = pipeline.alerts
    pipeline.label_device(1, "my phone")
    pipeline.set_alert_state(alert_id, "acknowledged")
    pipeline.label_device(99, "nobody")
    pipeline.note_device(1, "cracked screen")
    pipeline.note_device(99, "nobody")
    changes = pipeline.changes(0)
    assert changes["device_labels"] == {1: "my phone"}
    assert changes["device_notes"] == {1: "cracked screen"}
    assert changes["alert_states"] == {alert_id: "acknowledged"}


def test_an_address_that_is_taken_back_reaches_the_store() -> None:
    pipeline = a_pipeline()
    play(pipeline, an_evening())
    devices = pipeline.correlator.devices
    phone = devices.by_id[1]
    address = next(iter(phone.addresses))
    devices.forget_address(phone, address)
    devices.forget_address(phone, "192.0.2.1")
    assert pipeline.changes(0)["lost_addresses"] == [(1, address)]


def test_a_devices_first_syn_is_evidence_of_its_system() -> None:
    pipeline = a_pipeline()
    play(pipeline, an_evening())
    pipeline.finish()
    changes = pipeline.changes(0)
    syns = [item for item in changes["evidence"] if item.source == "tcp_syn"]
    assert {item.device_id for item in syns} == {flow.device_id for flow in changes["flows"] if flow.protocol == "tcp"}
    assert all(item.value.startswith("64:") for item in syns)
