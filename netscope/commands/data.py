"""``netscope data``: which lists and databases are in use; import from a file; update from configured addresses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from netscope.commands import data_sources
from netscope.commands.progress import Bar
from netscope.commands.running import settings_of
from netscope.config.places import candidates
from netscope.engine.enrich.imports import KINDS, Imported, import_file
from netscope.engine.enrich.inventory import Holding, holdings, total_memory_bytes
from netscope.engine.enrich.list_formats import FORMATS
from netscope.engine.enrich.stage import Enricher
from netscope.model.errors import NetScopeError
from netscope.model.text import neutralise

_MAX_CELL_CHARS = 60


@click.group("data")
def data() -> None:
    """Lists and databases: what is loaded, and how to bring your own.

    NetScope works offline with what it comes with. Nothing is fetched unless you run "netscope data update".
    """


@data.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON document for programs.")
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Show what is loaded: entries, date, licence, memory and source of each table."""
    own = settings_of(context).config.data
    enricher = Enricher.open(own.geoip, own.trackers)
    found = list(holdings(enricher))
    warnings = [*enricher.warnings, *enricher.places.warnings]
    if as_json:
        click.echo(json.dumps({"tables": [holding._asdict() for holding in found], "warnings": warnings}, indent=2))
        return
    for line in _table(found):
        click.echo(line)
    click.echo(f"\n{_megabytes(total_memory_bytes(found))} in memory; mapped files take none of their own.")
    if not any(holding.kind in ("country", "city") for holding in found):
        click.echo("No country data: install the package tor-geoipdb, or import a GeoLite2 or DB-IP file.")
    for warning in warnings:
        click.echo(f"warning: {neutralise(warning, 300)}", err=True)


@data.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(KINDS), help="What the file holds. [by its content]")
@click.option("--name", help="What to call it; of two with one name the later replaces the earlier. [the file's name]")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Of a tracker list. [by its first lines]")
def import_(file: Path, kind: str | None, name: str | None, form: str | None) -> None:
    """Take in a list or database from FILE.

    Tracker lists may be hosts files, plain domains, Adblock or CSV (domain, owner, category); GeoIP databases
    GeoLite2 or DB-IP .mmdb, also gzipped; MAC vendors the IEEE's CSV; fingerprints a CSV with JA3 or JA4.
    """
    with Bar("lines") as bar:
        imported = import_file(file, kind, name, form, tell=partial(bar.tell, neutralise(file.name, 40)))
    _report(imported)


@data.command("update")
@click.option("--yes", is_flag=True, help="Do not ask before using the network.")
@click.pass_context
def update(context: click.Context, yes: bool) -> None:
    """Fetch the configured lists. Uses the network, as only this command and a run with [notify] do.

    Addresses are the [[data.source]] of the configuration; without one nothing is done. A list that cannot be
    fetched or read leaves the old one in place.
    """
    settings = settings_of(context)
    sources = settings.config.data.source
    if not sources:
        raise NetScopeError(
            f"nothing to update: {settings.path or candidates()[0]} has no [[data.source]]; "
            "netscope config show --defaults prints one"
        )
    for source in sources:
        click.echo(f"{source.name}: {source.url}")
    if not yes and not click.confirm("Use the network to fetch these now?"):
        click.echo("nothing was fetched")
        return
    failed = 0
    for source in sources:
        try:
            with Bar("kB") as bar:
                imported = data_sources.update(source, partial(bar.tell, source.name))
            _report(imported)
        except NetScopeError as error:
            failed += 1
            click.echo(f"{error}; the old data stays in use", err=True)
    if failed:
        context.exit(2)


def _report(imported: Imported) -> None:
    click.echo(f"{imported.entries} entries in {imported.path}")
    click.echo(f"SHA-256 {imported.sha256}")
    if imported.warning:
        click.echo(f"warning: {neutralise(imported.warning, 300)}", err=True)


def _table(found: Sequence[Holding]) -> list[str]:
    rows = [("KIND", "NAME", "ENTRIES", "DATE", "MEMORY", "LICENCE", "SOURCE")]
    for holding in found:
        memory = _megabytes(holding.memory_bytes) if holding.memory_bytes is not None else "-"
        name, source = (neutralise(text, _MAX_CELL_CHARS) for text in (holding.name, holding.source))
        entries = str(holding.entries) if holding.entries else "-"
        rows.append((holding.kind, name, entries, holding.date or "-", memory, holding.licence, source))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"
