"""Runs netscope over one file in a process of its own and measures it. As a script: one hostile file at any size.

``python -m tests.hostile.run_file one_packet_flows 1000000 [MAX_FLOWS]``
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.hostile_files import FILES, write


@dataclass(frozen=True)
class Outcome:
    status: int
    errors: str
    counters: dict[str, int]
    packets: int
    rss_bytes: int
    seconds: float


def run(file: Path, database: Path, max_flows: int = 20_000) -> Outcome:
    command = [
        sys.executable,
        "-m",
        "netscope",
        "-r",
        str(file),
        "--record",
        str(database),
        "--quiet",
        "--json",
        "--max-flows",
        str(max_flows),
    ]
    began = time.monotonic()
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=errors)
        peak_bytes = 0
        while process.poll() is None:
            # wait4's maximum begins with that of the process that forked; the kernel's own mark is the program's.
            peak_bytes = max(peak_bytes, _peak_bytes(process.pid))
            time.sleep(0.02)
        errors.seek(0)
        said.seek(0)
        summary = json.loads(said.read() or b"{}")
        text = errors.read().decode(errors="replace")
    seconds = time.monotonic() - began
    return Outcome(
        process.returncode,
        text,
        summary.get("counters", {}),
        summary.get("packets", 0),
        peak_bytes,
        seconds,
    )


def _peak_bytes(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def main() -> None:
    name, count = sys.argv[1], int(sys.argv[2])
    max_flows = int(sys.argv[3]) if len(sys.argv) > 3 else 200_000
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "hostile.pcap"
        written = write(file, FILES[name][0](count))
        outcome = run(file, Path(folder) / "recording.db", max_flows)
    print(
        f"{name}: exit {outcome.status}, {outcome.packets:,} of {written:,} packets, {outcome.seconds:.1f} s, "
        f"{outcome.rss_bytes >> 20} MB, {outcome.counters} {outcome.errors}"
    )


if __name__ == "__main__":
    main()
