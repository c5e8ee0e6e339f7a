from __future__ import annotations

from pathlib import Path

from netscope.demo.synthesis import write_pcap
from netscope.record import run_file
from tests.engine.test_pipeline import an_evening
from tests.terminal import Terminal


def test_a_recording_is_shown_with_its_words(tmp_path: Path) -> None:
    write_pcap(tmp_path / "evening.pcap", iter(an_evening()))
    run_file(str(tmp_path / "evening.pcap"), tmp_path / "home.db")
    terminal = Terminal("view", str(tmp_path / "home.db"))
    assert terminal.wait_for("app-measurement")
    terminal.press("q")
    assert terminal.end() == 0
    assert "Traceback" not in terminal.seen


def test_a_missing_recording_is_told(tmp_path: Path) -> None:
    terminal = Terminal("view", str(tmp_path / "no.db"))
    assert terminal.end() == 2
    assert "no.db" in terminal.seen
