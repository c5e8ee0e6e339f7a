"""``netscope reload``: a running recorder takes up changed lists and configuration."""

from __future__ import annotations

from pathlib import Path

import click

from netscope.commands.status import db_option, recorder
from netscope.model.errors import NetScopeError
from netscope.model.text import neutralise
from netscope.service.status import ask


@click.command("reload")
@db_option
@click.pass_context
def reload(context: click.Context, db: Path | None) -> None:
    """Have the running recorder read its configuration and lists again. Flows and devices go on.

    [data] and [retention] are taken up, and the recording is opened anew; what has changed elsewhere is named, and
    waits for the next start. What is wrong in the configuration is told, and then all stays as it was.
    """
    answer = ask(recorder(context, db), "reload")
    for notice in answer.get("notices", ()):
        click.echo(neutralise(notice, 400))
    if answer["error"]:
        raise NetScopeError(f"not reloaded: {neutralise(answer['error'], 400)}")
    click.echo("reloaded")
