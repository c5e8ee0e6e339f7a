"""``netscope export``: a recording's rows for other programs."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from types import FrameType
from typing import Any

import click

from netscope.commands.progress import Bar
from netscope.commands.running import recording_path, settings_of
from netscope.export.job import Following, Request, export
from netscope.export.kinds import KINDS
from netscope.export.moment import FORMS, parse_moment
from netscope.export.outputs import FORMATS
from netscope.export.rows import Span
from netscope.model.errors import NetScopeError


@click.command("export", epilog=f"Times are written as {FORMS}.")
@click.argument(
    "kinds", nargs=-1, required=True, type=click.Choice([*(kind.name for kind in KINDS), "all"]), metavar="KIND..."
)
@click.option(
    "--db",
    type=click.Path(readable=False, path_type=Path),
    metavar="DB",
    help="The recording. Default: the one of the configuration, else netscope.db in your data folder.",
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="jsonl", show_default=True, help="How to write it."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A new file; of several kinds a folder. [standard output]",
)
@click.option("--force", is_flag=True, help="Replace what is there already.")
@click.option(
    "--filter", "filter_", metavar="FILTER", help="Only rows this filter fits, as the screens' own: 'dev:tv cc:US'."
)
@click.option("--since", metavar="TIME", help="Only what was going on at or after this time.")
@click.option("--until", metavar="TIME", help="Only what was going on before this time.")
@click.option(
    "--follow", is_flag=True, help="Go on as rows come, until interrupted; each row once, when it is finished."
)
@click.option("--anonymise", is_flag=True, help="Make it fit for sharing: addresses, names and texts are replaced.")
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --anonymise: a key to keep, made if it is not there. [random]",
)
@click.option("--keep-oui", is_flag=True, help="With --anonymise: leave the maker's part of MACs.")
@click.pass_context
def export_(context: click.Context, /, kinds: tuple[str, ...], db: Path | None, follow: bool, **asked: Any) -> None:
    """Write a recording's rows for other programs.

    KIND is flows, devices, dns, tls, http, dhcp, certificates, trackers, alerts, traffic, evidence, addresses,
    sessions, counters, or all.

    jsonl and csv hold every column of the recording. zeek and zeek-json are Zeek's logs (conn, dns, ssl, http, dhcp,
    x509, notice), eve is Suricata's. parquet needs the extra "parquet".
    """
    request = _request(kinds, db or recording_path(settings_of(context).config), **asked)
    if follow:
        _follow(request)
        return
    if request.output is None:
        export(request)
        return
    began_s = time.monotonic()
    with Bar() as bar:
        rows = export(request, bar.tell)
    click.echo(f"{rows:,} rows in {request.output}, {time.monotonic() - began_s:.1f} s", err=True)


def _request(
    kinds: tuple[str, ...],
    db: Path,
    *,
    form: str,
    output: Path | None,
    force: bool,
    filter_: str | None,
    since: str | None,
    until: str | None,
    anonymise: bool,
    key: Path | None,
    keep_oui: bool,
) -> Request:
    now_ns = time.time_ns()
    if (key is not None or keep_oui) and not anonymise:
        raise NetScopeError("--key and --keep-oui go with --anonymise")
    span = Span(*(None if text is None else parse_moment(text, now_ns) for text in (since, until)))
    mask = None
    if anonymise:
        from netscope.export.anonymise import Anonymiser, key_of  # noqa: PLC0415

        mask = Anonymiser(key_of(key), keep_oui=keep_oui)
    return Request(db, kinds, form, output, filter_, span, mask, force)


def _follow(request: Request) -> None:
    following = Following(request)

    def stop(number: int, frame: FrameType | None) -> None:
        # The second interrupt ends at once, as where the reader of a pipe has stopped reading.
        signal.signal(number, signal.SIG_DFL)
        following.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    following.run()
    notes = [f"{following.written:,} rows written"]
    if following.waiting:
        notes.append(f"{following.waiting:,} not finished yet and so not written")
    if following.given_up:
        notes.append(f"{following.given_up:,} gone before they were finished")
    click.echo(f"netscope: {', '.join(notes)}", err=True)
