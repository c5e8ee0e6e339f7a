"""``netscope notify test``: one message to each target, and what came of it."""

from __future__ import annotations

import sys
import time

import click

from netscope.commands.running import settings_of
from netscope.model.errors import NetScopeError


@click.group("notify")
def notify() -> None:
    """Alerts sent by webhook, command, syslog or MQTT: off until [notify] of the configuration names a target."""


@notify.command("test")
@click.pass_context
def test(context: click.Context) -> None:
    """Send a test message to every target of the configuration. Uses the network. Exit code 1 when one fails."""
    from netscope.notify.message import plain_message  # noqa: PLC0415
    from netscope.notify.outgoing import has_targets, process_settings  # noqa: PLC0415
    from netscope.notify.process import with_secret  # noqa: PLC0415
    from netscope.notify.targets import SendFailed, target_of  # noqa: PLC0415

    config = settings_of(context).config
    if not has_targets(config.notify):
        raise NetScopeError(
            "no target is named: add one under [notify] in the configuration (netscope config show --defaults)"
        )
    message = plain_message("test", "low", "this is a test of NetScope's notifications", time.time_ns())
    failed = False
    for target in process_settings(config.notify, None)["targets"]:
        name, send = target_of(target["kind"], with_secret(target))
        try:
            send(message)
        except SendFailed as failure:
            failed = True
            click.echo(f"FAIL {name}: {failure}")
        else:
            click.echo(f"ok   {name}")
    sys.exit(1 if failed else 0)
