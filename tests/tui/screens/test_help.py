"""Help and palette list, search and run the command table."""

from __future__ import annotations

import pytest

from netscope.tui.commands import BY_ID, in_context, keys_of
from netscope.tui.screens.help import HelpScreen
from tests.tui.app_pilot import SMALL, Session, running

pytestmark = pytest.mark.asyncio


async def help_lines(session: Session) -> list[str]:
    screen = session.app.screen
    assert isinstance(screen, HelpScreen)
    return [str(option.prompt) for option in screen.lines.options]


async def test_help_lists_the_commands_of_its_screen_searches_and_runs() -> None:
    async with running(SMALL, mode="flows") as session:
        await session.press("question_mark")
        lines = "\n".join(await help_lines(session))
        enabled = [c for c in in_context("flows") if c.id not in ("undo", "write.pcap", "zoom")]
        for command in enabled:
            assert command.help in lines, command.id
        await session.type("reverse")
        assert len(await help_lines(session)) == 1
        await session.press("enter")
        assert session.table("flows").order == ("rate", True)


async def test_the_palette_finds_commands_by_their_words() -> None:
    async with running(SMALL) as session:
        await session.press("ctrl+p")
        await session.type("tracks whom")
        await session.press("enter")
        assert session.app.current_mode == "trackers"


async def test_help_has_marks_and_filters() -> None:
    async with running(SMALL) as session:
        await session.press("question_mark", "tab")
        assert "on a tracker list" in session.text()
        await session.press("tab")
        assert "dev:tv port:443" in session.text()


async def test_a_users_keys_work_and_are_what_help_and_hints_show() -> None:
    async with running(SMALL, keymap={"pause": "P", "order.next": "f7", "filter": "ctrl+l"}) as session:
        await session.press("P")
        assert "PAUSED" in session.lines()[0]
        await session.press("space")
        assert "PAUSED" in session.lines()[0]
        assert "P pause" in session.lines()[-1]
        assert "ctrl+l filter" in session.lines()[-1]
        await session.press("question_mark")
        await session.type("hold the screen")
        assert any("P " in line for line in await help_lines(session))
    assert keys_of(BY_ID["pause"], {"pause": "P,x"}) == ("P", "x")


async def test_keys_that_users_swap_or_take_away() -> None:
    async with running(SMALL, keymap={"pause": "", "zoom": "", "follow": "t", "closed": "f"}) as session:
        await session.press("space", "z")
        assert "PAUSED" not in session.lines()[0]
        assert "Trackers" in session.text()
        assert "pause" not in session.lines()[-1]
        await session.press("f")
        assert "closed flows are hidden" in session.lines()[-1]
        await session.press("f")
        assert "closed flows are shown" in session.lines()[-1]


async def test_the_palette_begins_with_what_people_look_for() -> None:
    async with running(SMALL) as session:
        await session.press("ctrl+p")
        first = [line for line in session.lines() if "everything at once" in line or "details of the row" in line]
        assert first, session.text()
        assert "previous row" not in session.text()
