"""Requests that carry code, told by how many, of which kinds, and against whom."""

from __future__ import annotations

from netscope.engine.analyze.web_attack import WebAttack
from netscope.model.records import Alert
from netscope.model.service import WebAttackSeen
from tests.engine.analyze.samples import at, flow, network

SQL, LOG4SHELL = "SQL injection", "Log4Shell"


def told(kinds: list[str], *, client: str = "192.168.1.61", server: str = "198.51.100.7") -> list[Alert]:
    detector = WebAttack(network())
    its = flow(client=client, server=server, port=80)
    return [
        alert
        for second, kind in enumerate(kinds)
        for alert in detector.observe(WebAttackSeen(its, at(second), "shop.example.org", kind, f"/?id={second}"))
    ]


def test_one_try_that_runs_code_is_enough_and_search_words_are_not() -> None:
    assert [alert.severity for alert in told([LOG4SHELL])] == ["high"]
    assert told([SQL]) == []
    assert [(alert.severity, alert.count) for alert in told([SQL, SQL])] == [("low", 1)]


def test_against_a_server_of_this_network() -> None:
    outside = told([SQL, SQL], client="203.0.113.5", server="192.168.1.5")
    inside = told([SQL, SQL], server="192.168.1.5")
    assert ([a.severity for a in outside], [a.severity for a in inside]) == (["medium"], ["high"])
    assert outside[0].evidence["observed"] == {"requests": 2, "kinds": 1}


def test_a_long_attack_is_one_alert_told_in_steps() -> None:
    said = told([SQL] * 300)
    assert sum(alert.count for alert in said) == 1
    assert len(said) < 60
    assert said[-1].severity == "high"
    assert len(said[-1].evidence["requests"]) == 8
