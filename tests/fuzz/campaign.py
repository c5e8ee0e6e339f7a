"""The long run behind `make fuzz`: every target, coverage-guided, on the sanitized meter, FUZZ_SECONDS in all.

``python -m tests.fuzz.campaign [SECONDS] [FOLDER]``. Ends with 1 when a target found something; its input is then in
FOLDER/findings. The corpus stays in FOLDER/corpus and is where the next run goes on.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.fuzz.sanitized import build

SHARES: Final = {"frames": 3, "pcap": 2, "pcapng": 2, "parsers": 4, "streams": 3, "datagrams": 2, "control": 1}
"""How much of the time each target gets."""
WORKERS: Final = 2
MAX_INPUT_BYTES: Final = 8192
RSS_LIMIT_MB: Final = 1024
SLOW_INPUT_S: Final = 1
"""libFuzzer counts whole seconds; test_fuzz.py holds the 10 ms."""


def preload() -> str:
    """The sanitizer and fuzzer runtime atheris brings along. Raises SystemExit when atheris is not installed."""
    spec = importlib.util.find_spec("atheris")
    if spec is None or spec.origin is None:
        raise SystemExit("atheris is not installed: make fuzz does that")
    return str(Path(spec.origin).parents[1] / "asan_with_fuzzer.so")


def run_target(name: str, seconds: int, folder: Path) -> tuple[str, int, int, str]:
    """(name, exit status, inputs run, the log's last lines)."""
    corpus, findings = folder / "corpus" / name, folder / "findings"
    findings.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "LD_PRELOAD": preload(),
        "PYTHONMALLOC": "malloc",
        "PYTHONPATH": str(folder / "build"),
        # The interpreter frees little at its end; leaks are measured by test_memory.py.
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:handle_segv=1",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    }
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.guided",
        name,
        f"-max_total_time={seconds}",
        f"-max_len={MAX_INPUT_BYTES}",
        f"-rss_limit_mb={RSS_LIMIT_MB}",
        f"-timeout={SLOW_INPUT_S}",
        f"-artifact_prefix={findings}/{name}-",
        "-print_final_stats=1",
        "-use_value_profile=1",
        str(corpus),
    ]
    ended = subprocess.run(
        command, cwd=folder / "build", env=environment, capture_output=True, text=True, errors="replace", check=False
    )
    inputs = re.search(r"stat::number_of_executed_units:\s*(\d+)", ended.stderr)
    (folder / f"{name}.log").write_text(ended.stdout + ended.stderr)
    return name, ended.returncode, int(inputs[1]) if inputs else 0, ended.stderr[-3000:]


def main() -> int:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else "build/fuzz").absolute()
    build(folder / "build")
    began = time.monotonic()
    total = sum(SHARES.values())
    with ThreadPoolExecutor(WORKERS) as workers:
        jobs = [
            workers.submit(run_target, name, max(1, seconds * WORKERS * share // total), folder)
            for name, share in SHARES.items()
        ]
        results = [job.result() for job in jobs]
    for name, status, inputs, tail in results:
        print(f"{name:10} {inputs:10,} inputs  {'ok' if status == 0 else 'FOUND SOMETHING'}")
        if status:
            print(tail)
    print(f"{sum(inputs for _, _, inputs, _ in results):,} inputs in {time.monotonic() - began:.0f} s")
    return int(any(status for _, status, _, _ in results))


if __name__ == "__main__":
    sys.exit(main())
