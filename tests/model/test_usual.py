"""The usual range: most of the days before, and nothing from too few."""

from __future__ import annotations

import pytest

from netscope.model.usual import HOUR_NS, day_profile, usual_range

NOW_HOUR = 490_000
NOW_NS = NOW_HOUR * HOUR_NS + 1


@pytest.mark.parametrize(
    ("past", "expected"),
    [([], None), ([5, 7], None), ([7, 5, 9], (5, 9)), ([3] * 9 + [900], (3, 3)), (list(range(20)), (2, 17))],
)
def test_the_range_leaves_out_a_tenth_at_each_end(past: list[int], expected: tuple[int, int] | None) -> None:
    assert usual_range(past) == expected


def test_a_profile_is_the_last_day_with_the_same_hour_of_the_days_before() -> None:
    by_hour = {NOW_HOUR: 50, NOW_HOUR - 1: 40, **{NOW_HOUR - 24 * day: 100 * day for day in range(1, 5)}}
    profile = day_profile(by_hour, range(NOW_HOUR - 24 * 4, NOW_HOUR), NOW_NS)
    assert [hour.start_ns // HOUR_NS for hour in profile] == list(range(NOW_HOUR - 23, NOW_HOUR + 1))
    assert (profile[-1].bytes, profile[-1].usual_low_bytes, profile[-1].usual_high_bytes) == (50, 100, 400)
    # An hour in which it moved nothing on the days before is as telling as any.
    assert (profile[-2].bytes, profile[-2].usual_low_bytes, profile[-2].usual_high_bytes) == (40, 0, 0)
    assert (profile[-1].days, profile[-2].days) == (4, 3)


def test_of_a_device_met_today_nothing_is_usual() -> None:
    profile = day_profile({NOW_HOUR: 50}, range(NOW_HOUR - 30, NOW_HOUR), NOW_NS)
    assert profile[-1].bytes == 50
    assert {hour.usual_low_bytes for hour in profile} == {None}
    assert profile[-1].days == 1


def test_days_long_past_and_hours_nobody_watched_do_not_count() -> None:
    by_hour = {NOW_HOUR - 24 * day: (1 if day <= 28 else 10**12) for day in range(1, 90)}
    hour = day_profile(by_hour, range(NOW_HOUR), NOW_NS)[-1]
    assert (hour.usual_low_bytes, hour.usual_high_bytes, hour.days) == (1, 1, 28)
    watched = {NOW_HOUR - 24, NOW_HOUR - 48, NOW_HOUR - 72}
    hour = day_profile({NOW_HOUR - 24: 9}, watched, NOW_NS)[-1]
    assert (hour.usual_low_bytes, hour.usual_high_bytes, hour.days) == (0, 9, 3)
