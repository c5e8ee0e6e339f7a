"""Long runs: nothing grows, and a frame costs the visible rows only."""

from __future__ import annotations

import gc

import pytest

from tests.speed import least_s
from tests.tui.app_pilot import LARGE, SMALL, running
from tests.tui.fake_reader import FakeReader

pytestmark = pytest.mark.asyncio


async def test_widgets_do_not_grow_over_600_pulls() -> None:
    async with running(SMALL) as session:
        for key in "1234567":
            await session.press(key)
        await session.press("1")
        widgets = len(session.app.query("*"))
        for number in range(600):
            session.reader.advance(1)
            session.clock.advance(1)
            session.app.pull()
            if number % 20 == 0:
                await session.pilot.pause()
        assert len(session.app.query("*")) == widgets
        assert all(len(table._strips) <= 600 for table in session.app.screen.tables)  # type: ignore[attr-defined]


async def test_opening_and_leaving_details_leaves_nothing_behind() -> None:
    async with running(SMALL, mode="flows") as session:
        await session.press("enter", "escape")
        gc.collect()
        from netscope.tui.screens.flow import FlowScreen

        for _ in range(10):
            await session.press("enter", "escape")
        gc.collect()
        alive = sum(1 for thing in gc.get_objects() if isinstance(thing, FlowScreen))
        assert alive <= 2
        assert len(session.app.screen_stack) == 1


async def test_fifty_thousand_flows_scroll_by_drawing_only_what_is_seen() -> None:
    async with running(LARGE, FakeReader(extra_flows=50_000), mode="flows") as session:
        table = session.table("flows")
        drawn = 0
        original = table._draw

        def count(row: object, chosen: bool) -> object:
            nonlocal drawn
            drawn += 1
            return original(row, chosen)

        table._draw = count
        await session.press("G")
        assert table.index == len(table.rows) - 1
        assert drawn <= 60
        drawn = 0
        await session.press("k")
        assert drawn <= 4

        def scroll() -> None:
            for _ in range(20):
                table.move(-40)
                table.render_line(5)

        assert least_s(scroll) < 0.5
