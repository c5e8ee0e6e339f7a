"""Kill a recorder at random moments, again and again, and hold the file to its promises.

Each trial forks a recorder that writes numbered batches, kills it with SIGKILL, and checks that the file passes
``PRAGMA integrity_check``, holds every batch reported as committed, and holds no part of a batch without the rest.
A live recorder is one process. One of a file has a writer beside it: killed are the recorder, whose writer must end by
itself, the writer, whose recorder must say so and end, or both at once.
A copy of what lay on the disk then loses the end of its log, as when power fails in the middle of a write: that must
read back as an earlier state, whole.

    python tools/power_cut.py --trials 1000
"""

from __future__ import annotations

import argparse
import os
import random
import select
import shutil
import signal
import sqlite3
import struct
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from netscope.engine.store.process import RecordingProcess
from netscope.engine.store.rows import Batch
from netscope.engine.store.writer import Recording
from netscope.model.errors import NetScopeError
from netscope.model.flow import Flow
from netscope.model.records import DnsQuery, Session

FLOWS_A_BATCH = 20
QUERIES_A_FLOW = 2
START_NS = 1_700_000_000_000_000_000
LONGEST_S = 0.3
LIVE: Final = "live recorder"
RECORDER: Final = "recorder of a file"
WRITER: Final = "its writer"
BOTH: Final = "both"
VICTIMS: Final = (LIVE, RECORDER, WRITER, BOTH)
SAID_SO: Final = 2
"""Exit code of a recorder that was told that its writer is gone."""
PATIENCE_S: Final = 60.0
"""Everything waited for comes in a moment; on a loaded machine it takes longer."""
EARLY: Final = 5
"""One trial of so many kills a recorder that may still be opening the file."""
_NUMBER = struct.Struct("!q")


@dataclass
class Outcome:
    killed: Counter[str] = field(default_factory=Counter)
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


def record(path: Path, interval_s: float, report: int, *, is_live: bool) -> NoReturn:
    """The recorder's life: it ends by being killed, or because its writer was."""
    recording = Recording(path, START_NS, live=True) if is_live else RecordingProcess(path, START_NS)
    number = (recording.known().next_ids["flows"] - 1) // FLOWS_A_BATCH
    while True:
        recording.write_rows(recording.rows(batch_number(number)))
        os.write(report, _NUMBER.pack(number))
        number += 1
        time.sleep(interval_s)


def fork_recorder(path: Path, interval_s: float, report: int, *, is_live: bool) -> int:
    recorder = os.fork()
    if recorder:
        return recorder
    status = 1
    try:
        record(path, interval_s, report, is_live=is_live)
    except NetScopeError as problem:
        status = SAID_SO if "was killed" in str(problem) else 1
    finally:
        os._exit(status)


def writers_of(recorder: int) -> list[int]:
    """None before it was started."""
    return [int(pid) for pid in Path(f"/proc/{recorder}/task/{recorder}/children").read_text().split()]


def run_and_kill(path: Path, interval_s: float, life_s: float, victim: str, *, early: bool = False) -> int | None:
    """The last batch a recorder reported as committed before it, its writer or both were killed.

    ``early``: ``life_s`` after it was started, which may be while it opens the file; else after its first batch.
    """
    reading, report = os.pipe()
    recorder = fork_recorder(path, interval_s, report, is_live=victim == LIVE)
    os.close(report)
    if not early and not select.select([reading], [], [], PATIENCE_S)[0]:
        raise SystemExit(f"a recorder wrote nothing for {PATIENCE_S:.0f} s")
    time.sleep(life_s)
    writers = writers_of(recorder) if victim in (WRITER, BOTH) else []
    spare_recorder = victim == WRITER and bool(writers)
    # The recorder first: told that its writer is gone it would end by itself.
    for pid in writers if spare_recorder else [recorder, *writers]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    reported = read_to_end(reading)
    _, status = os.waitpid(recorder, 0)
    if os.waitstatus_to_exitcode(status) != (SAID_SO if spare_recorder else -signal.SIGKILL):
        raise SystemExit(f"the recorder ended otherwise than by being killed or told: status {status}")
    return _NUMBER.unpack(reported[-_NUMBER.size :])[0] if reported else None


def read_to_end(reading: int) -> bytes:
    """What was reported. Recorder and writer both hold the other end: it ends when neither is left."""
    reported = b""
    deadline_s = time.monotonic() + PATIENCE_S
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        while select.select([pipe], [], [], max(0.0, deadline_s - time.monotonic()))[0]:
            piece = pipe.read(65_536)
            if not piece:
                return reported
            reported += piece
    raise SystemExit(f"a writer without a recorder, or a recorder without a writer, still ran after {PATIENCE_S:.0f} s")


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
    number = outcome.killed.total()
    victim, early = VICTIMS[number % len(VICTIMS)], not number % EARLY
    committed = run_and_kill(path, rng.choice((0.0, 0.05)), rng.uniform(0.0, LONGEST_S), victim, early=early)
    outcome.killed[victim] += 1
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
    by_victim = ", ".join(f"{victim} {outcome.killed[victim]}" for victim in VICTIMS)
    print(
        f"{outcome.killed.total()} kills ({by_victim}), {outcome.batches} batches kept,"
        f" {outcome.lost_committed} committed batches lost, {outcome.torn_logs} cut logs read back whole,"
        f" {outcome.killed_before_first} killed before their first batch"
    )
    raise SystemExit(outcome.lost_committed > 0)


if __name__ == "__main__":
    main()
