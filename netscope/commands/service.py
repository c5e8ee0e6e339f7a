"""``netscope service``: recording from the start of the machine on, as an account of its own."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import click

from netscope.engine.capture.identity import SERVICE_ACCOUNT
from netscope.engine.capture.rights import own_command
from netscope.model.errors import NetScopeError
from netscope.service.install import Step, installing, is_running, removing, uninstalling, uses_procd
from netscope.service.units import RECORDING, Plan, procd_script, systemd_unit


@click.group("service")
def service() -> None:
    """Record from the start of the machine on: install, take away, or show the service."""


@service.command("install")
@click.option("-i", "--interface", "interfaces", multiple=True, metavar="IFACE", help="Listen on this interface.")
@click.option("--user", default=SERVICE_ACCOUNT, show_default=True, help="The account it runs as; made where missing.")
@click.option(
    "--record",
    "recording",
    type=click.Path(path_type=Path),
    default=RECORDING,
    show_default=True,
    metavar="DB",
    help="The recording.",
)
@click.option("--no-start", is_flag=True, help="Only put it in place; it starts with the machine.")
@click.option("--dry-run", is_flag=True, help="Print what would be done.")
def install(interfaces: tuple[str, ...], user: str, recording: Path, no_start: bool, dry_run: bool) -> None:
    """Make the account, the configuration /etc/netscope/netscope.toml and the unit; enable and start it.

    What is there already stays: the account, the configuration, the recording.
    """
    plan = Plan(tuple(own_command()), user, recording.absolute())
    _do(installing(plan, interfaces, start=not no_start), dry_run)
    if not dry_run:
        click.echo(_after_install())


@service.command("uninstall")
@click.option("--dry-run", is_flag=True, help="Print what would be done.")
def uninstall(dry_run: bool) -> None:
    """Stop the service and remove its unit. Recording, configuration and account stay."""
    _do(uninstalling(), dry_run)
    if not dry_run:
        click.echo(f"the recording stays; to remove it too: sudo sh -c {shlex.quote(removing(SERVICE_ACCOUNT))}")


@service.command("show")
@click.option("--procd", is_flag=True, help="The init script for OpenWrt instead of the systemd unit.")
@click.option("--user", default=SERVICE_ACCOUNT, show_default=True, help="The account it runs as.")
@click.option(
    "--record", "recording", type=click.Path(path_type=Path), default=RECORDING, show_default=True, metavar="DB",
    help="The recording.",
)  # fmt: skip
def show(procd: bool, user: str, recording: Path) -> None:
    """Print the unit as it would be installed."""
    plan = Plan(tuple(own_command()), user, recording.absolute())
    click.echo(procd_script(plan) if procd else systemd_unit(plan), nl=False)


def _do(steps: list[Step], dry_run: bool) -> None:
    if not dry_run and os.geteuid() != 0:
        raise NetScopeError(f"only root can do this; run: sudo {shlex.join([*own_command(), *sys.argv[1:]])}")
    for step in steps:
        click.echo(str(step))
        if not dry_run:
            step.do()


def _after_install() -> str:
    if uses_procd():
        return "see how it does: netscope status, logread -e netscope"
    if is_running():
        return "see how it does: sudo netscope status, systemctl status netscope, journalctl -u netscope"
    return "systemd does not run here: it starts with the machine"
