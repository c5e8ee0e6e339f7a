"""Kill a recorder at random moments, again and again, and hold the file to its promises.

Each trial forks a recorder that writes numbered batches, kills it with SIGKILL, and checks that the file passes
``PRAGMA integrity_check``, holds every batch reported as committed, and holds no part of a batch without the rest.
A copy of what lay on the disk then loses the end of its log, as when power fails in the middle of a write: that must
read back as an earlier state, whole.

    python tools/power_cut.py --trials 1000
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import struct
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from netscope.engine.store.rows import Batch
from netscope.engine.store.writer import Recording
from netscope.model.flow import Flow
from netscope.model.records import DnsQuery, Session

FLOWS_A_BATCH = 20
QUERIES_A_FLOW = 2
START_NS = 1_700_000_000_000_000_000
LONGEST_S = 0.3
_NUMBER = struct.Struct("!q")


@dataclass
class Outcome:
    trials: int = 0
    batches: int = 0
    killed_before_first: int = 0
    lost_committed: int = 0
    torn_logs: int = 0


def batch_number(number: int) -> Batch:
    """Batch ``number`` of the recording's life: the ids follow from it, so what is there says what was written."""
    session = Session("power cut", "live", "EN10MB", None, START_NS, "0", counters={"batch": number}, id=1)
    batch = Batch(session)
    for id_ in range(number * FLOWS_A_BATCH + 1, (number + 1) * FLOWS_A_BATCH + 1):
        at_ns = START_NS + id_ * 1_000_000
        flow = Flow(id_, "192.0.2.1", 40_000, "198.51.100.1", 443, "tcp", None, None, None, at_ns, at_ns)
        flow.measured(1, 1, 60, 60, 32, 32, at_ns, at_ns)
        batch.flows.append(flow)
        batch.dns_queries += [
            DnsQuery(flow, "192.0.2.1", "192.0.2.53", "udp", at_ns, 7, "example.org", "A", id=QUERIES_A_FLOW * id_ - k)
            for k in range(QUERIES_A_FLOW)
        ]
    return batch


def record(path: Path, interval_s: float, report: int) -> None:
    """The recorder's life: it ends only by being killed."""
    recording = Recording(path, START_NS)
    number = (recording.next_ids()["flows"] - 1) // FLOWS_A_BATCH
    while True:
        recording.write(batch_number(number))
        os.write(report, _NUMBER.pack(number))
        number += 1
        time.sleep(interval_s)


def run_and_kill(path: Path, interval_s: float, life_s: float) -> int | None:
    """The last batch a recorder reported as committed before it was killed."""
    reading, report = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        try:
            record(path, interval_s, report)
        finally:
            os._exit(1)
    os.close(report)
    time.sleep(life_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise SystemExit("the recorder ended by itself")
    with os.fdopen(reading, "rb") as pipe:
        reported = pipe.read()
    return _NUMBER.unpack(reported[-_NUMBER.size :])[0] if reported else None


def written(path: Path) -> int:
    """The number of the last batch in the file, -1 for none. Raises AssertionError where the file breaks a promise."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        if not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'flows'").fetchone()[0]:
            return -1
        flows, last_flow = connection.execute("SELECT count(*), coalesce(max(id), 0) FROM flows").fetchone()
        queries = connection.execute("SELECT count(*) FROM dns_queries").fetchone()[0]
        assert flows == last_flow, "a flow is missing"
        assert not flows % FLOWS_A_BATCH, "part of a batch"
        assert queries == QUERIES_A_FLOW * flows, "queries without their flows, or flows without their queries"
        last = flows // FLOWS_A_BATCH - 1
        counted = connection.execute("SELECT value FROM counters WHERE name = 'batch'").fetchone()
        assert (counted[0] if counted else -1) == last, "the session's counter is of another batch"
        return last
    finally:
        connection.close()


def cut_log(path: Path, folder: Path, rng: random.Random, changed_ns: int | None) -> int | None:
    """The last batch in a copy whose log ends early; None where there is no log to cut.

    Where the file itself was written since ``changed_ns``, the log had been folded in, and before that made safe on the
    disk: no power cut could shorten it then.
    """
    log = path.with_name(path.name + "-wal")
    if not log.exists() or not log.stat().st_size or path.stat().st_mtime_ns != changed_ns:
        return None
    copy = folder / "cut.db"
    for leftover in folder.glob("cut.db*"):
        leftover.unlink()
    shutil.copyfile(path, copy)
    cut = copy.with_name(copy.name + "-wal")
    shutil.copyfile(log, cut)
    os.truncate(cut, rng.randrange(log.stat().st_size))
    return written(copy)


def one_trial(path: Path, folder: Path, rng: random.Random, outcome: Outcome) -> None:
    before = written(path) if path.exists() else -1
    changed_ns = path.stat().st_mtime_ns if path.exists() else None
    committed = run_and_kill(path, rng.choice((0.0, 0.05)), rng.uniform(0.0, LONGEST_S))
    outcome.trials += 1
    cut_to = cut_log(path, folder, rng, changed_ns)
    found = written(path) if path.exists() else -1
    assert found >= before, "what an earlier run wrote is gone"
    if committed is None:
        outcome.killed_before_first += 1
    else:
        outcome.batches += found - before
        outcome.lost_committed += max(0, committed - found)
    if cut_to is not None:
        outcome.torn_logs += 1
        assert cut_to <= found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to record; a temporary folder by default")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    outcome = Outcome()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for number in range(options.trials):
            # A new file now and then: being killed while the tables are made is part of it.
            path = Path(folder) / f"{number // 50}.db"
            one_trial(path, Path(folder), rng, outcome)
    print(
        f"{outcome.trials} kills, {outcome.batches} batches kept, {outcome.lost_committed} committed batches lost,"
        f" {outcome.torn_logs} cut logs read back whole, {outcome.killed_before_first} killed before their first batch"
    )
    raise SystemExit(outcome.lost_committed > 0)


if __name__ == "__main__":
    main()
