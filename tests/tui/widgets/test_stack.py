"""Panes get the lines they need and keep them."""

from __future__ import annotations

import pytest

from netscope.tui.widgets.row_table import RowTable
from netscope.tui.widgets.stack import Stack
from tests.tui.app_pilot import LARGE, SMALL, running

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("size", [SMALL, (100, 30), LARGE, (200, 60)])
@pytest.mark.parametrize("mode", ["home", "devices", "names", "trackers", "alerts", "past"])
async def test_every_line_of_every_column_belongs_to_one_pane(size: tuple[int, int], mode: str) -> None:
    async with running(size, mode=mode) as session:
        for stack in session.app.screen.query(Stack):
            if stack.region.area:
                panes = [child for child in stack.children if child.display]
                assert sum(pane.size.height for pane in panes) == stack.size.height, (stack, panes)


async def test_a_pane_that_grew_keeps_its_lines_until_another_is_shown() -> None:
    async with running(LARGE, mode="names") as session:
        session.table("names").select(("graph.facebook.com", 2))
        await session.pull()
        stack = session.app.screen.query_one("#names-side", Stack)
        table = stack.query_one("#askers", RowTable)
        before = table.size.height
        table.show(table.rows[:1], table.drawing)
        stack.share()
        await session.pilot.pause()
        assert table.size.height == before
        stack.settle()
        stack.share()
        await session.pilot.pause()
        assert table.size.height < before
