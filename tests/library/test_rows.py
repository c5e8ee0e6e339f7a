"""The classes of the library have the columns of the recording, under their names and with their kinds of value."""

from __future__ import annotations

import typing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from netscope.export.kinds import KINDS
from netscope.export.rows import Recorded, Span, Table
from netscope.library import Answer, DnsQuery, moment
from netscope.library.rows import CLASSES, maker
from tests.export.samples import home

KINDS_OF_VALUE = {"int": int, "time": int, "text": str, "truth": bool}


@pytest.fixture
def recorded(tmp_path: Path) -> typing.Iterator[Recorded]:
    with Recorded(home(tmp_path)) as opened:
        yield opened


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_class_has_the_columns_of_its_table(kind: typing.Any, recorded: Recorded) -> None:
    fields = typing.get_type_hints(CLASSES[kind.name])
    types = Table(recorded, kind).types()
    assert list(fields) == list(types)
    for name, said in types.items():
        if said in KINDS_OF_VALUE:
            assert fields[name] in (KINDS_OF_VALUE[said], KINDS_OF_VALUE[said] | None), name


def test_what_a_class_says_is_never_none_is_never_none(recorded: Recorded) -> None:
    for kind in KINDS:
        fields = typing.get_type_hints(CLASSES[kind.name])
        surely = [name for name, of in fields.items() if type(None) not in typing.get_args(of)]
        rows = [row for _, page in Table(recorded, kind).pages(Span()) for row in page]
        assert rows
        assert [name for name in surely if any(row[name] is None for row in rows)] == [], kind.name


def test_lists_become_tuples_and_an_absent_column_none() -> None:
    answers = [{"name": "a.example", "type": "A", "ttl": 60, "data": "192.0.2.1"}]
    query = maker(DnsQuery)({"id": 1, "answers": answers, "of_another_version": 1})
    assert query.answers == (Answer("a.example", "A", 60, "192.0.2.1"),)
    assert (query.id, query.rcode, query.device_name) == (1, None, None)
    assert maker(DnsQuery)({}).answers is None


def test_a_moment_is_utc() -> None:
    assert moment(1_767_290_403_123_456_789) == datetime(2026, 1, 1, 18, 0, 3, 123_456, UTC)


def test_rows_are_values(recorded: Recorded) -> None:
    make = maker(DnsQuery)
    assert make({"id": 1}) == make({"id": 1})
    assert hash(make({"id": 1})) == hash(make({"id": 1}))
