"""``netscope status``: how the running recorder does, asked over its socket."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click

from netscope.commands.running import recording_path, settings_of
from netscope.model.text import neutralise
from netscope.service.status import ask, socket_path
from netscope.service.units import RECORDING

F = TypeVar("F", bound=Callable[..., Any])


def db_option(function: F) -> F:
    """--db: whose recorder is meant."""
    return click.option(
        "--db",
        type=click.Path(path_type=Path),
        metavar="DB",
        help="The recording it writes. Default: yours, else the service's.",
    )(function)


def recorder(context: click.Context, db: Path | None) -> Path:
    """The recording whose recorder is to be asked."""
    if db is not None:
        return db.absolute()
    own = recording_path(settings_of(context).config).absolute()
    try:
        return own if socket_path(own).exists() else RECORDING
    except PermissionError:
        return own


@click.command("status")
@db_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document for programs.")
@click.pass_context
def status(context: click.Context, db: Path | None, as_json: bool) -> None:
    """Show how the running recorder does: packets, rates, drops, flows, devices, queue, sizes, notices.

    Asks over the socket beside the recording, which answers its owner and root. Exit code 2 when nobody records.
    """
    answer = ask(recorder(context, db), "status")
    click.echo(json.dumps(answer, indent=2) if as_json else "\n".join(_lines(answer)))


def _lines(answer: dict[str, Any]) -> Iterator[str]:
    """A word and what is so, aligned."""
    for name, text in _told(answer):
        yield f"{name:<11}{neutralise(text, 400)}"


def _told(answer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    filtered = f", only {answer['filter']}" if answer["filter"] else ""
    yield "recorder", f"NetScope {answer['version']}, process {answer['pid']}, up {_duration(answer['uptime_s'])}"
    if answer["rights"]:
        yield "rights", answer["rights"]
    yield "listens", f"{answer['source']}{filtered}"
    yield (
        "traffic",
        (
            f"{answer['packets']:,} packets, {_size(answer['bytes'])}; now {answer['packets_per_s']:,.0f} packets/s, "
            f"{_rate(answer['bits_per_s'])}"
        ),
    )
    yield "dropped", f"{answer['dropped_kernel']:,} by the kernel, {answer['dropped_interface']:,} by the interface"
    yield "flows", f"{answer['flows_open']:,} open of {answer['flows']:,}, {answer['flows_evicted']:,} evicted"
    yield "found", f"{answer['devices']:,} devices, {answer['alerts']:,} alerts in this run"
    yield "recording", f"{answer['recording']}, {_size(answer['recording_bytes'])}"
    yield (
        "rows",
        (f"{answer['rows_written']:,} written, {answer['rows_waiting']:,} waiting, {answer['rows_dropped']:,} dropped"),
    )
    yield "memory", _size(answer["rss_bytes"])
    for interface in answer["interfaces"]:
        yield (
            "interface",
            (
                f"{interface['name']}: {interface['received']:,} received, {interface['dropped_kernel']:,} and "
                f"{interface['dropped_interface']:,} dropped"
            ),
        )
    if answer["age_s"] > 10:
        yield "stuck", f"the engine has not been heard of for {_duration(answer['age_s'])}"
    for notice in answer["notices"]:
        yield "notice", notice


def _duration(seconds: float) -> str:
    minutes, hours, days = int(seconds) // 60, int(seconds) // 3600, int(seconds) // 86_400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {int(seconds) % 60} s" if minutes else f"{seconds:.0f} s"


def _size(size_bytes: int) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= factor:
            return f"{size_bytes / factor:.1f} {unit}"
    return f"{size_bytes} B"


def _rate(bits_per_s: int) -> str:
    for unit, factor in (("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3)):
        if bits_per_s >= factor:
            return f"{bits_per_s / factor:.1f} {unit}"
    return f"{bits_per_s} bit/s"
