"""Rows of a recording as objects, and as a table of pandas or polars where it is installed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from netscope.export.filters import FLOW_COLUMNS, filter_test
from netscope.export.follow import Follower
from netscope.export.kinds import BY_NAME
from netscope.export.moment import parse_moment
from netscope.export.rows import Recorded, Row, Span, Table
from netscope.library.rows import maker
from netscope.model.errors import NetScopeError

T = TypeVar("T", bound=tuple[Any, ...])

Moment = int | str | datetime
"""Nanoseconds since 1970, or as on the command line (``2h``, ``2026-05-01``), or a datetime."""


def nanoseconds(when: Moment | None) -> int | None:
    """Raises NetScopeError for text that is no time."""
    if when is None or isinstance(when, int):
        return when
    if isinstance(when, str):
        return parse_moment(when, time.time_ns())
    # timestamp() is a float: microseconds beyond its precision would go astray.
    since_1970 = when.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since_1970.days * 86_400 + since_1970.seconds) * 1_000_000_000 + since_1970.microseconds * 1_000


class Rows(Generic[T]):
    """Rows of one kind. Each iteration reads the file anew, a page at a time, and may run on any thread."""

    def __init__(
        self, path: Path, kind: str, of: type[T], filter: str | None, since: Moment | None, until: Moment | None
    ):
        self._path = path
        self._kind = BY_NAME[kind]
        self._make: Callable[[Row], T] = maker(of)
        self._filter = filter
        self._span = Span(nanoseconds(since), nanoseconds(until))

    def __iter__(self) -> Iterator[T]:
        """Raises NetScopeError."""
        with Recorded(self._path) as recorded:
            table, chosen = self._chosen(recorded)
            for _, rows in table.pages(self._span):
                yield from map(self._make, chosen(rows))

    def _chosen(self, recorded: Recorded) -> tuple[Table, Callable[[list[Row]], list[Row]]]:
        if self._filter is None:
            return Table(recorded, self._kind), lambda rows: rows
        test = filter_test(self._filter, self._kind.name, recorded, time.time_ns())
        table = Table(recorded, self._kind, FLOW_COLUMNS)
        return table, lambda rows: rows if test is None else [row for row in rows if test(row)]

    def follow(self, poll_s: float = 1.0) -> Iterator[T]:
        """What is there and then what comes, each row once, when it is finished; until you stop asking.

        As ``netscope export --follow`` does, but for a recording that is begun anew. Raises NetScopeError.
        """
        if not self._kind.is_followed:
            raise NetScopeError(f"{self._kind.name} change all the time and cannot be followed")
        with Recorded(self._path) as recorded:
            table, chosen = self._chosen(recorded)
            follower = Follower(table, self._span)
            while True:
                for rows in follower.poll():
                    yield from map(self._make, chosen(rows))
                time.sleep(poll_s)

    def first(self) -> T | None:
        return next(iter(self), None)

    def count(self) -> int:
        return sum(1 for _ in self)

    def _columns(self) -> tuple[dict[str, str], list[Row]]:
        """Types by column, and every row."""
        with Recorded(self._path) as recorded:
            plain = Table(recorded, self._kind)
            table, chosen = self._chosen(recorded)
            return plain.types(), [row for _, rows in table.pages(self._span) for row in chosen(rows)]

    def to_pandas(self) -> Any:
        """A DataFrame with the columns of the table; NULL is NA, times are UTC. Raises NetScopeError without pandas."""
        pandas = _imported("pandas")
        types, rows = self._columns()
        return pandas.DataFrame(
            {name: _series(pandas, kind, [row[name] for row in rows]) for name, kind in types.items()}
        )

    def to_polars(self) -> Any:
        """A DataFrame with the columns of the table; times are UTC. Raises NetScopeError without polars."""
        polars = _imported("polars")
        types, rows = self._columns()
        columns = [_polars_series(polars, name, kind, [row[name] for row in rows]) for name, kind in types.items()]
        return polars.DataFrame(columns)

    def to_arrow(self) -> Any:
        """A pyarrow Table, typed as ``netscope export --format parquet`` types it. Raises NetScopeError without it."""
        from netscope.export.parquet import load, schema_of, table_of  # noqa: PLC0415

        pyarrow = load()
        types, rows = self._columns()
        return table_of(pyarrow, schema_of(pyarrow, types), rows)


def _imported(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415

    try:
        return import_module(name)
    except ImportError as missing:
        raise NetScopeError(f"{name} is not installed: pip install {name}") from missing


def _series(pandas: Any, kind: str, values: Sequence[Any]) -> Any:
    if kind == "time":
        return pandas.to_datetime(pandas.Series(values, dtype="Int64"), unit="ns", utc=True)
    dtypes = {"int": "Int64", "truth": "boolean", "text": "string", "json": "object"}
    return pandas.Series(values, dtype=dtypes[kind])


def _polars_series(polars: Any, name: str, kind: str, values: Sequence[Any]) -> Any:
    if kind == "time":
        return polars.Series(name, values, dtype=polars.Int64).cast(polars.Datetime("ns", "UTC"))
    if kind == "json":
        return _polars_lists(polars, name, values)
    dtypes = {"int": polars.Int64, "truth": polars.Boolean, "text": polars.String}
    return polars.Series(name, values, dtype=dtypes[kind])


def _polars_lists(polars: Any, name: str, values: Sequence[Any]) -> Any:
    """Lists as lists; evidence and shape, whose form differs by row, as JSON text."""
    from netscope.export.formats import encode_json  # noqa: PLC0415

    answer = polars.Struct({"name": polars.String, "type": polars.String, "ttl": polars.Int64, "data": polars.String})
    of = {"answers": answer, "alpn": polars.String, "sans": polars.String, "parameter_request_list": polars.Int64}
    if name in of:
        return polars.Series(name, values, dtype=polars.List(of[name]))
    texts = [None if value is None else encode_json(value) for value in values]
    return polars.Series(name, texts, dtype=polars.String)
