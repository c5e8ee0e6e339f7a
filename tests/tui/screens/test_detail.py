"""What details share."""

from __future__ import annotations

import pytest

from netscope.tui.app import NetScopeApp
from tests.tui.app_pilot import LARGE, SMALL, running

pytestmark = pytest.mark.asyncio


async def test_left_and_right_walk_through_the_list_one_came_from() -> None:
    async with running(LARGE, mode="devices") as session:
        order = [row.name for row in session.table("devices").rows]
        await session.press("enter")
        assert f"{order[0]}  (1 of 12)" in session.lines()[0]
        await session.press("right")
        assert f"{order[1]}  (2 of 12)" in session.lines()[0]
        await session.press("left", "left")
        assert f"{order[11]}  (12 of 12)" in session.lines()[0]


async def test_details_do_not_pile_up_without_end() -> None:
    async with running(SMALL, mode="flows") as session:
        app: NetScopeApp = session.app
        for _ in range(30):
            app.open_device(2, (2,))
        await session.pilot.pause()
        assert len(app.screen_stack) <= 14
