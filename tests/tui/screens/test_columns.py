"""The column picker, and that its choice is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.app_pilot import LARGE, running

pytestmark = pytest.mark.asyncio


async def test_sort_and_columns_chosen_in_one_run_are_there_in_the_next(tmp_path: Path) -> None:
    path = tmp_path / "tui.json"
    async with running(LARGE, mode="flows", preferences=None, preferences_path=path) as session:
        await session.press("s", "S", "o", "down", "down", "down", "space", "enter")
        order = session.table("flows").order
        assert "CC" not in session.lines()[3]
    assert order == ("device", True)
    async with running(LARGE, mode="flows", preferences=None, preferences_path=path) as session:
        assert session.table("flows").order == order
        assert "CC" not in session.lines()[3]
        await session.press("o", "r")
        assert "CC" in session.lines()[3]
