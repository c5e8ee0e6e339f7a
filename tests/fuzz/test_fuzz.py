"""The short, repeatable run of every fuzz target; `make fuzz` runs for minutes, guided by coverage and sanitized."""

from __future__ import annotations

import time

import pytest

from tests.fuzz.mutation import Mutator
from tests.fuzz.targets import Target, all_targets

INPUTS = {
    "parsers": 40_000,
    "streams": 10_000,
    "datagrams": 10_000,
    "control": 10_000,
    "frames": 8_000,
    "pcap": 6_000,
    "pcapng": 6_000,
}
MAX_INPUT_S = 0.010
"""CPU time of one input; a slower one is measured again, because the first may have paid for something else."""


def cpu_s(target: Target, data: bytes) -> float:
    began = time.thread_time()
    target.run(data)
    return time.thread_time() - began


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_every_input_ends_in_time_and_raises_nothing(name: str) -> None:
    target = all_targets()[name]
    mutator = Mutator(target.seeds, seed=20240601)
    for seed in target.seeds:
        target.run(seed)
    for _ in range(INPUTS[name]):
        data = mutator.next()
        if cpu_s(target, data) > MAX_INPUT_S:
            assert min(cpu_s(target, data) for _ in range(3)) <= MAX_INPUT_S, data.hex()


def test_the_same_seed_gives_the_same_inputs() -> None:
    first, second = Mutator([b"seed", b"other"], 7), Mutator([b"seed", b"other"], 7)
    inputs = [first.next() for _ in range(50)]
    assert inputs == [second.next() for _ in range(50)]
    assert len(set(inputs)) > 25
