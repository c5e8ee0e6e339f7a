"""Strips and columns of how often something was used: the day, or the minutes of a young run."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from netscope.model.history import Uses
from netscope.tui import uses
from netscope.tui.glyphs import ASCII, BLOCKS

NOW_NS = 1_793_541_600 * 1_000_000_000
"""14:00 UTC."""


def of_minutes(*newest: int) -> Uses:
    return Uses((0,) * (60 - len(newest)) + newest, (0,) * 23 + (sum(newest),))


DAY = Uses((0,) * 60, (3,) + (0,) * 22 + (1,))


def test_a_day_once_something_is_older_than_an_hour() -> None:
    assert uses.span_of([of_minutes(1, 0, 2), DAY]) is uses.DAY
    assert uses.DAY.words == " by the hour, last 24 h"


def test_of_a_young_run_the_minutes_in_which_there_was_something() -> None:
    assert uses.span_of([of_minutes(1, 0, 2)]) == (10, 60)
    assert uses.span_of([of_minutes(*([1] * 33))]) == (33, 60)
    assert uses.span_of([]) == (10, 60)


def test_added() -> None:
    assert uses.added([]) == Uses((0,) * 60, (0,) * 24)
    assert uses.added([of_minutes(1, 2), of_minutes(3)]).minutes[-2:] == (1, 5)


def test_strips_are_sorted_by_what_they_show_and_compared_with_each_other() -> None:
    rows = [("Amazon", of_minutes(1, 0)), ("Meta", of_minutes(9, 9))]
    lines = ["".join(text for text, _ in line) for line in uses.strips("Hits", rows, NOW_NS, 80, 10, glyphs=BLOCKS)]
    assert lines[0] == "▎Hits by the minute, last 10 min"
    assert lines[1].split() == ["Meta", "·" * 40 + "█" * 10, "18"]
    assert lines[2].split()[0] == "Amazon"
    assert lines[3].rstrip().endswith("now")


def test_strips_keep_the_last_line_for_times() -> None:
    rows = [(f"owner {number}", of_minutes(number + 1)) for number in range(20)]
    lines = uses.strips("Hits", rows, NOW_NS, 80, 6, glyphs=BLOCKS)
    assert len(lines) == 6
    assert lines[-1][0][0].rstrip().endswith("now")


def test_columns_name_their_top() -> None:
    lines = ["".join(text for text, _ in line) for line in uses.columns("Uses", DAY, NOW_NS, 80, 6, glyphs=BLOCKS)]
    assert lines[1].startswith("    3 ┤██ ")
    assert lines[-1].split()[0] == "15"
    assert "14" in lines[-1].split()


def test_slots_that_do_not_fit_are_added_up_from_the_newest_back() -> None:
    assert uses.fitting((1, 2, 3, 4, 5), uses.Span(5, 60), 5) == ((1, 2, 3, 4, 5), (5, 60))
    assert uses.fitting((1, 2, 3, 4, 5), uses.Span(5, 60), 3) == ((1, 5, 9), (3, 120))
    assert uses.fitting(range(60), uses.Span(60, 60), 52) == (tuple(range(8, 60)), (52, 60))
    assert uses.fitting(range(60), uses.Span(60, 60), 29)[1] == (29, 120)
    assert uses.fitting(range(24), uses.DAY, 19)[1] == (12, 7_200)
    assert uses.Span(12, 300).words == " by 5 min, last 1 h"
    assert uses.Span(12, 7_200).words == " by 2 h, last 24 h"


@pytest.mark.parametrize("width", range(36, 100))
def test_what_was_used_just_now_is_in_sight_at_any_width(width: int) -> None:
    for rows in ([("Meta", of_minutes(*range(1, 61)))], [("Meta", DAY)]):
        name, strip, total = [text for text, _ in uses.strips("Hits", rows, NOW_NS, width, 4, glyphs=BLOCKS)[1]]
        assert strip[-1] not in "· "
        assert cell_len(name + strip + total) <= width


@pytest.mark.parametrize("width", range(36, 200, 9))
@pytest.mark.parametrize(
    "rows", [[], [("x" * 60, DAY)], [("日本語" * 9, of_minutes(1))], [("a", of_minutes(*[1] * 60))]]
)
def test_nothing_is_wider_than_the_pane(width: int, rows: list[tuple[str, Uses]]) -> None:
    for lines in (
        uses.strips("Hits", rows, NOW_NS, width, 8, glyphs=ASCII),
        uses.columns("Uses", uses.added([each for _, each in rows]), NOW_NS, width, 8, glyphs=BLOCKS),
    ):
        assert max(cell_len("".join(text for text, _ in line)) for line in lines) <= width
