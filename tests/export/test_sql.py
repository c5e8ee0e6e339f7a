"""SQL on a recording: what it may, what it may not, and what is said of mistakes."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from netscope.engine.store.faults import StoreFault
from netscope.engine.store.writer import Recording
from netscope.export.sql import Interrupted, Question, TookTooLong, tables
from netscope.model.errors import NetScopeError
from tests.engine.store.samples import T0, make_batch, make_flow, query
from tests.export.samples import home

ENDLESS = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT max(i) FROM r"


def ask(path: Path, sql: str, timeout_s: float | None = None) -> list[tuple[Any, ...]]:
    with Question(path, sql, timeout_s) as question:
        return [row for rows in question.rows() for row in rows]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT count(*), sum(bytes_down) FROM flows", [(3, 50_120)]),
        ("WITH t AS (SELECT id FROM flows) SELECT max(id) FROM t", [(3,)]),
        (
            "SELECT json_extract(a.value, '$.data') FROM dns_queries q, json_each(q.answers) a LIMIT 1",
            [("Cdn.example.net",)],
        ),
        ("SELECT name FROM pragma_table_info('upkeep')", [("name",), ("value",)]),
        ("PRAGMA table_info(upkeep)", [(0, "name", "TEXT", 0, None, 1), (1, "value", "INTEGER", 0, None, 0)]),
        ("SELECT upper('a') || datetime(0, 'unixepoch')", [("A1970-01-01 00:00:00",)]),
    ],
)
def test_what_may_be_asked(tmp_path: Path, sql: str, expected: list[tuple[Any, ...]]) -> None:
    assert ask(home(tmp_path), sql) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM flows",
        "UPDATE devices SET label = 'x'",
        "INSERT INTO upkeep VALUES ('x', 1)",
        "DROP TABLE flows",
        "CREATE TABLE x (a)",
        "CREATE TEMP TABLE x (a)",
        "CREATE VIEW x AS SELECT 1",
        "ATTACH '{folder}/other.db' AS other",
        "DETACH main",
        "VACUUM",
        "VACUUM INTO '{folder}/other.db'",
        "REINDEX",
        "BEGIN",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA user_version = 9",
        "PRAGMA query_only = OFF",
        "PRAGMA database_list",
        "SELECT load_extension('x')",
    ],
)
def test_nothing_is_changed_and_no_other_file_is_touched(tmp_path: Path, sql: str) -> None:
    path = home(tmp_path)
    before = path.read_bytes()
    with pytest.raises(NetScopeError, match="only read here"):
        ask(path, sql.format(folder=tmp_path))
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir() if not file.name.startswith("home.db")) == []


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT * FROM flow", r"no such table: flow; did you mean flows\?"),
        ("SELECT * FROM zebras", "tables are sessions, devices"),
        ("SELECT srver_name FROM flows", r"no such column: srver_name; did you mean server_name\?"),
        ("SELECT f.srver_name FROM flows f", r"did you mean server_name\?"),
        ("SELEC 1", 'near "SELEC": syntax error'),
        ("SELECT 1; SELECT 2", "one statement at a time"),
        ("SELECT ?", "write them out"),
        ("  ", "no SQL"),
    ],
)
def test_a_mistake_is_told_in_a_line(tmp_path: Path, sql: str, says: str) -> None:
    with pytest.raises(NetScopeError, match=says) as refused:
        ask(home(tmp_path), sql)
    assert "\n" not in str(refused.value)


def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(TookTooLong, match=r"stopped after 0\.1 s"):
        ask(home(tmp_path), ENDLESS, 0.1)


def test_it_can_be_interrupted_from_another_thread(tmp_path: Path) -> None:
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    with pytest.raises(Interrupted):
        Question(home(tmp_path), ENDLESS, None, stop)


def test_columns_have_names_of_their_own(tmp_path: Path) -> None:
    with Question(home(tmp_path), "SELECT id, id, name AS id FROM devices") as question:
        assert question.columns == ["id", "id_2", "id_3"]


def test_asking_does_not_hold_up_the_recorder(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "home.db", T0)
    recording.write(make_batch(flows=[make_flow(number) for number in range(1, 2_000)]))
    with Question(tmp_path / "home.db", "SELECT id FROM flows") as question:
        rows = question.rows()
        next(rows)
        recording.write(make_batch(flows=[make_flow(2_000)]))
        assert sum(map(len, rows)) == 1_999 - 500
    recording.close()
    assert query(tmp_path / "home.db", "SELECT count(*) FROM flows") == [(2_000,)]


def test_tables_and_columns(tmp_path: Path) -> None:
    found = tables(home(tmp_path))
    assert found["traffic"][:2] == ["bucket_ns", "bucket_seconds"]
    assert not any(name.startswith("sqlite_") for name in found)


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreFault):
        ask(tmp_path / "none.db", "SELECT 1")
