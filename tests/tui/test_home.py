"""Home at both sizes: what it says, what it does when rows move, pause, filters, empty states."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tui.app_pilot import LARGE, SIZES, SMALL, running
from tests.tui.fake_reader import SECOND, FakeReader

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("size", SIZES)
async def test_header_answers_what_is_watched_how_fast_and_whether_it_is_kept(size: tuple[int, int]) -> None:
    async with running(size) as session:
        header = session.lines()[0]
        assert "eth0" in header
        assert "192.168.1.0/24" in header
        assert "rec off" in header
        assert "Mb/s" in session.text()
        session.reader.changes = {"dropped": 500, "recording": "/var/lib/home.db", "recording_bytes": 41_000_000}
        await session.pull()
        header = session.lines()[0]
        assert "drops" in header
        assert "rec " in header
        assert "41 MB" in header


@pytest.mark.parametrize("size", SIZES)
async def test_every_pane_shows_its_rows_and_nothing_runs_over_the_edge(size: tuple[int, int]) -> None:
    async with running(size) as session:
        text = session.text()
        for words in ("Devices 12 · by rate ↓", "Names 15 · newest", "Flows 17 · by rate ↓", "Trackers 9", "Alerts 5",
                      "living-room-tv", "~nflxvideo.net:443", "fls-na.amazon.com", "beacon every"):  # fmt: skip
            assert words in text
        assert len(session.lines()) == size[1]
        assert all(len(line) == size[0] for line in session.lines())


async def test_the_small_layout_gives_panes_the_lines_of_the_plan() -> None:
    async with running(SMALL) as session:
        starts = [number for number, line in enumerate(session.lines()) if line.startswith("▎")]
        assert starts == [3, 9, 19]
        assert session.lines()[23].rstrip().endswith("? help  q quit")


async def test_the_large_layout_adds_the_mirrored_pulse_and_now() -> None:
    async with running(LARGE) as session:
        text = session.text()
        assert "Pulse 4 min" in text
        assert "peak" in text
        assert "0 ┼" in text
        for label in ("Apps", "Where", "Names", "DNS", "Capture"):
            assert f" {label} " in text


async def test_the_selection_is_an_id_and_keeps_its_line_when_rows_move() -> None:
    async with running(SMALL, mode="flows", reader=FakeReader(extra_flows=60)) as session:
        await session.press("j", "j", "j", "j", "j")
        table = session.table("flows")
        chosen = table.selected_id
        moved = False
        for _ in range(30):
            before, line = table.index, table.index - table.top
            await session.pull(3)
            moved = moved or table.index != before
            assert table.selected_id == chosen
            if table.index >= line and table.index - line + table.visible_rows <= len(table.rows):
                assert table.index - table.top == line
        assert moved, "the order never changed, so nothing was tested"


async def test_order_holds_after_a_key_and_changes_at_most_once_a_second() -> None:
    async with running(SMALL, mode="flows", reader=FakeReader(extra_flows=200)) as session:
        table = session.table("flows")

        def ids() -> list[Any]:
            return [row.id for row in table.rows]

        await session.pull(10)
        before = ids()
        await session.press("j")
        await session.pull(1)
        assert ids() == before
        await session.pull(0.25)
        assert ids() == before
        await session.pull(3)
        assert ids() != before
        after = ids()
        session.reader.advance(40)
        session.clock.advance(0.5)
        session.app.pull()
        assert ids() == after


async def test_pause_holds_the_screen_and_counts_what_arrives() -> None:
    async with running(SMALL, mode="flows") as session:
        await session.press("space")
        assert "PAUSED +0" in session.lines()[0]
        before = session.lines()[2:-1]
        session.reader.extra_flows = 3
        original = session.reader._small_flow
        session.reader._small_flow = lambda n: original(n)._replace(  # type: ignore[method-assign]
            first_seen_ns=session.reader.now_ns
        )
        await session.pull(5)
        assert session.lines()[2:-1] == before
        assert "PAUSED +3" in session.lines()[0]
        await session.press("space")
        assert "PAUSED" not in session.lines()[0]
        assert session.lines()[2:-1] != before
        assert "Flows 20" in session.text()


async def test_choosing_a_device_narrows_the_other_panes_and_titles_say_so() -> None:
    async with running(LARGE) as session:
        table = session.table("devices")
        table.focus()
        assert table.select(2)
        await session.press("equals_sign")
        assert "Flows 2 of 17 · by rate ↓ · anna-iphone" in session.text()
        assert "Names 2 of 15 · newest · anna-iphone" in session.text()
        assert "Alerts 0 of 5" in session.text()
        await session.press("escape")
        assert "Flows 17 · by rate ↓" in session.text()


async def test_the_filter_survives_a_change_of_screen() -> None:
    async with running(SMALL) as session:
        await session.press("slash")
        await session.type("mark:T")
        assert "enter keep" in session.lines()[22]
        await session.press("enter", "2")
        assert "Flows 4 of 17 · by rate ↓ · mark:T" in session.text()
        await session.press("escape", "1")
        assert "Flows 17 ·" in session.text()


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


@pytest.mark.parametrize("size", SIZES)
async def test_waiting_and_silence_are_explained(size: tuple[int, int]) -> None:
    reader = FakeReader()
    reader.empty = True
    reader.step = 1
    async with running(size, reader) as session:
        assert "waiting for the first packet" in session.text()
        await session.pull(6)
        assert "No packets on eth0 in 7 s." in session.text()
        assert "only your own and broadcast traffic" in session.text()


async def test_learning_is_said_instead_of_a_storm_of_alerts() -> None:
    reader = FakeReader()
    reader.changes = {"learning_until_ns": reader.now_ns + 90 * SECOND}
    reader._alerts = list  # type: ignore[method-assign]
    async with running(LARGE, reader) as session:
        assert "12 devices learned; new ones are announced in 2 min" in session.text()


async def test_an_engine_that_stopped_says_so() -> None:
    async with running(SMALL) as session:
        session.reader.changes = {"error": "eth0 went away"}
        await session.pull()
        assert "STOPPED" in session.lines()[0]


@pytest.mark.parametrize("size", [(79, 24), (80, 23), (60, 15), (20, 5)])
async def test_too_small_a_terminal_gets_totals_not_a_broken_layout(size: tuple[int, int]) -> None:
    async with running(size) as session:
        words = " ".join(session.text().split())
        assert f"needs 80x24; this terminal is {size[0]}x{size[1]}" in words
        assert "Devices" not in session.text()
        await session.pilot.resize_terminal(80, 24)
        await session.pilot.pause()
        assert "Devices 12" in session.text()


async def test_live_resize_never_breaks_a_line() -> None:
    async with running(LARGE) as session:
        for width, height in ((159, 49), (119, 50), (120, 36), (120, 35), (80, 24), (81, 60), (220, 24), (200, 70)):
            await session.pilot.resize_terminal(width, height)
            await session.pilot.pause()
            lines = session.lines()
            assert len(lines) == height
            assert "Devices 12" in "\n".join(lines)
            assert lines[-1].rstrip().endswith("q quit")


async def test_zoom_gives_a_pane_the_screen_and_back() -> None:
    async with running(SMALL) as session:
        session.table("flows").focus()
        await session.press("z")
        assert session.table("flows").size.height >= 20
        assert "Devices 12 ·" not in session.text()
        await session.press("escape")
        assert "Devices 12 ·" in session.text()


async def test_names_and_addresses_and_closed_flows() -> None:
    async with running(SMALL, mode="flows") as session:
        assert "samsungads.com" in session.text()
        await session.press("t")
        assert "samsungads.com" not in session.text()
        await session.press("p")
        assert "nflxvideo.net" not in session.text()
        assert "45.57.40.1:443" in session.text()


async def test_ascii_signs_leave_no_other_character_on_the_screen() -> None:
    from netscope.tui.preferences import Preferences

    for size in SIZES:
        async with running(size, preferences=Preferences(ascii=True, theme="netscope-ansi")) as session:
            for key in ("1", "2", "3", "4", "5", "6", "7", "6", "enter"):
                await session.press(key)
                odd = {c for c in session.text() if not c.isascii()}
                assert not odd, (size, key, odd)
