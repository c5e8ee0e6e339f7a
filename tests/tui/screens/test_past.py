"""Past and replay: the same screens at another moment, through the same reader."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from netscope.tui.playback import TimeBucket, has_playback
from tests.tui.app_pilot import LARGE, SIZES, SMALL, running
from tests.tui.fake_reader import SECOND, FakeReader

pytestmark = pytest.mark.asyncio


class Recorded(FakeReader):
    """A recording of 200 s that can be moved in."""

    def __init__(self) -> None:
        super().__init__()
        self.speed = 0.0

    def time_range(self) -> tuple[int, int]:
        return self.start_ns, self.start_ns + 200 * SECOND

    def strip(self, buckets: int) -> Sequence[TimeBucket]:
        length = 200 * SECOND // buckets
        return [TimeBucket(self.start_ns + n * length, n * 1_000, n == 10) for n in range(buckets)]

    @property
    def position_ns(self) -> int:
        return self.now_ns

    @property
    def at_live(self) -> bool:
        return self.step >= 200

    def seek(self, time_ns: int) -> None:
        self.step = (time_ns - self.start_ns) // SECOND

    def play(self, speed: float) -> None:
        self.speed = speed

    def to_live(self) -> None:
        self.step, self.speed = 200, 0.0


@pytest.mark.parametrize("size", SIZES)
async def test_a_recording_is_a_strip_to_move_in(size: tuple[int, int]) -> None:
    reader = Recorded()
    assert has_playback(reader)
    assert not has_playback(FakeReader())
    async with running(size, reader, mode="past") as session:
        assert "▎Recording 2026-11-01 14:00 to 2026-11-01 14:03" in session.text()
        assert "REPLAY 2026-11-01 14:03  stopped" in session.lines()[0]
        assert "!" in session.text()
        before = reader.step
        await session.press("left")
        assert reader.step < before
        await session.press("shift+left")
        assert reader.step < before - 10
        await session.press("1")
        assert "REPLAY" in session.lines()[0]
        await session.press("7", "f")
        assert "REPLAY" not in session.lines()[0]


async def test_play_stop_and_speed() -> None:
    reader = Recorded()
    async with running(SMALL, reader, mode="past") as session:
        await session.press("space")
        assert reader.speed == 1.0
        assert "×1" in session.lines()[0]
        await session.press("greater_than_sign", "greater_than_sign")
        assert reader.speed == 5.0
        await session.press("less_than_sign")
        assert reader.speed == 2.0
        await session.press("space")
        assert reader.speed == 0.0


async def test_enter_opens_home_at_the_chosen_moment() -> None:
    async with running(SMALL, Recorded(), mode="past") as session:
        await session.press("shift+left", "enter")
        assert session.app.current_mode == "home"
        assert "REPLAY" in session.lines()[0]


@pytest.mark.parametrize("size", SIZES)
async def test_without_a_recording_this_run_is_told_and_how_to_keep_more(size: tuple[int, int]) -> None:
    async with running(size, mode="past") as session:
        text = " ".join(session.text().split())
        assert "This run" in text
        assert "12 devices, 15 names" in text
        assert "Start with --record home.db, or press r" in text
        for key in ("space", "left", "right", "f", "less_than_sign"):
            await session.press(key)
        assert session.app.is_running


async def test_large_past_has_the_chart() -> None:
    async with running(LARGE, mode="past") as session:
        assert "0 ┼" in session.text()
