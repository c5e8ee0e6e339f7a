"""Text in the place of panes."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import running

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("size", [(79, 24), (80, 23), (60, 15), (20, 5)])
async def test_too_small_a_terminal_gets_totals_not_a_broken_layout(size: tuple[int, int]) -> None:
    async with running(size) as session:
        words = " ".join(session.text().split())
        assert f"needs 80x24; this terminal is {size[0]}x{size[1]}" in words
        assert "Devices" not in session.text()
        await session.pilot.resize_terminal(80, 24)
        await session.pilot.pause()
        assert "Devices 12" in session.text()
