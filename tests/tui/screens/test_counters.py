"""The counters of the run, by name."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import LARGE, SIZES, SMALL, running
from tests.tui.fake_reader import FakeReader

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("size", SIZES)
async def test_counters_that_are_not_nought_are_listed_and_grow(size: tuple[int, int]) -> None:
    reader = FakeReader()
    reader.changes["counters"] = {"malformed_dns_name": 1_234, "flow_table_full": 0}
    async with running(size, reader) as session:
        await session.press("C")
        assert "1,234" in session.line_with("malformed_dns_name")
        assert "flow_table_full" not in session.text()
        reader.changes["counters"] = {"malformed_dns_name": 1_235, "flow_table_full": 1}
        await session.pull()
        session.app.screen.draw()  # type: ignore[attr-defined]
        await session.pilot.pause()
        assert "1,235" in session.line_with("malformed_dns_name")
        assert "flow_table_full" in session.text()
        await session.press("escape")
        assert session.context == "home"


async def test_without_any_it_says_so() -> None:
    reader = FakeReader()
    reader.changes["counters"] = {}
    async with running(SMALL, reader) as session:
        await session.press("C")
        assert "nothing yet" in session.text()


async def test_titles_tell_how_many_rows_had_to_make_room() -> None:
    reader = FakeReader()
    reader.changes["rows_dropped"] = {"name": 23_456, "tracker": 7, "flow": 0}
    async with running(LARGE, reader, mode="names") as session:
        assert "Names 15 · 23k no longer shown · newest" in session.text()
        await session.press("5")
        assert "7 no longer shown" in session.text()
        await session.press("2")
        assert "no longer shown" not in session.text()
