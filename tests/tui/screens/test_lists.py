"""Lists and their groupings."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import SMALL, running

pytestmark = pytest.mark.asyncio


async def test_groups_of_flows_lead_to_their_members() -> None:
    async with running(SMALL, mode="flows") as session:
        await session.press("b")
        assert "Flows 10 · by device" in session.text()
        await session.press("b", "b")
        assert "by domain" in session.text()
        table = session.table("flows")
        assert "github.com" in [row.label for row in table.rows]
        table.select("github.com")
        await session.press("enter")
        assert "Flows 2 of 17" in session.text()
