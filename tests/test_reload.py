"""A running engine takes up changed lists and options; what is wrong changes nothing, what has not changed is kept."""

from __future__ import annotations

import gc
import io
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from netscope.assemble import Options, Run, assemble_run
from netscope.config.settings import Settings, load_settings
from netscope.engine.enrich.stage import Enricher
from netscope.reload import Reloader
from netscope.service.log import Log
from netscope.service.notify import Notifier
from tests.engine.memory_source import MemorySource
from tests.engine.test_pipeline import an_evening


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.delenv("SUDO_USER", raising=False)
    return tmp_path


@pytest.fixture
def config(home: Path) -> Path:
    (home / "one.txt").write_text("one.example\n")
    (home / "two.txt").write_text("two.example\n")
    path = home / "netscope.toml"
    path.write_text('[data]\ntrackers = ["one.txt", "two.txt"]\n')
    return path


class Running:
    """A live run on frames from memory, with its reloader."""

    def __init__(self, config: Path, recording: Path) -> None:
        self.out = io.StringIO()
        self.run: Run = assemble_run(
            Options(record=recording, config=load_settings(config).config), MemorySource(an_evening(), kind="live")
        )
        self.reloader = Reloader(
            self.run, lambda: load_settings(config), Log(self.out, is_structured=True), Notifier(None)
        )
        self.run.engine.start()

    def rule(self, name: str) -> str | None:
        found = self.run.enricher.trackers.match(name)
        return found.rule if found is not None else None

    def end(self) -> None:
        self.reloader.close()
        self.run.engine.stop()
        assert self.run.engine.error is None


@pytest.fixture
def running(config: Path, home: Path) -> Iterator[Running]:
    running = Running(config, home / "home.db")
    yield running
    running.end()


def wait_until(done: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 15
    while not done() and time.monotonic() < end_s:
        time.sleep(0.02)
    assert done()


def test_a_changed_list_is_taken_up_and_an_unchanged_one_is_not_read_again(home: Path, running: Running) -> None:
    before = running.run.enricher.trackers.tables
    assert running.rule("a.one.example") == "one.example"
    (home / "one.txt").write_text("changed.example\n")
    assert running.reloader.reload() == {"error": None, "notices": []}
    after = running.run.enricher.trackers.tables
    assert running.rule("a.changed.example") == "changed.example"
    assert running.rule("a.one.example") is None
    assert after[0] is not before[0]
    assert all(new is old for new, old in zip(after[1:], before[1:], strict=True))
    assert "event=reload level=info" in running.out.getvalue()


def test_options_are_taken_up_and_those_of_the_start_named(config: Path, running: Running) -> None:
    config.write_text(
        '[capture]\nmax_flows = 5000\n[retention]\nmax_mib = 100\n[exclude]\ndevices = ["10.0.0.1"]\n'
        "[detectors.beacon]\nscore = 0.85\n"
    )
    outcome = running.reloader.reload()
    assert [notice.partition(" ")[0] for notice in outcome["notices"]] == [
        "capture.max_flows", "exclude.devices", "detectors.beacon",
    ]  # fmt: skip
    assert outcome["notices"][0] == "capture.max_flows has changed: it is taken up at the next start"
    assert running.run.retention is not None
    assert running.run.retention.limits.max_bytes == 100 << 20
    assert running.rule("a.one.example") is None
    assert running.reloader.reload()["notices"] == []


@pytest.mark.parametrize("text", ["[retension]\n", '[data]\ntrackers = ["missing.txt"]\n'])
def test_what_is_wrong_leaves_all_as_it_was(config: Path, running: Running, text: str) -> None:
    config.write_text(text)
    outcome = running.reloader.reload()
    assert ("retension" if "retension" in text else "missing.txt") in outcome["error"]
    assert running.rule("a.one.example") == "one.example"
    assert "event=reload level=error" in running.out.getvalue()


def test_a_signal_reloads_and_opens_the_recording_again(home: Path, running: Running) -> None:
    recording = home / "home.db"
    wait_until(lambda: rows(recording) > 0)
    recording.rename(home / "moved.db")
    running.reloader.request()
    wait_until(lambda: recording.exists() and rows(recording, "sessions") == 1)
    assert rows(home / "moved.db") > 0


def rows(path: Path, table: str = "devices") -> int:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
    except sqlite3.OperationalError:
        return 0


def test_lists_are_in_memory_twice_one_at_a_time_at_most(home: Path) -> None:
    """Two lists of which one has changed: only that one is read."""
    for name in ("one.txt", "two.txt"):
        (home / name).write_text("a.example\n")
    enricher = Enricher.open([], [home / "one.txt", home / "two.txt"])
    (home / "two.txt").write_text("b.example\nc.example\n")
    before = (home / "one.txt").stat()
    (home / "one.txt").write_text("z.example\n")
    os.utime(home / "one.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    enricher.reload([], [home / "one.txt", home / "two.txt"])
    assert [enricher.trackers.match(name) is not None for name in ("a.example", "z.example", "c.example")] == [
        True,
        False,
        True,
    ]


def test_settings_without_a_file_are_the_defaults() -> None:
    assert Settings() == load_settings()


def test_an_old_list_is_let_go_at_once_not_when_cycles_are_collected(home: Path) -> None:
    """While an engine runs, cycles are collected rarely: lists of millions of names would pile up."""
    path = home / "one.txt"
    path.write_text("one.example\n")
    enricher = Enricher.open([], [path])
    enricher.trackers.match("a.one.example")
    old = enricher.trackers.tables[0]
    path.write_text("two.example\n")
    gc.disable()
    try:
        enricher.reload([], [path])
        assert sys.getrefcount(old) == 2  # this name, and the question
    finally:
        gc.enable()
    assert enricher.trackers.match("a.two.example") is not None
