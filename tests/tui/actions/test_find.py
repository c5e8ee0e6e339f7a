"""Filters outlive a change of screen."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import SMALL, running

pytestmark = pytest.mark.asyncio


async def test_the_filter_survives_a_change_of_screen() -> None:
    async with running(SMALL) as session:
        await session.press("slash")
        await session.type("mark:T")
        assert "enter keep" in session.lines()[22]
        await session.press("enter", "2")
        assert "Flows 4 of 17 · by rate ↓ · mark:T" in session.text()
        await session.press("escape", "1")
        assert "Flows 17 ·" in session.text()
