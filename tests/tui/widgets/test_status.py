"""Header, tabs and hints answer the mouse."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import SMALL, running

pytestmark = pytest.mark.asyncio


async def test_hints_hide_what_does_nothing_and_can_be_clicked() -> None:
    async with running(SMALL, mode="alerts") as session:
        assert "undo" not in session.lines()[-1]
        line = session.lines()[-1]
        await session.pilot.click("#hints", offset=(line.index("a ack") + 1, 0))
        await session.pilot.pause()
        assert session.reader.alert_states == {1: "acknowledged"}
        await session.pilot.pause()
        assert session.app.view.can_undo


async def test_tabs_headings_and_rows_answer_the_mouse() -> None:
    async with running(SMALL) as session:
        tabs = session.lines()[1]
        await session.pilot.click("#tabs", offset=(tabs.index("2 Flows") + 2, 0))
        await session.pilot.pause()
        assert session.app.current_mode == "flows"
        heading = session.lines()[3]
        await session.pilot.click("#flows", offset=(heading.index("Up"), 1))
        await session.pilot.pause()
        assert session.table("flows").order == ("up", False)
        await session.pilot.click("#flows", offset=(5, 4))
        await session.pilot.pause()
        assert session.table("flows").index == 2
        await session.pilot.click("#flows", offset=(5, 4), times=2)
        await session.pilot.pause()
        assert session.context == "flow"
