"""``netscope status`` and ``netscope reload``: what a running recorder answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from netscope.cli import cli
from netscope.engine.thread import Engine
from netscope.model.errors import NetScopeError
from netscope.service.status import StatusBoard, StatusServer
from tests.engine.memory_source import MemorySource
from tests.engine.small_network import START_NS
from tests.engine.test_pipeline import a_pipeline


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("SUDO_USER", raising=False)
    (tmp_path / "netscope").mkdir()
    return tmp_path / "netscope" / "netscope.db"


def test_the_recorder_of_the_default_recording_is_asked(recording: Path) -> None:
    board = StatusBoard(recording)
    board.publish(Engine(MemorySource([], kind="live"), a_pipeline()), START_NS)
    answers = iter(
        [{"error": None, "notices": ["capture.filter waits"]}, {"error": "netscope.toml:3: no", "notices": []}]
    )
    server = StatusServer(recording, board, lambda: next(answers))
    try:
        assert "listens    memory" in run("status").output
        assert json.loads(run("status", "--json").output)["recording"] == str(recording)
        assert run("reload").output == "capture.filter waits\nreloaded\n"
        refused = run("reload", "--db", str(recording))
        assert isinstance(refused.exception, NetScopeError)
        assert "not reloaded: netscope.toml:3: no" in str(refused.exception)
    finally:
        server.close()


@pytest.mark.parametrize("command", ["status", "reload"])
def test_when_nobody_records_it_is_said(recording: Path, command: str) -> None:
    told = run(command, "--db", str(recording))
    assert isinstance(told.exception, NetScopeError)
    assert "nobody is recording to" in str(told.exception)
