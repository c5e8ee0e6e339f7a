"""Rows as JSON Lines and CSV, and what every writer of an export is."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol, TextIO

from netscope.export.rows import Row
from netscope.model.text import INVISIBLE, spreadsheet_cell

CELL_CHARS: Final = 32_767
"""What a spreadsheet's cell can hold."""

_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_INVISIBLE: Final = re.compile(f"[{INVISIBLE}]")


def encode_json(value: Any) -> str:
    """One line. What could reorder or hide its neighbours is written as its number, and reads back the same."""
    line = _encode(value)
    return line if line.isascii() else _INVISIBLE.sub(_number, line)


def _number(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]


class Writer(Protocol):
    """Takes rows of one kind; what it writes to is the caller's to close."""

    def write(self, rows: Sequence[Row]) -> None: ...

    def pause(self, now_ns: int) -> None:
        """No rows for now: hand on what was held back for more to come."""
        ...

    def finish(self) -> None:
        """The last row has come."""
        ...


class JsonLines:
    """One object a row, with every column; text as it was on the wire, which JSON escapes."""

    def __init__(self, out: TextIO, columns: Sequence[str]) -> None:
        self._out = out
        self._columns = tuple(columns)

    def write(self, rows: Sequence[Row]) -> None:
        columns = self._columns
        self._out.write("".join([encode_json({name: row[name] for name in columns}) + "\n" for row in rows]))

    def pause(self, now_ns: int) -> None:
        """Nothing is held back."""

    def finish(self) -> None:
        """Each line stands alone."""


class Csv:
    """RFC 4180 with a header. Text is made harmless: no control characters, nothing that reads as a formula."""

    def __init__(self, out: TextIO, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._writer = csv.writer(out)
        self._writer.writerow(self._columns)

    def write(self, rows: Sequence[Row]) -> None:
        columns = self._columns
        self._writer.writerows([[_cell(row[name]) for name in columns] for row in rows])

    def pause(self, now_ns: int) -> None:
        """Nothing is held back."""

    def finish(self) -> None:
        """Each line stands alone."""


def _cell(value: object) -> object:
    if value is None or type(value) is int:
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return spreadsheet_cell(value, CELL_CHARS)
    return spreadsheet_cell(encode_json(value), CELL_CHARS)


class Records:
    """Lines that a shaper makes of rows."""

    def __init__(self, out: TextIO, shaper: Shaper) -> None:
        self._out = out
        self._shaper = shaper
        self._out.write(shaper.head())

    def write(self, rows: Sequence[Row]) -> None:
        self._put(self._shaper.lines(rows))

    def pause(self, now_ns: int) -> None:
        self._put(self._shaper.overdue(now_ns))

    def finish(self) -> None:
        self._put(self._shaper.rest())
        self._out.write(self._shaper.foot())

    def _put(self, lines: Iterable[str]) -> None:
        self._out.write("".join([line + "\n" for line in lines]))


class Shaper(Protocol):
    """Makes another program's records of a kind's rows; may hold some back until what belongs to them has come."""

    def head(self) -> str:
        """What stands before the first line."""
        ...

    def lines(self, rows: Sequence[Row]) -> Iterable[str]: ...

    def overdue(self, now_ns: int) -> Iterable[str]:
        """Lines that waited for more, which by ``now_ns`` will not come."""
        ...

    def rest(self) -> Iterable[str]:
        """Whatever is held back."""
        ...

    def foot(self) -> str: ...
