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
            assert "Talks to 5" in text
            assert "Day by hour" in text
            assert "Evidence 4" in text
        else:
            seen = set()
            for _ in range(4):
                seen |= {name for name in ("Alerts", "Trackers", "Talks to", "Evidence") if f"▎{name}" in
                         "\n".join(line[38:] for line in session.lines())}  # fmt: skip
                await session.press("b")
            assert seen == {"Alerts", "Trackers", "Talks to", "Evidence"}
