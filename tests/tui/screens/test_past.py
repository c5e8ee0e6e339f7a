"""Past and replay: the same screens at another moment, through the same reader."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from netscope.model.history import CourseBucket
from netscope.tui.playback import has_playback
from tests.tui import fake_past
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

    def course(self) -> Sequence[CourseBucket]:
        return fake_past.course(self.start_ns, 200)

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


@pytest.mark.parametrize("size", SIZES)
async def test_a_click_into_the_chart_goes_to_that_moment(size: tuple[int, int]) -> None:
    reader = Recorded()
    async with running(size, reader, mode="past") as session:
        await session.pilot.click("#strip", offset=(7 + (size[0] - 8) // 4, 3))
        await session.pilot.pause()
        assert 40 <= reader.step <= 80


async def test_a_line_of_the_course_goes_to_its_moment_and_tells_its_alerts() -> None:
    reader = Recorded()
    async with running(LARGE, reader, mode="past") as session:
        table = session.table("periods")
        table.move_to(len(table.rows) - 1)
        await session.pilot.pause()
        assert reader.position_ns == reader.start_ns
        assert "▎From 14:00:00  for 10 s" in session.text()
        table.move_to(0)
        await session.pilot.pause()
        assert reader.step >= 190


async def test_the_course_of_a_run_without_a_recording() -> None:
    async with running(SMALL, mode="past") as session:
        assert "Course 20 · by 10 s" in session.text()
        await session.press("down", "down")
        assert session.table("periods").selected.seconds == 10
