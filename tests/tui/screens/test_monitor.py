"""The frame all screens share: resizing, signs."""

from __future__ import annotations

import pytest

from netscope.tui.widgets.row_table import RowTable, without_notes
from tests.tui.app_pilot import LARGE, SIZES, running

pytestmark = pytest.mark.asyncio


async def test_live_resize_never_breaks_a_line() -> None:
    async with running(LARGE) as session:
        for width, height in ((159, 49), (119, 50), (120, 36), (120, 35), (80, 24), (81, 60), (220, 24), (200, 70)):
            await session.pilot.resize_terminal(width, height)
            await session.pilot.pause()
            lines = session.lines()
            assert len(lines) == height
            assert "Devices 12" in "\n".join(lines)
            assert lines[-1].rstrip().endswith("q quit")


async def test_ascii_signs_leave_no_other_character_on_the_screen() -> None:
    from netscope.tui.preferences import Preferences

    for size in SIZES:
        async with running(size, preferences=Preferences(signs="ascii", theme="netscope-ansi")) as session:
            for key in ("1", "2", "3", "4", "5", "6", "7", "6", "enter"):
                await session.press(key)
                odd = {c for c in session.text() if not c.isascii()}
                assert not odd, (size, key, odd)


async def test_a_screen_out_of_sight_holds_no_rows_and_finds_its_cursor_again() -> None:
    async with running(LARGE, mode="flows") as session:
        left = session.app.screen
        session.table("flows").select(4)
        line = session.line_with("▌")
        await session.press("3")
        assert not left.query_one("#flows", RowTable).rows
        await session.pull(1)
        assert not left.query_one("#flows", RowTable).rows
        await session.press("2")
        assert session.table("flows").selected.id == 4
        assert session.line_with("▌")[:60] == line[:60]
        await session.press("question_mark")
        assert left.query_one("#flows", RowTable).rows, "a popup leaves it in sight"


async def test_a_title_drops_whole_notes_where_there_is_no_room() -> None:
    pieces = [("Trackers 17 hosts", "title"), (" · 185 hits", "dim"), (" · by hits ↓", "dim"), (" · tv", "accent")]
    assert without_notes(pieces, 80) == pieces
    assert without_notes(pieces, 36) == [pieces[0], pieces[1], pieces[3]]
    assert without_notes(pieces, 10) == [pieces[0], pieces[3]]
