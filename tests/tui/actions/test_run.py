"""What is done to the run itself: refusals and outcomes are said in the footer."""

from __future__ import annotations

import pytest

from netscope.tui.actions import run
from tests.tui.app_pilot import SMALL, running

pytestmark = pytest.mark.asyncio


async def test_a_recording_has_no_adapter_to_choose() -> None:
    async with running(SMALL) as session:
        session.reader.run = None
        assert not run.can_choose_adapter(session.app.screen)  # type: ignore[arg-type]
        await session.press("A")
        assert "only a live capture has adapters to choose from" in session.lines()[-1]
