"""A pseudo-terminal to run the program in, and the screen it draws: what a person would see."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Terminal:
    """Runs ``netscope`` with a terminal of its own. ``seen`` is every byte it drew."""

    def __init__(self, *arguments: str, columns: int = 80, rows: int = 24, prefix: tuple[str, ...] = ()) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none", "COLUMNS": str(columns)}
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "netscope", *arguments],
            stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env=environment, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no thread is running yet
        )  # fmt: skip
        os.close(slave)
        self.seen = ""

    def read(self, seconds: float) -> str:
        """Everything drawn within that time."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select([self._master], [], [], left)
            if ready:
                try:
                    self.seen += os.read(self._master, 65536).decode(errors="replace")
                except OSError:
                    break
        return self.seen

    def wait_for(self, text: str, seconds: float = 20.0) -> bool:
        """Whether the text was drawn before the time was over."""
        until = time.monotonic() + seconds
        while text not in self.seen and time.monotonic() < until and self.process.poll() is None:
            self.read(0.2)
        self.read(0.1)
        return text in self.seen

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def hang_up(self) -> None:
        os.close(self._master)

    def end(self, seconds: float = 15.0) -> int:
        """The exit code; kills what does not end in time."""
        until = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < until:
            try:
                self.read(0.2)
            except OSError:
                time.sleep(0.2)
        if self.process.poll() is None:
            self.process.kill()
        return self.process.wait()
