"""Every screen on the real reader: half a minute of the demo network through the whole pipeline, at both sizes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from netscope.engine.live_reader import LiveReader
from netscope.tui.app import NetScopeApp
from netscope.tui.preferences import Preferences
from netscope.tui.screens.monitor import MonitorScreen
from tests.tui.app_pilot import SIZES
from tests.tui.test_commands import OPENED_BY
from tools.screenshots import evening, fixed_surroundings

PLAYED_S = 30
LEARNED_S = 5
"""Shorter than the play, so that devices are announced and the screen of an alert has one to show."""


@pytest.fixture(scope="module")
def reader() -> Iterator[LiveReader]:
    with fixed_surroundings(), evening(PLAYED_S, LEARNED_S) as reader:
        yield reader


def lines(app: NetScopeApp) -> list[str]:
    strips = app.screen._compositor.render_strips(app.size)
    return ["".join(segment.text for segment in strip) for strip in strips]


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("context", sorted(OPENED_BY))
async def test_screen_is_drawn(reader: LiveReader, context: str, size: tuple[int, int]) -> None:
    snapshot = reader.snapshot()
    assert all((snapshot.devices, snapshot.flows, snapshot.names, snapshot.trackers, snapshot.alerts))
    app = NetScopeApp(reader, preferences=Preferences(theme="netscope-dark", signs="blocks"), notice="", refresh=False)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for key in OPENED_BY[context]:
            await pilot.press(key)
            await pilot.pause()
        assert isinstance(app.screen, MonitorScreen)
        assert app.screen.context == context
        shown = lines(app)
        assert len(shown) == size[1]
        assert sum(1 for line in shown[2:-1] if line.strip()) >= 5, "\n".join(shown)
        assert app.crash is None
