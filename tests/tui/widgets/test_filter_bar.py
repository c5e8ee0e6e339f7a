"""The filter line: live, honest about errors, never leaking keys."""

from __future__ import annotations

import pytest

from tests.tui.app_pilot import SMALL, running

pytestmark = pytest.mark.asyncio


async def test_a_filter_that_cannot_be_read_says_why_and_the_last_good_one_stays() -> None:
    async with running(SMALL, mode="flows") as session:
        await session.press("slash")
        await session.type("ssh (")
        assert "this ( is not closed" in session.lines()[22]
        assert session.app.screen.filter_bar.has_class("-bad")  # type: ignore[attr-defined]
        assert "Flows 1 of 17" in session.text()
        await session.press("enter")
        assert "· ssh" in session.line_with("Flows 1 of 17")
        await session.press("escape", "slash")
        await session.type("rat>1")
        assert "rat is not a field; did you mean rate?" in session.lines()[22]


async def test_keys_typed_before_the_filter_line_has_the_focus_run_no_commands() -> None:
    async with running(SMALL, mode="flows") as session:
        from textual.events import Key

        for key, character in (("slash", "/"), ("r", "r"), ("a", "a"), ("q", "q")):
            session.app.post_message(Key(key, character))
        await session.pilot.pause(0.2)
        assert session.app.screen.filter_bar.input.value == "raq"  # type: ignore[attr-defined]
        assert session.reader.recording is None
        assert session.app.is_running


async def test_rows_can_be_moved_through_while_a_filter_is_typed() -> None:
    async with running(SMALL, mode="flows") as session:
        await session.press("slash", "t", "down", "down")
        assert session.table("flows").index == 2
        assert session.app.screen.filter_bar.input.value == "t"  # type: ignore[attr-defined]
