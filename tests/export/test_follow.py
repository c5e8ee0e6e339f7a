"""Following a recording while it is written: every row once, finished, also when rows come late or go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from netscope.engine.store.writer import Recording
from netscope.export import follow
from netscope.export.follow import Follower
from netscope.export.kinds import BY_NAME
from netscope.export.rows import Recorded, Span, Table
from netscope.model.records import TrafficBucket
from tests.engine.store.samples import (
    MINUTE,
    T0,
    make_alert,
    make_batch,
    make_device,
    make_flow,
    make_handshake,
    make_query,
    make_request,
    make_session,
)


@dataclass
class Clock:
    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Follows:
    """A recording being written, and who follows one kind of it."""

    recording: Recording
    recorded: Recorded
    clock: Clock = field(default_factory=Clock)

    def of(self, kind: str, span: Span | None = None) -> Follower:
        return Follower(Table(self.recorded, BY_NAME[kind]), span or Span(), self.clock)

    def write(self, **kinds: Any) -> None:
        self.recording.write(make_batch(**kinds))


def polled(follower: Follower) -> list[dict[str, Any]]:
    return [row for rows in follower.poll() for row in rows]


def ids(follower: Follower) -> list[int]:
    return [row["rowid"] for row in polled(follower)]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Follows]:
    recording = Recording(tmp_path / "home.db", T0)
    recording.write(make_batch())
    with Recorded(tmp_path / "home.db") as recorded:
        yield Follows(recording, recorded)
    recording.close()


def test_a_flow_is_told_once_when_it_has_ended(live: Follows) -> None:
    follower = live.of("flows")
    live.write(flows=[make_flow(1), make_flow(2, end_reason=None)])
    assert ids(follower) == [1]
    live.write(flows=[make_flow(2, end_reason=None, bytes_up=5)])
    assert ids(follower) == []
    assert follower.waiting == 1
    live.write(flows=[make_flow(2, end_reason="fin", bytes_up=9), make_flow(3)])
    assert [(row["id"], row["bytes_up"]) for row in polled(follower)] == [(3, 0), (2, 9)]
    assert ids(follower) == []
    assert follower.waiting == follower.given_up == 0


def test_a_flow_with_a_low_number_that_is_written_late_is_not_lost(live: Follows) -> None:
    follower = live.of("flows")
    live.write(flows=[make_flow(1), make_flow(4), make_flow(9)])
    assert ids(follower) == [1, 4, 9]
    live.write(flows=[make_flow(2), make_flow(3, end_reason=None), make_flow(10)])
    assert ids(follower) == [10, 2]
    live.write(flows=[make_flow(3), make_flow(7)])
    assert ids(follower) == [7, 3]
    assert ids(follower) == []


def test_a_number_that_never_comes_is_forgotten(live: Follows) -> None:
    follower = live.of("flows")
    live.write(flows=[make_flow(1), make_flow(3)])
    assert ids(follower) == [1, 3]
    live.clock.now_s += follow.HOLE_S + 1
    ids(follower)
    live.write(flows=[make_flow(2)])
    assert ids(follower) == []


def test_only_the_newest_numbers_are_looked_for(live: Follows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "MAX_HOLES", 10)
    follower = live.of("flows")
    live.write(flows=[make_flow(1), make_flow(100)])
    assert ids(follower) == [1, 100]
    live.write(flows=[make_flow(2), make_flow(95)])
    assert ids(follower) == [95]


def test_a_question_waits_for_its_answer_but_not_for_ever(live: Follows) -> None:
    follower = live.of("dns")
    first, second = make_query(1), make_query(2)
    live.write(dns_queries=[first, second, make_query(3, rcode="NOERROR")])
    assert ids(follower) == [3]
    first.rcode = "NXDOMAIN"
    live.write(dns_queries=[first])
    assert [row["rcode"] for row in polled(follower)] == ["NXDOMAIN"]
    # The traffic's time passes.
    live.write(flows=[make_flow(1, last_seen_ns=T0 + 3 * MINUTE)])
    assert [(row["id"], row["rcode"]) for row in polled(follower)] == [(2, None)]


def test_where_the_traffic_rests_the_clock_ends_the_wait(live: Follows) -> None:
    follower = live.of("dns")
    live.write(dns_queries=[make_query(1)])
    assert ids(follower) == []
    live.clock.now_s += 85
    assert ids(follower) == [1]


def test_when_the_recorder_has_ended_nothing_waits(live: Follows) -> None:
    questions, requests = live.of("dns"), live.of("http")
    flow = make_flow(1)
    live.write(flows=[flow], dns_queries=[make_query(1)], http_requests=[make_request(1, flow)])
    assert ids(questions) == ids(requests) == []
    live.write(session=make_session(ended_ns=T0 + MINUTE))
    assert ids(questions) == ids(requests) == [1]


def test_a_request_is_told_with_its_response(live: Follows) -> None:
    follower = live.of("http")
    flow = make_flow(1)
    request = make_request(1, flow, status=200)
    live.write(flows=[flow], http_requests=[request])
    assert ids(follower) == []
    request.response_bytes = 700
    live.write(http_requests=[request])
    assert [row["response_bytes"] for row in polled(follower)] == [700]


def test_a_handshake_waits_for_its_flow(live: Follows) -> None:
    follower = live.of("tls")
    flow = make_flow(1, end_reason=None)
    live.write(tls_handshakes=[make_handshake(1, flow)])
    assert ids(follower) == []
    live.clock.now_s += 25
    assert ids(follower) == []
    live.write(flows=[flow])
    assert [row["client_ip"] for row in polled(follower)] == ["192.168.1.10"]


def test_an_alert_is_told_at_once_and_once(live: Follows) -> None:
    follower = live.of("alerts")
    live.write(alerts=[make_alert(1)])
    assert ids(follower) == [1]
    live.write(alerts=[make_alert(1, count=5), make_alert(2)])
    assert ids(follower) == [2]


def test_a_device_is_told_again_when_it_is_another_to_its_reader(live: Follows) -> None:
    follower = live.of("devices")
    live.write(devices=[make_device(1), make_device(2)])
    assert ids(follower) == [1, 2]
    live.write(devices=[make_device(1, bytes_sent=500), make_device(2, name="nas")])
    assert [(row["id"], row["name"]) for row in polled(follower)] == [(2, "nas")]


def test_a_minute_of_traffic_is_told_when_it_is_over(live: Follows) -> None:
    follower = live.of("traffic")
    live.write(traffic=[TrafficBucket(1, T0, 60, 10)])
    assert ids(follower) == []
    live.write(traffic=[TrafficBucket(1, T0, 60, 25)], flows=[make_flow(1, last_seen_ns=T0 + 2 * MINUTE)])
    assert [row["bytes_up"] for row in polled(follower)] == [25]
    # What retention gathers is nothing new.
    live.write(traffic=[TrafficBucket(1, T0 - 10 * MINUTE, 600, 99)])
    live.clock.now_s += 1_000
    assert ids(follower) == []


def test_a_flow_that_retention_took_unfinished_is_counted(live: Follows) -> None:
    follower = live.of("flows")
    live.write(flows=[make_flow(1, end_reason=None)])
    assert ids(follower) == []
    live.recording.db.execute("DELETE FROM flows")
    assert ids(follower) == []
    assert (follower.waiting, follower.given_up) == (0, 1)


def test_numbers_that_begin_again_are_new_rows(live: Follows) -> None:
    follower = live.of("dns")
    live.write(dns_queries=[make_query(40, rcode="NOERROR"), make_query(41, rcode="NOERROR")])
    assert ids(follower) == [40, 41]
    live.recording.db.execute("DELETE FROM dns_queries")
    assert ids(follower) == []
    live.write(dns_queries=[make_query(1, rcode="NOERROR")])
    assert ids(follower) == [1]


def test_only_what_lies_in_the_span(live: Follows) -> None:
    live.write(flows=[make_flow(1), make_flow(2, first_seen_ns=T0 + 10 * MINUTE)])
    follower = live.of("flows", Span(since_ns=T0 + 5 * MINUTE))
    assert ids(follower) == [2]
    live.write(flows=[make_flow(3, first_seen_ns=T0 + MINUTE), make_flow(4, first_seen_ns=T0 + 11 * MINUTE)])
    assert ids(follower) == [4]


def test_what_waits_is_bounded(live: Follows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "MAX_WAITING", 5)
    follower = live.of("flows")
    live.write(flows=[make_flow(number, end_reason=None) for number in range(1, 9)])
    assert ids(follower) == [1, 2, 3]
    assert follower.waiting == 5


@pytest.mark.parametrize("seed", range(4))
def test_in_any_order_each_flow_is_told_once_with_its_last_numbers(live: Follows, seed: int) -> None:
    import random

    chance = random.Random(seed)
    unborn, open_flows, ended = list(range(1, 400)), {}, {}
    follower, told = live.of("flows"), []
    while unborn or open_flows:
        batch = []
        # Numbers are given in order; rows are written in any.
        for number in chance.sample(unborn[:60], min(len(unborn), chance.randrange(1, 30))):
            unborn.remove(number)
            open_flows[number] = make_flow(number, end_reason=None)
            batch.append(open_flows[number])
        for number in chance.sample(sorted(open_flows), chance.randrange(len(open_flows) + 1)):
            flow = open_flows.pop(number)
            flow.bytes_up, flow.end_reason = chance.randrange(10_000), "fin"
            ended[number] = flow.bytes_up
            batch.append(flow)
        live.write(flows=batch)
        if chance.random() < 0.7:
            told += [(row["id"], row["bytes_up"]) for row in polled(follower)]
    told += [(row["id"], row["bytes_up"]) for row in polled(follower)]
    assert len(told) == 399
    assert dict(told) == ended
