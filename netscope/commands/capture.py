"""``netscope capture``: the monitor with everything spelled out."""

from __future__ import annotations

from typing import Any

import click

from netscope.commands.running import run_options, source_options, start


@click.command()
@source_options
@run_options
def capture(**settings: Any) -> None:
    """Watch live traffic: the same as netscope without a command."""
    start(file=None, **settings)
