"""Names from strangers: no row breaks, no line is longer or shorter, nothing reaches the terminal raw."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.tui.app_pilot import SIZES, running
from tests.tui.fake_reader import FakeReader

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


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_hostile_names_never_break_a_row(size: tuple[int, int]) -> None:
    reader = FakeReader()
    async with running(size, reader) as session:
        for name in NAMES:
            reader.hostile_name = name
            for keys in (("1",), ("2",), ("3",), ("4",), ("5",), ("6",)):
                await session.press(*keys)
                await session.pull(3)
                for number, line in enumerate(session.lines()):
                    assert cell_len(line) == size[0], (name, keys, number, line)
                    assert not any(sign in line for sign in RAW), (name, keys, number, line)


@pytest.mark.asyncio
async def test_hostile_names_in_details_popups_and_notices() -> None:
    reader = FakeReader()
    async with running((80, 24), reader) as session:
        for name in NAMES:
            reader.hostile_name = name
            await session.pull(3)
            await session.press("3", "3")
            session.table("devices").select(2)
            for key in ("enter", "n", "escape", "escape", "y", "equals_sign", "2", "enter", "y", "escape", "escape"):
                await session.press(key)
                for line in session.lines():
                    assert cell_len(line) == 80, (name, key, line)
                    assert not any(sign in line for sign in RAW), (name, key, line)


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
