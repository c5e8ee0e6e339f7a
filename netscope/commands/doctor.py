"""``netscope doctor``: what is missing for capturing, and the exact line that mends it."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import click

from netscope import __version__
from netscope.commands.running import settings_of
from netscope.config.schema import Config
from netscope.engine.capture.identity import Identity, identity_after_drop
from netscope.engine.capture.interfaces import choose_interface, list_interfaces
from netscope.engine.capture.link_relations import seen_twice
from netscope.engine.capture.live import adapter
from netscope.engine.capture.rights import interpreter, may_capture, mending_commands
from netscope.engine.capture.sandbox import landlock_version, seccomp_is_known
from netscope.engine.enrich.folders import data_folder
from netscope.model.errors import NetScopeError
from netscope.service.log import Level, Log

_SIGNS = {"ok": "ok  ", "note": "note", "missing": "MISS"}


class Finding(NamedTuple):
    """One thing looked at."""

    state: Literal["ok", "note", "missing"]
    text: str
    commands: tuple[str, ...] = ()
    """For a shell; any one of them mends it."""


@click.command("doctor")
@click.option(
    "-i",
    "--interface",
    "interfaces",
    multiple=True,
    help="An interface to be captured. Default: those of the configuration, else the one NetScope would choose.",
)
@click.pass_context
def doctor(context: click.Context, interfaces: tuple[str, ...]) -> None:
    """Check that this machine and user can capture.

    Prints what is missing with the command that mends it. Exit code 0 when live capture would work, else 2, so it
    serves as the check before a service starts. Nothing is opened for capture and nothing is sent.
    """
    log = Log.to(sys.stdout)
    is_missing = False
    config = settings_of(context).config
    for finding in examine(interfaces or config.capture.interfaces, config):
        is_missing |= finding.state == "missing"
        if not log.has_priorities:
            _show(finding)
        elif finding.state != "ok":
            level: Level = "error" if finding.state == "missing" else "info"
            log.write("doctor", finding.text, level, mend="; or: ".join(finding.commands))
    if is_missing:
        sys.exit(2)


def _show(finding: Finding) -> None:
    click.echo(f"{_SIGNS[finding.state]}  {finding.text}")
    for number, command in enumerate(finding.commands):
        click.echo(f"        {'or ' if number else ''}{command}")


def examine(interfaces: Sequence[str], config: Config) -> Iterator[Finding]:
    """Every finding, in the order a person would go through them."""
    yield Finding("ok", f"NetScope {__version__} on Python {platform.python_version()}, {interpreter()}")
    yield _library()
    yield _right()
    for interface in interfaces or (None,):
        yield _interface(interface)
    yield from (Finding("note", f"{pair}: what passes both is counted twice") for pair in seen_twice(interfaces))
    yield from _user(config)
    yield _containment()


def _library() -> Finding:
    try:
        opener = adapter()
    except NetScopeError as error:
        # pypcap is built at install and needs libpcap's headers; pcapy-ng brings libpcap along.
        python = shlex.quote(sys.executable)
        return Finding("missing", str(error), (f"sudo apt install libpcap-dev gcc && {python} -m pip install pypcap",))
    return Finding("ok", f"capture library: {opener.__module__.rpartition('live_')[2]}")


def _right() -> Finding:
    if may_capture():
        return Finding("ok", "may open a capture (CAP_NET_RAW)")
    return Finding(
        "missing",
        "may not open a capture: needs CAP_NET_RAW. By setcap every program of this Python gets it; "
        "in a systemd unit write AmbientCapabilities=CAP_NET_RAW",
        tuple(mending_commands(())),
    )


def _interface(name: str | None) -> Finding:
    known = {interface.name: interface for interface in list_interfaces()}
    try:
        chosen, reason = (known[name], "named") if name else choose_interface(tuple(known.values()))
    except KeyError:
        return Finding("missing", f"no interface is called {name}; there are: {', '.join(known)}")
    except NetScopeError as error:
        return Finding("missing", str(error))
    if not chosen.is_up:
        return Finding("missing", f"{chosen.name} is down", (f"sudo ip link set {chosen.name} up",))
    if not chosen.has_carrier:
        return Finding("note", f"{chosen.name} is up but has no link: cable or Wi-Fi is not connected")
    if chosen.kind == "wifi":
        return Finding(
            "note",
            f"would listen on {chosen.name}, {chosen.description}: {reason}. Wi-Fi gives this machine's own traffic "
            "and what is sent to all: other stations' frames are encrypted for them",
        )
    return Finding("ok", f"would listen on {chosen.name}, {chosen.description}: {reason}")


def _user(config: Config) -> Iterator[Finding]:
    try:
        identity = identity_after_drop(config.capture.user)
    except NetScopeError as error:
        yield Finding("missing", str(error), (f"sudo useradd --system {shlex.quote(str(config.capture.user))}",))
        return
    if identity.uid:
        yield Finding("ok", f"runs as {identity.name} once the capture is open")
    else:
        yield Finding("note", "started as root itself: keeps uid 0 without its powers, unless --user names someone")
    yield _recording(identity, config)


def _recording(identity: Identity, config: Config) -> Finding:
    """Whether that user can write where --record writes when it names no file."""
    folder = (config.record.path or data_folder() / "netscope.db").absolute().parent
    if not folder.exists():
        return Finding("ok", f"--record makes {folder}")
    if _may_write(identity, folder):
        return Finding("ok", f"--record writes to {folder}")
    name = shlex.quote(identity.name)
    return Finding(
        "missing", f"{identity.name} cannot write to {folder}", (f"sudo chown {name} {shlex.quote(str(folder))}",)
    )


def _may_write(identity: Identity, folder: Path) -> bool:
    """By the mode bits: of another user the kernel cannot be asked."""
    if identity.uid == os.getuid() != 0:
        return os.access(folder, os.W_OK | os.X_OK)
    status = folder.stat()
    wanted = 0o300 if status.st_uid == identity.uid else 0o030 if status.st_gid == identity.gid else 0o003
    return status.st_mode & wanted == wanted


def _containment() -> Finding:
    version, seccomp = (landlock_version(), seccomp_is_known()) if sys.platform == "linux" else (0, False)
    lacking = [name for name, there in (("Landlock", version), ("seccomp", seccomp)) if not there]
    if lacking:
        return Finding("note", f"this kernel has no {' and no '.join(lacking)}: less containment after the start")
    return Finding("ok", f"can be contained: Landlock {version}, seccomp")
