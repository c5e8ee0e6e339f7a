"""The command table: complete, consistent, the one source of keys; and every command at both sizes."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual.screen import ModalScreen

from netscope.tui.commands import ALL, BY_ID, COMMANDS, DETAILS, GROUPS, HINTS, Command, in_context, keys_of
from netscope.tui.screens.help import HelpScreen
from tests.tui.app_pilot import SIZES, SMALL, Session, running
from tests.tui.fake_reader import FakeReader

OPENED_BY = {
    "home": (), "flows": ("2",), "devices": ("3",), "names": ("4",), "trackers": ("5",), "alerts": ("6",),
    "past": ("7",), "device": ("3", "enter"), "flow": ("2", "enter"), "name": ("4", "enter"),
    "owner": ("5", "enter"), "alert": ("6", "enter"),
}  # fmt: skip
"""Keys from Home to each screen."""

PLAYED = frozenset(c.id for c in COMMANDS if c.id.startswith("past."))
QUITS = frozenset({"quit", "quit.now", "quit.print"})


def test_ids_are_unique_and_every_screen_is_reached() -> None:
    assert len(BY_ID) == len(COMMANDS)
    assert set(OPENED_BY) == ALL
    assert {command.group for command in COMMANDS} == set(GROUPS)
    assert set(HINTS) == ALL
    for context, hinted in HINTS.items():
        assert all(context in BY_ID[command_id].contexts for command_id in hinted), context


@pytest.mark.parametrize("context", sorted(ALL))
def test_no_key_means_two_things_on_one_screen(context: str) -> None:
    seen: dict[str, str] = {}
    for command in in_context(context):
        for key in command.keys:
            assert key not in seen, (context, key, command.id, seen.get(key))
            seen[key] = command.id


def test_keys_of_the_map_in_the_design_are_there() -> None:
    keys = {key for command in in_context("flows") for key in command.keys}
    assert {"q", "ctrl+c", "Q", "escape", "question_mark", "f1", "ctrl+p", "colon", "up", "down", "j", "k", "pageup",
            "pagedown", "g", "G", "tab", "shift+tab", "1", "7", "left_square_bracket", "right_square_bracket", "enter",
            "left", "right", "h", "l", "d", "slash", "equals_sign", "s", "S", "o", "space", "f", "t", "p",
            "less_than_sign", "greater_than_sign", "y", "c", "Y", "e", "w", "r", "z", "b", "comma", "n", "m",
            "u"} <= keys  # fmt: skip
    assert {"a", "i", "I"} <= {key for command in in_context("alerts") for key in command.keys}


async def go_to(session: Session, context: str) -> None:
    """The screen of ``context``, freshly opened when something else is there."""
    while isinstance(session.app.screen, ModalScreen):
        await session.press("escape")
    if session.app.screen.context != context or session.app.screen.zoomed:  # type: ignore[attr-defined]
        mode, *deeper = OPENED_BY[context] or ("1",)
        # Twice: the first goes to the mode as it was left, the second to its list.
        await session.press(mode, mode, *deeper)


def tried(context: str, size: tuple[int, int]) -> list[Command]:
    """At 80x24 all commands on the five busiest screens; elsewhere each where it is met first."""
    busy = size == SMALL and context in ("home", "flows", "alerts", "device", "flow")
    order = list(OPENED_BY)
    found = []
    for command in in_context(context):
        first = min(command.contexts, key=order.index)
        if command.id not in QUITS | PLAYED and (busy or first == context):
            found.append(command)
    return found


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("context", sorted(ALL))
async def test_every_command_of_a_screen_runs_and_leaves_a_whole_screen(context: str, size: tuple[int, int]) -> None:
    async with running(size) as session:
        for command in tried(context, size):
            await go_to(session, context)
            assert session.app.screen.context == context  # type: ignore[attr-defined]
            await session.press(command.keys[0])
            lines = session.lines()
            assert len(lines) == size[1], command.id
            assert all(cell_len(line) == size[0] for line in lines), command.id
            await session.pull()
            assert session.app.is_running, command.id


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_a_walk_by_keyboard_opens_and_leaves_every_screen(size: tuple[int, int]) -> None:
    async with running(size) as session:
        for context, keys in OPENED_BY.items():
            await session.press("1", *keys)
            assert session.app.screen.context == context  # type: ignore[attr-defined]
            for over in ("question_mark", "comma", "colon"):
                depth = len(session.app.screen_stack)
                await session.press(over)
                assert len(session.app.screen_stack) == depth + 1
                await session.press("escape")
                assert session.app.screen.context == context  # type: ignore[attr-defined]
            if context in DETAILS:
                await session.press("right", "left", "tab", "escape")
                assert session.app.screen.context == session.app.current_mode  # type: ignore[attr-defined]


@pytest.mark.asyncio
async def test_tab_reaches_every_pane_of_home() -> None:
    async with running(SMALL) as session:
        reached = []
        for _ in range(5):
            reached.append(session.app.focused.id if session.app.focused else None)
            await session.press("tab")
        assert reached == ["devices", "names", "flows", "trackers", "alerts"]
        await session.press("shift+tab")
        assert session.app.focused is not None
        assert session.app.focused.id == "alerts"


@pytest.mark.asyncio
async def test_brackets_walk_through_the_screens_round() -> None:
    async with running(SMALL) as session:
        modes = []
        for _ in range(7):
            modes.append(session.app.current_mode)
            await session.press("right_square_bracket")
        assert modes == ["home", "flows", "devices", "names", "trackers", "alerts", "past"]
        await session.press("left_square_bracket")
        assert session.app.current_mode == "past"


@pytest.mark.asyncio
async def test_esc_closes_then_clears_then_goes_back_and_never_quits() -> None:
    async with running(SMALL) as session:
        await session.press("2", "slash", "t", "v", "enter", "enter", "question_mark")
        await session.press("escape")
        assert session.app.screen.context == "flow"  # type: ignore[attr-defined]
        await session.press("escape")
        assert session.app.screen.context == "flows"  # type: ignore[attr-defined]
        assert session.app.view.scope.active
        await session.press("escape")
        assert not session.app.view.scope.active
        await session.press("escape", "escape", "escape")
        assert session.app.is_running


@pytest.mark.asyncio
async def test_quitting() -> None:
    async with running(SMALL) as session:
        await session.press("q")
    assert session.app.return_value is None

    reader = FakeReader()
    reader.recording = "home.db"
    async with running(SMALL, reader) as session:
        await session.press("q")
        assert "Recording to home.db. Stop it and quit?" in session.text()
        await session.press("n")
        assert session.app.screen.context == "home"  # type: ignore[attr-defined]
        await session.press("ctrl+c")
        assert not session.app.is_running or session.app._exit

    async with running(SMALL, mode="flows") as session:
        await session.press("Q")
    assert "~nflxvideo.net:443" in str(session.app.return_value)


@pytest.mark.asyncio
async def test_ctrl_c_quits_from_within_a_popup_and_runs_on_quit_once() -> None:
    left: list[bool] = []
    async with running(SMALL, on_quit=lambda: left.append(True)) as session:
        await session.press("slash", "a", "ctrl+c")
    assert left == [True]


async def help_lines(session: Session) -> list[str]:
    screen = session.app.screen
    assert isinstance(screen, HelpScreen)
    return [str(option.prompt) for option in screen.lines.options]


@pytest.mark.asyncio
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


@pytest.mark.asyncio
async def test_the_palette_finds_commands_by_their_words() -> None:
    async with running(SMALL) as session:
        await session.press("ctrl+p")
        await session.type("tracks whom")
        await session.press("enter")
        assert session.app.current_mode == "trackers"


@pytest.mark.asyncio
async def test_help_has_marks_and_filters() -> None:
    async with running(SMALL) as session:
        await session.press("question_mark", "tab")
        assert "on a tracker list" in session.text()
        await session.press("tab")
        assert "dev:tv port:443" in session.text()


@pytest.mark.asyncio
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


@pytest.mark.asyncio
async def test_hints_hide_what_does_nothing_and_can_be_clicked() -> None:
    async with running(SMALL, mode="alerts") as session:
        assert "undo" not in session.lines()[-1]
        line = session.lines()[-1]
        await session.pilot.click("#hints", offset=(line.index("a ack") + 1, 0))
        await session.pilot.pause()
        assert session.reader.alert_states == {1: "acknowledged"}
        await session.pilot.pause()
        assert session.app.view.can_undo


@pytest.mark.asyncio
async def test_tabs_headings_and_rows_answer_the_mouse() -> None:
    async with running(SMALL) as session:
        tabs = session.lines()[1]
        await session.pilot.click("#tabs", offset=(tabs.index("2 Flows") + 2, 0))
        await session.pilot.pause()
        assert session.app.current_mode == "flows"
        heading = session.lines()[3]
        await session.pilot.click("#flows", offset=(heading.index("Up"), 1))
        await session.pilot.pause()
        assert session.table("flows").order == ("up", False)
        await session.pilot.click("#flows", offset=(5, 4))
        await session.pilot.pause()
        assert session.table("flows").index == 2
        await session.pilot.click("#flows", offset=(5, 4), times=2)
        await session.pilot.pause()
        assert session.app.screen.context == "flow"  # type: ignore[attr-defined]
