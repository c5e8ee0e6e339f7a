"""Looks in a row make a longer story than the meter's minute."""

from __future__ import annotations

from netscope.engine.looked_at import MAX_FLOWS, SLOTS, LookedAt
from netscope.engine.rates import NS
from netscope.model.history import RateSeries


def minute(end_s: int, *up: int) -> RateSeries:
    return RateSeries(end_s * NS, 4, (*[0] * (16 - len(up)), *up), (1,) * 16)


def test_what_has_left_the_meters_minute_stays() -> None:
    looked = LookedAt()
    looked.series(1, minute(64, 7), 64 * NS)
    series = looked.series(1, minute(84, 7, 0, 0, 0, 0, 5), 84 * NS)
    assert (len(series.up), sum(series.up), series.end_ns) == (21, 12, 84 * NS)
    series = looked.series(1, minute(152, 5), 152 * NS)
    assert [(index, up) for index, up in enumerate(series.up) if up] == [(15, 7), (20, 5), (37, 5)]


def test_what_was_not_looked_at_is_empty_and_what_grew_is_as_it_is_now() -> None:
    looked = LookedAt()
    looked.series(1, minute(64, 7), 64 * NS)
    series = looked.series(1, minute(144, 5), 144 * NS)
    assert len(series.up) == 36
    assert series.down[16:20] == (0, 0, 0, 0)
    series = looked.series(1, minute(144, 50), 146 * NS)
    assert (series.up[-2:], series.end_ns // NS) == ((50, 0), 148)


def test_it_is_bounded_in_time_and_flows() -> None:
    looked = LookedAt()
    for second in range(64, 1_000, 40):
        series = looked.series(1, minute(second, second), second * NS)
    assert len(series.up) == SLOTS
    for number in range(2, 2 + MAX_FLOWS):
        looked.series(number, minute(64, 1), 64 * NS)
    assert len(looked.series(1, minute(64, 1), 64 * NS).up) == 16
