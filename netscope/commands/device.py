"""``netscope device``: the devices of a recording, one in full, and what the user says of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from netscope.commands.running import recording_path, settings_of
from netscope.model.errors import NetScopeError
from netscope.model.records import NOTE_CHARS
from netscope.model.snapshot import DeviceRow
from netscope.model.text import neutralise

if TYPE_CHECKING:
    from netscope.engine.store.reader import RecordingReader

F = TypeVar("F", bound=Callable[..., Any])
CANDIDATES = 8
"""Named when several devices fit."""


def _db_option(function: F) -> F:
    return click.option(
        "--db",
        type=click.Path(readable=False, path_type=Path),
        metavar="DB",
        help="The recording. Default: the one of the configuration, else netscope.db in your data folder.",
    )(function)


_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document for programs.")


@click.group()
def device() -> None:
    """List the devices of a recording, show one in full, name them, write notes."""


@device.command("list")
@_db_option
@_json_option
@click.pass_context
def list_devices(context: click.Context, db: Path | None, as_json: bool) -> None:
    """All devices, the one seen last first: name, vendor, kind, system, traffic, addresses."""
    from netscope.commands.device_text import document_of_all, lines_of_all  # noqa: PLC0415

    with _reader(context, db) as reader:
        rows = reader.snapshot().devices
    click.echo(_json(document_of_all(rows)) if as_json else "\n".join(lines_of_all(rows)))


@device.command("show")
@click.argument("who")
@_db_option
@_json_option
@click.pass_context
def show(context: click.Context, who: str, db: Path | None, as_json: bool) -> None:
    """One device in full: what it is and why, which other MACs may be the same, what was heard of it, its privacy.

    WHO is a MAC, an address or a name.
    """
    from netscope.commands.device_text import document_of_one, lines_of_one  # noqa: PLC0415
    from netscope.engine.store.privacy import read_privacy  # noqa: PLC0415
    from netscope.engine.store.reading import open_to_read  # noqa: PLC0415

    with _reader(context, db) as reader:
        found = _one(who, reader.snapshot().devices, reader.path)
        detail = reader.device_detail(found.id)
        connection = open_to_read(reader.path)
        try:
            privacy = read_privacy(connection, found.id)
        finally:
            connection.close()
    if detail is None:
        raise NetScopeError(f"{found.mac} has just been removed from {reader.path}")
    click.echo(_json(document_of_one(detail, privacy)) if as_json else "\n".join(lines_of_one(detail, privacy)))


@device.command("name")
@click.argument("mac")
@click.argument("text", default="")
@_db_option
@click.pass_context
def name(context: click.Context, mac: str, text: str, db: Path | None) -> None:
    """Call the device with this MAC by a name of yours; without TEXT the name is taken away."""
    with _reader(context, db) as reader:
        found = _one(mac, reader.snapshot().devices, reader.path, by_name=False)
        reader.set_device_label(found.id, text or None)
    click.echo(f"{found.mac} is now {neutralise(text, 80)}" if text else f"{found.mac} has no name of yours any more")


@device.command("note")
@click.argument("mac")
@click.argument("text", default="")
@_db_option
@click.pass_context
def note(context: click.Context, mac: str, text: str, db: Path | None) -> None:
    """Write a note about the device with this MAC; without TEXT it is taken away."""
    if len(text) > NOTE_CHARS:
        raise NetScopeError(f"TEXT: a note has at most {NOTE_CHARS} characters, this has {len(text)}")
    with _reader(context, db) as reader:
        found = _one(mac, reader.snapshot().devices, reader.path, by_name=False)
        reader.set_device_note(found.id, text or None)
    click.echo(f"noted on {found.mac}" if text else f"{found.mac} has no note any more")


@contextmanager
def _reader(context: click.Context, db: Path | None) -> Iterator[RecordingReader]:
    from netscope.engine.enrich.judging import judgements_of  # noqa: PLC0415
    from netscope.engine.outbox import display_name  # noqa: PLC0415
    from netscope.engine.store.reader import RecordingReader  # noqa: PLC0415
    from netscope.engine.store.views import Wording  # noqa: PLC0415

    path = db or recording_path(settings_of(context).config)
    if not path.exists():
        raise NetScopeError(f"there is no recording at {path}; name one with --db")
    reader = RecordingReader(path, time.time_ns, Wording(device_name=display_name, judgements=judgements_of))
    try:
        yield reader
    finally:
        reader.close()


def _one(who: str, rows: Sequence[DeviceRow], path: Path, *, by_name: bool = True) -> DeviceRow:
    """The device with this MAC, else address, else name."""
    mac, plain = who.lower().replace("-", ":"), who.casefold()
    found = [row for row in rows if row.mac == mac]
    if by_name and not found:
        found = [row for row in rows if plain in row.addresses] or [row for row in rows if row.name.casefold() == plain]
    if len(found) > 1:
        several = ", ".join(row.mac for row in found[:CANDIDATES])
        raise NetScopeError(f"{neutralise(who, 40)} is several devices of {path}; say which: {several}")
    if not found:
        what = "MAC, address or name" if by_name else "MAC"
        raise NetScopeError(f"no device with the {what} {neutralise(who, 40)} is in {path}; see: netscope device list")
    return found[0]


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=True)
