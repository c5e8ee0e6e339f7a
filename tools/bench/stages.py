"""Reads a capture with the stages up to the one named and prints packets and CPU seconds.

Run by the bench in a process of its own. CPU, not wall time: a stage's share must not depend on the disk's mood.

python tools/bench/stages.py {meter|correlate|enrich|analyze|store} CAPTURE
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from netscope import __version__
from netscope.assemble import Options, assemble, open_source
from netscope.engine.capture.file import open_file
from netscope.engine.parse.meter import Meter
from netscope.engine.pipeline import Pipeline
from netscope.engine.thread import PUMP_PACKETS, Engine
from netscope.model.flow import Flow
from netscope.model.records import Session

STAGES = ("meter", "correlate", "enrich", "analyze", "store")
DONE = -2


class Deaf:
    """The meter's sink that wants nothing: what is left is reading, decoding and the flow table."""

    def open_flow(self, flow_id: int, *identity: Any) -> Flow:
        *named, slot, _ = identity
        return Flow(flow_id, *named, slot=slot)

    def close_flow(self, flow: Flow) -> None:
        pass

    def stream(self, flow: Flow, direction: int, data: bytes, timestamp_ns: int) -> int:
        return DONE

    def gap(self, flow: Flow, direction: int, missing_bytes: int, timestamp_ns: int) -> int:
        return DONE

    def datagram(self, flow: Flow, direction: int, data: bytes, timestamp_ns: int) -> int:
        return DONE

    def control(self, kind: int, data: bytes, *place: Any) -> None:
        pass

    def second(self, now_ns: int) -> None:
        pass


class Ignorant:
    """An enrich stage that knows nothing."""

    def flow_opened(self, flow: Flow, remote_ip: str | None) -> None:
        pass

    def flow_moved(self, flow: Flow) -> None:
        pass

    def flow_named(self, flow: Flow) -> None:
        return None

    def flow_closed(self, flow: Flow) -> None:
        return None

    def dns(self, query: object) -> None:
        return None


def cpu_s() -> float:
    """Of this process and of the one that writes the recording, once that has ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def meter_only(path: str) -> int:
    meter, source = Meter(Deaf()), open_file(path)
    while source.pump(meter, PUMP_PACKETS, 0.0):
        pass
    meter.finish()
    source.close()
    return meter.packets


def correlate_only(path: str) -> int:
    source = open_file(path)
    session = Session(source=path, kind="file", link_type="", filter=None, started_ns=0, version=__version__, id=1)
    pipeline = Pipeline(session, enrich=Ignorant(), keep=False)
    return finished(Engine(source, pipeline))


def enriched(path: str, *, analyze: bool) -> int:
    source = open_file(path)
    engine = assemble(Options(file=path), source)
    if not analyze:
        engine.pipeline._analyze = None
    return finished(engine)


def stored(path: str) -> int:
    with tempfile.TemporaryDirectory(prefix="netscope-bench-") as folder:
        options = Options(file=path, record=Path(folder) / "bench.db")
        return finished(assemble(options, open_source(options)))


def finished(engine: Engine) -> int:
    engine.run()
    if engine.error is not None:
        raise SystemExit(engine.crash or engine.error)
    return engine.pipeline.meter.packets


def read(stage: str, path: str) -> int:
    if stage == "meter":
        return meter_only(path)
    if stage == "correlate":
        return correlate_only(path)
    if stage == "store":
        return stored(path)
    return enriched(path, analyze=stage == "analyze")


if __name__ == "__main__":
    gc.disable()  # as the program itself does
    began = cpu_s()
    packets = read(sys.argv[1], sys.argv[2])
    print(f"{packets} {cpu_s() - began:.4f}")
