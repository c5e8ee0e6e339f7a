"""Trackers by owner."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import SMALL, running

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
