"""A window that is drawn larger and smaller while the screens run."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from netscope.tui.widgets.stack import Stack
from tests.tui.app_pilot import SMALL, running
from tests.tui.test_commands import OPENED_BY

PULLED = [(160, 50), (60, 20), (220, 60), (119, 36), (97, 61), (133, 24)]


@pytest.mark.asyncio
@pytest.mark.parametrize("context", sorted(OPENED_BY))
async def test_every_screen_fills_every_size_it_is_pulled_to(context: str) -> None:
    async with running(SMALL) as session:
        await session.press(*OPENED_BY[context])
        for width, height in PULLED:
            await session.pilot.resize_terminal(width, height)
            await session.pilot.pause()
            for _ in ("at once", "with the next figures"):
                lines = session.lines()
                assert len(lines) == height
                assert {cell_len(line) for line in lines} == {width}, (width, height)
                await session.pull()
            assert session.context == context
            if width < 80 or height < 24:
                assert "needs 80x24" in " ".join(session.text().split())
                continue
            assert "? help" in lines[-1], (width, height)
            for stack in session.app.screen.query(Stack):
                if stack.region.area:
                    assert sum(pane.size.height for pane in stack.children if pane.display) == stack.size.height
