"""The socket beside the recording: live counters for its owner and root, one request a connection."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netscope.demo.wire import SECOND
from netscope.engine.thread import Engine
from netscope.model.errors import NetScopeError
from netscope.service import status
from netscope.service.status import StatusBoard, StatusServer, ask, socket_path
from tests.engine.memory_source import MemorySource
from tests.engine.small_network import START_NS
from tests.engine.test_pipeline import a_pipeline, an_evening, play


@pytest.fixture(params=["short", "x" * 120], ids=["short", "long"])
def recording(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A path too long for a socket's address is a path all the same."""
    folder = tmp_path / request.param
    folder.mkdir()
    return folder / "home.db"


@pytest.fixture
def board(recording: Path) -> StatusBoard:
    return StatusBoard(recording, "runs as nobody")


@pytest.fixture
def server(recording: Path, board: StatusBoard) -> Iterator[StatusServer]:
    server = StatusServer(recording, board, lambda: {"error": None, "notices": ["read again"]})
    yield server
    server.close()


def test_the_counters_of_the_last_second_are_told(recording: Path, board: StatusBoard, server: StatusServer) -> None:
    engine = Engine(MemorySource([], kind="live"), a_pipeline())
    board.publish(engine, START_NS)
    play(engine.pipeline, an_evening())
    engine.statistics = engine.source.statistics()
    board.publish(engine, START_NS + 2 * SECOND)
    told = ask(recording, "status")
    total = len(an_evening())
    assert (told["packets"], told["packets_per_s"], told["dropped_kernel"]) == (total, total / 2, 3)
    assert (told["source"], told["rights"], told["recording"]) == ("memory", "runs as nobody", str(recording))
    assert told["devices"] == len(engine.pipeline.correlator.devices) > 0
    assert told["rss_bytes"] > 10_000_000
    assert 0 <= told["age_s"] < 60
    assert 0 <= told["uptime_s"] < 60


def test_a_reload_is_asked_for_and_its_outcome_told(recording: Path, server: StatusServer) -> None:
    assert ask(recording, "reload") == {"error": None, "notices": ["read again"]}


def test_the_socket_is_its_owners_and_goes_with_the_server(recording: Path, board: StatusBoard) -> None:
    server = StatusServer(recording, board, dict)
    assert stat.S_IMODE(socket_path(recording).stat().st_mode) == 0o600
    server.close()
    assert not socket_path(recording).exists()
    with pytest.raises(NetScopeError, match="nobody is recording to"):
        ask(recording, "status")


def test_a_socket_that_cannot_be_removed_ends_nothing(recording: Path, board: StatusBoard) -> None:
    """As on a disk that has turned read-only; here the name is taken by what unlink(2) refuses."""
    server = StatusServer(recording, board, dict)
    socket_path(recording).unlink()
    socket_path(recording).mkdir()
    server.close()


def test_one_left_behind_by_a_killed_recorder_is_replaced(recording: Path, board: StatusBoard) -> None:
    left, _ = socket.socketpair()
    socket_path(recording).touch()
    with pytest.raises(NetScopeError, match="nobody is recording to"):
        ask(recording, "status")
    server = StatusServer(recording, board, dict)
    assert "age_s" in ask(recording, "status")
    server.close()
    left.close()


@pytest.mark.parametrize("request_text", ["", "x" * 500, "quit\nstatus"])
def test_nonsense_is_answered_and_the_next_client_served(
    recording: Path, server: StatusServer, request_text: str
) -> None:
    assert ask(recording, request_text) == {"error": "no such request"}
    assert "age_s" in ask(recording, "status")


def test_a_client_that_says_nothing_holds_up_nobody_for_long(
    recording: Path, server: StatusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "CLIENT_TIMEOUT_S", 0.1)
    with socket.socket(socket.AF_UNIX) as silent, status._short(socket_path(recording)) as address:
        silent.connect(address)
        assert "age_s" in ask(recording, "status")


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to be somebody else")
def test_another_user_is_not_answered(board: StatusBoard) -> None:
    folder = Path(f"/tmp/netscope-status-{os.getpid()}")  # noqa: S108 - pytest's own folders are closed to others
    folder.mkdir(mode=0o755)
    recording = folder / "home.db"
    server = StatusServer(recording, board, dict)
    asking = (
        "import os, sys; from pathlib import Path; from netscope.service.status import ask\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: print(ask(Path(sys.argv[1]), 'status'))\n"
        "except Exception as error: print(error)\n"
    )

    def answer() -> str:
        run = subprocess.run(
            [sys.executable, "-c", asking, str(recording)], capture_output=True, text=True, check=True, timeout=60
        )
        return run.stdout

    try:
        assert "answers its owner and root only" in answer()
        socket_path(recording).chmod(0o666)  # whoever could connect all the same is known by the kernel
        assert "no answer" in answer()
    finally:
        server.close()
        folder.rmdir()


def test_what_is_told_can_be_printed(recording: Path, board: StatusBoard, server: StatusServer) -> None:
    from netscope.commands.status import _lines

    engine = Engine(MemorySource([], kind="live"), a_pipeline())
    engine.notices = ["a \x1b[31m notice"]
    board.publish(engine, START_NS)
    told: dict[str, Any] = ask(recording, "status")
    lines = list(_lines({**told, "age_s": 90, "uptime_s": 90_061, "recording_bytes": 4_200_000_000}))
    assert any(line.endswith("up 1 d 1 h") for line in lines)
    assert any(line.endswith("4.2 GB") for line in lines)
    assert "stuck      the engine has not been heard of for 1 min 30 s" in lines
    assert "\x1b" not in "".join(lines)
