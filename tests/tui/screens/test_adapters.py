"""The adapter picker: opens by itself when nothing comes, counts, switches, and is called any time."""

from __future__ import annotations

import pytest

from netscope.tui.screens.adapters import AdapterPicker
from tests.tui.app_pilot import LARGE, SIZES, SMALL, Session, running
from tests.tui.fake_reader import FakeControl, FakeReader

pytestmark = pytest.mark.asyncio


def silent() -> FakeReader:
    """A live capture that began just now and hears nothing."""
    reader = FakeReader()
    reader.step, reader.empty = 0, True
    return reader


def control(session: Session) -> FakeControl:
    assert session.reader.run is not None
    return session.reader.run


@pytest.mark.parametrize("size", SIZES)
async def test_after_five_silent_seconds_the_adapters_are_offered_once(size: tuple[int, int]) -> None:
    async with running(size, silent()) as session:
        await session.pull(4)
        assert session.context == "home"
        await session.pull(1)
        assert session.context == "AdapterPicker"
        assert "No packets on eth0 in 5 s." in session.text()
        assert "run on the router or a mirror port" in session.text()
        assert session.line_with("eth0 ").count("●") == 1
        await session.press("escape")
        await session.pull(5)
        assert session.context == "home"


async def test_every_column_fits_80_cells() -> None:
    async with running(SMALL, silent()) as session:
        await session.pull(5)
        assert "In all" in session.line_with("Adapter ")
        for adapter in control(session).adapters():
            assert "…" not in session.line_with(f" {adapter.name} "), session.text()


async def test_choosing_one_listens_to_it_and_says_so() -> None:
    async with running(SMALL, silent()) as session:
        await session.pull(5)
        await session.press("down", "enter")
        await session.app.workers.wait_for_complete()
        await session.pilot.pause()
        assert control(session).heard == "wlan0"
        assert "listening to wlan0" in session.lines()[-1]
        await session.pull(1)
        assert "● wlan0" in session.lines()[0]
        # The new one is given its five seconds too.
        await session.pull(3)
        assert session.context == "home"
        await session.pull(2)
        assert "No packets on wlan0 in 5 s." in session.text()


async def test_what_each_receives_now_is_counted_each_second() -> None:
    async with running(SMALL, silent()) as session:
        await session.pull(5)
        picker = session.app.screen
        assert isinstance(picker, AdapterPicker)
        control(session).received["wlan0"] += 250_000
        session.clock.advance(1)
        picker.count()
        await session.pilot.pause()
        assert "2.0M" in session.line_with("wlan0")
        assert "down" in session.line_with("tun0").split()


async def test_it_goes_when_packets_come_after_all() -> None:
    async with running(SMALL, silent()) as session:
        await session.pull(5)
        picker = session.app.screen
        session.reader.empty = False
        await session.pull(1)
        assert isinstance(picker, AdapterPicker)
        picker.count()
        await session.pilot.pause()
        assert session.context == "home"


async def test_an_adapter_that_cannot_be_heard_says_why() -> None:
    async with running(LARGE, silent()) as session:
        control(session).refusal = "tun0 has no Ethernet frames; start again with -i tun0"
        await session.press("A", "G", "down", "enter")
        await session.app.workers.wait_for_complete()
        await session.pilot.pause()
        assert "start again with -i tun0" in session.lines()[-1]
        assert control(session).heard == "eth0"


async def test_it_can_be_called_any_time_and_only_where_there_are_adapters() -> None:
    async with running(SMALL) as session:
        await session.press("2", "A")
        assert session.context == "AdapterPicker"
        await session.press("j", "k", "escape")
        control(session).can_listen = False
        await session.press("A")
        assert session.context == "flows"
        assert "only a live capture" in session.lines()[-1]
        session.reader.run = None
        await session.press("colon")
        await session.type("adapter")
        assert "another adapter" not in session.text()


async def test_a_file_without_packets_offers_nothing() -> None:
    reader = silent()
    reader.changes["kind"] = "file"
    async with running(SMALL, reader) as session:
        await session.pull(9)
        assert session.context == "home"
