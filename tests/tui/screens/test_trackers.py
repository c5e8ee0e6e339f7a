"""Trackers by owner."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import LARGE, SIZES, SMALL, running

pytestmark = pytest.mark.asyncio


async def test_trackers_fold_out_and_group_by_other_properties() -> None:
    async with running(SMALL, mode="trackers") as session:
        assert "connect.facebook.net" not in session.text()
        await session.press("right")
        assert "connect.facebook.net" in session.text()
        await session.press("left")
        assert "connect.facebook.net" not in session.text()
        await session.press("b")
        assert "by category" in session.text()
        await session.press("b", "enter")
        assert session.context == "owner"


async def test_a_large_screen_tells_when_by_whom_and_which_line_of_which_list() -> None:
    async with running(LARGE, mode="trackers") as session:
        text = session.text()
        for words in ("Hits by the hour, last 24 h", "Owner by device", "to trackers", "List line"):
            assert words in text, words
        assert session.table("owners").selected.label == "Meta"
        assert {row.owner for row in session.table("hosts").rows} == {"Meta"}
        assert session.line_with("graph.facebook.com").count("facebook.com") == 2
        grid = "\n".join(line for line in session.lines()[30:])
        assert grid.index("Meta") < grid.index("Amazon")
        await session.press("down")
        assert {row.owner for row in session.table("hosts").rows} == {session.table("owners").selected.label}


@pytest.mark.parametrize("size", SIZES)
async def test_one_owner(size: tuple[int, int]) -> None:
    async with running(size, mode="trackers") as session:
        await session.press("enter")
        assert session.context == "owner"
        text = session.text()
        assert "▎Meta" in text
        assert "graph.facebook.com" in text
        assert "Flows 1" in text
        if size == SMALL:
            await session.press("b")
        assert "Hits by the hour, last 24 h" in session.text()


async def test_hosts_stand_below_their_owner_at_once() -> None:
    async with running(SMALL, mode="trackers") as session:
        await session.press("down", "right")
        labels = [row.label for row in session.table("owners").rows if row.depth == 0]
        hosts = [n for n, row in enumerate(session.table("owners").rows) if row.depth]
        unfolded = session.table("owners").index
        assert hosts == list(range(unfolded + 1, unfolded + 1 + len(hosts)))
        assert len(labels) > unfolded + 1
