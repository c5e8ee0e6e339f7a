from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from netscope.demo.synthesis import write_pcap
from netscope.demo.wire import SECOND
from netscope.engine.thread import Engine
from netscope.model.errors import NetScopeError
from netscope.record import StatusLine, raise_error, run_file
from netscope.service.log import Log
from tests.engine.memory_source import MemorySource
from tests.engine.small_network import START_NS
from tests.engine.test_pipeline import a_pipeline, an_evening

NETSCOPE = [sys.executable, "-m", "netscope"]


@pytest.fixture
def evening(tmp_path: Path) -> Path:
    path = tmp_path / "evening.pcap"
    write_pcap(path, iter(an_evening()))
    return path


def netscope(*arguments: str | Path, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*NETSCOPE, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60, **settings
    )  # type: ignore[call-overload, no-any-return]


def test_a_file_is_recorded(evening: Path, tmp_path: Path) -> None:
    result = run_file(str(evening), tmp_path / "out.db")
    assert (result["packets"], result["flows"], result["error"]) == (len(an_evening()), 4, None)
    db = sqlite3.connect(tmp_path / "out.db")
    assert db.execute("SELECT kind, packets, bytes, ended_ns IS NOT NULL FROM sessions").fetchone() == (
        "file", len(an_evening()), sum(len(frame) for _, frame in an_evening()), 1,
    )  # fmt: skip
    assert db.execute("SELECT server_name FROM flows WHERE server_port = 443").fetchone() == ("app-measurement.com",)


def test_a_second_run_goes_on_in_the_same_recording(evening: Path, tmp_path: Path) -> None:
    for _ in range(2):
        run_file(str(evening), tmp_path / "out.db")
    db = sqlite3.connect(tmp_path / "out.db")
    assert db.execute("SELECT count(*), max(id) FROM flows").fetchone() == (8, 8)
    assert db.execute("SELECT count(*) FROM sessions").fetchone() == (2,)
    assert (
        db.execute("SELECT count(*) FROM devices").fetchone()
        == db.execute("SELECT count(DISTINCT mac) FROM devices").fetchone()
    )


def test_the_summary_is_for_people_or_for_scripts(evening: Path, tmp_path: Path) -> None:
    told = netscope("-r", evening, "--record", tmp_path / "a.db")
    assert told.returncode == 0
    assert f"{len(an_evening())} packets" in told.stdout
    assert f"recorded in {tmp_path / 'a.db'}" in told.stdout
    machine = netscope("-r", evening, "--record", tmp_path / "b.db", "--json")
    assert json.loads(machine.stdout)["flows"] == 4
    assert machine.stderr == ""
    silent = netscope("-r", evening, "--record", tmp_path / "c.db", "--quiet")
    assert (silent.stdout, silent.stderr) == ("", "")


