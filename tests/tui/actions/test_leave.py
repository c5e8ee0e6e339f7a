"""Going back and leaving."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import SMALL, running
from tests.tui.fake_reader import FakeReader

pytestmark = pytest.mark.asyncio


async def test_esc_closes_then_clears_then_goes_back_and_never_quits() -> None:
    async with running(SMALL) as session:
        await session.press("2", "slash", "t", "v", "enter", "enter", "question_mark")
        await session.press("escape")
        assert session.context == "flow"
        await session.press("escape")
        assert session.context == "flows"
        assert session.app.view.scope.active
        await session.press("escape")
        assert not session.app.view.scope.active
        await session.press("escape", "escape", "escape")
        assert session.app.is_running


async def test_quitting() -> None:
    async with running(SMALL) as session:
        await session.press("q")
    assert session.app.return_value is None

    reader = FakeReader()
    reader.recording = "home.db"
    async with running(SMALL, reader) as session:
        await session.press("q")
        assert "Stop it and quit?" in session.text()
        await session.press("n")
        assert session.context == "home"
        await session.press("ctrl+c")
        assert not session.app.is_running or session.app._exit

    async with running(SMALL, mode="flows") as session:
        await session.press("Q")
    assert "~nflxvideo.net:443" in str(session.app.return_value)


async def test_ctrl_c_quits_from_within_a_popup_and_runs_on_quit_once() -> None:
    left: list[bool] = []
    async with running(SMALL, on_quit=lambda: left.append(True)) as session:
        await session.press("slash", "a", "ctrl+c")
    assert left == [True]
