"""In a real terminal: leaving restores it, a crash leaves a report, a hang-up ends the process."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import pytest

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import sys
from pathlib import Path
from netscope.tui.app import NetScopeApp
from netscope.tui.run import run_app
from tests.tui.fake_reader import FakeReader

class Breaking(FakeReader):
    def snapshot(self):
        if self.step > 193 and "crash" in sys.argv:
            raise RuntimeError("the engine said no")
        self.advance()
        return super().snapshot()

sys.exit(run_app(NetScopeApp(Breaking(), mode="flows"), report_folder=Path(sys.argv[1])))
"""


class Terminal:
    """A child with a pseudo terminal of 80x24 as its controlling one."""

    def __init__(self, *arguments: str, errors: IO[bytes] | None = None) -> None:
        self.master, slave = pty.openpty()
        environ = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "COLUMNS": "80", "LINES": "24",
                   "LANG": "C.UTF-8"}  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments], stdin=slave, stdout=slave, stderr=errors or slave, env=environ,
            cwd=ROOT, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.output = ""

    def read_until(self, words: str, timeout_s: float = 30.0) -> None:
        end = time.monotonic() + timeout_s
        while words not in self.output and time.monotonic() < end:
            self._read(0.2)
        assert words in self.output, self.output[-2000:]

    def _read(self, wait_s: float) -> None:
        if select.select([self.master], [], [], wait_s)[0]:
            try:
                self.output += os.read(self.master, 65536).decode("utf-8", "replace")
            except OSError:
                time.sleep(wait_s)

    def wait(self, timeout_s: float = 30.0) -> int:
        end = time.monotonic() + timeout_s
        while self.process.poll() is None and time.monotonic() < end:
            self._read(0.1)
        for _ in range(5):
            self._read(0.05)
        assert self.process.returncode is not None, "still running"
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.mark.timeout(90)
def test_errors_sent_to_a_file_do_not_take_the_screen_along(tmp_path: Path) -> None:
    with (tmp_path / "errors").open("wb") as errors:
        terminal = Terminal(str(tmp_path), errors=errors)
    try:
        terminal.read_until("nflxvideo.net")
        os.write(terminal.master, b"q")
        assert terminal.wait() == 0
        assert (tmp_path / "errors").read_bytes() == b""
    finally:
        terminal.close()


@pytest.mark.timeout(90)
def test_leaving_restores_the_terminal_and_can_leave_the_table(tmp_path: Path) -> None:
    terminal = Terminal(str(tmp_path))
    try:
        terminal.read_until("nflxvideo.net")
        os.write(terminal.master, b"Q")
        assert terminal.wait() == 0
        assert "\x1b[?1049l" in terminal.output
        after = terminal.output.rpartition("\x1b[?1049l")[2]
        assert "nflxvideo.net:443" in after
    finally:
        terminal.close()


@pytest.mark.timeout(90)
def test_a_crash_restores_the_terminal_and_says_where_the_report_is(tmp_path: Path) -> None:
    terminal = Terminal(str(tmp_path), "crash")
    try:
        assert terminal.wait() == 70
        after = terminal.output.rpartition("\x1b[?1049l")[2]
        assert "netscope stopped: RuntimeError: the engine said no" in after
        reports = list(tmp_path.glob("netscope-crash-*.txt"))
        assert len(reports) == 1
        assert str(reports[0]) in after.replace("\r\n", "")
        text = reports[0].read_text()
        assert "RuntimeError: the engine said no" in text
        assert "192.168." not in text
    finally:
        terminal.close()


@pytest.mark.timeout(90)
@pytest.mark.parametrize("how", ["signal", "lost"])
def test_a_hang_up_ends_the_process(tmp_path: Path, how: str) -> None:
    terminal = Terminal(str(tmp_path))
    try:
        terminal.read_until("nflxvideo.net")
        if how == "signal":
            terminal.process.send_signal(signal.SIGHUP)
        else:
            os.close(terminal.master)
        assert terminal.process.wait(timeout=30) == 129
    finally:
        terminal.close()
