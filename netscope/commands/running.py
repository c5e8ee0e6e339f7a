"""Options that several commands share, and what starts a run: the screen, or a recording without one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_RECORDING: Final = "<default>"
DEMO_LEARNING_S: Final = 120
"""The demo begins four minutes in: who was there at first is known, who comes later is announced."""


def source_options(function: F) -> F:
    """-i, -f: what to listen to."""
    options = [
        click.option(
            "-i",
            "--interface",
            "interfaces",
            multiple=True,
            metavar="IFACE",
            help="Listen on this interface; give it several times for several. Default: the interface of the default "
            "route (see: netscope interfaces).",
        ),
        click.option("-f", "--filter", "bpf", metavar="BPF", help='Capture only what matches, as "tcp port 443".'),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def run_options(function: F) -> F:
    """Where to record, and how the run behaves."""
    options = [
        click.option(
            "--record",
            is_flag=False,
            flag_value=DEFAULT_RECORDING,
            metavar="[DB]",
            help="Record into an SQLite file without opening the screen. Default: netscope.db in your data folder.",
        ),
        click.option(
            "--duration",
            type=click.FloatRange(min=0, min_open=True),
            metavar="SECONDS",
            help="End after so many seconds.",
        ),
        click.option("--quiet", is_flag=True, help="With --record: no status lines and no summary."),
        click.option("--json", "as_json", is_flag=True, help="With --record: the closing summary as one JSON object."),
        click.option(
            "--geoip",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="A City, Country or ASN database (.mmdb), before those found in the usual places.",
        ),
        click.option(
            "--trackers",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="A block list (hosts, domains, Adblock or CSV) beside the built-in one.",
        ),
        click.option(
            "--user",
            metavar="NAME",
            help="Go on as this user once the capture is open. Default: who called sudo.",
        ),
        click.option(
            "--max-flows",
            type=click.IntRange(1_000, 4_000_000),
            default=200_000,
            show_default=True,
            metavar="N",
            help="Flows held at once. At the bound the one idle longest is closed and counted as evicted.",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def start(
    *,
    interfaces: tuple[str, ...],
    file: str | None,
    bpf: str | None,
    record: str | None,
    duration: float | None,
    quiet: bool,
    as_json: bool,
    geoip: tuple[Path, ...],
    trackers: tuple[Path, ...],
    max_flows: int,
    user: str | None,
) -> None:
    """Open the screen, or record without one."""
    from netscope.assemble import Options  # noqa: PLC0415

    options = Options(
        interfaces=interfaces,
        bpf=bpf,
        file=file,
        record=recording_path(record),
        geoip=geoip,
        tracker_lists=trackers,
        max_flows=max_flows,
        user=user,
    )
    if record is None and not quiet and not as_json:
        from netscope.watch import watch  # noqa: PLC0415

        sys.exit(watch(options, duration_s=duration))
    from netscope.record import run  # noqa: PLC0415

    sys.exit(run(options, duration_s=duration, quiet=quiet, as_json=as_json))


def play(source: Any) -> None:
    """The screen on a source that needs no opening: the demo network."""
    from netscope.assemble import Options  # noqa: PLC0415
    from netscope.watch import require_terminal, watch_source  # noqa: PLC0415

    require_terminal()
    sys.exit(watch_source(Options(learning_s=DEMO_LEARNING_S), source))


def recording_path(named: str | None) -> Path | None:
    if named is None:
        return None
    if named != DEFAULT_RECORDING:
        return Path(named)
    from netscope.engine.enrich.folders import data_folder, make_folder  # noqa: PLC0415

    return make_folder(data_folder()) / "netscope.db"
