"""Moving in recorded time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netscope.tui.playback import Playback, has_playback

if TYPE_CHECKING:
    from netscope.tui.screens.monitor import MonitorScreen

SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0, 600.0)


def can_seek(screen: MonitorScreen) -> bool:
    return has_playback(screen.monitor.reader)


def _playback(screen: MonitorScreen) -> Playback | None:
    reader = screen.monitor.reader
    if has_playback(reader):
        return reader
    screen.say(f"there is no recording to move in; {screen.monitor.sign('record')} starts one")
    return None


def play(screen: MonitorScreen) -> None:
    playback = _playback(screen)
    if playback is not None:
        playback.play(0.0 if playback.speed else 1.0)
        screen.monitor.pull()


def _seek(screen: MonitorScreen, steps: int) -> None:
    playback = _playback(screen)
    if playback is None:
        return
    start, end = playback.time_range()
    step = max(1, (end - start) // screen.time_steps())
    playback.seek(max(start, min(end, playback.position_ns + steps * step)))
    screen.monitor.pull()


def step_back(screen: MonitorScreen) -> None:
    _seek(screen, -1)


def step_forward(screen: MonitorScreen) -> None:
    _seek(screen, 1)


def leap_back(screen: MonitorScreen) -> None:
    _seek(screen, -10)


def leap_forward(screen: MonitorScreen) -> None:
    _seek(screen, 10)


def _change_speed(screen: MonitorScreen, step: int) -> None:
    playback = _playback(screen)
    if playback is None:
        return
    now = playback.speed or 1.0
    index = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - now)) + step
    playback.play(SPEEDS[max(0, min(index, len(SPEEDS) - 1))])
    screen.monitor.pull()


def slower(screen: MonitorScreen) -> None:
    _change_speed(screen, -1)


def faster(screen: MonitorScreen) -> None:
    _change_speed(screen, 1)


def to_live(screen: MonitorScreen) -> None:
    playback = _playback(screen)
    if playback is not None:
        playback.to_live()
        screen.monitor.pull()
