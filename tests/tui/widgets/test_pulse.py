"""Charts of traffic over time."""

from __future__ import annotations

from netscope.model.snapshot import PulsePoint
from netscope.tui.widgets.pulse import buckets

S = 10**9


def points(first_s: int, count: int) -> list[PulsePoint]:
    return [PulsePoint((first_s + n) * S, 10, 1_000 if (first_s + n) % 50 == 0 else 100, 1) for n in range(count)]


def test_columns_keep_their_peaks_and_end_with_the_newest() -> None:
    down, up, length = buckets(points(1_000, 240), 80, 240)
    assert length == 3
    assert len(down) == len(up) == 80
    # Seconds 1000 and 1001 are of a column that began before the window.
    assert down.count(8_000) == 4
    assert set(up) == {80.0}


def test_the_picture_shifts_by_whole_columns_and_does_not_shimmer() -> None:
    before, _, _ = buckets(points(1_000, 240), 60, 240)
    after, _, _ = buckets(points(1_004, 240), 60, 240)
    assert after[:-1] == before[1:]


def test_nothing_seen_is_an_empty_chart() -> None:
    assert buckets([], 10, 60) == ([0.0] * 10, [0.0] * 10, 6)
