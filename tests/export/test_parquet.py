"""Parquet files, read back by pyarrow; and what is said where it is missing."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from netscope.export import parquet
from netscope.export.kinds import BY_NAME
from netscope.export.rows import Recorded, Span, Table
from netscope.model.errors import NetScopeError
from tests.engine.store.samples import T0
from tests.export.samples import home


def test_rows_keep_their_kinds(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    with Recorded(home(tmp_path)) as recorded:
        table = Table(recorded, BY_NAME["dns"])
        writer = parquet.Parquet(out, table.types())
        for _, rows in table.pages(Span()):
            writer.write(rows)
        writer.finish()
    read = pq.read_table(out)
    assert str(read.schema.field("timestamp_ns").type) == "timestamp[ns, tz=UTC]"
    assert read.column("timestamp_ns")[0].value == T0 + 1_000_000_000
    assert read.column("answers")[0].as_py()[1]["data"] == "198.51.100.7"
    assert read.column("answers")[1].as_py() is None
    assert read.column("client_port").to_pylist() == [40_000, 40_000]


def test_evidence_stays_json_text(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    with Recorded(home(tmp_path)) as recorded:
        table = Table(recorded, BY_NAME["alerts"])
        writer = parquet.Parquet(out, table.types())
        writer.write([row for _, rows in table.pages(Span()) for row in rows])
        writer.finish()
    assert pq.read_table(out).column("evidence")[0].as_py() == '{"observed":20,"threshold":15}'


def test_row_groups_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(parquet, "GROUP_ROWS", 10)
    writer = parquet.Parquet(out := io.BytesIO(), {"id": "int"})
    for start in range(0, 25, 5):
        writer.write([{"id": number} for number in range(start, start + 5)])
    writer.finish()
    file = pq.ParquetFile(out)
    assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [10, 10, 5]
    assert file.read().column("id").to_pylist() == list(range(25))


def test_a_value_that_does_not_suit_its_column_is_told() -> None:
    pytest.importorskip("pyarrow")
    writer = parquet.Parquet(io.BytesIO(), {"answers": "json"})
    writer.write([{"answers": "[not json"}])
    with pytest.raises(NetScopeError, match="use jsonl"):
        writer.finish()


def test_without_pyarrow_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NetScopeError, match=r"^Parquet needs pyarrow: pip install 'netscope\[parquet\]'$"):
        parquet.load()
