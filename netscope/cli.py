"""The command line: which front end, with which settings. Parses no packets."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from netscope import __version__
from netscope.model.errors import NetScopeError

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_RECORDING: Final = "<default>"
EXIT_REFUSED: Final = 2
DEMO_LEARNING_S: Final = 120
"""The demo begins four minutes in: who was there at first is known, who comes later is announced."""

EPILOG = """\b
Examples:
  sudo netscope                           watch the interface of the default route
  sudo netscope -i eth0 -i wlan0          watch two interfaces at once
  sudo netscope -f "not port 22"          leave out what a BPF filter leaves out
  netscope -r capture.pcapng              look at a capture file; no rights needed
  ssh router tcpdump -U -w - | netscope -r -
  sudo netscope --record home.db          record without a screen, for months
  netscope view home.db                   look at a recording, also while it grows
  netscope demo                           a built-in home network; no rights needed

NetScope only watches: it sends nothing, decrypts nothing and keeps no payload.
"""

SUBCOMMANDS: Final = {
    "capture": "netscope.commands.capture:capture",
    "data": "netscope.commands.data:data",
    "demo": "netscope.commands.demo:demo",
    "device": "netscope.commands.device:device",
    "doctor": "netscope.commands.doctor:doctor",
    "interfaces": "netscope.commands.interfaces:interfaces",
    "view": "netscope.commands.view:view",
}


class LazyGroup(click.Group):
    """Imports a subcommand when it is used: a headless run must not load what only the screen needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        target = SUBCOMMANDS.get(name)
        if target is None:
            return None
        module, _, attribute = target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


def source_options(function: F) -> F:
    """-i, -f: what to listen to."""
    options = [
        click.option(
            "-i", "--interface", "interfaces", multiple=True, metavar="IFACE",
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
            "--record", is_flag=False, flag_value=DEFAULT_RECORDING, metavar="[DB]",
            help="Record into an SQLite file without opening the screen. Default file: netscope.db in your data folder.",
        ),
        click.option(
            "--duration", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="End after so many seconds."
        ),
        click.option("--quiet", is_flag=True, help="With --record: no status lines and no summary."),
        click.option("--json", "as_json", is_flag=True, help="With --record: the closing summary as one JSON object."),
        click.option(
            "--geoip", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
            help="A City, Country or ASN database (.mmdb), before those found in the usual places.",
        ),
        click.option(
            "--trackers", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
            help="A block list (hosts, domains, Adblock or CSV) beside the built-in one.",
        ),
        click.option(
            "--max-flows", type=click.IntRange(1_000, 4_000_000), default=200_000, show_default=True, metavar="N",
            help="Flows held at once. At the bound the one idle longest is closed and counted as evicted.",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@click.group(
    cls=LazyGroup, invoke_without_command=True, epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@source_options
@click.option("-r", "--read", "file", metavar="FILE|-", help="Read a pcap or pcapng file, or a pipe; no rights needed.")
@run_options
@click.version_option(__version__, prog_name="netscope")
@click.pass_context
def cli(ctx: click.Context, /, interfaces: tuple[str, ...], file: str | None, **settings: Any) -> None:
    """See what is on your network: devices, whom they talk to by name, who tracks them, what is unusual.

    Without a command: the full-screen monitor, live, or on a file with -r.
    """
    ctx.obj = play
    if ctx.invoked_subcommand is None:
        start(interfaces=interfaces, file=file, **settings)


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
) -> None:
    """Open the screen, or record without one."""
    from netscope.assemble import Options  # noqa: PLC0415

    options = Options(
        interfaces=interfaces, bpf=bpf, file=file, record=recording_path(record), geoip=geoip, tracker_lists=trackers,
        max_flows=max_flows,
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


def main() -> None:
    """Entry point: every refusal is one line that says what to do, exit code 2."""
    try:
        cli(standalone_mode=False)
    except NetScopeError as problem:
        sys.stderr.write(f"netscope: {problem}\n")
        sys.exit(EXIT_REFUSED)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as problem:
        problem.show()
        sys.exit(EXIT_REFUSED)
    except BrokenPipeError:
        # The reader of our output has gone; nobody is left to tell.
        sys.stderr.close()
        sys.exit(0)
