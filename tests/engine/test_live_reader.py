from __future__ import annotations

import pytest

from netscope.demo.wire import SECOND
from netscope.engine.live_reader import LiveReader
from netscope.model.allow import AllowRule
from netscope.model.errors import NetScopeError
from tests.engine.memory_source import MemorySource
from tests.engine.small_network import PHONE, SERVER, START_NS, conversation, in_order
from tests.engine.test_outbox import run_through
from tests.engine.test_pipeline import an_evening


def a_reader() -> LiveReader:
    _, outbox, engine = run_through(MemorySource(an_evening()))
    return LiveReader(engine, outbox)


def test_a_flows_detail_tells_its_story_in_order() -> None:
    reader = a_reader()
    row = next(row for row in reader.snapshot().flows if row.server_port == 443)
    detail = reader.flow_detail(row.id)
    assert detail is not None
    facts = {(group, field): value for group, field, value in detail.facts}
    assert facts["TLS", "SNI"] == "app-measurement.com"
    assert facts["Name", "from"] == "sni"
    assert facts["TLS", "JA4"].startswith("t13d")
    texts = [entry.text for entry in detail.timeline]
    assert texts[0] == "DNS A? app-measurement.com"
    hello = next(number for number, text in enumerate(texts) if text.startswith("ClientHello app-measurement.com"))
    assert texts.index("SYN →") < hello
    assert any(text.startswith("SYN-ACK ←, ACK →") for text in texts[:hello])
    assert texts[-1] == "FIN"
    assert [entry.time_ns for entry in detail.timeline] == sorted(entry.time_ns for entry in detail.timeline)


def test_an_http_flow_shows_request_and_answer() -> None:
    reader = a_reader()
    row = next(row for row in reader.snapshot().flows if row.server_port == 80)
    detail = reader.flow_detail(row.id)
    assert detail is not None
    assert ("HTTP", "GET", "www.example.org/a  200") in list(detail.facts)


def test_a_devices_detail_has_names_and_destinations() -> None:
    reader = a_reader()
    row = next(row for row in reader.snapshot().devices if row.mac == "a4:83:e7:00:00:31")
    detail = reader.device_detail(row.id)
    assert detail is not None
    assert [name.name for name in detail.names] == ["app-measurement.com"]
    assert detail.destinations[0].name == "app-measurement.com"
    assert detail.day[-1].bytes == sum(destination.bytes for destination in detail.destinations)
    assert detail.rate is not None
    assert ("oui", "vendor") in {(source, attribute) for source, attribute, *_ in detail.evidence}


def test_what_is_gone_is_none() -> None:
    reader = a_reader()
    assert reader.flow_detail(10**9) is None
    assert reader.device_detail(10**9) is None


def test_what_is_allowed_vanishes_from_every_row_and_comes_back() -> None:
    log_in = b"GET /a HTTP/1.1\r\nHost: www.example.org\r\nAuthorization: Basic YTpi\r\n\r\n"
    in_clear = conversation(PHONE, SERVER, 80, log_in, b"", START_NS + 9 * SECOND, client_port=51_900)
    _, outbox, engine = run_through(MemorySource(in_order(an_evening(), in_clear)))
    reader = LiveReader(engine, outbox)
    alert = next(row for row in reader.snapshot().alerts if row.flow_id is not None)
    count = len(reader.snapshot().alerts)
    device = next(row for row in reader.snapshot().devices if row.id == alert.device_id)
    rule = AllowRule(alert.detector, device.mac)
    reader.allow(rule)
    engine._obey()
    outbox.publish(engine, START_NS + 20 * SECOND)
    shown = reader.snapshot()
    assert alert.id not in {row.id for row in shown.alerts}
    assert not next(row for row in shown.flows if row.id == alert.flow_id).alert
    assert next(row for row in shown.devices if row.id == device.id).alerts < device.alerts
    assert [(row.rule, row.hidden) for row in shown.allowed] == [(rule, count - len(shown.alerts))]
    assert engine.pipeline.changes(START_NS)["allow_rules"] == {rule: True}
    reader.disallow(rule)
    engine._obey()
    outbox.publish(engine, START_NS + 21 * SECOND)
    shown = reader.snapshot()
    assert (len(shown.alerts), shown.allowed) == (count, ())
    assert next(row for row in shown.flows if row.id == alert.flow_id).alert
    assert engine.pipeline.changes(START_NS)["allow_rules"] == {rule: False}
    with pytest.raises(NetScopeError, match="hides every alert"):
        reader.allow(AllowRule())


