"""One line asked of the user."""

from __future__ import annotations

import pytest

from netscope.tui.screens.prompt import Prompt
from tests.tui.app_pilot import running

pytestmark = pytest.mark.asyncio


async def test_going_back_changes_nothing() -> None:
    async with running(mode="devices") as session:
        await session.press("n")
        await session.type("nobody")
        await session.press("escape")
        assert session.reader.labels == {}
        assert not session.app.view.can_undo


async def test_what_is_typed_before_the_line_has_the_focus_is_not_lost() -> None:
    async with running(mode="devices") as session:
        await session.press("n")
        prompt = session.app.screen
        assert isinstance(prompt, Prompt)
        prompt.set_focus(None)
        await session.press("t", "v", "enter")
        await session.pilot.pause()
        prompt.set_focus(prompt.query_one("Input"))
        await session.press("enter")
        assert list(session.reader.labels.values()) == ["tv"]
