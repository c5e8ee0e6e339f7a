"""A home network that never ends, in virtual time: the demo's ten minutes again and again, never quite the same.

The frames lie in one pcap buffer that the meter walks as it walks a file, so the source costs next to nothing beside
what it feeds. Between two rounds the buffer is changed in place: times go on, clients take other ports, some servers
other names and addresses, and each day the guest's phone another random MAC. It is shared memory, which is not counted
as the process's own (RssAnon, RssFile).
"""

from __future__ import annotations

import mmap
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from netscope.demo.cast import GUEST, NETWORK_PREFIX, ROUTER, SERVERS
from netscope.demo.wire import ETHERTYPE_IPV4, ETHERTYPE_IPV6, MINUTE, PROTOCOL_TCP, PROTOCOL_UDP, ip_bytes, mac_bytes
from netscope.engine.capture.source import CaptureStatistics, FrameSink, SourceInterface

NS: Final = 1_000_000_000
ROUND_NS: Final = 10 * MINUTE
ROUNDS_A_DAY: Final = 86_400 * NS // ROUND_NS
PCAP_HEADER_BYTES: Final = 24
RECORD: Final = struct.Struct("!IIII")
PORT: Final = struct.Struct("!H")
CLIENT_PORTS: Final = range(32_768, 60_000)
CHANGING: Final = ("www.wikipedia.org", "www.spiegel.de", "store.steampowered.com", "defo.example-cdn.net")
"""Servers that are others each round: what is remembered of names and addresses must not grow with them."""
DIGITS: Final = b"0123456789abcdefghijklmnopqrstuvwxyz"


class EndlessHome:
    """A ``FrameSource`` of live traffic; ``now_ns`` is its clock. Ends after ``packets``."""

    kind = "live"
    name = "endless"
    filter: str | None = None

    def __init__(self, start_ns: int, packets: int, seed: int = 1) -> None:
        self.start_ns = start_ns
        self.now_ns = start_ns
        self.taken = 0
        self._packets = packets
        self._ring = ten_minutes(seed)
        self._stamps: list[tuple[int, int]] = []
        """Where each record begins, and when, from the start of the round."""
        self._seconds: list[tuple[int, int, int]] = []
        """(end, packets, second) of each second of the round with packets in it."""
        self._ports: list[tuple[int, int]] = []
        self._learn()
        self._names = [(at, text) for name in CHANGING for at, text in self._found(_label(name))]
        addresses = [SERVERS[name].address for name in CHANGING]
        self._addresses = [(at, bits) for address in addresses for at, bits in self._found(ip_bytes(address))]
        self._macs = [at for at, _ in self._found(mac_bytes(GUEST.mac))]
        self._round = 0
        self._due: Iterator[tuple[int, int, int]] = iter(())
        self._at = 0

    def _learn(self) -> None:
        """Where what will be changed stands."""
        at, first_s = PCAP_HEADER_BYTES, -1
        while at < len(self._ring):
            second, nanosecond, size, _ = RECORD.unpack_from(self._ring, at)
            first_s = second if first_s < 0 else first_s
            since_ns = (second - first_s) * NS + nanosecond
            if not self._seconds or self._seconds[-1][2] < second - first_s:
                self._seconds.append((at, 0, second - first_s))
            self._stamps.append((at, since_ns))
            self._note_port(self._ring[at + RECORD.size : at + RECORD.size + 60], at + RECORD.size)
            at += RECORD.size + size
            self._seconds[-1] = (at, self._seconds[-1][1] + 1, second - first_s)

    def _note_port(self, frame: bytes, start: int) -> None:
        """Where the client's port stands."""
        ethertype = int.from_bytes(frame[12:14])
        if ethertype == ETHERTYPE_IPV4:
            protocol, transport = frame[23], 14 + (frame[14] & 15) * 4
        elif ethertype == ETHERTYPE_IPV6:
            protocol, transport = frame[20], 54
        else:
            return
        if protocol not in {PROTOCOL_TCP, PROTOCOL_UDP}:
            return
        for at in (transport, transport + 2):
            port = int.from_bytes(frame[at : at + 2])
            if port in CLIENT_PORTS:
                self._ports.append((start + at, port))
                return

    def _found(self, text: bytes) -> Iterator[tuple[int, bytes]]:
        at = self._ring.find(text)
        while at >= 0:
            yield at, text
            at = self._ring.find(text, at + len(text))

    def _begin_round(self, sink: FrameSink) -> None:
        if self._round == 0:
            sink.open_capture(self._ring, len(self._ring))
        number, ring = self._round, self._ring
        start_ns = self.start_ns + number * ROUND_NS
        for at, stamp_ns in self._stamps:
            struct.pack_into("!II", ring, at, *divmod(start_ns + stamp_ns, NS))
        for at, port in self._ports:
            PORT.pack_into(ring, at, CLIENT_PORTS[(port - CLIENT_PORTS.start + 7_919 * number) % len(CLIENT_PORTS)])
        digits = bytes(DIGITS[number // place % 36] for place in (1, 36, 1296))
        for at, _ in self._names:
            ring[at : at + 3] = digits
        for at, bits in self._addresses:
            ring[at + 2 : at + 4] = bytes([(bits[2] + number // 250) % 256, 1 + (bits[3] + number) % 250])
        for at in self._macs:
            ring[at + 3 : at + 6] = (number // ROUNDS_A_DAY).to_bytes(3)
        self._due = iter(self._seconds)
        self._at = PCAP_HEADER_BYTES
        self._round += 1

    def pump(self, sink: FrameSink, budget: int, timeout_s: float) -> bool:
        """The packets of the next second, whatever ``budget`` says."""
        due = next(self._due, None)
        if due is None:
            self._begin_round(sink)
            due = next(self._due)
        end, count, second = due
        self.now_ns = self.start_ns + (self._round - 1) * ROUND_NS + (second + 1) * NS
        sink.read_capture(self._ring, self._at, end, count)
        self._at = end
        self.taken += count
        return self.taken < self._packets

    def clock(self) -> int:
        return self.now_ns

    def statistics(self) -> CaptureStatistics:
        return CaptureStatistics(received=self.taken, per_interface=((self.taken, 0, 0),))

    def interfaces(self) -> tuple[SourceInterface, ...]:
        return (SourceInterface("endless", 1, (f"{NETWORK_PREFIX}0/24",), ROUTER.address),)

    def progress(self) -> float | None:
        return None

    def notices(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        pass


def _label(name: str) -> bytes:
    """What is registered, without its suffix."""
    return name.split(".")[-2].encode()


def ten_minutes(seed: int) -> mmap.mmap:
    """The demo's, as a pcap file in shared memory. Made by another process: crafting frames takes 70 MB to keep."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.pcap"
        command = [sys.executable, "-m", "netscope", "demo", "--seed", str(seed), "--write", str(path)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        ring = mmap.mmap(-1, path.stat().st_size)
        with path.open("rb") as file:
            file.readinto(ring)
    return ring
