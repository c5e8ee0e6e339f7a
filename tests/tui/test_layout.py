"""Lines for panes: what each needs first, the rest where there is more to show."""

from __future__ import annotations

import pytest

from netscope.tui.layout import Want, share_lines, side_by_side, stacked

TEXT = Want(3, 3, 3)
LIST = Want(2, 10, 40, is_list=True)
CHART = Want(4, 6, 12)


def test_each_gets_what_it_wants_and_the_list_takes_the_rest() -> None:
    assert share_lines(60, [TEXT, CHART, LIST]) == [3, 12, 45]
    assert share_lines(19, [TEXT, CHART, LIST]) == [3, 6, 10]


def test_what_nobody_can_use_goes_to_the_last_list() -> None:
    assert share_lines(30, [Want(2, 3, 3, is_list=True), TEXT]) == [27, 3]
    assert share_lines(30, [Want(2, 3, 3, is_list=True), Want(2, 4, 4, is_list=True), TEXT]) == [3, 24, 3]


def test_without_a_list_the_last_pane_takes_it() -> None:
    assert share_lines(20, [TEXT, CHART]) == [3, 17]


def test_the_least_comes_before_the_wish_of_another() -> None:
    assert share_lines(9, [LIST, CHART, TEXT]) == [2, 4, 3]


def test_where_even_the_least_do_not_fit_the_last_get_nothing() -> None:
    assert share_lines(5, [TEXT, CHART, TEXT]) == [3, 2, 0]
    assert share_lines(0, [TEXT, LIST]) == [0, 0]


def test_two_lists_grow_in_step() -> None:
    long, short = Want(2, 40, 40, is_list=True), Want(2, 10, 10, is_list=True)
    assert share_lines(25, [long, short]) == [20, 5]


def test_nothing_to_share_among_nobody() -> None:
    assert share_lines(10, []) == []


@pytest.mark.parametrize("total", range(80))
def test_no_line_is_given_twice_or_lost(total: int) -> None:
    given = share_lines(total, [TEXT, LIST, CHART, LIST])
    assert sum(given) == total
    assert min(given) >= 0


def test_panes_together() -> None:
    assert stacked([TEXT, LIST]) == Want(5, 13, 43, is_list=True)
    assert side_by_side([TEXT, CHART]) == Want(4, 6, 12, is_list=False)
    assert side_by_side([]) == Want(0, 0, 0)
