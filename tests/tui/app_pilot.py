"""Running the interface on the home network with a clock that only tests move, and reading its screen as text."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from textual.pilot import Pilot

from netscope.tui.app import NetScopeApp
from netscope.tui.preferences import Preferences
from tests.tui.fake_reader import FakeReader

SMALL = (80, 24)
LARGE = (160, 50)
SIZES = (SMALL, LARGE)


class Clock:
    """Steady nanoseconds."""

    def __init__(self) -> None:
        self.now_ns = 1_000 * 10**9

    def __call__(self) -> int:
        return self.now_ns

    def advance(self, seconds: float) -> None:
        self.now_ns += int(seconds * 1e9)


class Session:
    """One running application, its reader and its clock."""

    def __init__(self, app: NetScopeApp, reader: FakeReader, clock: Clock, pilot: Pilot[Any]) -> None:
        self.app, self.reader, self.clock, self.pilot = app, reader, clock, pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        await self.press(*text)

    async def pull(self, seconds: float = 1.0) -> None:
        """Time passes, and the timer fires."""
        self.reader.advance(int(seconds))
        self.clock.advance(seconds)
        self.app.pull()
        await self.pilot.pause()

    def lines(self) -> list[str]:
        strips = self.app.screen._compositor.render_strips(self.app.size)
        return ["".join(segment.text for segment in strip) for strip in strips]

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines())

    def line_with(self, words: str) -> str:
        found = [line for line in self.lines() if words in line]
        assert found, f"{words!r} is not on the screen:\n{self.text()}"
        return found[0]

    @property
    def context(self) -> str:
        """Which of the screens is in front."""
        return str(getattr(self.app.screen, "context", type(self.app.screen).__name__))

    def table(self, name: str) -> Any:
        return self.app.screen.query_one(f"#{name}")


@contextlib.asynccontextmanager
async def running(
    size: tuple[int, int] = SMALL, reader: FakeReader | None = None, **options: Any
) -> AsyncIterator[Session]:
    reader = reader or FakeReader()
    clock = Clock()
    options.setdefault("preferences", Preferences(theme="netscope-dark", signs="blocks"))
    app = NetScopeApp(reader, clock=clock, refresh=False, notice="", **options)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Session(app, reader, clock, pilot)
