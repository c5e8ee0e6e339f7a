"""The table: selection by id, an order that holds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tui.app_pilot import SMALL, running
from tests.tui.fake_reader import FakeReader

pytestmark = pytest.mark.asyncio


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


async def test_of_very_many_rows_only_those_in_sight_are_exchanged_while_the_user_moves() -> None:
    async with running(SMALL, mode="flows", reader=FakeReader(extra_flows=6_000)) as session:
        table = session.table("flows")
        await session.pull(10)

        def is_new(index: int) -> bool:
            return any(table.rows[index] is row for row in session.app.view.rows("flow"))

        far = len(table.rows) - 1
        renewed = []
        for _ in range(7):
            await session.press("j")
            await session.pull(1)
            assert is_new(table.index)
            renewed.append(is_new(far))
        assert renewed[0] is False
        assert True in renewed
        assert renewed.index(True) >= 3
