"""``netscope query``: SQL on a recording."""

from __future__ import annotations

import csv
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from math import isfinite
from pathlib import Path
from typing import Any, Final

import click

from netscope.commands.running import recording_path, settings_of
from netscope.model.text import neutralise, spreadsheet_cell

TABLE_CELL_CHARS: Final = 60
CSV_CELL_CHARS: Final = 32_767
DEFAULT_TIMEOUT_S: Final = 60.0

Put = Callable[[list[tuple[Any, ...]]], None]


@click.command("query")
@click.argument("sql", default="")
@click.option(
    "--db",
    type=click.Path(readable=False, path_type=Path),
    metavar="DB",
    help="The recording. Default: the one of the configuration, else netscope.db in your data folder.",
)
@click.option(
    "--format", "form", type=click.Choice(("table", "csv", "jsonl")), default="table", show_default=True,
    help="How to write it.",
)  # fmt: skip
@click.option(
    "--timeout", "timeout_s", type=click.FloatRange(0, 86_400), default=DEFAULT_TIMEOUT_S, show_default=True,
    metavar="SECONDS", help="End a query that takes longer; 0: never.",
)  # fmt: skip
@click.pass_context
def query(context: click.Context, sql: str, db: Path | None, form: str, timeout_s: float) -> None:
    """Ask a recording in SQL, also while it is recorded. Nothing is changed, no other file can be read.

    Without SQL: the tables and their columns. "-" reads the SQL from standard input.
    """
    from netscope.export import sql as asking  # noqa: PLC0415

    path = db or recording_path(settings_of(context).config)
    if not sql:
        _tell_tables(asking.tables(path))
        return
    text = sys.stdin.read() if sql == "-" else sql
    stop = threading.Event()
    before = signal.signal(signal.SIGINT, lambda number, frame: stop.set())
    try:
        with asking.Question(path, text, timeout_s or None, stop) as question:
            put = _WRITERS[form](question.columns)
            for rows in question.rows():
                put(rows)
    except asking.Interrupted:
        raise click.Abort from None
    finally:
        signal.signal(signal.SIGINT, before)


def _tell_tables(tables: dict[str, list[str]]) -> None:
    for name, columns in tables.items():
        click.echo(f"{neutralise(name, TABLE_CELL_CHARS)}\n    {neutralise(', '.join(columns), 4_000)}")


def _table(columns: Sequence[str]) -> Put:
    """Columns as wide as the first page needs; the longest text is cut."""
    widths: list[int] = []

    def put(rows: list[tuple[Any, ...]]) -> None:
        lines = [[_shown(value) for value in row] for row in rows]
        if not widths:
            head = [neutralise(name, TABLE_CELL_CHARS) for name in columns]
            widths.extend(max(map(len, column)) for column in zip(head, *lines, strict=True))
            _put_line(head, widths, rows[0])
            _put_line(["-" * width for width in widths], widths, rows[0])
        for line, row in zip(lines, rows, strict=True):
            _put_line(line, widths, row)

    return put


def _shown(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return value.hex()[:TABLE_CELL_CHARS]
    return neutralise(str(value), TABLE_CELL_CHARS)


def _put_line(cells: Sequence[str], widths: Sequence[int], row: Sequence[Any]) -> None:
    """Numbers to the right."""
    aligned = [
        cell.rjust(width) if isinstance(value, int | float) else cell.ljust(width)
        for cell, width, value in zip(cells, widths, row, strict=True)
    ]
    sys.stdout.write("  ".join(aligned).rstrip() + "\n")


def _csv(columns: Sequence[str]) -> Put:
    writer = csv.writer(sys.stdout)
    writer.writerow([spreadsheet_cell(name, CSV_CELL_CHARS) for name in columns])

    def put(rows: list[tuple[Any, ...]]) -> None:
        writer.writerows([[_cell(value) for value in row] for row in rows])

    return put


def _cell(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return spreadsheet_cell(value, CSV_CELL_CHARS) if isinstance(value, str) else value


def _json_value(value: Any) -> Any:
    """JSON has no infinity."""
    if isinstance(value, bytes):
        return value.hex()
    return None if isinstance(value, float) and not isfinite(value) else value


def _jsonl(columns: Sequence[str]) -> Put:
    from netscope.export.formats import encode_json  # noqa: PLC0415

    def put(rows: list[tuple[Any, ...]]) -> None:
        for row in rows:
            values = [_json_value(value) for value in row]
            sys.stdout.write(encode_json(dict(zip(columns, values, strict=True))) + "\n")

    return put


_WRITERS: Final[dict[str, Callable[[Sequence[str]], Put]]] = {"table": _table, "csv": _csv, "jsonl": _jsonl}
