"""How many lines each pane of a column gets: what it needs, the rest where there is more to show. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Want(NamedTuple):
    """Lines a pane asks for."""

    least: int
    """Below that it shows nothing of use."""
    wanted: int
    """For all it has."""
    most: int
    """More would be blank, or no clearer; at least ``wanted``."""
    is_list: bool = False
    """Blank lines below its own look right: it takes what nobody can use."""


def share_lines(total: int, wants: Sequence[Want]) -> list[int]:
    """Lines for panes from top to bottom: first what each needs least, then what it wants, then what it can use; what
    nobody can use goes to the last list. Where even the least do not fit, the last ones get less, down to nothing.
    """
    given = [0] * len(wants)
    left = total
    for number, want in enumerate(wants):
        given[number] = min(want.least, left)
        left -= given[number]
    left = _raise(given, [max(want.least, want.wanted) for want in wants], left)
    left = _raise(given, [max(want.wanted, want.most) for want in wants], left)
    if given and left > 0:
        given[max((number for number, want in enumerate(wants) if want.is_list), default=-1)] += left
    return given


def _raise(given: list[int], goals: Sequence[int], left: int) -> int:
    """Lines go one at a time to the pane that has least of its goal; what is left over."""
    while left > 0:
        open_ones = [number for number, goal in enumerate(goals) if given[number] < goal]
        if not open_ones:
            return left
        neediest = min(open_ones, key=lambda number: given[number] / goals[number])
        given[neediest] += 1
        left -= 1
    return left


def stacked(wants: Sequence[Want]) -> Want:
    """Of panes one above the other."""
    return Want(
        sum(want.least for want in wants),
        sum(want.wanted for want in wants),
        sum(want.most for want in wants),
        any(want.is_list for want in wants),
    )


def side_by_side(wants: Sequence[Want]) -> Want:
    return Want(
        max((want.least for want in wants), default=0),
        max((want.wanted for want in wants), default=0),
        max((want.most for want in wants), default=0),
        any(want.is_list for want in wants),
    )
