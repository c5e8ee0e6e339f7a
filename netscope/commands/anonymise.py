"""``netscope anonymise``: a recording to give away."""

from __future__ import annotations

from pathlib import Path

import click

from netscope.commands.progress import Bar


@click.command("anonymise")
@click.argument("source", type=click.Path(readable=False, path_type=Path), metavar="IN.db")
@click.argument("target", type=click.Path(path_type=Path), metavar="OUT.db")
@click.option(
    "--key", type=click.Path(path_type=Path), metavar="FILE", help="A key to keep, made if it is not there. [random]"
)
@click.option("--keep-oui", is_flag=True, help="Leave the maker's part of MACs, and the makers' names.")
@click.option("--force", is_flag=True, help="Replace what is there already.")
def anonymise(source: Path, target: Path, key: Path | None, keep_oui: bool, force: bool) -> None:
    """Copy a recording with everything replaced that tells who, where and with whom.

    Addresses keep their common prefixes (Crypto-PAn), names their public suffix; the same becomes the same. Times,
    sizes, ports, protocols and software's fingerprints stay. With one key two recordings can still be compared.
    """
    from netscope.export.anonymise import Anonymiser, key_of  # noqa: PLC0415
    from netscope.export.masked_copy import masked_copy  # noqa: PLC0415

    with Bar() as bar:
        rows = masked_copy(source, target, Anonymiser(key_of(key), keep_oui=keep_oui), overwrite=force, tell=bar.tell)
    click.echo(f"{rows:,} rows in {target}", err=True)
