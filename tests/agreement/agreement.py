"""How far NetScope agrees with tshark and Wireshark on real captures: a table per capture and in total.

    python -m tests.agreement.agreement [--verbose] [CAPTURE...]

The captures and the other tools' readings are those of ../shared (or $NETSCOPE_SHARED).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
if __name__ == "__main__" and str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from netscope.model.errors import NetScopeError  # noqa: E402
from netscope.record import run_file  # noqa: E402
from tests.agreement.compare import KINDS, Score, compare  # noqa: E402
from tests.agreement.facts import Facts  # noqa: E402
from tests.agreement.own_names import Named, strangers  # noqa: E402
from tests.agreement.recording import read_recording  # noqa: E402
from tests.agreement.truth import read_truth  # noqa: E402

HEADINGS = ("pkts", "bytes", "convs", "SNI", "JA3", "JA4", "DNS q", "DNS a", "HTTP", "DHCP", "certs")
JOBS = 2


class Result(NamedTuple):
    capture: str
    scores: dict[str, Score]
    failure: str | None
    """What NetScope said when it could not read the file."""
    named: int = 0
    """Flows with a name."""
    strangers: Sequence[Named] = ()
    """Those whose client was not seen to obtain it."""


def shared_dir() -> Path:
    return Path(os.environ.get("NETSCOPE_SHARED") or ROOT.parent / "shared")


def captures(names: Iterable[str] = ()) -> list[Path]:
    folder = shared_dir() / "captures" / "dev"
    known = {path.name: path for path in sorted(folder.glob("*.pcap*"))}
    wanted = [Path(name).name for name in names] or list(known)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise SystemExit(f"not in {folder}: {', '.join(unknown)}")
    return [known[name] for name in wanted]


def record(capture: Path, database: Path) -> str | None:
    """Record a capture; what NetScope said if it could not."""
    try:
        run_file(str(capture), database)
    except NetScopeError as error:
        return str(error)
    return None


def measure(capture: Path) -> Result:
    truth = read_truth(shared_dir() / "captures" / "truth" / "dev", capture.name)
    with tempfile.TemporaryDirectory(prefix="netscope-agreement-") as folder:
        database = Path(folder) / "out.db"
        failure = record(capture, database)
        if failure is not None:
            return Result(capture.name, compare(truth, Facts()), failure)
        named, found = strangers(database, shared_dir() / "captures" / "truth" / "dev", capture.name)
        return Result(capture.name, compare(truth, read_recording(database)), None, named, found)


def measure_all(paths: list[Path]) -> Iterator[Result]:
    # Worker processes: a crash of the compiled meter breaks the pool, and that ends the run with its cause.
    with ProcessPoolExecutor(JOBS, get_context("spawn")) as pool:
        yield from pool.map(measure, paths)


def totals(results: Iterable[Result]) -> dict[str, Score]:
    sums = {kind: Score() for kind in KINDS}
    for result in results:
        for kind, score in result.scores.items():
            sums[kind].add(score)
    return sums


def percent(score: Score) -> str:
    if not score.expected and not score.found:
        return "-"
    # Rounded down: 100 is said only of what is whole.
    return f"{int(score.agreement * 10_000) / 100:.2f}" if score.agreement < 1 else "100"


def print_row(name: str, cells: Iterable[str]) -> None:
    print(f"{name[-60:]:<60}" + "".join(f"{cell:>9}" for cell in cells), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", nargs="*", metavar="CAPTURE", help="file names in captures/dev; without any, all")
    parser.add_argument("--verbose", "-v", action="store_true", help="print every difference")
    arguments = parser.parse_args()
    results = []
    print_row("per cent", HEADINGS)
    for result in measure_all(captures(arguments.captures)):
        results.append(result)
        if result.failure is not None:
            print_row(result.capture, ["failed"])
            print(f"    {result.failure}")
            continue
        print_row(result.capture, (percent(result.scores[kind]) for kind in KINDS))
        if arguments.verbose:
            for kind, score in result.scores.items():
                for difference in score.differences:
                    print(f"    {kind}: {difference}")
    sums = totals(results)
    print_row("total, per cent", (percent(sums[kind]) for kind in KINDS))
    print_row("facts the other tools found", (str(sums[kind].expected) for kind in KINDS))
    print_row("facts NetScope found", (str(sums[kind].found) for kind in KINDS))
    named, strange = sum(result.named for result in results), sum(len(result.strangers) for result in results)
    print(f"{named} flows have a name; of {strange} tshark did not see the client obtain it")
    failed = sum(result.failure is not None for result in results)
    if failed:
        print(f"{failed} captures failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
