"""``netscope device``: the user's own names for devices, kept in a recording."""

from __future__ import annotations

import time
from pathlib import Path

import click

from netscope.commands.running import recording_path, settings_of
from netscope.model.errors import NetScopeError
from netscope.model.text import neutralise


@click.group()
def device() -> None:
    """Name the devices of a recording."""


@device.command("name")
@click.argument("mac")
@click.argument("text", default="")
@click.option(
    "--db",
    type=click.Path(path_type=Path),
    metavar="DB",
    help="The recording. Default: the one of the configuration, else netscope.db in your data folder.",
)
@click.pass_context
def name(context: click.Context, mac: str, text: str, db: Path | None) -> None:
    """Call the device with this MAC by a name of yours; without TEXT the name is taken away."""
    from netscope.engine.store.reader import RecordingReader  # noqa: PLC0415

    path = db or recording_path(settings_of(context).config)
    if not path.exists():
        raise NetScopeError(f"there is no recording at {path}; name one with --db")
    reader = RecordingReader(path, time.time_ns)
    try:
        wanted = mac.lower().replace("-", ":")
        found = next((row for row in reader.snapshot().devices if row.mac == wanted), None)
        if found is None:
            raise NetScopeError(f"no device with the MAC {neutralise(mac, 40)} is in {path}; see: netscope view {path}")
        reader.set_device_label(found.id, text or None)
    finally:
        reader.close()
    click.echo(f"{wanted} is now {neutralise(text, 80)}" if text else f"{wanted} has no name of yours any more")
