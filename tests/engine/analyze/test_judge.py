"""Merging, and who is asked: one alert while the same thing lasts; detectors only of what they look at."""

from __future__ import annotations

from typing import Any

from netscope.engine.analyze.judge import COOL_DOWN_NS, Judge, Lasting, Panel
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.port_scan import PortScan
from netscope.engine.analyze.sensor import Sensor
from netscope.model.records import Alert
from tests.engine.analyze.samples import at, flow, refused


def said(severity: str, seconds: float, **more: Any) -> Alert:
    return Alert("says", severity, f"at {seconds}", at(seconds), at(seconds), {"observed": seconds}, key="k", **more)


def merged(*alerts: Alert) -> list[Alert]:
    lasting = Lasting()
    return [lasting.merged(alert) for alert in alerts]


def test_the_same_key_is_one_alert_counted() -> None:
    first, second = merged(said("low", 0), said("low", 60))
    assert first is second
    assert (first.count, first.first_ns, first.last_ns, first.title) == (2, at(0), at(60), "at 60")


def test_an_update_does_not_count() -> None:
    first, _ = merged(said("low", 0), said("low", 60, count=0))
    assert first.count == 1


def test_severity_rises_and_never_falls() -> None:
    alert, *_ = merged(said("medium", 0), said("critical", 10), said("low", 20))
    assert (alert.severity, alert.title, alert.count) == ("critical", "at 10", 3)


def test_after_the_cool_down_it_is_another_alert() -> None:
    seconds = COOL_DOWN_NS / 1e9 + 1
    first, second = merged(said("low", 0), said("low", seconds))
    assert first is not second
    assert (first.count, second.count) == (1, 1)


def test_what_a_detector_says_is_merged() -> None:
    judge = Judge(Panel((PortScan(Neighbours()),)))
    told = [alert for port in range(1, 60) for alert in judge.flow_closed(refused(port, seconds=port / 10))]
    assert told
    assert {id(alert) for alert in told} == {id(told[0])}


def test_records_nobody_asked_for_reach_nobody() -> None:
    judge = Judge(Panel((PortScan(Neighbours()),)))
    assert list(judge.observe(object())) == []


def test_flows_nobody_answered_are_kept_from_those_that_do_not_want_them() -> None:
    """The sensor takes its share of holes of answered connections only: lone ones would thin it out."""
    judge = Judge(Panel((Sensor(),)))
    for number in range(60):
        judge.flow_closed(flow(seconds=number, history="ShADadGFf"))
        for _ in range(10):
            judge.flow_closed(flow(seconds=number, history="S", packets=(3, 0)))
    told = [alert for second in (61, 2000) for alert in judge.second(at(second), [])]
    assert [alert.key for alert in told] == ["loss"]


def test_words_of_a_detector_and_of_none() -> None:
    judge = Judge(Panel((Sensor(),)))
    words = Sensor.explanation
    assert judge.describe("sensor") == (words.what, words.usual, words.check)
    assert judge.describe("unknown") == ("", "", "")
