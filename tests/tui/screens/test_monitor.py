"""The frame all screens share: resizing, signs."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import LARGE, SIZES, running

pytestmark = pytest.mark.asyncio


async def test_live_resize_never_breaks_a_line() -> None:
    async with running(LARGE) as session:
        for width, height in ((159, 49), (119, 50), (120, 36), (120, 35), (80, 24), (81, 60), (220, 24), (200, 70)):
            await session.pilot.resize_terminal(width, height)
            await session.pilot.pause()
            lines = session.lines()
            assert len(lines) == height
            assert "Devices 12" in "\n".join(lines)
            assert lines[-1].rstrip().endswith("q quit")


async def test_ascii_signs_leave_no_other_character_on_the_screen() -> None:
    from netscope.tui.preferences import Preferences

    for size in SIZES:
        async with running(size, preferences=Preferences(signs="ascii", theme="netscope-ansi")) as session:
            for key in ("1", "2", "3", "4", "5", "6", "7", "6", "enter"):
                await session.press(key)
                odd = {c for c in session.text() if not c.isascii()}
                assert not odd, (size, key, odd)
