"""What is usual for a device at an hour: the range of most of the days before, and the last day beside it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
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
    days: int
    """Days before that this rests on."""


def usual_range(past: Sequence[int]) -> tuple[int, int] | None:
    """Between which four of five values lie; None of too few."""
    if len(past) < LEAST_DAYS:
        return None
    ordered = sorted(past)
    left_out = len(ordered) // 10
    return ordered[left_out], ordered[-1 - left_out]


def day_profile(by_hour: Mapping[int, int], watched: Container[int], now_ns: int) -> list[HourBytes]:
    """The last 24 hours, the one of now last. ``by_hour``: bytes by hour since the epoch, nothing moved where absent;
    ``watched``: hours in which somebody looked, of the others nothing is known.
    """
    now = now_ns // HOUR_NS
    profile = []
    for hour in range(now - HOURS + 1, now + 1):
        days = range(hour - HOURS, hour - HOURS * USUAL_DAYS - 1, -HOURS)
        past = [by_hour.get(before, 0) for before in days if before in watched]
        usual = usual_range(past)
        low, high = usual if usual is not None else (None, None)
        profile.append(HourBytes(hour * HOUR_NS, by_hour.get(hour, 0), low, high, len(past)))
    return profile
