"""The screens as text, beside this file in snapshots/. NETSCOPE_UPDATE_SNAPSHOTS=1 writes them anew; read the diff."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tui.app_pilot import LARGE, SMALL, running
from tests.tui.test_commands import OPENED_BY

FOLDER = Path(__file__).parent / "snapshots"

LARGE_TOO = ("home", "devices", "names", "trackers", "alerts", "past", "device", "flow", "name", "owner", "alert")

SCENES = [
    *((name, SMALL, keys) for name, keys in OPENED_BY.items()),
    ("help", SMALL, ("2", "question_mark")),
    ("settings", SMALL, ("comma",)),
    ("columns", SMALL, ("2", "o")),
    *((name, LARGE, OPENED_BY[name]) for name in LARGE_TOO),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("name", "size", "keys"), SCENES, ids=[f"{n}-{s[0]}x{s[1]}" for n, s, _ in SCENES])
async def test_screen_is_as_recorded(name: str, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    async with running(size) as session:
        await session.press(*keys)
        await session.pull(0)
        shown = session.text() + "\n"
    path = FOLDER / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("NETSCOPE_UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, "utf-8")
    assert shown == path.read_text("utf-8")
