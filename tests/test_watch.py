from __future__ import annotations

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
