"""Rows to CSV or JSON Lines: every field, text neutralised, and CSV cells that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TextIO

from netscope.model.text import neutralise, spreadsheet_cell

FIELD_CHARS: Final = 1_000


class ExportError(Exception):
    """Nothing was written; the message is for the user."""


def write_rows(rows: Sequence[Any], path: Path) -> int:
    """Writes NamedTuples of one kind; ``.jsonl`` or ``.json`` gives JSON Lines, else CSV. How many were written."""
    try:
        # "x": an export never overwrites.
        with path.open("x", encoding="utf-8", newline="") as out:
            if path.suffix.lower() in (".jsonl", ".json", ".ndjson"):
                _write_jsonl(rows, out)
            else:
                _write_csv(rows, out)
    except FileExistsError:
        raise ExportError(f"{path} is already there; choose another name") from None
    except OSError as error:
        raise ExportError(f"cannot write {path}: {error.strerror}") from None
    return len(rows)


def _write_csv(rows: Sequence[Any], out: TextIO) -> None:
    writer = csv.writer(out)
    writer.writerow(rows[0]._fields)
    for row in rows:
        writer.writerow([csv_cell(value) for value in row])


def _write_jsonl(rows: Sequence[Any], out: TextIO) -> None:
    for row in rows:
        out.write(json.dumps({key: _plain(value) for key, value in row._asdict().items()}, ensure_ascii=False) + "\n")


def csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (tuple, list)):
        value = " ".join(str(part) for part in value)
    elif isinstance(value, dict):
        value = json.dumps(_plain(value), ensure_ascii=False)
    elif not isinstance(value, str):
        return str(value)
    return spreadsheet_cell(value, FIELD_CHARS)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return neutralise(value, FIELD_CHARS)
    if isinstance(value, dict):
        return {neutralise(str(key), FIELD_CHARS): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(inner) for inner in value]
    return value
