"""The contract between where frames come from and the meter that reads them; errors of a lost source.

No parsing here. Live sources hand over frames one by one from libpcap's callback; file sources hand
over a buffer and the meter walks the records in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

UNKNOWN_WIRE_LENGTH: Final = -1
"""The adapter does not tell how long the frame was on the wire (pypcap); the meter takes it from the IP header."""

Buffer = bytes | bytearray | memoryview


class FrameSink(Protocol):
    """What takes the frames: the meter. Called from the engine thread only."""

    def add_frame(self, timestamp_ns: int, data: bytes, wire_length: int, link_type: int, interface: int) -> None:
        """Take one live frame.

        ``data`` is what was captured, ``wire_length`` its length on the wire or UNKNOWN_WIRE_LENGTH,
        ``link_type`` the libpcap DLT_ number of ``interface``, an index into ``FrameSource.interfaces()``.
        """
        ...

    def open_capture(self, buffer: Buffer, end: int) -> int:
        """Recognise pcap or pcapng by the start of ``buffer[:end]``; return the offset where reading begins.

        Called once per source, before ``read_capture``, with at least the 24 bytes of a pcap header or the 28 of
        the smallest pcapng section header. pcap: remembers byte order, time unit and link type, returns 24.
        pcapng: returns 0, as ``read_capture`` meets section headers anywhere in the file.
        Raises ParseError when the header is neither.
        """
        ...

    def read_capture(self, buffer: Buffer, offset: int, end: int, max_packets: int) -> tuple[int, int]:
        """Take up to ``max_packets`` packets from the records in ``buffer[offset:end]``.

        Returns the offset of the first record not taken and the number of packets taken. Fewer than ``max_packets``
        means that what is left before ``end`` is not a whole record. Keeps no reference to ``buffer``, which is
        reused and resized. Raises ParseError with the offset of a record that cannot be one; the packets before it
        have been taken.
        """
        ...


class SourceInterface(NamedTuple):
    """One interface frames come from."""

    name: str
    link_type: int | None
    """libpcap DLT_ number; None for files, where the meter learns it from the header."""
    networks: tuple[str, ...] = ()
    """Prefixes the interface is in, as CIDR; empty for files."""
    gateway: str | None = None
    """Next hop of the default route through this interface."""


@dataclass(frozen=True, slots=True)
class CaptureStatistics:
    """Totals since the source was opened; 0 for files."""

    received: int = 0
    """Frames that passed the filter, as the kernel counted them: those read, those waiting and those dropped."""
    dropped_kernel: int = 0
    """Frames the kernel threw away because the capture buffer was full: NetScope was too slow."""
    dropped_interface: int = 0
    """Frames the network card or its driver threw away before anyone saw them."""
    per_interface: tuple[tuple[int, int, int], ...] = field(default=())
    """(received, dropped_kernel, dropped_interface) in the order of ``interfaces()``."""
    failures: int = 0
    """Times that reading an interface failed and was tried again after a pause."""


class FrameSource(Protocol):
    """Where frames come from. Not thread safe: opened anywhere, then used by the engine thread alone."""

    kind: str
    """live, file or demo."""
    name: str
    """Shown to the user: interface names joined by a comma, the file's name, ``standard input``, ``demo``."""
    filter: str | None
    """The BPF expression in force."""

    def pump(self, sink: FrameSink, budget: int, timeout_s: float) -> bool:
        """Move at most ``budget`` packets into the sink; False when the source has ended for good.

        Returns as soon as something was moved. When there is nothing it waits for the first packet, at most
        ``timeout_s``; it may return earlier with nothing. A lost interface is not the end: the source looks each
        second whether it is back, and says so in ``notices()``. What the sink raises passes through.
        """
        ...

    def statistics(self) -> CaptureStatistics:
        """Ask the kernel for the totals. Call about once a second: its 32-bit counters wrap and are unwrapped here."""
        ...

    def interfaces(self) -> tuple[SourceInterface, ...]: ...

    def progress(self) -> float | None:
        """Share of the input read, 0 to 1; None when the end is not known (live, pipes)."""
        ...

    def notices(self) -> tuple[str, ...]:
        """What the user should know as of now, in words: promiscuous mode refused, ``eth0 went down``, file cut off."""
        ...

    def close(self) -> None:
        """Release everything. May be called twice; nothing else may be called afterwards."""
        ...


class InterfaceLost(Exception):
    """A live handle gives no more frames: the interface went down or away. ``args`` are its name and the reason."""


class ActivationRefused(Exception):
    """libpcap would not open an interface; ``args`` holds its words. Adapters raise it, ``open_live`` explains it."""
