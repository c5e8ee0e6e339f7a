"""Names from strangers: no row breaks, no line is longer or shorter, nothing reaches the terminal raw."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.tui.app_pilot import SIZES, SMALL, Session, running
from tests.tui.fake_reader import FakeReader
from tests.tui.hostile_reader import HostileReader
from tests.tui.test_commands import OPENED_BY

NAMES = (
    "[bold red]markup[/] [link=http://x]click[/link]",
    "\x1b[2J\x1b[31mansi\x1b]0;title\x07",
    "\u202egnp.exe\u2066isolate\u2069",
    "x" * 300,
    "q" + "\u0301\u0302\u0303" * 80 + "z",
    "日本のリビングのとても長い名前のテレビジョン受像機",
    "👨\u200d👩\u200d👧\u200d👦 family 🏳️\u200d🌈 ❤\ufe0f",
    "tab\tnew\nline\r\x00\x7f\x85",
    "\ud800\udfff\ue000\U000f0000",
    "",
    " ",
    "שלום עולם مرحبا",
    "a" * 17 + "日",
    "=cmd()|' /C calc'!A0",
    "{{7*7}} %s %n $HOME `id`",
)

RAW = ("\x1b", "\u202e", "\u2066", "\x07", "\x00", "\n\t"[1], "\r", "\ud800", "\u200d")


def whole(session: Session, size: tuple[int, int], where: object) -> None:
    for number, line in enumerate(session.lines()):
        assert cell_len(line) == size[0], (where, number, line)
        assert not any(sign in line for sign in RAW), (where, number, line)


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("context", sorted(OPENED_BY))
async def test_hostile_texts_never_break_a_line(context: str, size: tuple[int, int]) -> None:
    """In all panes of all screens, also those that take turns."""
    reader = HostileReader()
    async with running(size, reader) as session:
        await session.press(*OPENED_BY[context])
        screen = session.app.screen
        sides = getattr(screen, "sides", ()) if size == SMALL else ()
        for side in sides or ("",):
            if side:
                screen.set_group(side)  # type: ignore[attr-defined]
            for text in NAMES:
                reader.text = text
                await session.pull(0)
                session.app.show()
                await session.pilot.pause()
                whole(session, size, (text, side))


@pytest.mark.asyncio
async def test_hostile_texts_in_popups_and_notices() -> None:
    reader = HostileReader()
    async with running(SMALL, reader, mode="devices") as session:
        session.table("devices").select(2)
        for text in NAMES[:8]:
            reader.text = text
            await session.pull(0)
            for key in ("n", "escape", "y", "equals_sign", "escape"):
                await session.press(key)
                whole(session, SMALL, (text, key))


@pytest.mark.asyncio
async def test_a_device_with_a_hostile_name_can_be_filtered_by_its_name() -> None:
    reader = FakeReader()
    async with running((80, 24), reader, mode="flows") as session:
        for name in filter(str.strip, NAMES):
            reader.hostile_name = name
            await session.pull(3)
            session.table("flows").select(3)
            await session.press("equals_sign")
            assert "Flows 2 of 17" in session.text(), name
            await session.press("escape")
