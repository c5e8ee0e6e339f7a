"""Host names."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import SMALL, running

pytestmark = pytest.mark.asyncio


async def test_a_name_shows_who_asked_and_the_flows_to_it() -> None:
    async with running(SMALL, mode="names") as session:
        session.table("names").select(("graph.facebook.com", 2))
        await session.press("enter")
        text = session.text()
        assert "asked by anna-iphone 14, desktop-7 5" in text
        assert "tracker: Meta" in text
        assert "Flows 1" in text
