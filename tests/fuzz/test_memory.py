"""The meter gives back what it takes: after a hundred rounds of feed, finish and forget the process is no larger."""

from __future__ import annotations

import gc
import resource
import sys

import pytest

from netscope.model.errors import ParseError
from tests.engine.parse.meter_log import MeterLog
from tests.fuzz.mutation import Mutator
from tests.fuzz.targets import all_targets

ROUNDS = 100
GROWTH_BYTES = 3 << 20
"""What an allocator's arenas may add; one meter takes 0.7 MB, so a leaked one a round would show twenty-fold."""


def resident_bytes() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def feed_and_forget(files: list[bytes], *, finish: bool) -> None:
    log = MeterLog(max_flows=64, expire=True)
    for file in files:
        try:
            log.read(file)
        except ParseError:
            continue
    if finish:
        log.finish()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_hundred_meters_leave_nothing_behind() -> None:
    mutator = Mutator(all_targets()["pcap"].seeds, seed=11)
    files = [mutator.next() for _ in range(10)]
    for number in range(ROUNDS):
        feed_and_forget(files, finish=bool(number % 2))
    gc.collect()
    before = resident_bytes()
    for number in range(ROUNDS):
        feed_and_forget(files, finish=bool(number % 2))
    gc.collect()
    assert resident_bytes() - before < GROWTH_BYTES
