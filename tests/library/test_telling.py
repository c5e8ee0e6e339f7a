"""Records become events once, when no more of them is to come."""

from __future__ import annotations

from typing import Any

import pytest

from netscope import library
from netscope.library import telling
from netscope.library.telling import Teller
from netscope.model.records import DeviceSeen
from tests.engine.store.samples import (
    SECOND,
    T0,
    answer,
    make_alert,
    make_certificate,
    make_device,
    make_flow,
    make_handshake,
    make_hit,
    make_query,
    make_request,
)
from tests.export.samples import dhcp_exchange


class Told:
    def __init__(self, *kinds: str) -> None:
        self.events: list[Any] = []
        self.teller = Teller(self.events.append, kinds or library.EVENT_KINDS)

    def take(self) -> list[Any]:
        taken = self.events[:]
        self.events.clear()
        return taken


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_flow_is_told_when_it_ends(told: Told) -> None:
    flow = make_flow(1)
    told.teller.flow_opened(flow)
    assert told.take() == []
    told.teller.flow_closed(flow)
    assert [type(event) for event in told.take()] == [library.Flow]


def test_a_question_is_told_with_its_answer(told: Told) -> None:
    query = make_query(1, make_flow(1, client_port=4_000))
    told.teller.record(query)
    assert told.take() == []
    query.rcode, query.answers = "NOERROR", (answer("example.org", "A", "192.0.2.1"),)
    told.teller.record(query)
    (event,) = told.take()
    assert (event.client_port, event.answers[0].data) == (4_000, "192.0.2.1")
    told.teller.finish()
    assert told.take() == []


def test_what_stays_unanswered_is_told_after_a_while_and_once(told: Told) -> None:
    query = make_query(1)
    told.teller.record(query)
    told.teller.second(query.timestamp_ns + 60 * SECOND, [])
    assert told.take() == []
    told.teller.second(query.timestamp_ns + 71 * SECOND, [])
    assert [event.rcode for event in told.take()] == [None]
    told.teller.finish()
    assert told.take() == []


def test_what_belongs_to_a_flow_that_ended_waits_no_longer(told: Told) -> None:
    flow = make_flow(1, end_reason=None)
    told.teller.record(make_handshake(1, flow))
    told.teller.record(make_request(1, flow))
    told.teller.second(T0 + 2 * SECOND, [])
    assert told.take() == []
    flow.end_reason = "fin"
    told.teller.second(T0 + 3 * SECOND, [])
    events = told.take()
    assert [type(event) for event in events] == [library.TlsHandshake, library.HttpRequest]
    assert {event.server_ip for event in events} == {flow.server_ip}


def test_an_alert_is_told_once_and_a_dhcp_message_each_time(told: Told) -> None:
    alert = make_alert(1, count=1)
    told.teller.record(alert)
    alert.count = 9
    told.teller.record(alert)
    told.teller.record(make_alert(2))
    told.teller.record(dhcp_exchange(1, "DISCOVER"))
    told.teller.record(dhcp_exchange(2, "OFFER"))
    assert [(type(event).__name__, event.id) for event in told.take()] == [
        ("Alert", 1), ("Alert", 2), ("DhcpMessage", 1), ("DhcpMessage", 2),
    ]  # fmt: skip


def test_a_device_is_told_when_it_becomes_better_known(told: Told) -> None:
    device = make_device(1, name=None)
    told.teller.record(DeviceSeen(device, T0, is_new=True, address="192.168.1.10"))
    told.teller.second(T0 + 20 * SECOND, [])
    device.name = "tv"
    told.teller.second(T0 + 21 * SECOND, [])
    told.teller.second(T0 + 31 * SECOND, [])
    assert [event.name for event in told.take()] == [None, "tv"]
    told.teller.record(make_query(1, device_id=1, rcode="NOERROR"))
    assert [event.device_name for event in told.take()] == ["tv"]


def test_a_certificate_is_told_once_while_it_is_remembered(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MAX_CERTIFICATES", 2)
    for name in ("a", "a", "b", "a", "c", "a", "b"):
        told.teller.record(make_certificate(name * 64))
    assert [event.sha256[0] for event in told.take()] == ["a", "b", "c", "b"]


def test_the_oldest_of_too_many_that_wait_is_told_as_it_is(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MAX_HELD", 2)
    for number in (1, 2, 3):
        told.teller.record(make_query(number))
    assert [event.id for event in told.take()] == [1]
    told.teller.finish()
    assert [event.id for event in told.take()] == [2, 3]


def test_only_the_kinds_asked_for_are_told() -> None:
    told = Told("trackers")
    told.teller.flow_closed(make_flow(1))
    told.teller.record(make_hit(1, make_flow(2)))
    told.teller.finish()
    assert [type(event) for event in told.take()] == [library.TrackerHit]
