"""The contract between the correlator and the per-protocol sessions that read a flow's payload."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

WANT: Final = 0
"""Keep the bytes coming."""
DONE_DIRECTION: Final = -1
"""Nothing more of this direction."""
DONE: Final = -2
"""Nothing more of either direction."""

Emit = Callable[[object], None]
Count = Callable[[str], None]


class StreamSession(Protocol):
    """Reads the reassembled byte stream of one TCP flow."""

    def feed(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        """Take contiguous bytes of one direction.

        Returns WANT, DONE_DIRECTION, DONE, or n > 0: leave out the next n bytes of this direction.
        """
        ...

    def gap(self, direction: int, missing_bytes: int, timestamp_ns: int) -> int:
        """Bytes of this direction were never seen; returns as ``feed``."""
        ...

    def close(self, timestamp_ns: int) -> None:
        """The flow has ended: emit what is pending."""
        ...


class DatagramSession(Protocol):
    """Reads the datagrams of one UDP flow."""

    def datagram(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        """Take one payload; returns WANT, DONE_DIRECTION or DONE."""
        ...

    def close(self, timestamp_ns: int) -> None: ...
