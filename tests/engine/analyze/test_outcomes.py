"""When it is sure that an attempt came to nothing, and that each is told once."""

from __future__ import annotations

import pytest

from netscope.engine.analyze.outcomes import Outcomes, is_odd
from tests.engine.analyze.samples import at, flow, refused, unanswered


def test_a_refusal_shows_at_once_and_only_once() -> None:
    outcomes, attempt = Outcomes(), refused(80)
    assert outcomes.second(at(1), [attempt]) == [attempt]
    assert outcomes.second(at(2), [attempt]) == []
    assert not outcomes.closed(attempt)


def test_silence_counts_after_its_patience_and_not_before() -> None:
    outcomes, attempt = Outcomes(), unanswered(80, server="192.168.1.5")
    assert outcomes.second(at(1), [attempt]) == []
    assert outcomes.second(at(4), []) == []
    assert outcomes.second(at(5), []) == [attempt]
    assert not outcomes.closed(attempt)


def test_who_answers_late_has_not_failed() -> None:
    outcomes, attempt = Outcomes(), unanswered(80, server="192.168.1.5")
    outcomes.second(at(1), [attempt])
    attempt.packets_down, attempt.tcp_state, attempt.tcp_history = 1, "S1", "Sh"
    assert outcomes.second(at(6), [attempt]) == []
    assert not outcomes.closed(attempt)


def test_what_closes_before_anyone_looked_is_judged_then() -> None:
    assert Outcomes().closed(refused(80))
    assert not Outcomes().closed(flow())


@pytest.mark.parametrize(
    ("history", "odd"), [("", True), ("r", True), ("F", True), ("Fr", True), ("A", False), ("FaR", False)]
)
def test_odd_flows_are_those_that_never_tried_to_connect(history: str, odd: bool) -> None:
    assert is_odd(flow(state="OTH", history=history)) is odd


def test_a_connection_in_use_is_not_odd() -> None:
    assert not is_odd(flow())


def test_half_of_a_connection_is_no_failure() -> None:
    """The recording sees what the client sends only: it was answered, or it would not have gone on."""
    half = flow(state="S0", history="SAD", packets=(5, 0))
    assert not Outcomes().closed(half)
    assert Outcomes().closed(flow(state="SH", history="SF", packets=(2, 0)))


def test_a_ping_in_vain_is_a_failure_and_an_error_is_none() -> None:
    def icmp(kind: int, packets: tuple[int, int] = (1, 0)) -> bool:
        return Outcomes().closed(flow(protocol="icmp", port=0, packets=packets, icmp_type=kind))

    assert (icmp(8), icmp(13), icmp(3), icmp(8, (1, 1))) == (True, True, False, False)


@pytest.mark.parametrize(("history", "packets", "odd"), [("Ar", 1, True), ("A", 2, True), ("A", 9, False)])
def test_a_lone_acknowledgment_is_a_probe(history: str, packets: int, odd: bool) -> None:
    assert is_odd(flow(state="OTH", history=history, packets=(packets, 0))) is odd
