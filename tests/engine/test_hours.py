"""Counts by hour: what is older than a day goes, whenever it is asked."""

from __future__ import annotations

from netscope.engine.hours import HOUR_NS, HourCounts

NOON = 500_000 * HOUR_NS


def test_hours_are_told_oldest_first_with_the_one_of_now_last() -> None:
    counts = HourCounts()
    counts.add(NOON - 3 * HOUR_NS)
    counts.add(NOON, 2)
    counts.add(NOON + HOUR_NS - 1)
    assert counts.last_day(NOON) == (*[0] * 20, 1, 0, 0, 3)


def test_what_is_a_day_old_goes_and_what_comes_late_is_counted_where_it_belongs() -> None:
    counts = HourCounts()
    counts.add(NOON)
    counts.add(NOON + 23 * HOUR_NS)
    counts.add(NOON + 20 * HOUR_NS)
    assert counts.last_day(NOON + 23 * HOUR_NS) == (1, *[0] * 19, 1, 0, 0, 1)
    counts.add(NOON + 24 * HOUR_NS)
    assert counts.last_day(NOON + 24 * HOUR_NS) == (*[0] * 19, 1, 0, 0, 1, 1)
    counts.add(NOON)
    assert sum(counts.last_day(NOON + 24 * HOUR_NS)) == 3


def test_asked_later_or_for_a_moment_before_it_tells_only_what_lies_in_that_day() -> None:
    counts = HourCounts()
    counts.add(NOON)
    assert sum(counts.last_day(NOON + 23 * HOUR_NS)) == 1
    assert sum(counts.last_day(NOON + 24 * HOUR_NS)) == 0
    assert sum(counts.last_day(NOON - HOUR_NS)) == 0
