"""A deterministic mutation engine: the same seed gives the same inputs. Coverage guidance lives in guided.py."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

MAX_INPUT_BYTES: Final = 65_536
INTERESTING: Final = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Where lengths and counters change sign or wrap."""
MAX_STEPS: Final = 6


class Mutator:
    """Changes seeds by bits, lengths, cuts, repetitions and splices."""

    def __init__(self, seeds: Sequence[bytes], seed: int) -> None:
        if not seeds:
            raise ValueError("mutation needs at least one seed")
        self._seeds = list(seeds)
        self._random = random.Random(seed)
        self._changes = (
            self._flip,
            self._number,
            self._number,
            self._cut,
            self._truncate,
            self._repeat,
            self._splice,
            self._noise,
        )

    def next(self) -> bytes:
        """One input; now and then a seed as it is."""
        data = bytearray(self._random.choice(self._seeds))
        for _ in range(self._random.randrange(MAX_STEPS)):
            self._random.choice(self._changes)(data)
        return bytes(data[:MAX_INPUT_BYTES])

    def _at(self, data: bytearray) -> int:
        return self._random.randrange(len(data) + 1)

    def _flip(self, data: bytearray) -> None:
        if data:
            data[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)

    def _number(self, data: bytearray) -> None:
        width = self._random.choice((1, 2, 4))
        at = self._at(data)
        value = self._random.choice(INTERESTING) & ((1 << 8 * width) - 1)
        order = "big" if self._random.random() < 0.75 else "little"
        data[at : at + width] = value.to_bytes(width, order)  # type: ignore[arg-type]

    def _cut(self, data: bytearray) -> None:
        at = self._at(data)
        del data[at : at + self._random.randrange(1, 33)]

    def _truncate(self, data: bytearray) -> None:
        del data[self._at(data) :]

    def _repeat(self, data: bytearray) -> None:
        at = self._at(data)
        piece = bytes(data[at : at + self._random.randrange(1, 65)])
        data[at:at] = piece * self._random.choice((1, 2, 16, 64))

    def _splice(self, data: bytearray) -> None:
        other = self._random.choice(self._seeds)
        start = self._random.randrange(len(other) + 1)
        data[self._at(data) :] = other[start:]

    def _noise(self, data: bytearray) -> None:
        at = self._at(data)
        data[at:at] = self._random.randbytes(self._random.randrange(1, 17))
