"""The user's rules: judged when a flow ends and now and then while it lasts, told once a flow, one alert a device."""

from __future__ import annotations

from netscope.engine.analyze.detector import NOTHING
from netscope.engine.analyze.tables import Room
from netscope.engine.analyze.user_rules import LOOK_S, Rule, RuleKind, UserRules
from netscope.model.flow import Flow
from netscope.model.records import Alert, TrackerHit
from netscope.query import parse_filter
from netscope.rules import row_of
from tests.engine.analyze.samples import at, flow, hello, network, query, request


def rules(when: str, kind: RuleKind = "flow", severity: str = "high", text: str = "Told") -> UserRules:
    found = parse_filter(when, kind)
    assert found is not None
    fits = found.predicate(kind, 0)
    assert fits is not None
    neighbours = network()
    return UserRules([Rule("mine", kind, when, severity, text, fits)], neighbours, row_of(neighbours))


def closed(detector: UserRules, *flows: Flow) -> list[Alert]:
    return [alert for ended in flows for alert in detector.flow_closed(ended)]


def test_a_flow_that_fits_is_told_when_it_ends() -> None:
    detector = rules("dev:laptop and cc:RU and bytes_up>10M")
    big = flow(country="RU", size=(11_000_000, 500), server_name="a.example")
    said = closed(detector, flow(country="RU"), flow(country="DE", size=(11_000_000, 500)), big)
    assert [(alert.detector, alert.severity, alert.title, alert.count) for alert in said] == [
        ("rule:mine", "high", "Told: laptop, a.example", 1)
    ]
    assert said[0].evidence["threshold"] == {"rule": "mine", "when": "dev:laptop and cc:RU and bytes_up>10M"}
    assert said[0].evidence["observed"]["bytes_up"] == 11_000_000
    assert (said[0].device_id, said[0].flow) == (1, big)


def test_a_device_s_flows_are_one_alert_with_whom_it_met() -> None:
    detector = rules("port:443")
    said = closed(detector, *(flow(server_name=f"s{n}.example", seconds=n) for n in range(3)))
    assert {alert.key for alert in said} == {"mine 1"}
    assert said[-1].title == "Told: laptop, s0.example and 2 more"
    assert said[-1].evidence["destinations"] == ["s0.example", "s1.example", "s2.example"]
    assert sum(alert.count for alert in said) == 3


def test_a_flow_that_lasts_is_told_before_it_ends_and_counted_once() -> None:
    detector = rules("bytes_up>10M")
    big = flow(size=(1_000_000, 500), lasts_s=10)
    seconds = range(1, 2 * LOOK_S + 1)
    assert [alert for s in seconds for alert in detector.second(at(s), [big])] == []
    big.bytes_up = 20_000_000
    said = [alert for s in seconds for alert in detector.second(at(s), [big])] + closed(detector, big)
    assert [alert.count for alert in said] == [1, 0, 0]
    assert said[0].evidence["observed"]["bytes_up"] == 20_000_000


def test_age_is_how_long_a_flow_lasts() -> None:
    detector = rules("age>1h")
    assert len(closed(detector, flow(lasts_s=3_500), flow(lasts_s=3_700))) == 1


def test_names_by_question_greeting_and_request() -> None:
    detector = rules("name:casino", "name")
    greeting, asked = hello(sni="www.casino.example"), request("/", status=None, host="m.casino.example")
    question, answer, other = query("casino.example"), query("casino.example", rcode="NOERROR"), query("other.example")
    question.id = answer.id = 1
    other.id, greeting.id, asked.id = 2, 3, 4
    said = [alert for seen in (question, answer, greeting, asked, other) for alert in detector.observe(seen)]
    assert [alert.count for alert in said] == [1, 0, 1, 1]
    greeting.negotiated_version, asked.status = "TLSv1.3", 200
    assert (detector.observe(greeting), detector.observe(asked)) == (NOTHING, NOTHING)


def test_trackers_by_owner() -> None:
    detector = rules("owner:roku", "tracker")
    hits = [TrackerHit(at(n), 1, None, f"{n}.logs.roku.com", "roku.com", who, "telemetry", "own", id=n) for n, who in
            ((1, "Roku"), (2, "Google"))]  # fmt: skip
    assert [alert.title for hit in hits for alert in detector.observe(hit)] == ["Told: laptop, 1.logs.roku.com"]


def test_what_is_remembered_is_bounded() -> None:
    before, Room.keys = Room.keys, 50
    try:
        detector = rules("port:443")
        for number in range(200):
            detector.second(at(number), [flow(device_id=number + 10, lasts_s=5) for _ in range(LOOK_S)])
        assert detector.counters() == {"rules_told": 50}
        assert len(detector._met) == 50
    finally:
        Room.keys = before


def test_without_rules_of_a_kind_nothing_is_built() -> None:
    detector = rules("owner:roku", "tracker")
    assert (detector.flow_closed(flow()), detector.second(at(1), [flow()])) == (NOTHING, NOTHING)
    assert detector.observe(query("a.example")) == NOTHING
