"""Runs a command and says what it took: wall time and the peak memory of its largest process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Taken(NamedTuple):
    wall_s: float
    cpu_s: float
    """Of the command and the children it waited for."""
    peak_rss_mb: float
    """Largest resident set of the command, or of a child it waited for."""
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
        output = process.stdout.read()
        # wait4 gives the usage of this child alone; resource.getrusage would give the largest of all so far.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.perf_counter() - began
    if process.returncode != 0:
        raise CommandFailed(f"{command[0]} ended with {process.returncode}: {output.strip()[-500:]}")
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return Taken(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit, output)
