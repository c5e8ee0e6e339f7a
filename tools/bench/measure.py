"""Runs a command and says what it took: wall time, CPU time and the peak memory of its largest process."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

SAMPLE_PERIOD_S = 0.02
HIGH_WATER = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


class Taken(NamedTuple):
    wall_s: float
    cpu_s: float
    """Of the command and the children it waited for."""
    peak_rss_mb: float
    """Largest resident set of the command or of one of its children."""
    output: str


class CommandFailed(Exception):
    """A measured command ended with an error; its last lines are the message."""


def run(command: Sequence[str | Path], cwd: Path | None = None) -> Taken:
    """Raises CommandFailed when the command does not end with 0."""
    began = time.perf_counter()
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        high_water = HighWater(process.pid)
        output = process.stdout.read()
        # wait4 gives the usage of this child alone; resource.getrusage would give that of all so far.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall_s = time.perf_counter() - began
        peak_kb = high_water.stop()
    if process.returncode != 0:
        raise CommandFailed(f"{command[0]} ended with {process.returncode}: {output.strip()[-500:]}")
    return Taken(wall_s, usage.ru_utime + usage.ru_stime, peak_kb / 1e3, output)


class HighWater:
    """Watches VmHWM of a process and its children.

    Not ru_maxrss: that is kept over exec, so a small program started from here would be charged this interpreter.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak_kb = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        self._over.set()
        self._thread.join()
        return self._peak_kb

    def _watch(self) -> None:
        own = f"/proc/{os.getpid()}/exe"
        while not self._over.wait(SAMPLE_PERIOD_S):
            for pid in tree(self._pid):
                try:
                    if os.path.samefile(f"/proc/{pid}/exe", own) and not _has_own_command(pid):
                        continue
                    found = HIGH_WATER.search(Path(f"/proc/{pid}/status").read_text())
                except OSError:  # it has ended
                    continue
                if found:
                    self._peak_kb = max(self._peak_kb, int(found[1]))


def _has_own_command(pid: int) -> bool:
    """False between fork and exec, while the child still is a copy of this process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes() != Path("/proc/self/cmdline").read_bytes()


def tree(pid: int) -> Iterator[int]:
    """A process and all that came of it."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from tree(int(child))
