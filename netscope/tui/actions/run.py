"""What the user does to the run itself: another adapter, recording, packets of a flow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from netscope.model.control import RunControl
from netscope.model.errors import NetScopeError
from netscope.tui.screens.adapters import AdapterPicker

if TYPE_CHECKING:
    from netscope.tui.screens.monitor import MonitorScreen

Outcome = TypeVar("Outcome")


def _when_done(screen: MonitorScreen, future: Future[Outcome], say: Callable[[Outcome], str]) -> None:
    """Says what came of it, without holding up screen or engine."""

    async def wait() -> None:
        try:
            outcome = await asyncio.wrap_future(future)
        except NetScopeError as error:
            screen.say(str(error), severity="error")
        else:
            screen.monitor.pull()
            screen.say(say(outcome))

    screen.app.run_worker(wait(), exit_on_error=False, group="run")


def _control(screen: MonitorScreen) -> RunControl | None:
    return screen.monitor.reader.control


def can_choose_adapter(screen: MonitorScreen) -> bool:
    control = _control(screen)
    return control is not None and control.can_listen


def choose_adapter(
    screen: MonitorScreen, *, notice: Sequence[str] = (), is_over: Callable[[], bool] = lambda: False
) -> None:
    control = _control(screen)
    if control is None or not control.can_listen:
        screen.say("only a live capture has adapters to choose from")
        return

    def listen(name: str | None) -> None:
        if name is not None:
            _when_done(screen, control.listen(name), lambda _: _heard(screen, name))

    monitor = screen.monitor
    picker = AdapterPicker(
        control.adapters, screen.view.glyphs, monitor.steady_s, notice=notice, is_over=is_over,
        counts=monitor.auto_refresh_rows,
    )  # fmt: skip
    screen.app.push_screen(picker, listen)


def _heard(screen: MonitorScreen, name: str) -> str:
    if screen.view.live is not None:
        screen.monitor.silence.begin(screen.view.live.capture)
    return f"listening to {name}"