def test_the_users_name_for_a_device_is_shown_in_the_next_snapshot() -> None:
    _, outbox, engine = run_through(MemorySource(an_evening()))
    reader = LiveReader(engine, outbox)
    reader.set_device_label(1, "my phone")
    reader.set_alert_state(reader.snapshot().alerts[0].id, "ignored")
    engine._obey()
    outbox.publish(engine, START_NS + 20 * SECOND)
    assert next(row for row in reader.snapshot().devices if row.id == 1).name == "my phone"
    assert reader.snapshot().alerts[0].state == "ignored"


def test_a_devices_privacy_is_summed_up_when_asked_for() -> None:
    reader = a_reader()
    row = next(row for row in reader.snapshot().devices if row.mac == "a4:83:e7:00:00:31")
    summary = reader.device_privacy(row.id)
    assert summary is not None
    assert [(owner.owner, owner.hits, owner.flows) for owner in summary.trackers] == [("Google", 2, 1)]
    assert summary.encrypted_dns_share == 0
    assert reader.device_privacy(10**9) is None


def test_a_flow_of_many_packets_shows_their_sizes_and_gaps() -> None:
    reader = a_reader()
    row = next(row for row in reader.snapshot().flows if row.server_port == 443)
    detail = reader.flow_detail(row.id)
    assert detail is not None
    assert detail.shape is not None
    assert sum(detail.shape.sizes_up) == row.packets_up
    assert sum(detail.shape.gaps_down) == row.packets_down - 1


def test_a_name_is_told_with_its_answers_hours_and_bytes() -> None:
    reader = a_reader()
    detail = reader.name_detail("app-measurement.com")
    assert detail is not None
    assert [(answer.query_type, answer.rcode) for answer in detail.answers] == [("A", "NOERROR")]
    assert detail.answers[0].addresses == ("93.184.216.34",)
    assert sum(detail.uses.minutes) == next(
        row.hits for row in reader.snapshot().names if row.name == "app-measurement.com"
    )
    assert (
        detail.bytes
        == next(row for row in reader.snapshot().flows if row.server_port == 443).bytes_up
        + next(row for row in reader.snapshot().flows if row.server_port == 443).bytes_down
    )
    assert reader.name_detail("nobody.example") is None


def test_trackers_countries_and_the_course_of_the_run() -> None:
    reader = a_reader()
    assert [(each.name, sum(each.uses.hours)) for each in reader.tracker_uses()] == [("app-measurement.com", 2)]
    assert sum(country.bytes for country in reader.countries()) > 0
    course = reader.course()
    assert sum(bucket.flows for bucket in course) == len(reader.snapshot().flows)
    assert sum(bucket.packets for bucket in course) > 0
    assert sum(bucket.tracker_hits for bucket in course) == 2


def test_the_flow_behind_an_alert_is_told_also_when_it_has_left_the_list() -> None:
    log_in = b"GET /a HTTP/1.1\r\nHost: www.example.org\r\nAuthorization: Basic YTpi\r\n\r\n"
    in_clear = conversation(PHONE, SERVER, 80, log_in, b"", START_NS + 9 * SECOND, client_port=51_900)
    source = MemorySource(in_order(an_evening(), in_clear))
    _, outbox, engine = run_through(source)
    reader = LiveReader(engine, outbox)
    alert = next(row for row in reader.snapshot().alerts if row.flow_id is not None)
    assert alert.flow_id in {row.id for row in reader.alert_flows(alert.id)}
    assert any(entry.text == f"! {alert.title}" for entry in reader.flow_detail(alert.flow_id or 0).timeline)  # type: ignore[union-attr]
    source.kind = "live"
    outbox.publish(engine, START_NS + 900 * SECOND)
    assert alert.flow_id not in {row.id for row in reader.snapshot().flows}
    assert [row.id for row in reader.alert_flows(alert.id)] == [alert.flow_id]
    assert reader.alert_flows(10**9) == ()
