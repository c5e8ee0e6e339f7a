"""RITA's formulas against values worked out by hand."""

from __future__ import annotations

import random

import pytest

from netscope.engine.analyze import rita


def test_quartiles_by_the_method_of_halves() -> None:
    assert rita.quartiles([7, 15, 36, 39, 40, 41]) == (15, 37.5, 40)
    assert rita.quartiles([6, 7, 15, 36, 39, 40, 41, 42, 43, 47, 49]) == (15, 40, 43)


def test_even_gaps_score_one() -> None:
    assert rita.regularity([30] * 20, narrow_median_score=1.0) == 1.0


def test_a_lean_and_a_spread_cost() -> None:
    # Quartiles 10, 20, 60: Bowley (10 + 60 - 40) / 50 = 0.6. Deviations from 20: 10 10 0 0 40 40, median 10.
    assert rita.regularity([10, 10, 20, 20, 60, 60], 1.0) == pytest.approx((1 - 0.6 + 0.5) / 2)


def test_a_narrow_range_has_no_lean() -> None:
    assert rita.regularity([1, 1, 2, 9, 9, 9], 1.0) == pytest.approx((1 + max(0, (5.5 - 3.5) / 5.5)) / 2, abs=1e-3)


def test_medians_below_one_get_the_given_score() -> None:
    assert rita.regularity([0, 0, 0, 0], narrow_median_score=0.0) == 0.5
    assert rita.regularity([0, 0, 0, 0], narrow_median_score=1.0) == 1.0


def test_histogram_puts_the_last_moment_into_the_last_bin() -> None:
    bins = rita.histogram([0, 5, 24], (0, 24))
    assert (bins[0], bins[5], bins[23], sum(bins)) == (1, 1, 1, 3)


def test_even_bins_score_one_and_a_single_bin_none() -> None:
    assert rita.histogram_score([4] * 24) == 1.0
    assert rita.histogram_score([96] + [0] * 23) == 0.0


def test_two_typical_heights_score_though_bins_vary() -> None:
    assert rita.histogram_score([1, 40] * 12) == 1.0


def test_duration_needs_six_bins() -> None:
    bins = [1] * 5 + [0] * 19
    assert rita.duration_score(bins, [0, 100], (0, 100)) == 0.0


def test_a_run_continues_over_the_end_of_the_day() -> None:
    bins = [1] * 4 + [0] * 16 + [1] * 4
    assert rita.duration_score(bins, [10, 20], (0, 1000)) == pytest.approx(8 / 12, abs=1e-3)


def test_a_clockwork_scores_near_one_and_a_person_does_not() -> None:
    day = 86_400.0
    clockwork = rita.beacon_score([60.0 * i for i in range(1440)], [300] * 1440, (0, day))
    rng = random.Random(7)
    person = rita.beacon_score(
        sorted(rng.uniform(0, day / 3) for _ in range(200)), [rng.randrange(200, 90_000) for _ in range(200)], (0, day)
    )
    assert clockwork.total == 1.0
    assert person.total < 0.6


@pytest.mark.parametrize(
    ("score", "category"), [(0.49, 0.0), (0.5, 0.2), (0.6, 0.3), (0.7, 0.4), (0.9, 0.6), (1.0, 0.8)]
)
def test_categories_are_interpolated(score: float, category: float) -> None:
    assert rita.category_score(score) == pytest.approx(category)