def test_quiet_still_says_what_is_wrong(evening: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.mmdb").write_bytes(b"cut off")
    told = netscope("-r", evening, "--record", tmp_path / "a.db", "--quiet", "--geoip", tmp_path / "cut.mmdb")
    assert (told.returncode, told.stdout) == (0, "")
    assert len(told.stderr.splitlines()) == 1
    assert "cut.mmdb: damaged GeoIP database" in told.stderr


def test_a_recording_set_aside_is_told_to_the_quiet_too(evening: Path, tmp_path: Path) -> None:
    recording = tmp_path / "home.db"
    recording.write_bytes(b"no database at all " * 100)
    told = netscope("-r", evening, "--record", recording, "--quiet")
    assert told.returncode == 0
    assert told.stdout == ""
    assert "the recording was damaged; it is kept as home.db.corrupt-" in told.stderr
    recording.write_bytes(b"no database at all " * 100)
    machine = json.loads(netscope("-r", evening, "--record", recording, "--json").stdout)
    assert any("the recording was damaged" in notice for notice in machine["notices"])


def test_a_pipe_is_read_to_its_end(evening: Path, tmp_path: Path) -> None:
    with evening.open("rb") as pipe:
        run = subprocess.run(
            [*NETSCOPE, "-r", "-", "--record", tmp_path / "p.db", "--json"],
            stdin=pipe, capture_output=True, check=False, timeout=60,
        )  # fmt: skip
    assert json.loads(run.stdout)["packets"] == len(an_evening())


def test_a_file_cut_off_is_read_to_its_last_whole_packet(evening: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(evening.read_bytes()[:-7])
    told = netscope("-r", cut, "--record", tmp_path / "out.db")
    assert told.returncode == 0
    assert f"{len(an_evening()) - 1} packets" in told.stdout
    assert "is cut off" in told.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"hello, this is a letter to my aunt", "not a capture"),
        (b"\x7fELF" + bytes(60), "not a capture"),
    ],
)
def test_what_is_no_capture_is_refused_in_one_line(content: bytes, words: str, tmp_path: Path) -> None:
    letter = tmp_path / "letter.pcap"
    letter.write_bytes(content)
    told = netscope("-r", letter, "--record", tmp_path / "out.db")
    assert told.returncode == 2
    assert words in told.stderr
    assert "letter.pcap" in told.stderr
    assert len(told.stderr.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_with_everything_written(number: signal.Signals, evening: Path, tmp_path: Path) -> None:
    read, write = os.pipe()
    run = subprocess.Popen(
        [*NETSCOPE, "-r", "-", "--record", tmp_path / "s.db", "--json"], stdin=read, stdout=subprocess.PIPE, text=True
    )
    os.close(read)
    os.write(write, evening.read_bytes())
    database = tmp_path / "s.db"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (database.exists() and _flows(database) >= 1):
        time.sleep(0.1)
    run.send_signal(number)
    out, _ = run.communicate(timeout=30)
    os.close(write)
    assert run.returncode == 0
    assert json.loads(out)["packets"] == len(an_evening())
    assert _flows(database) == 4


def test_a_killed_writer_ends_the_run_in_words_and_leaves_what_it_wrote(evening: Path, tmp_path: Path) -> None:
    read, write = os.pipe()
    database = tmp_path / "k.db"
    run = subprocess.Popen(
        [*NETSCOPE, "-r", "-", "--record", database],
        stdin=read,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(read)
    os.write(write, evening.read_bytes())
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (database.exists() and _flows(database) >= 1):
        time.sleep(0.1)
    (writer,) = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
    os.kill(int(writer), signal.SIGKILL)
    # Nothing more comes down the pipe: it is noticed all the same.
    out, said = run.communicate(timeout=60)
    os.close(write)
    assert run.returncode == 2
    assert "the process that writes the recording was killed" in said
    assert f"recorded until then in {database}" in out
    assert "Traceback" not in said
    assert sqlite3.connect(database).execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert _flows(database) >= 1


def _flows(database: Path) -> int:
    try:
        db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        return int(db.execute("SELECT count(*) FROM flows").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def test_the_status_line_comes_every_ten_seconds() -> None:
    out = io.StringIO()
    line = StatusLine(Log(out))
    engine = Engine(MemorySource([], kind="live"), a_pipeline())
    for second in range(25):
        line.publish(engine, START_NS + second * SECOND)
    told = out.getvalue().splitlines()
    assert len(told) == 2
    assert "0 packets (0/s), 0 flows open, 0 devices, 0 alerts, 0 dropped" in told[0]


def test_the_report_of_a_defect_lies_beside_the_recording(tmp_path: Path) -> None:
    """The only folder a contained recorder may write to."""
    engine = Engine(MemorySource([], kind="live"), a_pipeline())
    engine.error, engine.crash = "stopped by a defect", "Traceback: oh"
    with pytest.raises(NetScopeError, match="stopped by a defect; the report is in") as told:
        raise_error(engine, tmp_path / "home.db")
    assert next(tmp_path.glob("netscope-crash-*.txt")).name in str(told.value)
