"""The command table: complete, consistent, the one source of keys; and every command at both sizes."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual.screen import ModalScreen

from netscope.tui.commands import ALL, BY_ID, COMMANDS, DETAILS, GROUPS, HINTS, Command, in_context
from tests.tui.app_pilot import SIZES, SMALL, Session, running

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
            assert session.context == context
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
            assert session.context == context
            for over in ("question_mark", "comma", "colon"):
                depth = len(session.app.screen_stack)
                await session.press(over)
                assert len(session.app.screen_stack) == depth + 1
                await session.press("escape")
                assert session.context == context
            if context in DETAILS:
                await session.press("right", "left", "tab", "escape")
                assert session.context == session.app.current_mode
