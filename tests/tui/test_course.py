"""The course of a run: columns to point into, and lines of equal time."""

from __future__ import annotations

import pytest

from netscope.model.history import CourseBucket
from netscope.tui import course
from netscope.tui.glyphs import BLOCKS, BRAILLE, Glyphs

SECOND = 1_000_000_000
START = 1_793_541_600 * SECOND


def bucket(second: int, *, up: int = 0, down: int = 0, alerts: int = 0, seconds: int = 1) -> CourseBucket:
    return CourseBucket(START + second * SECOND, seconds, up, down, 1, 1, 0, 0, alerts)


def test_columns_are_rates_of_whole_buckets() -> None:
    found = course.columns([bucket(0, down=1_000), bucket(3, up=500)], START, START + 4 * SECOND, 2, grows=True)
    assert found.down_bps == [4_000.0, 0.0]
    assert found.up_bps == [0.0, 2_000.0]


def test_a_short_run_has_a_column_a_bucket() -> None:
    found = course.columns([bucket(1, down=125)], START, START + 3 * SECOND, 100, grows=True)
    assert found.down_bps == [0.0, 1_000.0, 0.0]


def test_while_it_grows_columns_stand_still() -> None:
    """A second more adds to the last column only."""
    buckets = [bucket(second, down=second) for second in range(200)]
    before = course.columns(buckets[:151], START, START + 151 * SECOND, 100, grows=True)
    after = course.columns(buckets[:152], START, START + 152 * SECOND, 100, grows=True)
    assert before.down_bps[:75] == after.down_bps[:75]


def test_what_has_ended_fills_the_width() -> None:
    buckets = [bucket(second, down=125) for second in range(150)]
    found = course.columns(buckets, START, START + 150 * SECOND, 100, grows=False)
    assert len(found.down_bps) == 100
    assert set(found.down_bps) == {1_000.0}


def test_alerts_are_counted_where_they_began() -> None:
    found = course.columns([bucket(0), bucket(9, alerts=2)], START, START + 10 * SECOND, 5, grows=True)
    assert found.alerts == [0, 0, 0, 0, 2]


def test_an_empty_course_is_one_column() -> None:
    found = course.columns([], START, START, 50, grows=True)
    assert found.down_bps == [0.0]


@pytest.mark.parametrize("glyphs", [BLOCKS, BRAILLE], ids=("blocks", "braille"))
def test_pointing_into_the_chart_finds_the_moment_drawn_there(glyphs: Glyphs) -> None:
    buckets = [bucket(second, down=10 * second) for second in range(60)]
    found = course.columns(buckets, START, START + 60 * SECOND, 60, grows=False)
    for x in range(7, 60):
        moment = course.time_at(found, x, 130, glyphs)
        if moment is not None:
            line = course.chart(found, moment, 130, 8, glyphs)[-2]
            at = len(line[0][0]) + len(line[1][0])
            assert abs(at - x) <= 2
    assert course.time_at(found, 6, 130, glyphs) is None
    assert course.time_at(found, 500, 130, glyphs) is None


def test_ticks_and_pointer() -> None:
    found = course.columns([bucket(0), bucket(9, alerts=2)], START, START + 10 * SECOND, 10, grows=True)
    ticks, times = ("".join(text for text, _ in line) for line in course.chart(found, START, 18, 8, BLOCKS)[-2:])
    assert ticks == " " * 7 + "↑" + " " * 8 + "!"
    assert len(times) == 17


def test_periods_of_a_short_run_are_ten_seconds() -> None:
    lines = course.periods([bucket(second, down=100 if second < 10 else 50) for second in range(25)])
    assert [line.seconds for line in lines] == [10, 10, 10]
    assert [line.bytes for line in lines] == [250, 500, 1_000]
    assert [line.share for line in lines] == [0.25, 0.5, 1.0]
    assert lines[0].start_ns == START + 20 * SECOND


def test_periods_of_months_are_days_that_begin_at_midnight() -> None:
    lines = course.periods([bucket(hour * 3_600, up=1, seconds=3_600) for hour in range(24 * 40)])
    assert {line.seconds for line in lines} == {86_400}
    assert all(line.start_ns % (86_400 * SECOND) == 0 for line in lines)
    assert sum(line.bytes_up for line in lines) == 24 * 40


def test_periods_in_which_nothing_happened_are_left_out() -> None:
    assert [line.start_ns - START for line in course.periods([bucket(0), bucket(500)])] == [500 * SECOND, 0]
    assert course.periods([]) == []
