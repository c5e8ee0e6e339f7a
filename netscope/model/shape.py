"""The shape of a flow: how large its packets are, how long the gaps between them, how evenly it goes.

The meter counts it (``engine/parse/shape.pxi``); what it means is said elsewhere.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

BINS: Final = 8
SIZE_LIMITS_BYTES: Final[tuple[int, ...]] = (64, 128, 256, 512, 1024, 1280, 1536)
"""Layer-3 bytes below which a packet falls in a bin; the last bin has the rest: what segmentation offload joined."""
GAP_LIMITS_MS: Final[tuple[int, ...]] = (1, 10, 30, 100, 1_000, 10_000, 60_000)
"""Time since the packet before it in the same direction, below which a packet falls in a bin; the last has the rest."""
SIZE_LABELS: Final[tuple[str, ...]] = ("<64", "64", "128", "256", "512", "1024", "1280", "1536+")
"""By the smallest packet of each bin, in bytes."""
GAP_LABELS: Final[tuple[str, ...]] = ("<1ms", "1ms", "10ms", "30ms", "100ms", "1s", "10s", "60s+")

Histogram = tuple[int, ...]
"""Packets by bin. In a flow of more than 65,534 packets in one bin all its bins were halved, perhaps several times."""

_PACKED: Final = Struct("<32H2I")


class FlowShape(NamedTuple):
    sizes_up: Histogram
    gaps_up: Histogram
    sizes_down: Histogram
    gaps_down: Histogram
    busy_s: int
    """Seconds of the clock in which at least one packet came."""
    peak_bytes: int
    """Layer-3 bytes both ways in the busiest of them."""

    @classmethod
    def unpack(cls, packed: bytes) -> FlowShape:
        """``packed`` as ``Meter.shape`` and ``Flow.shape`` have it."""
        numbers = numbers_in(packed)
        histograms = [numbers[at : at + BINS] for at in range(0, 4 * BINS, BINS)]
        return cls(histograms[0], histograms[1], histograms[2], histograms[3], numbers[-2], numbers[-1])


def numbers_in(packed: bytes) -> tuple[int, ...]:
    """The fields of a ``FlowShape`` in their order, histograms bin by bin."""
    return _PACKED.unpack(packed)
