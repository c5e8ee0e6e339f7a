"""Copying, exporting, recording."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.tui.app_pilot import LARGE, SMALL, Session, running
from tests.tui.fake_reader import FakeReader

pytestmark = pytest.mark.asyncio


async def test_copying_says_what_was_copied_and_neutralises_it() -> None:
    reader = FakeReader()
    reader.hostile_name = "evil\x1b]52;c;AAAA\x07.example"
    async with running(SMALL, reader, mode="flows") as session:
        session.table("flows").select(2)
        await session.press("right", "right", "y")
        assert session.app.clipboard == "evil\ufffd]52;c;AAAA\ufffd.example:443"
        assert "copied: evil" in session.lines()[-1]
        await session.press("Y")
        assert "TLS1.3" in session.app.clipboard


async def exported(session: Session, path: Path) -> str:
    await session.press("e")
    box = session.app.screen.query_one("Input")
    box.value = str(path)  # type: ignore[attr-defined]
    await session.press("enter")
    await session.app.workers.wait_for_complete()
    await session.pilot.pause()
    return session.lines()[-1]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
async def test_exporting_what_is_shown(tmp_path: Path, suffix: str) -> None:
    reader = FakeReader()
    reader.hostile_name = '=HYPERLINK("http://x")\x1b[2J'
    path = tmp_path / f"flows{suffix}"
    async with running(LARGE, reader, mode="flows") as session:
        await session.press("slash")
        await session.type("port:443 dev:HYPER")
        await session.press("enter")
        said = await exported(session, path)
        assert "2 rows in " in said
        assert said.count(path.name) == 1
        assert "is already there" in await exported(session, path)
    rows: list[dict[str, Any]]
    if suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert rows[0]["device_name"] == '\'=HYPERLINK("http://x")\ufffd[2J'
    else:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert rows[0]["device_name"] == '=HYPERLINK("http://x")\ufffd[2J'
        assert rows[0]["history_bytes"][0] >= 0
    assert len(rows) == 2
    assert "\x1b" not in path.read_text("utf-8")


async def test_an_export_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    async with running(LARGE, mode="flows") as session:
        assert "cannot write" in await exported(session, tmp_path / "missing" / "flows.csv")


async def test_an_export_goes_only_where_the_sandbox_lets_it(tmp_path: Path) -> None:
    async with running(LARGE, mode="flows") as session:
        assert session.reader.run is not None
        session.reader.run.writable = (tmp_path / "here",)
        assert "NetScope writes only to" in await exported(session, tmp_path / "flows.csv")
        assert not (tmp_path / "flows.csv").exists()


async def test_what_is_copied_is_what_is_shown_less_its_pictures() -> None:
    async with running(LARGE, mode="devices") as session:
        table = session.table("devices")
        table.select(2)
        row = table.selected
        await session.press("p", "y")
        assert session.app.clipboard == row.addresses[0] != row.name
        await session.press("Y")
        assert row.addresses[0] in session.app.clipboard
        assert not set(session.app.clipboard) & set("▁▂▃▄▅▆▇█")
        number = next(n for n, placed in enumerate(table.placed) if placed.column.key == "history")
        await session.press(*["right"] * number, "right", "y")
        assert session.app.clipboard == " ".join(map(str, table.selected.history_bytes))
