"""Merging: one alert while the same thing lasts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from netscope.engine.analyze.detector import Explanation
from netscope.engine.analyze.judge import COOL_DOWN_NS, Judge, Panel
from netscope.model.flow import Flow
from netscope.model.records import Alert, DhcpExchange
from tests.engine.analyze.samples import at, dhcp, flow


class Says:
    """A detector that says what it was given, one alert a DHCP message."""

    name: ClassVar[str] = "says"
    observes: ClassVar[tuple[type, ...]] = (DhcpExchange,)
    explanation: ClassVar[Explanation] = Explanation("what", "usual", "check")
    answered_only: ClassVar[bool] = True

    def __init__(self, alerts: Iterable[Alert]) -> None:
        self._alerts = iter(alerts)
        self.closed: list[Flow] = []

    def observe(self, record: DhcpExchange) -> Iterable[Alert]:
        return (next(self._alerts),)

    def flow_closed(self, flow: Flow) -> Iterable[Alert]:
        self.closed.append(flow)
        return ()


def said(severity: str, seconds: float, **more: Any) -> Alert:
    return Alert("says", severity, f"at {seconds}", at(seconds), at(seconds), {"observed": seconds}, key="k", **more)


def merged(*alerts: Alert) -> list[Alert]:
    judge = Judge(Panel((Says(alerts),)))
    return [alert for _ in alerts for alert in judge.observe(dhcp("DISCOVER"))]


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


def test_records_nobody_asked_for_reach_nobody() -> None:
    judge = Judge(Panel((Says([]),)))
    assert list(judge.observe(object())) == []


def test_flows_nobody_answered_are_kept_from_those_that_do_not_want_them() -> None:
    detector = Says([])
    judge = Judge(Panel((detector,)))
    answered, lone = flow(), flow(packets=(3, 0))
    judge.flow_closed(answered)
    judge.flow_closed(lone)
    assert detector.closed == [answered]


def test_words_of_a_detector_and_of_none() -> None:
    judge = Judge(Panel((Says([]),)))
    assert judge.describe("says") == ("what", "usual", "check")
    assert judge.describe("unknown") == ("", "", "")
