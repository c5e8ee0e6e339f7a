"""The screen over a run: starts the engine in its thread, hands the screen a reader, ends both."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from netscope.assemble import Options, Run, assemble_run, finish_recording, live_writer, open_source
from netscope.config.schema import Config
from netscope.config.tui import keymap_of
from netscope.engine.capture.source import FrameSource
from netscope.engine.control import Recordings
from netscope.engine.enrich.folders import config_folder, data_folder, make_folder
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
        folders = folders_of_the_screens(options.config)
        run = assemble_run(options, source, outbox=outbox, folders=folders)
    except BaseException:
        source.close()
        raise
    engine = run.engine
    if options.config.tui.keep_packets_mib is not None:
        engine.pipeline.meter.keep_packets(options.config.tui.keep_packets_mib << 20)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    engine.start()
    try:
        code = show(LiveReader(engine, outbox, recordings(run, folders)), options.config, duration_s=duration_s)
    finally:
        engine.stop()
        raise_error(engine)
    if outbox.recording is not None:
        tell_recording(Path(outbox.recording))
    return code


def tell_recording(path: Path) -> None:
    """Where what was recorded is, for who has just left the screens."""
    from netscope.tui.figures import shell_path  # noqa: PLC0415

    click.echo(f"recorded: netscope view {shell_path(path)}")


def folders_of_the_screens(config: Config) -> list[Path]:
    """What the screens may have to write to: exports, preferences, recordings."""
    with contextlib.suppress(NetScopeError):
        # Without it there is nowhere to record, which is said when somebody wants to.
        make_folder(data_folder())
    wanted = (Path.cwd(), config_folder(), config.tui.export_folder, data_folder())
    return [folder for folder in dict.fromkeys(wanted) if folder is not None and folder.is_dir()]


def recordings(run: Run, folders: Sequence[Path]) -> Recordings:
    """How the screens begin one."""
    writable = tuple(folders) if run.dropped is not None and run.dropped.landlock_version else ()
    return Recordings(partial(live_writer, run.options.config), finish_recording, data_folder(), writable)


def show(reader: Reader, config: Config, *, duration_s: float | None = None) -> int:
    """Run the screen on a reader until the user leaves."""
    from netscope.tui.app import NetScopeApp  # noqa: PLC0415
    from netscope.tui.run import run_app  # noqa: PLC0415

    app = NetScopeApp(
        reader,
        preferences_path=preferences_path(),
        keymap=keymap_of(config.keys),
        export_folder=config.tui.export_folder or Path.cwd(),
        mode=config.tui.screen,
    )
    if duration_s is not None:
        timer = threading.Timer(duration_s, lambda: app.call_from_thread(app.exit))
        timer.daemon = True
        timer.start()
    return run_app(app)


def preferences_path() -> Path:
    return config_folder() / "screen.json"
