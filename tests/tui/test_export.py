"""Exported cells: no spreadsheet takes them for formulas, no terminal for commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.tui.export import ExportError, csv_cell, write_rows
from tests.tui.fake_reader import FakeReader


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("plain", "plain"),
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2", "'-2"),
        ("+49", "'+49"),
        (-2, "-2"),
        (None, ""),
        (("a", "b"), "a b"),
        ({"observed": 24}, '{"observed": 24}'),
        ("a\x1b[2J\n", "a\ufffd[2J "),
    ],
)
def test_cells(value: object, cell: str) -> None:
    assert csv_cell(value) == cell


def test_an_export_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "alerts.csv"
    rows = FakeReader().snapshot().alerts
    assert write_rows(rows, path) == 5
    assert path.read_text("utf-8").splitlines()[0].startswith("id,detector,severity,title")
    with pytest.raises(ExportError, match="already there"):
        write_rows(rows, path)
