"""What the fixed lines say."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import SIZES, SMALL, running

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("size", SIZES)
async def test_header_answers_what_is_watched_how_fast_and_whether_it_is_kept(size: tuple[int, int]) -> None:
    async with running(size) as session:
        header = session.lines()[0]
        assert "eth0" in header
        assert "192.168.1.0/24" in header
        assert "rec off" in header
        assert "Mb/s" in session.text()
        session.reader.changes = {"dropped": 500, "recording": "/var/lib/home.db", "recording_bytes": 41_000_000}
        await session.pull()
        header = session.lines()[0]
        assert "drops" in header
        assert "rec " in header
        assert "41 MB" in header


async def test_an_engine_that_stopped_says_so() -> None:
    async with running(SMALL) as session:
        session.reader.changes = {"error": "eth0 went away"}
        await session.pull()
        assert "STOPPED" in session.lines()[0]


async def test_rates_in_the_header_leave_a_gap_or_go() -> None:
    async with running(SMALL) as session:
        for name in ("e0", "a-name-of-a-bridge", "x" * 30):
            session.reader.changes = {"source": name, "dropped": 500, "recording": "/x", "recording_bytes": 41_000_000}
            await session.pull()
            header = session.lines()[0]
            assert "b/srec" not in header
            assert "b/sdrops" not in header
            assert ("Mb/s" in header) == (len(name) < 4), header
