from __future__ import annotations

import pytest

from netscope.engine.rates import NS, SLOT_S, SLOTS, WINDOW_S, FlowRate
from netscope.model.flow import Flow

T0 = 1_700_000_000 * NS


def a_flow(up: int, down: int) -> Flow:
    flow = Flow(1, "192.168.1.31", 50000, "93.184.216.34", 443, "tcp", None, None, None, T0)
    flow.bytes_up, flow.bytes_down, flow.packets_up, flow.packets_down = up, down, up // 100, down // 100
    return flow


def test_the_rate_is_the_mean_of_five_seconds() -> None:
    rate = FlowRate()
    for second in range(5):
        rate.add(1000, 2000, T0 + second * NS)
    assert rate.bits_per_s(T0 + 4 * NS) == (8000.0, 16000.0)


def test_the_rate_falls_to_nothing_when_nothing_comes() -> None:
    rate = FlowRate()
    rate.add(1000, 0, T0)
    up = [rate.bits_per_s(T0 + second * NS)[0] for second in range(7)]
    assert up == [1600.0] * WINDOW_S + [0.0, 0.0]


def test_the_history_moves_on_by_slots() -> None:
    rate = FlowRate()
    rate.add(10, 5, T0)
    rate.add(1, 1, T0 + SLOT_S * NS)
    history = rate.history(T0 + SLOT_S * NS)
    assert len(history) == SLOTS
    assert history[-2:] == (15, 2)
    assert rate.history(T0 + (SLOTS + 1) * SLOT_S * NS) == (0,) * SLOTS


def test_a_long_silence_costs_no_long_loop() -> None:
    rate = FlowRate()
    rate.add(10, 0, T0)
    rate.add(20, 0, T0 + 10**9 * NS)
    assert sum(rate.history(T0 + 10**9 * NS)) == 20


def test_time_that_goes_back_counts_into_the_present() -> None:
    rate = FlowRate()
    rate.add(10, 0, T0)
    rate.add(10, 0, T0 - 60 * NS)
    assert rate.bits_per_s(T0) == (32.0, 0.0)


def test_taking_from_a_flow_gives_what_it_gained() -> None:
    rate = FlowRate()
    assert rate.take(a_flow(1000, 200), T0) == (1000, 200, 12)
    assert rate.take(a_flow(1500, 200), T0) == (500, 0, 5)
    assert rate.take(a_flow(1500, 200), T0) == (0, 0, 0)


@pytest.mark.parametrize(("seconds", "moves"), [(0, True), (5, True), (1000, False)])
def test_rows_of_silent_flows_are_not_made_again(seconds: int, moves: bool) -> None:
    rate = FlowRate()
    rate.add(10, 0, T0)
    assert rate.moves(T0 + seconds * NS) is moves
