from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from netscope.commands.reload import reload
from netscope.model.errors import NetScopeError
from netscope.service.status import StatusBoard, StatusServer


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return tmp_path / "home.db"


def test_what_was_left_is_told(recording: Path) -> None:
    server = StatusServer(recording, StatusBoard(recording), lambda: {"error": None, "notices": ["x \x1b[31mwaits"]})
    try:
        run = CliRunner().invoke(reload, ["--db", str(recording)])
        assert run.output.endswith("waits\nreloaded\n")
        assert "\x1b" not in run.output
    finally:
        server.close()


def test_why_it_was_refused_is_told(recording: Path) -> None:
    server = StatusServer(recording, StatusBoard(recording), lambda: {"error": "netscope.toml:3: no", "notices": []})
    try:
        run = CliRunner().invoke(reload, ["--db", str(recording)])
        assert isinstance(run.exception, NetScopeError)
        assert str(run.exception) == "not reloaded: netscope.toml:3: no"
    finally:
        server.close()
