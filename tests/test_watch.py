from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from netscope.demo.synthesis import write_pcap
from tests.engine.test_pipeline import an_evening
from tests.terminal import Terminal


@pytest.fixture
def evening(tmp_path: Path) -> str:
    path = tmp_path / "evening.pcap"
    write_pcap(path, iter(an_evening()))
    return str(path)


def test_a_file_is_shown_and_q_leaves(evening: str) -> None:
    terminal = Terminal("-r", evening)
    assert terminal.wait_for("app-measurement")
    assert terminal.wait_for("evening.pcap")
    terminal.press("q")
    assert terminal.end() == 0
    assert "Traceback" not in terminal.seen


def test_ctrl_c_leaves_at_once(evening: str) -> None:
    terminal = Terminal("-r", evening)
    assert terminal.wait_for("Devices")
    terminal.press("\x03")
    assert terminal.end() == 0


def test_a_hang_up_ends_the_process(evening: str) -> None:
    terminal = Terminal("-r", evening)
    assert terminal.wait_for("Devices")
    terminal.hang_up()
    terminal.end()
    assert terminal.process.returncode is not None
    assert terminal.process.returncode != -9


def test_the_demo_runs_without_root() -> None:
    terminal = Terminal("demo", columns=160, rows=50)
    assert terminal.wait_for("living-room-tv", 40)
    assert terminal.wait_for("Trackers")
    terminal.press("q")
    assert terminal.end() == 0


def test_what_cannot_be_read_is_told_before_the_screen_opens() -> None:
    terminal = Terminal("-r", "/no/such/file.pcap")
    assert terminal.end() == 2
    assert "no such file" in terminal.seen
    assert "\x1b[?1049h" not in terminal.seen


def test_the_packets_of_a_flow_are_written_by_the_users_own_key(evening: str, tmp_path: Path) -> None:
    config = tmp_path / "netscope.toml"
    config.write_text(f'[keys]\nwrite.pcap = "X"\n[tui]\nscreen = "flows"\nexport_folder = "{tmp_path}"\n', "utf-8")
    terminal = Terminal("-r", evening, "--keep-packets", "2", "--config", str(config), columns=160, rows=50)
    assert terminal.wait_for("app-measurement")
    terminal.press("X")
    assert terminal.wait_for("Write the kept packets of the flow to")
    terminal.press("\r")
    assert terminal.wait_for("packets in ")
    (written,) = tmp_path.glob("netscope-flow-*.pcap")
    assert written.read_bytes()[:4] == b"\x4d\x3c\xb2\xa1"
    terminal.press("q")
    assert terminal.end() == 0


def asked_whether_to_stop(data_home: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """The demo, recorded from its screen, in answer to q."""
    monkeypatch.setenv("XDG_DATA_HOME", str(data_home))
    terminal = Terminal("demo", "--speed", "20", columns=160, rows=50)
    assert terminal.wait_for("Devices", 60)
    terminal.press("r")
    assert terminal.wait_for("Record from now on to")
    terminal.press("\r")
    assert terminal.wait_for("recording to ")
    terminal.press("q")
    assert terminal.wait_for("Stop it and quit?")
    return terminal


def test_what_goes_on_is_recorded_from_the_screen_and_quitting_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = asked_whether_to_stop(tmp_path, monkeypatch)
    terminal.press("n")
    terminal.read(1.0)
    terminal.press("r")
    assert terminal.wait_for("B: netscope view")
    terminal.press("q")
    assert terminal.end() == 0
    (path,) = (tmp_path / "netscope").glob("*.db")
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM devices").fetchone()[0] > 3
    assert connection.execute("SELECT count(*) FROM sessions WHERE ended_ns IS NOT NULL").fetchone()[0] == 1
    connection.close()


def test_who_leaves_while_recording_is_told_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = asked_whether_to_stop(tmp_path, monkeypatch)
    terminal.press("y")
    assert terminal.end() == 0
    (path,) = (tmp_path / "netscope").glob("*.db")
    assert f"recorded: netscope view {path}" in terminal.seen
