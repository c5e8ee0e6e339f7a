"""The allow-list: what a rule fits, and which rules are refused."""

from __future__ import annotations

import pytest

from netscope.model.allow import MAX_RULES, AlertEnds, AllowList, AllowRule, alert_ends, checked
from netscope.model.errors import NetScopeError

ENDS = AlertEnds(
    frozenset(("24:6f:28:aa:10:3c", "192.168.1.57", "fd00::57", "lamp")),
    frozenset(("203.0.113.9", "a.b.example.org")),
)


def allowed(rule: AllowRule, detector: str = "beacon") -> bool:
    return AllowList([checked(rule)]).allows(detector, lambda: ENDS) is not None


@pytest.mark.parametrize(
    "rule",
    [
        AllowRule("beacon"),
        AllowRule("Beacon "),
        AllowRule(source="24:6F:28:AA:10:3C"),
        AllowRule(source="Lamp"),
        AllowRule(source="192.168.1.0/24"),
        AllowRule(source="fd00::/8"),
        AllowRule(destination="203.0.113.9"),
        AllowRule(destination="*.example.org"),
        AllowRule(destination="*.a.b.example.org"),
        AllowRule("beacon", "lamp", "203.0.113.0/24"),
    ],
)
def test_rules_that_fit(rule: AllowRule) -> None:
    assert allowed(rule)


@pytest.mark.parametrize(
    "rule",
    [
        AllowRule("port_scan"),
        AllowRule(source="192.168.2.0/24"),
        AllowRule(source="203.0.113.9"),
        AllowRule(destination="example.org"),
        AllowRule(destination="*.ple.org"),
        AllowRule(destination="*.x.a.b.example.org"),
        AllowRule("beacon", "printer", "203.0.113.9"),
        AllowRule("beacon", "lamp", "203.0.114.0/24"),
    ],
)
def test_rules_that_do_not_fit(rule: AllowRule) -> None:
    assert not allowed(rule)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (AllowRule(), "hides every alert"),
        (AllowRule("", " ", "*"), "hides every alert"),
        (AllowRule(destination="exa*mple.org"), "a star stands alone"),
        (AllowRule(source="192.168.1.0/33"), "192.168.1.0/33 is not a network"),
        (AllowRule(source="x" * 300), "longer than 255"),
    ],
)
def test_rules_that_are_refused(rule: AllowRule, words: str) -> None:
    with pytest.raises(NetScopeError, match=words):
        checked(rule)


def test_evidence_names_both_ends() -> None:
    ends = alert_ends(
        {"source": "Lamp.", "target": "NAS", "ports": [1, 2], "names": ["x"], "zone": None},
        ("AA:00:00:00:00:01", None), ("10.0.0.1", None),
    )  # fmt: skip
    assert ends == AlertEnds(frozenset(("lamp", "aa:00:00:00:00:01")), frozenset(("nas", "10.0.0.1")))


def test_rules_of_the_file_stay_and_the_list_is_bounded() -> None:
    own = AllowRule("beacon", origin="config")
    allow_list = AllowList([own]).with_rule(AllowRule("beacon")).without(own.key)
    assert allow_list.rules == (own,)
    for number in range(MAX_RULES + 10):
        allow_list = allow_list.with_rule(AllowRule(source=f"device-{number}"))
    assert len(allow_list.rules) == MAX_RULES
    again = allow_list.with_rule(AllowRule(source="device-3", note="known"))
    assert len(again.rules) == MAX_RULES
    assert next(rule.note for rule in again.rules if rule.source == "device-3") == "known"


def test_ends_are_not_asked_for_where_only_the_detector_decides() -> None:
    def never() -> AlertEnds:
        raise AssertionError

    allow_list = AllowList([AllowRule("beacon"), AllowRule("upload", "lamp")])
    assert allow_list.allows("beacon", never) is not None
    assert allow_list.allows("port_scan", never) is None
