"""Live capture through pypcap, on Python 3.11.

pypcap 1.3 tells no wire length, reports errors as bytes or by return value, reads a file that has
the interface's name instead of the interface, and crashes on any call after ``close``.
"""

from __future__ import annotations

import contextlib
import os
import stat
from typing import Any

import pcap

from netscope.engine.capture.source import UNKNOWN_WIRE_LENGTH, ActivationRefused, FrameSink, InterfaceLost


class PypcapHandle:
    """One interface opened by pypcap, non-blocking (``LiveHandle``)."""

    def __init__(
        self, name: str, *, promiscuous: bool, snapshot_bytes: int, buffer_bytes: int, timeout_ms: int
    ) -> None:
        self.name = name
        self._pcap: Any = None
        with _nothing_called(name):
            try:
                self._pcap = pcap.pcap(
                    name,
                    snaplen=snapshot_bytes,
                    promisc=promiscuous,
                    timeout_ms=timeout_ms,
                    timestamp_in_ns=True,
                    buffer_size=buffer_bytes,
                )
            except OSError as error:
                raise ActivationRefused(_text(error)) from None
        if stat.S_ISREG(os.fstat(self._pcap.fd).st_mode):
            self.close()
            raise ActivationRefused(f"a file named {name} is in the way")
        # dispatch() holds the GIL while it waits, so it must never wait.
        self._pcap.setnonblock(True)
        self.link_type: int = self._pcap.datalink()

    def fileno(self) -> int:
        return int(self._pcap.fd)

    def set_filter(self, expression: str) -> None:
        try:
            self._pcap.setfilter(expression)
        except OSError as error:
            raise ActivationRefused(_text(error)) from None

    def dispatch(self, sink: FrameSink, interface: int, budget: int) -> int:
        count = self._pcap.dispatch(budget, sink.add_frame, UNKNOWN_WIRE_LENGTH, self.link_type, interface)
        if count < 0:
            raise InterfaceLost(self.name, self._pcap.geterr().decode(errors="replace"))
        return int(count)

    def counters(self) -> tuple[int, int]:
        received, dropped, _ = self._pcap.stats()
        return received, dropped

    def close(self) -> None:
        handle, self._pcap = self._pcap, None
        if handle is not None:
            handle.close()


def _nothing_called(name: str) -> contextlib.AbstractContextManager[None]:
    """A working folder that holds no file of this name, if the present one does."""
    if os.path.lexists(name):
        return contextlib.chdir("/proc/self/fdinfo" if os.path.isdir("/proc/self/fdinfo") else "/")
    return contextlib.nullcontext()


def _text(error: OSError) -> str:
    """libpcap's own words: pypcap gives them as bytes, or as the repr of bytes at the end of a sentence."""
    first = error.args[0] if error.args else ""
    if isinstance(first, bytes):
        return first.decode(errors="replace")
    _, found, quoted = str(first).partition(" was b")
    return quoted[1:-1] if found else str(first)
