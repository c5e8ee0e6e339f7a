"""Counts by minute and hour: what is older goes, whenever it is asked."""

from __future__ import annotations

from netscope.engine.uses import FEW, HOUR_NS, MINUTE_NS, MOST, UseCounts

NOON = 500_000 * HOUR_NS


def test_the_oldest_comes_first_and_now_last() -> None:
    counts = UseCounts()
    for at_ns in (NOON - 3 * HOUR_NS, NOON, NOON, NOON + 2 * MINUTE_NS):
        counts.add(at_ns)
    told = counts.told(NOON + 5 * MINUTE_NS)
    assert told.hours == (*[0] * 20, 1, 0, 0, 3)
    assert told.minutes == (*[0] * 54, 2, 0, 1, 0, 0, 0)


def test_what_is_a_day_old_goes_and_what_comes_late_is_counted_where_it_belongs() -> None:
    counts = UseCounts()
    for hours in (0, 23, 20):
        counts.add(NOON + hours * HOUR_NS)
    assert counts.told(NOON + 23 * HOUR_NS).hours == (1, *[0] * 19, 1, 0, 0, 1)
    counts.add(NOON + 24 * HOUR_NS)
    assert counts.told(NOON + 24 * HOUR_NS).hours == (*[0] * 19, 1, 0, 0, 1, 1)
    counts.add(NOON)
    assert sum(counts.told(NOON + 24 * HOUR_NS).hours) == 3


def test_asked_later_or_for_a_moment_before_it_tells_only_what_lies_in_that_time() -> None:
    counts = UseCounts()
    counts.add(NOON)
    assert sum(counts.told(NOON + 23 * HOUR_NS).hours) == 1
    assert sum(counts.told(NOON + 24 * HOUR_NS).hours) == 0
    assert sum(counts.told(NOON - HOUR_NS).hours) == 0
    assert sum(counts.told(NOON + HOUR_NS).minutes) == 0


def test_very_many_are_told_as_the_most_there_is_room_for() -> None:
    counts = UseCounts()
    for _ in range(MOST + 5):
        counts.add(NOON)
    assert counts.told(NOON).minutes[-1] == MOST


def test_few_uses_and_many_are_told_alike() -> None:
    for number in range(1, 3 * FEW):
        counts = UseCounts()
        for use in range(number):
            counts.add(NOON + use * 20 * MINUTE_NS)
        told = counts.told(NOON + number * 20 * MINUTE_NS)
        assert sum(told.hours) == number
        assert sum(told.minutes) == min(number, 2)
