from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from netscope.cli import cli
from netscope.model.errors import NetScopeError
from tests.export.samples import FORMULA, home


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return home(tmp_path)


def run(recording: Path, *arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["query", "--db", str(recording), *arguments], given, catch_exceptions=False)


def test_a_table_has_numbers_to_the_right(recording: Path) -> None:
    result = run(recording, "SELECT protocol, bytes_down, country FROM flows ORDER BY id")
    assert result.stdout.splitlines() == [
        "protocol  bytes_down  country",
        "--------  ----------  -------",
        "tcp            50000  US",
        "udp              120  NULL",
        "icmpv6             0  NULL",
    ]


def test_hostile_text_cannot_move_the_cursor(recording: Path) -> None:
    assert "\x1b" not in run(recording, "SELECT query_name FROM dns_queries").stdout
    assert "\x1b" not in run(recording, "SELECT query_name FROM dns_queries", "--format", "csv").stdout


def test_csv(recording: Path) -> None:
    result = run(
        recording, "SELECT user_agent, x'0aff' AS raw, NULL AS none FROM http_requests LIMIT 1", "--format", "csv"
    )
    assert list(csv.reader(io.StringIO(result.stdout))) == [["user_agent", "raw", "none"], ["'" + FORMULA, "0aff", ""]]


def test_json_lines(recording: Path) -> None:
    result = run(recording, "SELECT id, user_agent, 9e999 AS big FROM http_requests LIMIT 1", "--format", "jsonl")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [{"id": 1, "user_agent": FORMULA, "big": None}]


def test_sql_from_standard_input(recording: Path) -> None:
    assert run(recording, "--format", "jsonl", "-", given="SELECT 1 AS one").stdout == '{"one":1}\n'


def test_without_sql_tables_and_columns_are_told(recording: Path) -> None:
    lines = run(recording).stdout.splitlines()
    assert lines[0] == "sessions"
    assert lines[1].startswith("    id, source, kind")


def test_a_mistake_is_a_line(recording: Path) -> None:
    with pytest.raises(NetScopeError, match="did you mean flows"):
        run(recording, "SELECT * FROM flow")


def test_an_interrupt_ends_it(recording: Path) -> None:
    endless = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT max(i) FROM r"
    process = subprocess.Popen(
        [sys.executable, "-m", "netscope", "query", "--db", str(recording), endless],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ,
    )  # fmt: skip
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
