"""Stepping and playing in recorded time."""

from __future__ import annotations

import pytest

from netscope.tui.actions.past import SPEEDS
from tests.tui.app_pilot import running
from tests.tui.screens.test_past import Recorded

pytestmark = pytest.mark.asyncio


async def test_speeds_and_steps_stop_at_the_ends() -> None:
    reader = Recorded()
    async with running(reader=reader, mode="past") as session:
        for _ in range(len(SPEEDS) + 2):
            await session.press("greater_than_sign")
        assert reader.speed == SPEEDS[-1]
        for _ in range(len(SPEEDS) + 2):
            await session.press("less_than_sign")
        assert reader.speed == SPEEDS[0]
        for _ in range(14):
            await session.press("shift+left")
        assert reader.position_ns == reader.start_ns
        for _ in range(14):
            await session.press("shift+right")
        assert reader.position_ns <= reader.time_range()[1]
