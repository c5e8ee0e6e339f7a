"""How fast NetScope reads a capture into SQLite, beside other programs on the same file in the same run.

    python -m tools.bench [--rounds N] [--mix N] [--no-stages] [--no-peers]

Runs are interleaved: every round runs each program once, so that a slow minute of the machine hits them all; ratios
are taken within a round. Everything made lies in build/bench.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tools.bench.captures import ROOT, bench_capture, count_packets
from tools.bench.measure import CommandFailed, Taken, run
from tools.bench.peers import install
from tools.bench.stages import STAGES

FOLDER = ROOT / "build" / "bench"
OURS = "netscope"


class Contender(NamedTuple):
    name: str
    what: str
    measure: Callable[[], Taken]


def netscope(capture: Path) -> Taken:
    """As a user types it: headless, everything on, a new recording."""
    with tempfile.TemporaryDirectory(prefix="netscope-bench-", dir=FOLDER) as folder:
        database = Path(folder) / "bench.db"
        return run([sys.executable, "-m", "netscope", "-r", capture, "--record", database, "--quiet"], cwd=ROOT)


def contenders(capture: Path, *, with_peers: bool) -> list[Contender]:
    ours = Contender(OURS, "the whole pipeline, recording to SQLite", lambda: netscope(capture))
    if not with_peers:
        return [ours]
    others = (Contender(peer.name, peer.what, partial(run, peer.command(capture))) for peer in install(FOLDER))
    return [ours, *others]


def interleaved(entrants: list[Contender], rounds: int) -> dict[str, list[Taken]]:
    taken: dict[str, list[Taken]] = {entrant.name: [] for entrant in entrants}
    for index in range(rounds):
        # Turned round each time: nobody always runs on the cache another has warmed.
        for entrant in entrants if index % 2 == 0 else reversed(entrants):
            try:
                taken[entrant.name].append(entrant.measure())
            except CommandFailed as failure:
                print(f"{entrant.name}: {failure}")
                if entrant.name == OURS:
                    raise SystemExit(1) from failure
            else:
                print(f"  round {index + 1}: {entrant.name:<11} {taken[entrant.name][-1].wall_s:7.2f} s", flush=True)
    return taken


def print_comparison(entrants: list[Contender], taken: dict[str, list[Taken]], packets: int) -> None:
    heading = f"{'packets/s':>12}{'seconds':>9}{'CPU s':>8}{'peak MB':>9}{'netscope is':>13}   what it does"
    print(f"\n{'':<12}{heading}")
    for entrant in entrants:
        runs = taken[entrant.name]
        if not runs:
            continue
        wall_s = statistics.median(one.wall_s for one in runs)
        peak_mb = max(one.peak_rss_mb for one in runs)
        ratio = statistics.median(other.wall_s / own.wall_s for own, other in zip(taken[OURS], runs, strict=False))
        against = "" if entrant.name == OURS else f"{ratio:.2f} x"
        cpu_s = statistics.median(one.cpu_s for one in runs)
        figures = f"{packets / wall_s:>12,.0f}{wall_s:>9.2f}{cpu_s:>8.2f}{peak_mb:>9.0f}{against:>13}"
        print(f"{entrant.name:<12}{figures}   {entrant.what}")
    print("Peak memory is that of the largest process; nfstream runs two.")


def print_stages(capture: Path, rounds: int) -> None:
    """Where the time goes: each stage's share is what it adds to the stages before it."""
    seconds: dict[str, list[float]] = {stage: [] for stage in STAGES}
    for _ in range(rounds):
        for stage in STAGES:
            output = run([sys.executable, "-m", "tools.bench.stages", stage, capture], cwd=ROOT).output
            seconds[stage].append(float(output.split()[-1]))
    print(f"\n{'up to':<12}{'CPU s':>9}{'adds':>9}{'share':>8}   (start of the interpreter left out)")
    before = 0.0
    total = statistics.median(seconds[STAGES[-1]])
    for stage in STAGES:
        now = statistics.median(seconds[stage])
        print(f"{stage:<12}{now:>9.2f}{now - before:>9.2f}{(now - before) / total:>8.0%}")
        before = now


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each program runs (default 3)")
    parser.add_argument("--mix", type=int, default=20, help="twentieths of the whole capture (default 20)")
    parser.add_argument("--no-stages", action="store_true", help="leave out where the time goes")
    parser.add_argument("--no-peers", action="store_true", help="leave out the other programs")
    arguments = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    capture = bench_capture(FOLDER, arguments.mix)
    packets = count_packets(capture)
    print(f"{capture.name}: {packets:,} packets, {capture.stat().st_size / 1e6:,.0f} MB")
    entrants = contenders(capture, with_peers=not arguments.no_peers)
    taken = interleaved(entrants, arguments.rounds)
    print_comparison(entrants, taken, packets)
    if not arguments.no_stages:
        print_stages(capture, arguments.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
