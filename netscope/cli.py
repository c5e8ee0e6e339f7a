"""The command line: which front end, with which settings. Parses no packets."""

from __future__ import annotations

import gc
import sys
from functools import partial
from importlib import import_module
from typing import Any, Final

import click

from netscope import __version__
from netscope.commands.running import play, run_options, source_options, start
from netscope.model.errors import NetScopeError

EXIT_REFUSED: Final = 2

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

On the screens ? lists the keys; so does netscope keys.

NetScope only watches: it sends nothing, decrypts nothing and keeps no payload,
unless --keep-packets is given: then the newest, in memory.
"""

SUBCOMMANDS: Final = {
    "anonymise": "netscope.commands.anonymise:anonymise",
    "capture": "netscope.commands.capture:capture",
    "config": "netscope.commands.config:config",
    "data": "netscope.commands.data:data",
    "demo": "netscope.commands.demo:demo",
    "detect-test": "netscope.commands.detect_test:detect_test",
    "detectors": "netscope.commands.detectors:detectors",
    "device": "netscope.commands.device:device",
    "doctor": "netscope.commands.doctor:doctor",
    "export": "netscope.commands.export:export_",
    "interfaces": "netscope.commands.interfaces:interfaces",
    "keys": "netscope.commands.keys:keys",
    "notify": "netscope.commands.notify:notify",
    "reload": "netscope.commands.reload:reload",
    "service": "netscope.commands.service:service",
    "status": "netscope.commands.status:status",
    "query": "netscope.commands.query:query",
    "view": "netscope.commands.view:view",
}


RUN_THE_ENGINE: Final = frozenset((None, "capture", "demo"))
"""Commands, and none, whose engine collects cycles itself."""


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


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@source_options
@click.option("-r", "--read", "file", metavar="FILE|-", help="Read a pcap or pcapng file, or a pipe; no rights needed.")
@run_options
@click.version_option(__version__, prog_name="netscope")
@click.pass_context
def cli(ctx: click.Context, /, **settings: Any) -> None:
    """See what is on your network: devices, whom they talk to by name, who tracks them, what is unusual.

    Without a command: the full-screen monitor, live, or on a file with -r.
    """
    ctx.obj = partial(play, ctx)
    if ctx.invoked_subcommand not in RUN_THE_ENGINE:
        gc.enable()
    if ctx.invoked_subcommand is None:
        start(**settings)


def _tell(problem: NetScopeError) -> None:
    from netscope.service.log import Log  # noqa: PLC0415

    log = Log.to(sys.stderr)
    if log.has_priorities:
        log.write("refused", str(problem), "error")
    else:
        sys.stderr.write(f"netscope: {problem}\n")


def main() -> None:
    """Entry point: every refusal is one line that says what to do, exit code 2."""
    # Imports make no cycles, and the engine collects by the clock (engine/thread.py).
    gc.disable()
    try:
        # Not standalone, click returns what a command gave to context.exit().
        sys.exit(cli(standalone_mode=False))
    except NetScopeError as problem:
        _tell(problem)
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
    finally:
        # What is left goes with the process: looking through it for cycles took a tenth of a run over a file.
        gc.freeze()
