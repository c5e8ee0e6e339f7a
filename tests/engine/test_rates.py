from __future__ import annotations

from netscope.engine.rates import NO_HISTORY, NS, SLOT_S, DeviceRate

T0 = 1_700_000_000 * NS


def test_the_rate_is_the_mean_of_five_seconds() -> None:
    rate = DeviceRate()
    for second in range(5):
        rate.take(1000 * (second + 1), 2000 * (second + 1), T0 + second * NS)
    assert rate.bits_per_s(T0 + 4 * NS) == (8000.0, 16000.0)


def test_the_rate_falls_to_nothing_when_nothing_comes() -> None:
    rate = DeviceRate()
    rate.take(1000, 0, T0)
    up = [rate.bits_per_s(T0 + second * NS)[0] for second in range(7)]
    assert up == [1600.0] * 5 + [0.0, 0.0]


def test_the_history_moves_on_by_slots() -> None:
    rate = DeviceRate()
    rate.take(10, 5, T0)
    rate.take(11, 6, T0 + SLOT_S * NS)
    history = rate.history(T0 + SLOT_S * NS)
    assert len(history) == len(NO_HISTORY)
    assert history[-2:] == (15, 2)
    assert rate.history(T0 + (len(NO_HISTORY) + 1) * SLOT_S * NS) == NO_HISTORY


def test_a_long_silence_costs_no_long_loop() -> None:
    rate = DeviceRate()
    rate.take(10, 0, T0)
    rate.take(30, 0, T0 + 10**9 * NS)
    assert sum(rate.history(T0 + 10**9 * NS)) == 20


def test_what_comes_a_little_late_counts_into_the_present() -> None:
    rate = DeviceRate()
    rate.take(10, 0, T0)
    rate.take(20, 0, T0 - 2 * NS)
    assert rate.bits_per_s(T0) == (32.0, 0.0)


def test_a_clock_set_back_starts_over() -> None:
    rate = DeviceRate()
    rate.take(1000, 0, T0)
    rate.take(1010, 0, T0 - 3600 * NS)
    assert rate.bits_per_s(T0 - 3600 * NS) == (16.0, 0.0)
    assert rate.bits_per_s(T0 - 3590 * NS) == (0.0, 0.0)


def test_what_was_moved_in_earlier_runs_is_not_of_now() -> None:
    rate = DeviceRate(1_000_000, 5_000_000)
    rate.take(1_000_100, 5_000_000, T0)
    assert rate.bits_per_s(T0) == (160.0, 0.0)
