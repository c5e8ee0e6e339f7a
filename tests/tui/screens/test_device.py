"""One device."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import LARGE, SIZES, running

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("size", SIZES)
async def test_a_device_tells_what_it_is_and_whom_it_talks_to(size: tuple[int, int]) -> None:
    async with running(size, mode="devices") as session:
        session.table("devices").select(2)
        await session.press("enter")
        text = session.text()
        for words in ("anna-iphone", "a4:83:e7:10:9c:2f", "192.168.1.31", "icloud.com:443", "graph.facebook.com",
                      "Flows 2 · 2 open"):  # fmt: skip
            assert words in text, words
        if size == LARGE:
            for words in ("Talks to 7", "Rate, last 4 min", "Bytes by the hour, last 24 h", "on most of 8 days",
                          "Evidence 4", "Gives away  ", "by dhcp: list of iOS 14"):  # fmt: skip
                assert words in text, words
        else:
            sides = ("Alerts", "Trackers", "Talks to", "Evidence", "Gives away")
            seen = []
            for _ in sides:
                right = "\n".join(line[38:] for line in session.lines())
                seen += [name for name in sides if f"▎{name}" in right]
                await session.press("b")
            assert sorted(seen) == sorted(sides)


async def test_an_opinion_that_differs_is_told_beside_the_one_held() -> None:
    async with running(LARGE, mode="devices") as session:
        session.table("devices").select(2)
        await session.press("enter")
        assert "phone 75 %" in session.line_with(" Kind ")
        assert "tv 45 %  by mdns" in session.line_with(" but ")


async def test_the_lists_of_a_device_lead_on() -> None:
    async with running(LARGE, mode="devices") as session:
        session.table("devices").select(2)
        await session.press("enter")
        session.table("destinations-wide").focus()
        await session.press("enter")
        assert session.context == "flows"
        assert session.app.view.scope.text == "name=apple.com"
