"""Settings take effect at once."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import SMALL, running

pytestmark = pytest.mark.asyncio


async def test_settings_change_at_once() -> None:
    async with running(SMALL, mode="flows") as session:
        await session.press("comma", "down", "left")
        assert session.app.preferences.refresh_s == 0.5
        await session.press("down", "enter", "escape")
        assert not session.app.preferences.names
        assert "45.57.40.1" in session.text()
