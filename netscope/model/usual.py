"""What is usual for a device at an hour: the range of most of the days before, and the last day beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

HOUR_NS: Final = 3_600_000_000_000
HOURS: Final = 24
USUAL_DAYS: Final = 28
"""Days looked back upon: four of each weekday."""
LEAST_DAYS: Final = 3
"""Of fewer days nothing is said: two days are no habit."""


class HourBytes(NamedTuple):
    """What a device moved in one hour, and what it usually moves at this hour of the day."""

    start_ns: int
    bytes: int
    usual_low_bytes: int | None
    """None where too few days are known."""
    usual_high_bytes: int | None


def usual_range(past: Sequence[int]) -> tuple[int, int] | None:
    """Between which four of five values lie; None of too few."""
    if len(past) < LEAST_DAYS:
        return None
    ordered = sorted(past)
    left_out = len(ordered) // 10
    return ordered[left_out], ordered[-1 - left_out]


def day_profile(by_hour: Mapping[int, int], first_hour: int, now_ns: int) -> list[HourBytes]:
    """The last 24 hours, the one of now last. ``by_hour``: bytes by hour since the epoch, nothing moved where absent;
    ``first_hour``: since when the device was watched.
    """
    now = now_ns // HOUR_NS
    profile = []
    for hour in range(now - HOURS + 1, now + 1):
        days = range(hour - HOURS, max(first_hour, hour - HOURS * USUAL_DAYS) - 1, -HOURS)
        usual = usual_range([by_hour.get(past, 0) for past in days])
        low, high = usual if usual is not None else (None, None)
        profile.append(HourBytes(hour * HOUR_NS, by_hour.get(hour, 0), low, high))
    return profile


def days_known(first_hour: int, now_ns: int) -> int:
    """Whole days before the last 24 hours that a profile rests on."""
    return max(0, min(USUAL_DAYS, (now_ns // HOUR_NS - first_hour) // HOURS))
