"""What panes say while there is nothing to show."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import LARGE, SIZES, running
from tests.tui.fake_reader import SECOND, FakeReader

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("size", SIZES)
async def test_waiting_and_silence_are_explained(size: tuple[int, int]) -> None:
    reader = FakeReader()
    reader.empty = True
    reader.step = 1
    async with running(size, reader) as session:
        assert "waiting for the first packet" in session.text()
        await session.pull(6)
        # Other adapters are offered by themselves.
        assert "No packets on eth0 in 5 s." in session.text()
        await session.press("escape")
        assert "No packets on eth0 in 7 s." in session.text()
        assert "only your own and broadcast traffic" in session.text()


async def test_learning_is_said_instead_of_a_storm_of_alerts() -> None:
    reader = FakeReader()
    reader.changes = {"learning_until_ns": reader.now_ns + 90 * SECOND}
    reader._alerts = list  # type: ignore[method-assign]
    async with running(LARGE, reader) as session:
        assert "12 devices learned; new ones are announced in 2 min" in session.text()


@pytest.mark.parametrize("size", SIZES)
async def test_a_link_without_macs_is_told_from_one_without_devices(size: tuple[int, int]) -> None:
    reader = FakeReader()
    reader._devices = lambda flows: []  # type: ignore[method-assign]
    async with running(size, reader) as session:
        await session.press("3")
        assert "no MAC address of a device in" in session.text()
        assert "their addresses are with the flows" in session.text()
