"""``netscope keys``: every command of the screens with the keys in force."""

from __future__ import annotations

import json

import click

from netscope.commands.running import settings_of


@click.command("keys")
@click.option("--json", "as_json", is_flag=True, help="One JSON document for programs.")
@click.pass_context
def keys(context: click.Context, as_json: bool) -> None:
    """List the commands of the screens and their keys.

    Keys are those of the configuration where it names any ([keys]), by the id in the last column. What they do is the
    same list that ? shows on the screens.
    """
    from netscope.config.tui import keymap_of  # noqa: PLC0415
    from netscope.tui.commands import keys_of  # noqa: PLC0415
    from netscope.tui.keys import in_groups, sign_of, signs_of, where  # noqa: PLC0415

    keymap = keymap_of(settings_of(context).config.keys)
    if as_json:
        document = [
            {"id": command.id, "keys": [sign_of(key) for key in keys_of(command, keymap)], "help": command.help,
             "group": command.group, "where": where(command)}
            for command in in_groups()
        ]  # fmt: skip
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    group = ""
    for command in in_groups():
        if command.group != group:
            click.echo(f"{command.group}")
            group = command.group
        click.echo(f"  {signs_of(command, keymap):<20} {command.help:<52} {command.id}")
