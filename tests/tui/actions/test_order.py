"""Order of tables."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import SMALL, running

pytestmark = pytest.mark.asyncio


async def test_s_goes_through_the_columns_and_the_title_says_so() -> None:
    async with running(SMALL, mode="flows") as session:
        titles = []
        for _ in range(9):
            titles.append(session.lines()[2].split("·")[1].strip())
            await session.press("s")
        assert titles[:4] == ["by rate ↓", "by device ↑", "by remote ↑", "by app ↑"]
        assert titles[8] == "by rate ↓"
        rows = [row.device_name for row in session.table("flows").rows]
        assert rows == sorted(rows)
