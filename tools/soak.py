"""Months of a home network in hours: does anything grow, slow down or get lost?

A network that never ends (``endless_home.py``) goes through the engine as live traffic does, second by second of its
own time, with every detector, a recording and its retention. Every few hours of that time memory, tables, the file and
what a packet costs are noted; what comes out is a table, a plot and whether the lines are flat.

    python tools/soak.py --packets 45000000 --faster 60 --max-mib 128 --svg docs/soak.svg
"""

from __future__ import annotations

import argparse
import gc
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from netscope.assemble import Options, Run, assemble_run
from netscope.engine.analyze.judge import Judge
from netscope.engine.pipeline import Pipeline
from netscope.engine.store.retention import Limits
from netscope.engine.thread import Engine
from netscope.engine.writing import QueuedWriter
from tools.endless_home import EndlessHome
from tools.plot import Panel, plot

NS: Final = 1_000_000_000
HOUR_NS: Final = 3_600 * NS
MOST_WAITING: Final = 2_000
"""Rows: virtual time outruns every disk, which must not count as a slow one."""
SETTLED: Final = 1 / 4
"""Of the run, until tables have reached the size they keep."""
FLAT: Final = 0.05
"""The mean of the last quarter may be above that of the second by so much."""


@dataclass(frozen=True)
class Sample:
    hours: float
    packets: int
    memory_mb: float
    file_mb: float
    flow_rows: int
    alert_rows: int
    flows_open: int
    devices: int
    names: int
    detector_keys: int
    rows_dropped: int
    cpu_us_a_packet: float
    packets_a_second: float
    """Of real time, in the last stretch."""


class Patient:
    """The recorder's queue, but the engine waits for the disk."""

    def __init__(self, writer: QueuedWriter) -> None:
        self._writer = writer
        self.take_notices, self.size_bytes = writer.take_notices, writer.size_bytes
        self.counters, self.close, self.wait_for_room = writer.counters, writer.close, writer.wait_for_room

    def write(self, session: Any, changes: dict[str, Any], now_ns: int) -> None:
        while self._writer.counters()["store_waiting_rows"] > MOST_WAITING:
            time.sleep(0.001)
        self._writer.write(session, changes, now_ns)


class Sampler:
    """A watcher of the engine."""

    def __init__(self, source: EndlessHome, recording: Path, every_ns: int) -> None:
        self._source = source
        self._recording = recording
        self._every_ns = every_ns
        self._due_ns = source.start_ns
        self._before = (0, time.process_time(), time.monotonic())
        self.samples: list[Sample] = []

    def publish(self, engine: Engine, now_ns: int) -> None:
        if now_ns < self._due_ns:
            return
        self._due_ns = now_ns + self._every_ns
        sample = self._sample(engine)
        if self._before[0]:
            self.samples.append(sample)
            print(*(f"{field.name}={value:.6g}" for field, value in zip(fields(sample), astuple(sample), strict=True)))
            sys.stdout.flush()
        self._before = (self._source.taken, time.process_time(), time.monotonic())

    def _sample(self, engine: Engine) -> Sample:
        packets, cpu_s, now_s = self._before
        moved = max(1, self._source.taken - packets)
        pipeline = engine.pipeline
        counters = pipeline.session.counters
        flow_rows, alert_rows = self._rows()
        assert engine.writer is not None
        return Sample(
            hours=(self._source.now_ns - self._source.start_ns) / HOUR_NS,
            packets=self._source.taken,
            memory_mb=own_memory_bytes() / 1e6,
            file_mb=engine.writer.size_bytes() / 1e6,
            flow_rows=flow_rows,
            alert_rows=alert_rows,
            flows_open=pipeline.meter.flows_open,
            devices=len(pipeline.correlator.devices),
            names=len(pipeline.correlator.names),
            detector_keys=remembered_keys(pipeline),
            rows_dropped=counters.get("store_dropped_rows", 0),
            cpu_us_a_packet=(time.process_time() - cpu_s) / moved * 1e6,
            packets_a_second=moved / (time.monotonic() - now_s),
        )

    def _rows(self) -> tuple[int, int]:
        reader = sqlite3.connect(f"{self._recording.as_uri()}?mode=ro", uri=True)
        try:
            counted = reader.execute("SELECT (SELECT count(*) FROM flows), (SELECT count(*) FROM alerts)").fetchone()
            return counted[0], counted[1]
        finally:
            reader.close()


