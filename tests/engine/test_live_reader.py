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
    assert texts.index("SYN →") < texts.index("ClientHello app-measurement.com")
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
    assert detail.top_destinations[0][0] == "app-measurement.com"
    assert sum(detail.hours) == sum(size for _, size in detail.top_destinations)
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
