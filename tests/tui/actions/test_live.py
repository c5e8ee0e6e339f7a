"""Pause, zoom, names or addresses, refresh."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import SMALL, running

pytestmark = pytest.mark.asyncio


async def test_pause_holds_the_screen_and_counts_what_arrives() -> None:
    async with running(SMALL, mode="flows") as session:
        await session.press("space")
        assert "PAUSED +0" in session.lines()[0]
        before = session.lines()[2:-1]
        session.reader.extra_flows = 3
        original = session.reader._small_flow
        session.reader._small_flow = lambda n: original(n)._replace(  # type: ignore[method-assign]
            first_seen_ns=session.reader.now_ns
        )
        await session.pull(5)
        assert session.lines()[2:-1] == before
        assert "PAUSED +3" in session.lines()[0]
        await session.press("space")
        assert "PAUSED" not in session.lines()[0]
        assert session.lines()[2:-1] != before
        assert "Flows 20" in session.text()


async def test_zoom_gives_a_pane_the_screen_and_back() -> None:
    async with running(SMALL) as session:
        session.table("flows").focus()
        await session.press("z")
        assert session.table("flows").size.height >= 20
        assert "Devices 12 ·" not in session.text()
        await session.press("escape")
        assert "Devices 12 ·" in session.text()


async def test_names_and_addresses_and_closed_flows() -> None:
    async with running(SMALL, mode="flows") as session:
        assert "samsungads.com" in session.text()
        await session.press("t")
        assert "samsungads.com" not in session.text()
        await session.press("p")
        assert "nflxvideo.net" not in session.text()
        assert "45.57.40.1:443" in session.text()


async def test_refresh_keys_stop_at_the_ends() -> None:
    async with running(SMALL) as session:
        for _ in range(7):
            await session.press("less_than_sign")
        assert session.app.preferences.refresh_s == 0.25
        for _ in range(7):
            await session.press("greater_than_sign")
        assert session.app.preferences.refresh_s == 5.0
