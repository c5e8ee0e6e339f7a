"""Moving: panes, screens, devices."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import SMALL, running

pytestmark = pytest.mark.asyncio


async def test_tab_reaches_every_pane_of_home() -> None:
    async with running(SMALL) as session:
        reached = []
        for _ in range(5):
            reached.append(session.app.focused.id if session.app.focused else None)
            await session.press("tab")
        assert reached == ["devices", "names", "flows", "trackers", "alerts"]
        await session.press("shift+tab")
        assert session.app.focused is not None
        assert session.app.focused.id == "alerts"


async def test_brackets_walk_through_the_screens_round() -> None:
    async with running(SMALL) as session:
        modes = []
        for _ in range(7):
            modes.append(session.app.current_mode)
            await session.press("right_square_bracket")
        assert modes == ["home", "flows", "devices", "names", "trackers", "alerts", "past"]
        await session.press("left_square_bracket")
        assert session.app.current_mode == "past"


async def test_one_key_leads_from_any_row_to_its_device_and_back() -> None:
    for keys in (("2",), ("4",), ("5", "right", "down"), ("6",)):
        async with running(SMALL) as session:
            await session.press(*keys, "d")
            assert session.context == "device", keys
            await session.press("escape")
            assert session.context != "device"


async def test_a_device_that_is_gone_is_said_not_shown() -> None:
    async with running(SMALL, mode="flows") as session:
        session.reader.device_detail = lambda device_id: None  # type: ignore[method-assign]
        await session.press("d")
        assert "no longer known" in session.lines()[-1]
