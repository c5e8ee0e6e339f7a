"""``netscope config``: what is in force and where it comes from, whether a file is right, where it lies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import click

from netscope.commands.running import named_for_all, settings_options, settings_with, source_options
from netscope.config.places import candidates, config_file
from netscope.config.reading import ConfigInvalid, read_config, read_text
from netscope.config.settings import Settings
from netscope.config.template import effective, template
from netscope.model.text import neutralise


@click.group("config")
def config() -> None:
    """One file for everything: show what is in force, check it, find it."""


@config.command("show")
@click.option("--defaults", is_flag=True, help="A file with every option, its default and why, to begin with.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document for programs.")
@source_options
@settings_options
@click.pass_context
def show(context: click.Context, /, defaults: bool, as_json: bool, config_path: Path | None, **given: Any) -> None:
    """Show every option in force, and whether it is the default, the file's or the command line's.

    Takes the options of a run that stand above the file, and shows what that run would go by.
    """
    if defaults:
        click.echo(template(), nl=False)
        return
    settings = settings_with(config_path or named_for_all(context), given)
    click.echo(json.dumps(_document(settings), indent=2) if as_json else effective(settings), nl=as_json)


@config.command("check")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.pass_context
def check(context: click.Context, file: Path | None) -> None:
    """Say every thing that is wrong with FILE, or with the configuration in force. Exit code 2 if any is."""
    path = config_file(file or named_for_all(context))
    if path is None:
        click.echo(f"there is no configuration; looked for {_listed(candidates())}")
        return
    try:
        read_config(read_text(path), path)
    except ConfigInvalid as invalid:
        for problem in invalid.problems:
            click.echo(f"netscope: {neutralise(problem, 400)}", err=True)
        context.exit(2)
    click.echo(f"{path}: ok")


@config.command("path")
@click.pass_context
def path_(context: click.Context) -> None:
    """Print the file in force; without one, where it would be looked for first, with exit code 1."""
    path = config_file(named_for_all(context))
    click.echo(path or candidates()[0])
    if path is None:
        click.echo(f"there is none; looked for {_listed(candidates())}", err=True)
        context.exit(1)


def _document(settings: Settings) -> dict[str, Any]:
    options = {
        ".".join(value.place): {"value": _plain(value.value), "from": value.origin} for value in settings.values()
    }
    return {"file": str(settings.path) if settings.path is not None else None, "options": options}


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if is_dataclass(value):
        return {declared.name: _plain(getattr(value, declared.name)) for declared in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def _listed(paths: list[Path]) -> str:
    return " and ".join(map(str, paths))
