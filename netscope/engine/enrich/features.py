"""The features of a flow that its activity is judged by: sizes, directions, timing. Names are not among them.

Counters are of layer 3. What needs the histograms (model/shape.py) is 0 in a flow too short to have them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from netscope.model.flow import Flow
from netscope.model.shape import BINS, FlowShape, Histogram

SMALL: Final = slice(0, 2)
"""Bins of packets below 128 bytes: an acknowledgement, a key, a game's input."""
REQUESTS: Final = slice(2, BINS)
"""Bins of 128 bytes and more: what is asked for goes up in such packets, acknowledgements in smaller ones."""
LARGE: Final = slice(4, BINS)
"""Bins of 512 bytes and more: pieces of pictures and files. Voice at its best codec stays below."""
VOICE_GAPS: Final = slice(2, 3)
"""10 to 30 ms: voice is packed by 20 ms (RFC 3551, section 4.2)."""
TYPING_GAPS: Final = slice(3, 6)
"""30 ms to 10 s: between two keys of a typist and between two thoughts."""
LONG_GAPS: Final = slice(4, BINS)
"""100 ms and more: longer than any tick of a game or frame of a call."""
PAUSES: Final = slice(5, BINS)
"""1 s and more."""

NO_SHAPE: Final = FlowShape((0,) * BINS, (0,) * BINS, (0,) * BINS, (0,) * BINS, 0, 0)


@dataclass(init=False, slots=True)
class Features:
    duration_s: float
    bytes_up: int
    bytes_down: int
    packets_up: int
    packets_down: int
    shape: FlowShape = NO_SHAPE

    def __init__(
        self,
        duration_s: float,
        bytes_up: int,
        bytes_down: int,
        packets_up: int,
        packets_down: int,
        shape: FlowShape = NO_SHAPE,
    ) -> None:
        self.duration_s = duration_s
        self.bytes_up = bytes_up
        self.bytes_down = bytes_down
        self.packets_up = packets_up
        self.packets_down = packets_down
        self.shape = shape

    @property
    def bytes(self) -> int:
        return self.bytes_up + self.bytes_down

    @property
    def bits_per_s(self) -> float:
        return self.bytes * 8 / max(self.duration_s, 0.001)

    @property
    def packets_per_s(self) -> tuple[float, float]:
        """Of the quieter direction and of the other."""
        duration_s = max(self.duration_s, 0.001)
        fewer, more = sorted((self.packets_up, self.packets_down))
        return fewer / duration_s, more / duration_s

    @property
    def down_share(self) -> float:
        """Of the bytes."""
        return self.bytes_down / max(self.bytes, 1)

    @property
    def mean_up_bytes(self) -> float:
        return self.bytes_up / max(self.packets_up, 1)

    @property
    def mean_down_bytes(self) -> float:
        return self.bytes_down / max(self.packets_down, 1)

    @property
    def busy_share(self) -> float:
        """Seconds with a packet in them over the seconds of the flow's life."""
        return min(self.shape.busy_s / max(self.duration_s, 1.0), 1.0)

    @property
    def idle_s(self) -> float:
        """Seconds without any packet."""
        return max(self.duration_s - self.shape.busy_s, 0.0)

    @property
    def steadiness(self) -> float:
        """Mean rate over that of the busiest second: near 1 where the rate is even, near 0 where all comes at once."""
        return min(self.bytes / max(self.duration_s, 1.0) / max(self.shape.peak_bytes, 1), 1.0)

    @property
    def pauses_down(self) -> int:
        return sum(self.shape.gaps_down[PAUSES])

    @property
    def requests_up(self) -> int:
        """Packets up that are more than an acknowledgement, of a flow with histograms."""
        return sum(self.shape.sizes_up[REQUESTS])

    @property
    def piece_bytes(self) -> float:
        """What came down for each of them: the mean size of a page's resources, or of a film's pieces."""
        return self.bytes_down / max(self.requests_up, 1)


def share(histogram: Histogram, bins: slice) -> float:
    """Of the packets that fall in ``bins``; 0 of an empty histogram."""
    return sum(histogram[bins]) / max(sum(histogram), 1)


def features_of(flow: Flow) -> Features:
    duration_s = max(flow.last_seen_ns - flow.first_seen_ns, 0) / 1e9
    shape = NO_SHAPE if flow.shape is None else FlowShape.unpack(flow.shape)
    return Features(duration_s, flow.bytes_up, flow.bytes_down, flow.packets_up, flow.packets_down, shape)
