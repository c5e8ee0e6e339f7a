"""The demo's frames in time order, and as a capture file."""

from __future__ import annotations

import heapq
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from netscope.demo.evening import programme
from netscope.demo.household import Household
from netscope.demo.wire import MINUTE, Frame

DEFAULT_START_NS: Final = 1_767_290_400_000_000_000
"""2026-01-01 18:00 UTC: a file made twice is the same file."""
DEFAULT_MINUTES: Final = 10
SNAPSHOT_BYTES: Final = 262_144
LINK_TYPE_ETHERNET: Final = 1

# pcap with nanoseconds (draft-ietf-opsawg-pcap, section 4), big-endian.
_FILE_HEADER = struct.pack("!IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, SNAPSHOT_BYTES, LINK_TYPE_ETHERNET)
_RECORD = struct.Struct("!IIII")


def synthesise(seed: int = 1, minutes: int = DEFAULT_MINUTES, start_ns: int = DEFAULT_START_NS) -> Iterator[Frame]:
    """(timestamp_ns, Ethernet frame) of one evening, in time order; the same arguments give the same bytes."""
    end_ns = start_ns + minutes * MINUTE
    for timestamp_ns, frame in heapq.merge(*programme(Household(seed, start_ns), minutes)):
        if timestamp_ns >= end_ns:
            return
        yield timestamp_ns, frame


def write_pcap(path: Path, frames: Iterable[Frame]) -> int:
    """Write a nanosecond pcap file; returns the number of frames. Raises OSError."""
    count = 0
    with path.open("wb") as file:
        file.write(_FILE_HEADER)
        for timestamp_ns, frame in frames:
            seconds, nanoseconds = divmod(timestamp_ns, 1_000_000_000)
            file.write(_RECORD.pack(seconds, nanoseconds, len(frame), len(frame)) + frame)
            count += 1
    return count
