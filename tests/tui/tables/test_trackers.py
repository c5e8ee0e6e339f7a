"""Owners that fold out to their hosts."""

from __future__ import annotations

from netscope.tui.tables.trackers import fold, members
from tests.tui.fake_reader import FakeReader

ROWS = FakeReader().snapshot().trackers


def test_owners_come_by_hits_and_hosts_below_their_own() -> None:
    folded = fold(ROWS, "owner", ())
    assert [row.label for row in folded[:2]] == ["Meta", "Amazon"]
    assert [row.hits for row in folded] == sorted((row.hits for row in folded), reverse=True)
    unfolded = fold(ROWS, "owner", ("Meta",))
    assert [(row.depth, row.label) for row in unfolded[:3]] == [
        (0, "Meta"), (1, "graph.facebook.com"), (1, "connect.facebook.net"),
    ]  # fmt: skip


def test_every_row_is_in_one_group() -> None:
    for by in ("owner", "category", "device", "host"):
        groups = fold(ROWS, by, ())
        assert sum(len(members(ROWS, by, group.key)) for group in groups) == len(ROWS)
        assert sum(group.hits for group in groups) == sum(row.hits for row in ROWS)
