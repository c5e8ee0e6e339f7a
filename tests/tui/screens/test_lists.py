"""Lists and their groupings."""

from __future__ import annotations

import pytest

from netscope.model.history import CountryTraffic
from tests.tui.app_pilot import LARGE, SMALL, running
from tests.tui.fake_reader import FakeReader

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


async def test_a_large_list_of_devices_tells_the_one_under_the_cursor_and_the_world() -> None:
    async with running(LARGE, mode="devices") as session:
        chosen = session.table("devices").selected.name
        assert "Talks to 7" in session.line_with("Talks to")
        assert chosen in session.line_with("Talks to")
        assert "World 5" in session.text()
        await session.press("down")
        assert chosen not in session.line_with("Talks to")
        session.table("countries").focus()
        await session.press("enter")
        assert session.context == "flows"
        assert session.app.view.scope.text == "cc=US"


async def test_without_country_data_the_world_says_what_to_install() -> None:
    reader = FakeReader()
    reader.countries = lambda: [CountryTraffic(None, 5, 1, 1, 1)]  # type: ignore[method-assign]
    async with running(LARGE, reader, mode="devices") as session:
        assert "no country data on this machine" in session.text()
