"""Running the application in a real terminal: hang-up ends it, a crash restores the screen and leaves a report."""

from __future__ import annotations

import os
import platform
import signal
import sys
import tempfile
import termios
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import textual

import netscope
from netscope.tui.app import NetScopeApp

HANG_UP_GRACE_S: Final = 5.0
"""What closing may take when the terminal is gone; writing to it can block for ever."""

TERMINAL_CHECK_S: Final = 2.0

EXIT_HANG_UP: Final = 128 + signal.SIGHUP
EXIT_CRASH: Final = 70
"""EX_SOFTWARE of sysexits.h."""


def run_app(app: NetScopeApp, *, report_folder: Path | None = None) -> int:
    """Runs until the user leaves; the process exit code. ``report_folder`` holds crash reports (default: temporary)."""
    before = signal.signal(signal.SIGHUP, lambda number, frame: _hang_up(app, number, frame))
    watch = threading.Thread(target=_watch_terminal, args=(app,), name="terminal-watch", daemon=True)
    watch.start()
    try:
        with _drawn_on_the_terminal():
            left_behind = app.run()
    except Exception as error:  # noqa: BLE001 - the boundary: whatever it was, the terminal must be usable again
        return _report(app, error, report_folder)
    finally:
        signal.signal(signal.SIGHUP, before)
    if app.crash is not None:
        return _report(app, app.crash, report_folder)
    if left_behind:
        sys.stdout.write(left_behind + "\n")
    return int(app.return_code or 0)


@contextmanager
def _drawn_on_the_terminal() -> Iterator[None]:
    """Textual draws on the standard error; where that is a file (``2>log``) the screen belongs on the output."""
    before = sys.__stderr__
    if before is not None and not before.isatty():
        sys.__stderr__ = sys.__stdout__  # type: ignore[misc]
    try:
        yield
    finally:
        sys.__stderr__ = before  # type: ignore[misc]


def _hang_up(app: NetScopeApp, number: int, frame: FrameType | None) -> None:
    _end_without_terminal(app)


def _end_without_terminal(app: NetScopeApp) -> None:
    """Leaves by the front door, and by the window when that takes too long."""
    timer = threading.Timer(HANG_UP_GRACE_S, os._exit, (EXIT_HANG_UP,))
    timer.daemon = True
    timer.start()
    # From a signal handler or another thread: the loop must be woken.
    app.exit_from_outside(EXIT_HANG_UP)


def _watch_terminal(app: NetScopeApp) -> None:
    """A hang-up signal may be blocked (nohup, sudo); a terminal that is gone fails every question about it."""
    try:
        number = sys.__stdin__.fileno() if sys.__stdin__ is not None else -1
        # Asked of any terminal, the controlling one or not; what is none fails from the start.
        termios.tcgetattr(number)
    except (termios.error, ValueError):
        return
    while not app.is_done:
        time.sleep(TERMINAL_CHECK_S)
        try:
            termios.tcgetattr(number)
        except termios.error:
            _end_without_terminal(app)
            return


def _report(app: NetScopeApp, error: BaseException, folder: Path | None) -> int:
    """Writes what happened where the user can find it; no traffic, no names."""
    lines = [
        f"netscope {netscope.__version__} textual {textual.__version__}",
        f"python {platform.python_version()} {platform.system()} {platform.machine()}",
        f"terminal {os.environ.get('TERM', '?')} size {app.size.width}x{app.size.height}",
        "",
        *traceback.format_exception(error),
    ]
    handle, name = tempfile.mkstemp(prefix="netscope-crash-", suffix=".txt", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write("\n".join(lines))
    sys.stderr.write(f"netscope stopped: {type(error).__name__}: {error}\nThe report is in {name}\n")
    return EXIT_CRASH
