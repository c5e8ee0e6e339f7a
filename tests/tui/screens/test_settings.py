"""Settings take effect at once."""

from __future__ import annotations

import pytest

from netscope.tui.preferences import Preferences
from tests.tui.app_pilot import LARGE, SMALL, running

pytestmark = pytest.mark.asyncio


async def test_settings_change_at_once() -> None:
    async with running(SMALL, mode="flows") as session:
        await session.press("comma", "down", "left")
        assert session.app.preferences.refresh_s == 0.5
        await session.press("down", "enter", "escape")
        assert not session.app.preferences.names
        assert "45.57.40.1" in session.text()


async def test_the_theme_is_named_also_where_none_was_chosen() -> None:
    async with running(SMALL, preferences=Preferences()) as session:
        await session.press("comma")
        assert f"Theme         {session.app.theme}" in session.text()


async def test_charts_can_be_drawn_in_braille_or_plain_signs() -> None:
    async with running(LARGE) as session:
        for signs, present, absent in (("braille", "⣀⣤⣶⣿⠉⠛", "▁▂▃▄▅▆▇█"), ("ascii", "#=", "▁⣀")):
            session.app.preferences.signs = signs
            session.app.apply_preferences()
            await session.pull()
            pulse = "".join(line[:80] for line in session.lines()[3:8])
            assert any(sign in pulse for sign in present), signs
            assert not any(sign in pulse for sign in absent), signs
