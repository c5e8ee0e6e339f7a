"""The screen over a run: starts the engine in its thread, hands the screen a reader, ends both."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from netscope.assemble import Options, assemble, open_source
from netscope.engine.capture.source import FrameSource
from netscope.engine.enrich.folders import config_folder
from netscope.engine.live_reader import LiveReader
from netscope.engine.outbox import Outbox
from netscope.model.errors import NetScopeError
from netscope.model.snapshot import Reader
from netscope.record import raise_error

# The engine computes in bursts of about a millisecond; the screen must not wait longer for its turn than that.
SWITCH_INTERVAL_S = 0.001


def watch(options: Options, *, duration_s: float | None = None) -> int:
    """Open the screen on a live capture or a file. Returns the exit code; raises NetScopeError before it opens."""
    require_terminal()
    return watch_source(options, open_source(options, may_switch=True), duration_s=duration_s)


def require_terminal() -> None:
    if not sys.stdout.isatty():
        raise NetScopeError("the screen needs a terminal; to record without one add --record, for a summary --json")


def watch_source(options: Options, source: FrameSource, *, duration_s: float | None = None) -> int:
    outbox = Outbox()
    try:
        engine = assemble(options, source, outbox=outbox, folders=[Path.cwd(), config_folder()])
    except BaseException:
        source.close()
        raise
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    engine.start()
    try:
        return show(LiveReader(engine, outbox), duration_s=duration_s)
    finally:
        engine.stop()
        raise_error(engine)


def show(reader: Reader, *, duration_s: float | None = None) -> int:
    """Run the screen on a reader until the user leaves."""
    from netscope.tui.app import NetScopeApp  # noqa: PLC0415
    from netscope.tui.run import run_app  # noqa: PLC0415

    app = NetScopeApp(reader, preferences_path=preferences_path(), export_folder=Path.cwd())
    if duration_s is not None:
        timer = threading.Timer(duration_s, lambda: app.call_from_thread(app.exit))
        timer.daemon = True
        timer.start()
    return run_app(app)


def preferences_path() -> Path:
    return config_folder() / "screen.json"
