"""Rows as an Apache Parquet file, with pyarrow, which is an extra and loaded only when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO, Final

from netscope.export.formats import encode_json
from netscope.export.rows import Row
from netscope.model.errors import NetScopeError

GROUP_ROWS: Final = 20_000
"""Rows of a row group; they are in memory until it is full, about 50 MB of flows."""


def load() -> Any:
    """The module pyarrow. Raises NetScopeError where it is not installed."""
    try:
        import pyarrow  # noqa: PLC0415
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as missing:
        raise NetScopeError("Parquet needs pyarrow: pip install 'netscope[parquet]'") from missing
    return pyarrow


def schema_of(pa: Any, types: dict[str, str]) -> Any:
    """Times become timestamps, lists lists; evidence, whose shape is each detector's own, stays JSON text."""
    text = pa.string()
    answer = pa.struct([("name", text), ("type", text), ("ttl", pa.int64()), ("data", text)])
    lists = {"answers": answer, "alpn": text, "sans": text, "parameter_request_list": pa.int64()}
    plain = {
        "int": pa.int64(),
        "text": text,
        "truth": pa.bool_(),
        "time": pa.timestamp("ns", tz="UTC"),
        "json": text,
    }
    return pa.schema([(name, pa.list_(lists[name]) if name in lists else plain[kind]) for name, kind in types.items()])


def table_of(pa: Any, schema: Any, rows: Sequence[Row]) -> Any:
    """Raises NetScopeError where a value, as another program may have written, does not suit its column."""
    try:
        return pa.Table.from_arrays([_column(pa, field, rows) for field in schema], schema=schema)
    except pa.ArrowException as error:
        raise NetScopeError(f"a value does not suit its column ({error}); use jsonl") from error


def _column(pa: Any, field: Any, rows: Sequence[Row]) -> Any:
    values = [row[field.name] for row in rows]
    if field.type == pa.string():
        values = [value if value is None or isinstance(value, str) else encode_json(value) for value in values]
    return pa.array(values, type=field.type)


class Parquet:
    def __init__(self, out: BinaryIO, types: dict[str, str]) -> None:
        self._pa = load()
        self._schema = schema_of(self._pa, types)
        self._writer = self._pa.parquet.ParquetWriter(out, self._schema, compression="zstd")
        self._waiting: list[Row] = []

    def write(self, rows: Sequence[Row]) -> None:
        self._waiting += rows
        if len(self._waiting) >= GROUP_ROWS:
            self._write_group()

    def pause(self, now_ns: int) -> None:
        """A row group is written when it is full."""

    def finish(self) -> None:
        if self._waiting:
            self._write_group()
        self._writer.close()

    def _write_group(self) -> None:
        self._writer.write_table(table_of(self._pa, self._schema, self._waiting))
        self._waiting = []
