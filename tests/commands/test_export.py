"""``netscope export`` as it is typed."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from netscope.cli import cli
from netscope.engine.store.writer import Recording
from netscope.model.errors import NetScopeError
from tests.engine.store.samples import T0, make_batch, make_flow, wait_until
from tests.export.samples import home


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return home(tmp_path)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)


def test_json_lines_go_to_standard_output(recording: Path) -> None:
    result = run("export", "flows", "--db", recording)
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [1, 2, 3]
    assert result.stderr == ""


def test_csv_reads_back(recording: Path) -> None:
    result = run("export", "http", "--db", recording, "--format", "csv")
    first, second = csv.DictReader(io.StringIO(result.stdout))
    assert (first["host"], second["uri"]) == ("example.org", "/private/anna?id=7")
    assert first["user_agent"].startswith("'=")


def test_a_file_is_told_with_its_rows(recording: Path, tmp_path: Path) -> None:
    result = run("export", "all", "--db", recording, "--format", "zeek", "--output", tmp_path / "logs")
    assert "16 rows in " in result.stderr
    assert (tmp_path / "logs" / "conn.log").read_text().startswith("#separator \\x09\n")


def test_filter_and_times(recording: Path) -> None:
    result = run("export", "dns", "--db", recording, "--filter", "rcode:NOERROR", "--until", "2023-11-14T22:14:02Z")
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("flows", "--filter", "port:x"), "port needs a number"),
        (("flows", "--since", "yesterday"), "'yesterday' is no time"),
        (("flows", "dns"), "name a folder"),
        (("trackers", "--format", "eve"), "eve has no records of trackers"),
        (("flows", "--keep-oui"), "go with --anonymise"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(recording: Path, arguments: tuple[str, ...], says: str) -> None:
    with pytest.raises(NetScopeError, match=says):
        run("export", *arguments, "--db", recording)


def test_anonymised_by_a_key_that_is_kept(recording: Path, tmp_path: Path) -> None:
    first = run("export", "flows", "--db", recording, "--anonymise", "--key", tmp_path / "key")
    second = run("export", "flows", "--db", recording, "--anonymise", "--key", tmp_path / "key")
    assert first.stdout == second.stdout
    assert "example" not in first.stdout.lower().replace('"application":"example"', "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_following_ends_cleanly_when_interrupted(tmp_path: Path, number: signal.Signals) -> None:
    recording = Recording(tmp_path / "home.db", T0)
    recording.write(make_batch(flows=[make_flow(1), make_flow(2, end_reason=None)]))
    out = tmp_path / "conn.log"
    command = ["export", "flows", "--follow", "--format", "zeek", "--db", tmp_path / "home.db", "--output", out]
    process = subprocess.Popen(
        [sys.executable, "-m", "netscope", *map(str, command)], stderr=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        wait_until(lambda: out.exists() and len(out.read_text().splitlines()) == 9)
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        recording.close()
    assert process.returncode == 0
    assert errors == "netscope: 1 rows written, 1 not finished yet and so not written\n"
    assert out.read_text().splitlines()[-1].startswith("#close")


def test_a_reader_that_goes_away_ends_it_quietly(recording: Path) -> None:
    command = f'"{sys.executable}" -m netscope export flows --db "{recording}" | head -c 1'
    run_of = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert (run_of.stdout, run_of.stderr) == ("{", "")
