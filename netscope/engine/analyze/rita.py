"""RITA's beacon score: how regular connections are in time, size, spread over the day and persistence, each 0 to 1.

Follows activecm/rita, analysis/beacons.go; quartiles by the method of halves, as its statistics library computes them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final, NamedTuple

BINS: Final = 24
MIN_IQR: Final = 10
"""Quartiles closer than this say nothing of a lean."""
MIN_BIMODAL_BINS: Final = 11
MIN_DURATION_BINS: Final = 6
IDEAL_RUN: Final = 12
"""Consecutive bins with connections that count as fully persistent."""
CATEGORIES: Final[tuple[tuple[float, ...], ...]] = ((0.5, 0.2), (0.7, 0.4), (0.9, 0.6), (1.0, 0.8))
"""(beacon score, category score): RITA's thresholds, interpolated between."""


class BeaconScore(NamedTuple):
    total: float
    time: float
    size: float
    histogram: float
    duration: float


def beacon_score(times_s: Sequence[float], sizes: Sequence[int], span: tuple[float, float]) -> BeaconScore:
    """Of at least four connections: when each began (in any order), its bytes, and the first and last second of all."""
    times = sorted({math.floor(time) for time in times_s})
    gaps = sorted(b - a for a, b in pairwise(times))
    bins = histogram(times, span)
    parts = (
        regularity(gaps, narrow_median_score=1.0) if len(gaps) >= 3 else 0.0,
        regularity(sorted(sizes), narrow_median_score=0.0) if len(sizes) >= 3 else 0.0,
        histogram_score(bins),
        duration_score(bins, times, span),
    )
    return BeaconScore(round(sum(parts) / 4, 3), *parts)


def quartiles(ordered: Sequence[float]) -> tuple[float, float, float]:
    """Medians of the lower half, of all and of the upper half, the middle one in neither half."""
    half = len(ordered) // 2
    return median(ordered[:half]), median(ordered), median(ordered[len(ordered) - half :])


def regularity(ordered: Sequence[float], narrow_median_score: float) -> float:
    """Mean of symmetry (Bowley) and narrowness (median absolute deviation)."""
    first, middle, third = quartiles(ordered)
    lean = 0.0
    if third - first >= MIN_IQR and middle not in (first, third):
        lean = (first + third - 2 * middle) / (third - first)
    if middle < 1:
        narrowness = narrow_median_score
    else:
        deviation = median(abs(value - middle) for value in ordered)
        narrowness = max(0.0, (middle - deviation) / middle)
    return round((1 - abs(lean) + narrowness) / 2, 3)


def histogram(times: Sequence[float], span: tuple[float, float]) -> list[int]:
    """Connections in each of 24 equal parts of the data set."""
    first, last = span
    width = max((last - first) / BINS, 1e-9)
    bins = [0] * BINS
    for time in times:
        if first <= time <= last:
            bins[min(int((time - first) / width), BINS - 1)] += 1
    return bins


def histogram_score(bins: Sequence[int]) -> float:
    """The better of evenness (coefficient of variation) and having two typical heights."""
    mean = sum(bins) / len(bins)
    if not mean:
        return 0.0
    deviation = math.sqrt(sum((height - mean) ** 2 for height in bins) / len(bins))
    even = max(0.0, 1 - deviation / mean)
    return round(max(even, _bimodal(bins)), 3)


def _bimodal(bins: Sequence[int]) -> float:
    filled = [height for height in bins if height]
    if len(filled) < MIN_BIMODAL_BINS:
        return 0.0
    width = max(math.ceil(0.05 * max(filled)), 1)
    common = Counter(height // width for height in filled).most_common(2)
    return min(1.0, sum(count for _, count in common) / max(len(filled) - 1, 1))


def duration_score(bins: Sequence[int], times: Sequence[float], span: tuple[float, float]) -> float:
    """The better of how much of the data set is covered and of the longest run of bins without a break."""
    if sum(1 for height in bins if height) < MIN_DURATION_BINS or span[1] <= span[0]:
        return 0.0
    coverage = _ceil3((times[-1] - times[0]) / (span[1] - span[0]))
    consistency = _ceil3(_longest_run(bins) / IDEAL_RUN)
    return min(1.0, max(coverage, consistency))


def _longest_run(bins: Sequence[int]) -> int:
    """The day's end continues at its beginning."""
    longest = run = 0
    for height in (*bins, *bins):
        run = run + 1 if height else 0
        longest = max(longest, run)
    return min(longest, BINS)


def _ceil3(value: float) -> float:
    return math.ceil(value * 1000) / 1000


def category_score(score: float) -> float:
    """RITA's severity scale for a beacon score: 0 below its base, at most 0.8 without modifiers."""
    if score < CATEGORIES[0][0]:
        return 0.0
    for (low, low_category), (high, high_category) in pairwise(CATEGORIES):
        if score <= high:
            return low_category + (score - low) / (high - low) * (high_category - low_category)
    return CATEGORIES[-1][1]