def remembered_keys(pipeline: Pipeline) -> int:
    """By all detectors' tables together."""
    judge = pipeline._analyze
    assert isinstance(judge, Judge)
    return sum(number for slug, number in judge.counters().items() if not slug.endswith("_refused"))


def own_memory_bytes() -> int:
    """Resident, without what is shared: that is the traffic, and SQLite's index of its log."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return sum(int(kib) for kib in re.findall(r"^Rss(?:Anon|File):\s+(\d+) kB", status, re.MULTILINE)) * 1024


def aged_faster(limits: Limits, factor: float) -> Limits:
    """Every age divided: a year of retention within days."""
    ages = {name: age / factor for name, age in asdict(limits).items() if name.endswith("_days")}
    return replace(limits, **ages)


def soak(recording: Path, packets: int, every_hours: float, limits: Limits) -> list[Sample]:
    source = EndlessHome(time.time_ns(), packets)
    sampler = Sampler(source, recording, int(every_hours * HOUR_NS))
    run: Run = assemble_run(Options(record=recording), source, watchers=(sampler,))
    run.engine.clock = run.engine.steady = source.clock
    assert run.live_writer is not None
    assert run.retention is not None
    run.retention.limits = limits
    run.engine.writer = Patient(run.live_writer)
    gc.disable()  # as the program itself does
    run.engine.run()
    if run.engine.error is not None:
        raise SystemExit(run.engine.crash or run.engine.error)
    return sampler.samples


def growth(values: Sequence[float]) -> float:
    """The last quarter against the second."""
    quarter = max(1, len(values) // 4)
    settled, last = values[quarter : 2 * quarter], values[-quarter:]
    return sum(last) / len(last) / (sum(settled) / len(settled)) - 1


def panels(samples: Sequence[Sample]) -> list[Panel]:
    days = [sample.hours / 24 for sample in samples]
    return [
        Panel("memory of the process, MB", days, [sample.memory_mb for sample in samples]),
        Panel("recording, MB", days, [sample.file_mb for sample in samples]),
        Panel("CPU, µs a packet", days, [sample.cpu_us_a_packet for sample in samples]),
        Panel("rows of flows", days, [sample.flow_rows for sample in samples]),
        Panel("keys of detectors", days, [sample.detector_keys for sample in samples]),
        Panel("names remembered", days, [sample.names for sample in samples]),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packets", type=int, default=10_000_000)
    parser.add_argument("--every-hours", type=float, default=2.0, help="of virtual time between two samples")
    parser.add_argument("--faster", type=float, default=1.0, help="what the ages of retention are divided by")
    parser.add_argument("--recording", type=Path, help="a file that is not there; by default a temporary one")
    parser.add_argument("--svg", type=Path, help="write the plot here")
    parser.add_argument("--max-mib", type=int, default=Limits().max_bytes >> 20, help="size of the recording")
    options = parser.parse_args()
    limits = replace(aged_faster(Limits(), options.faster), max_bytes=options.max_mib << 20)
    with tempfile.TemporaryDirectory() as folder:
        recording = options.recording or Path(folder) / "soak.db"
        samples = soak(recording.absolute(), options.packets, options.every_hours, limits)
    if len(samples) < 4:
        raise SystemExit("too short: no four samples")
    if options.svg is not None:
        options.svg.write_text(plot(panels(samples), "days of a home network"), encoding="utf-8")
    grown = {name: growth([getattr(sample, name) for sample in samples]) for name in ("memory_mb", "cpu_us_a_packet")}
    print(*(f"{name} {share:+.1%} from the second to the last quarter" for name, share in grown.items()), sep="\n")
    raise SystemExit(grown["memory_mb"] > FLAT or samples[-1].rows_dropped > 0)


if __name__ == "__main__":
    main()
