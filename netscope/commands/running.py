"""Options that several commands share, and what starts a run: the screen, or a recording without one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from netscope.model.errors import NetScopeError

if TYPE_CHECKING:
    from netscope.config.schema import Config
    from netscope.config.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_RECORDING: Final = "<default>"
IN_CONFIGURATION: Final = {
    "interfaces": ("capture", "interfaces"),
    "bpf": ("capture", "filter"),
    "max_flows": ("capture", "max_flows"),
    "user": ("capture", "user"),
    "record": ("record", "path"),
    "geoip": ("data", "geoip"),
    "trackers": ("data", "trackers"),
    "keep_packets": ("tui", "keep_packets_mib"),
}
"""Section and option that an option of the command line stands above."""
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
        click.option("--quiet", is_flag=True, help="With --record: no status lines and no summary, warnings only."),
        click.option("--json", "as_json", is_flag=True, help="With --record: the closing summary as one JSON object."),
        click.option(
            "--keep-packets",
            type=click.IntRange(2, 65_536),
            metavar="MIB",
            help="Keep the newest packets whole in so much memory, so that w writes those of a flow. Default: none "
            "are kept.",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return settings_options(function)


def settings_options(function: F) -> F:
    """The options that stand above the configuration, and which that is."""
    options = [
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
            metavar="N",
            help="Flows held at once. At the bound the one idle longest is closed and counted as evicted. "
            "Default: 65,536.",
        ),
        click.option(
            "--config",
            "config_path",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="The configuration. Default: yours, else the machine's (see: netscope config path).",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def start(
    *,
    file: str | None,
    record: str | None,
    duration: float | None,
    quiet: bool,
    as_json: bool,
    config_path: Path | None,
    **given: Any,
) -> None:
    """Open the screen, or record without one. ``given`` are the options that stand above the configuration."""
    from netscope.assemble import Options  # noqa: PLC0415

    if file is not None:
        _refuse_live_options(given)
    if given.get("keep_packets") and (record is not None or quiet or as_json):
        raise NetScopeError("--keep-packets is for the screens: a run without them has nobody to ask for packets")
    if record not in {None, DEFAULT_RECORDING}:
        given["record"] = Path(str(record))
    read_settings = partial(settings_with, config_path, given)
    config = read_settings().config
    options = Options(file=file, record=recording_path(config) if record else None, config=config)
    if record is None and not quiet and not as_json:
        from netscope.watch import watch  # noqa: PLC0415

        sys.exit(watch(options, duration_s=duration))
    from netscope.record import run  # noqa: PLC0415

    sys.exit(run(options, duration_s=duration, quiet=quiet, as_json=as_json, read_settings=read_settings))


def settings_with(config_path: Path | None, given: Mapping[str, Any]) -> Settings:
    """The configuration with the options of the command line above it. Raises NetScopeError."""
    from netscope.config.settings import load_settings  # noqa: PLC0415

    above = {IN_CONFIGURATION[name]: value for name, value in given.items() if value not in {None, ()}}
    return load_settings(config_path, above)


def settings_of(context: click.Context) -> Settings:
    """The configuration a command goes by: that of ``netscope --config FILE COMMAND``, else the one in force."""
    return settings_with(named_for_all(context), {})


def named_for_all(context: click.Context) -> Path | None:
    """FILE of ``netscope --config FILE COMMAND``."""
    named: Path | None = context.find_root().params.get("config_path")
    return named


def _refuse_live_options(given: Mapping[str, Any]) -> None:
    if given.get("interfaces"):
        raise NetScopeError("a run reads a file or listens on interfaces, not both: leave out -i or -r")
    if given.get("bpf"):
        raise NetScopeError("-f filters live traffic; for a file use tcpdump -r FILE -w OUT FILTER first")


def play(context: click.Context, source: Any) -> None:
    """The screen on a source that needs no opening: the demo network."""
    from netscope.assemble import Options  # noqa: PLC0415
    from netscope.watch import require_terminal, watch_source  # noqa: PLC0415

    require_terminal()
    sys.exit(watch_source(Options(config=settings_of(context).config, learning_s=DEMO_LEARNING_S), source))


def recording_path(config: Config) -> Path:
    """The recording where none is named."""
    if config.record.path is not None:
        return config.record.path
    from netscope.engine.enrich.folders import data_folder, make_folder  # noqa: PLC0415

    return make_folder(data_folder()) / "netscope.db"
