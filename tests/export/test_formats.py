"""JSON Lines and CSV of hostile rows, read back by their own readers."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from netscope.export.formats import Csv, JsonLines, encode_json
from netscope.model.text import FORMULA_SIGNS, spreadsheet_cell
from tests.export.samples import FORMULA, HOSTILE

ROWS: list[dict[str, Any]] = [
    {"id": 1, "name": HOSTILE, "known": True, "list": ["a", "é"], "nothing": None, "other": "left out"},
    {"id": -5, "name": FORMULA, "known": False, "list": [], "nothing": None, "other": "left out"},
]
COLUMNS = ("id", "name", "known", "list", "nothing")


def test_json_lines_hold_every_column_and_the_text_as_it_was() -> None:
    out = io.StringIO()
    JsonLines(out, COLUMNS).write(ROWS)
    lines = out.getvalue().splitlines()
    # Line separators other than \\n, as U+2028, may be in a string: json escapes what it must.
    assert [json.loads(line) for line in out.getvalue().split("\n")[:-1]] == [
        {name: row[name] for name in COLUMNS} for row in ROWS
    ]
    assert lines[0].startswith('{"id":1,"name":"tv\\u001b[31m\\r\\n\\t')


def test_json_shows_no_character_that_a_terminal_hides_and_loses_none() -> None:
    hidden = "".join(map(chr, (0x7F, 0x9B, 0x200B, 0x202E, 0x2066, 0x2069, 0x2028, 0xFEFF, 0xE0041)))
    line = encode_json({"name": f"Küche {hidden} 台所 😀"})
    assert not any(char in line for char in hidden)
    assert "Küche " in line
    assert "台所 😀" in line
    assert json.loads(line) == {"name": f"Küche {hidden} 台所 😀"}


def test_csv_has_a_header_and_no_control_characters() -> None:
    out = io.StringIO(newline="")
    Csv(out, COLUMNS).write(ROWS)
    header, first, second = csv.reader(io.StringIO(out.getvalue()))
    assert header == list(COLUMNS)
    assert first == ["1", "tv�[31m   \\,�", "1", '["a","é"]', ""]
    assert second == ["-5", "'" + FORMULA, "0", "[]", ""]


@pytest.mark.parametrize("sign", FORMULA_SIGNS)
def test_no_cell_begins_as_a_formula(sign: str) -> None:
    assert not spreadsheet_cell(sign + "1+1", 100).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert spreadsheet_cell("1=2", 100) == "1=2"


def test_a_cell_holds_what_a_spreadsheets_can() -> None:
    out = io.StringIO(newline="")
    Csv(out, ("name",)).write([{"name": "x" * 40_000}])
    assert len(out.getvalue().splitlines()[1]) == 32_767
