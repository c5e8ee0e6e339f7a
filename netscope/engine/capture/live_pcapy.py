"""Live capture through pcapy-ng, on Python 3.12 and later, where pypcap does not build.

Its callback is given a header object instead of numbers, so a Python function runs per frame: 1.4 µs
against 0.6 µs with pypcap. ``next_batch`` would be as fast, but loses the wire length.
"""

from __future__ import annotations

from typing import Any, Final

import pcapy

from netscope.engine.capture.source import ActivationRefused, FrameSink, InterfaceLost

# pcapy gives the number of a failed activation and no text; words as libpcap's pcap_statustostr().
_STATUS: Final = {
    -1: "Generic error",
    -5: "No such device exists",
    -6: "That device doesn't support monitor mode",
    -8: "You don't have permission to capture on that device",
    -9: "That device is not up",
    -11: "You don't have permission to capture in promiscuous mode on that device",
    2: "That device doesn't support promiscuous mode",
}
_PROMISCUOUS_NOT_SUPPORTED: Final = 2


class PcapyHandle:
    """One interface opened by pcapy-ng, non-blocking (``LiveHandle``)."""

    def __init__(
        self, name: str, *, promiscuous: bool, snapshot_bytes: int, buffer_bytes: int, timeout_ms: int
    ) -> None:
        self.name = name
        self._pcap: Any = None
        try:
            self._pcap = pcapy.create(name)
        except pcapy.PcapError as error:
            raise ActivationRefused(str(error)) from None
        self._pcap.set_snaplen(snapshot_bytes)
        self._pcap.set_promisc(promiscuous)
        self._pcap.set_timeout(timeout_ms)
        self._pcap.set_buffer_size(buffer_bytes)
        status = self._pcap.activate()
        # Positive numbers are warnings, and the handle works; pypcap refuses on them, so does this for the one we ask.
        if status < 0 or (promiscuous and status == _PROMISCUOUS_NOT_SUPPORTED):
            self.close()
            raise ActivationRefused(_STATUS.get(status, f"libpcap error {status}"))
        self._pcap.setnonblock(1)
        self.link_type: int = self._pcap.datalink()

    def fileno(self) -> int:
        return int(self._pcap.getfd())

    def set_filter(self, expression: str) -> None:
        try:
            self._pcap.setfilter(expression)
        except pcapy.PcapError as error:
            raise ActivationRefused(str(error)) from None

    def dispatch(self, sink: FrameSink, interface: int, budget: int) -> int:
        add_frame, link_type = sink.add_frame, self.link_type

        def take(header: Any, data: bytes) -> None:
            seconds, microseconds = header.getts()
            timestamp_ns = (seconds * 1_000_000 + microseconds) * 1000
            add_frame(timestamp_ns, data, header.getlen(), link_type, interface)

        try:
            return int(self._pcap.dispatch(budget, take))
        except pcapy.PcapError as error:
            raise InterfaceLost(self.name, str(error)) from None

    def counters(self) -> tuple[int, int]:
        received, dropped, _ = self._pcap.stats()
        return received, dropped

    def close(self) -> None:
        handle, self._pcap = self._pcap, None
        if handle is not None:
            handle.close()
