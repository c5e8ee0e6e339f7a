"""Alerts in view: bounded, and less what is allowed, by either end."""

from __future__ import annotations

from netscope.engine.alerts_shown import MAX_ALERTS, AlertsShown
from netscope.model.allow import AllowList, AllowRule
from netscope.model.records import Alert, Device
from tests.engine.analyze.samples import flow

DEVICES = {1: Device(1, "aa:00:00:00:00:01", 0, 0, name="Lamp", addresses={"192.168.1.57": (0, 0)})}


def an_alert(number: int, detector: str = "beacon", **evidence: object) -> Alert:
    its = flow(client="192.168.1.57", server="203.0.113.9", server_name="c2.example.org")
    return Alert(detector, "high", "x", 5, 9, dict(evidence), device_id=1, flow=its, id=number)


def shown(alerts: AlertsShown, *rules: AllowRule) -> list[int]:
    rows, _ = alerts.rows(AllowList(rules), DEVICES, lambda device_id, otherwise: "Lamp", lambda detector: ("", "", ""))
    return [row.id for row in rows]


def test_a_rule_may_name_either_end_by_what_is_known_of_it() -> None:
    alerts = AlertsShown()
    alerts.add(an_alert(1))
    alerts.add(an_alert(2, "dns_tunnel", zone="tunnel.example"))
    assert shown(alerts) == [1, 2]
    for source in ("lamp", "aa:00:00:00:00:01", "192.168.1.0/24"):
        assert shown(alerts, AllowRule("beacon", source)) == [2]
    for destination in ("*.example.org", "203.0.113.9", "203.0.113.0/24"):
        assert shown(alerts, AllowRule("beacon", "*", destination)) == [2]
    assert shown(alerts, AllowRule(destination="*.tunnel.example")) == [1]
    assert shown(alerts, AllowRule("beacon", "printer"), AllowRule(destination="*.c2.example.net")) == [1, 2]


def test_what_waits_for_a_device_leaves_out_what_is_hidden_and_judged() -> None:
    alerts = AlertsShown()
    for number in range(1, 4):
        alerts.add(an_alert(number))
    alerts.add(an_alert(4, "upload"))
    judged = alerts.get(2)
    assert judged is not None
    judged.state = "acknowledged"
    assert shown(alerts, AllowRule("upload")) == [1, 2, 3]
    assert alerts.waiting == {1: 2}


def test_the_oldest_goes_at_the_bound() -> None:
    alerts = AlertsShown()
    gone = [alerts.add(an_alert(number)) for number in range(MAX_ALERTS + 2)]
    assert sum(gone) == 2
    assert alerts.get(0) is None
    assert len(shown(alerts)) == MAX_ALERTS
