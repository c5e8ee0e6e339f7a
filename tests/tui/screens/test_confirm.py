"""The question before leaving a recording."""

from __future__ import annotations

import pytest

from netscope.tui.screens.confirm import Confirm
from tests.tui.app_pilot import running
from tests.tui.fake_reader import FakeReader

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(("key", "leaves"), [("y", True), ("enter", True), ("n", False), ("escape", False)])
async def test_answers(key: str, leaves: bool) -> None:
    reader = FakeReader()
    reader.recording = "home.db"
    async with running(reader=reader) as session:
        await session.press("q")
        assert isinstance(session.app.screen, Confirm)
        await session.press("x")
        assert isinstance(session.app.screen, Confirm)
        await session.press(key)
        assert session.app._exit is leaves
