"""Capture files, compressed files and pipes as a frame source.

Recognises what a file is and keeps a window of its bytes; records are walked by the meter. Reading
through a window that fits the processor's cache is faster than mapping the file (0.22 s against
0.33 s for 1.4 GB), holds memory flat and survives a file that shrinks while it is read.
"""

from __future__ import annotations

import os
import select
import stat
import zlib
from typing import Final

from netscope.engine.capture.source import CaptureStatistics, FrameSink, SourceInterface
from netscope.model.errors import NetScopeError, ParseError

WINDOW_BYTES: Final = 256 * 1024
"""Bytes held at a time; more leaves the second-level cache and is slower."""
MAX_RECORD_BYTES: Final = 32 * 1024 * 1024
"""The window grows up to this for one record; a longer one ends the reading, with a notice. Largest real records,
pcapng decryption secrets and USB transfers, stay below 16 MB."""
HEAD_BYTES: Final = 28
"""The smallest pcapng section header; a pcap header has 24."""
PCAP_HEADER_BYTES: Final = 24
STANDARD_INPUT: Final = "-"

_PCAP_MAGICS: Final = frozenset(bytes.fromhex(magic) for magic in ("a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1"))
_PCAPNG_MAGIC: Final = bytes.fromhex("0a0d0d0a")
_GZIP_MAGIC: Final = b"\x1f\x8b"
_KNOWN_OTHERS: Final = (
    (b"\x28\xb5\x2f\xfd", "compressed by zstd, unpack it first: zstd -dc FILE | netscope -r -"),
    (b"\xfd7zXZ\x00", "compressed by xz, unpack it first: xz -dc FILE | netscope -r -"),
    (b"BZh", "compressed by bzip2, unpack it first: bzip2 -dc FILE | netscope -r -"),
    (b"PK\x03\x04", "a zip archive, unpack it first: unzip -p FILE | netscope -r -"),
    (b"\x34\xcd\xb2\xa1", "a pcap of the patched kind, convert it first: editcap -F pcap FILE new.pcap"),
    (b"\xa1\xb2\xcd\x34", "a pcap of the patched kind, convert it first: editcap -F pcap FILE new.pcap"),
    (b"snoop\x00", "a snoop capture, convert it first: editcap -F pcap FILE new.pcap"),
    (b"btsnoop\x00", "a Bluetooth capture, which holds no network traffic"),
    (b"GMBU", "a Network Monitor capture, convert it first: editcap -F pcap FILE new.pcap"),
    (b"SQLite format 3", "a database; to look at a recording: netscope view FILE"),
)


class _Descriptor:
    """Plain bytes of a file or a pipe."""

    problem: str | None = None

    def __init__(self, fd: int, *, is_pipe: bool) -> None:
        self._fd = fd
        self._is_pipe = is_pipe
        self.consumed_bytes = 0

    def read_into(self, target: memoryview, timeout_s: float | None) -> int | None:
        """Fill the start of ``target``; bytes written, 0 at the end, None when nothing came in time."""
        if self._is_pipe and not select.select([self._fd], [], [], timeout_s)[0]:
            return None
        try:
            count = os.readv(self._fd, [target])
        except OSError as error:
            self.problem = f"reading failed: {error.strerror}"
            return 0
        self.consumed_bytes += count
        return count


class _Gunzip:
    """The members of a gzip stream, one after another (RFC 1952, section 2.2)."""

    problem: str | None = None

    def __init__(self, packed: _Descriptor, head: bytes) -> None:
        self._packed = packed
        self._pending = head
        self._chunk = memoryview(bytearray(64 * 1024))
        self._inflate = zlib.decompressobj(wbits=31)

    def read_into(self, target: memoryview, timeout_s: float | None) -> int | None:
        """As ``_Descriptor.read_into``."""
        while True:
            try:
                # The limit holds against a kilobyte that unpacks to a gigabyte.
                data = self._inflate.decompress(self._pending, len(target))
            except zlib.error:
                self.problem = "its compressed data are damaged"
                return 0
            self._pending = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            if data:
                target[: len(data)] = data
                return len(data)
            if not self._pending:
                count = self._packed.read_into(self._chunk, timeout_s)
                if not count:
                    return self._ended() if count == 0 else None
                self._pending = bytes(self._chunk[:count])
            if self._inflate.eof:
                # Zero padding after the last member is usual (gzip ignores it too).
                if not self._pending.startswith(_GZIP_MAGIC):
                    return 0
                self._inflate = zlib.decompressobj(wbits=31)

    def _ended(self) -> int:
        if not self._inflate.eof:
            self.problem = self._packed.problem or "its compressed data are cut off"
        return 0


class FileSource:
    """A capture in a file, a gzip-compressed file or a pipe (``FrameSource``)."""

    kind = "file"
    filter: str | None = None

    def __init__(self, fd: int, name: str, reader: _Descriptor | _Gunzip, packed: _Descriptor, head: bytes) -> None:
        self.name = name
        self._fd = fd
        self._reader = reader
        self._packed = packed
        self._size_bytes = os.fstat(fd).st_size if stat.S_ISREG(os.fstat(fd).st_mode) else None
        self._window = bytearray(WINDOW_BYTES)
        self._window[: len(head)] = head
        self._start = 0
        self._end = len(head)
        self._recognised = False
        self._ended = False
        self._discarded_bytes = 0
        self._notices: tuple[str, ...] = ()

    def pump(self, sink: FrameSink, budget: int, timeout_s: float) -> bool:
        is_pipe = self._size_bytes is None
        filled = False
        while budget > 0 and not self._ended:
            taken = self._take(sink, budget)
            budget -= taken
            if is_pipe and (taken or filled):
                break
            if budget > 0 and not self._ended:
                filled = self._fill(timeout_s)
                if not filled:
                    break
        return not self._ended

    def statistics(self) -> CaptureStatistics:
        return CaptureStatistics()

    def interfaces(self) -> tuple[SourceInterface, ...]:
        return (SourceInterface(self.name, None),)

    def progress(self) -> float | None:
        if self._ended:
            return 1.0
        if not self._size_bytes:
            return None
        return min(1.0, self._packed.consumed_bytes / self._size_bytes)

    def notices(self) -> tuple[str, ...]:
        return self._notices

    def close(self) -> None:
        fd, self._fd = self._fd, -1
        self._ended = True
        if fd > 2:
            os.close(fd)

    def _take(self, sink: FrameSink, budget: int) -> int:
        """Hand the window to the sink; packets taken."""
        try:
            if not self._recognised:
                if self._end < PCAP_HEADER_BYTES:
                    return 0
                self._start = sink.open_capture(self._window, self._end)
                self._recognised = True
            self._start, taken = sink.read_capture(self._window, self._start, self._end, budget)
        except ParseError as error:
            at = self._discarded_bytes + error.offset
            self._finish(f"{self.name} is damaged at byte {at:,} ({error.slug}); what came before it was read")
            return 0
        return taken

    def _fill(self, timeout_s: float) -> bool:
        """Move the rest to the front of the window and read more; False when nothing came."""
        if self._start:
            rest = self._end - self._start
            self._window[:rest] = self._window[self._start : self._end]
            self._discarded_bytes += self._start
            self._start, self._end = 0, rest
        if self._end == len(self._window) and not self._grow():
            return False
        count = self._reader.read_into(memoryview(self._window)[self._end :], timeout_s)
        if count == 0:
            self._finish(self._ending())
        self._end += count or 0
        return bool(count)

    def _grow(self) -> bool:
        if len(self._window) >= MAX_RECORD_BYTES:
            self._finish(
                f"{self.name} claims a record above {MAX_RECORD_BYTES >> 20} MB at byte {self._discarded_bytes:,}; "
                "what came before it was read"
            )
            return False
        self._window.extend(bytes(len(self._window)))
        return True

    def _ending(self) -> str | None:
        if self._reader.problem:
            return f"{self.name}: {self._reader.problem}; what came before was read"
        if self._end:
            return f"{self.name} is cut off: its last {self._end:,} bytes are not a whole packet"
        return None

    def _finish(self, notice: str | None) -> None:
        self._ended = True
        if notice:
            self._notices = (*self._notices, notice)


def open_file(path: str) -> FileSource:
    """Open a pcap or pcapng file, plain or gzip-compressed; ``-`` is standard input, a named pipe is fine too.

    Waits for the first bytes of a pipe. Raises NetScopeError when it cannot be read or is no capture.
    """
    name = "standard input" if path == STANDARD_INPUT else path
    fd = 0 if path == STANDARD_INPUT else _open(path)
    try:
        return _recognise(fd, name)
    except NetScopeError:
        if fd:
            os.close(fd)
        raise


def _open(path: str) -> int:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NetScopeError(f"cannot read {path}: there is no such file") from None
    except PermissionError:
        raise NetScopeError(f"cannot read {path}: permission denied; make it readable, or pipe it in") from None
    except OSError as error:
        raise NetScopeError(f"cannot read {path}: {error.strerror}") from None
    return fd


def _recognise(fd: int, name: str) -> FileSource:
    try:
        mode = os.fstat(fd).st_mode
    except OSError:
        raise NetScopeError(f"cannot read {name}: it is closed") from None
    if stat.S_ISDIR(mode):
        raise NetScopeError(f"cannot read {name}: it is a folder; name a capture file in it")
    if os.isatty(fd):
        raise NetScopeError(f"cannot read {name}: it is a terminal; pipe a capture in: tcpdump -w - | netscope -r -")
    packed = _Descriptor(fd, is_pipe=not stat.S_ISREG(mode))
    head = _head(packed)
    if not head.startswith(_GZIP_MAGIC):
        _check_capture(head, name, packed)
        return FileSource(fd, name, packed, packed, head)
    gunzip = _Gunzip(packed, head)
    inner = _head(gunzip)
    _check_capture(inner, f"{name} (after gunzip)", gunzip)
    return FileSource(fd, name, gunzip, packed, inner)


def _head(reader: _Descriptor | _Gunzip) -> bytes:
    """The first bytes, no more than the header: a pipe may carry nothing else until the first packet."""
    head = bytearray(HEAD_BYTES)
    filled = 0
    while filled < (HEAD_BYTES if head.startswith(_PCAPNG_MAGIC) else PCAP_HEADER_BYTES):
        count = reader.read_into(memoryview(head)[filled:], None)
        if not count:
            break
        filled += count
    return bytes(head[:filled])


def _check_capture(head: bytes, name: str, reader: _Descriptor | _Gunzip) -> None:
    if reader.problem:
        raise NetScopeError(f"cannot read {name}: {reader.problem}")
    if not head:
        raise NetScopeError(f"cannot read {name}: it is empty")
    for magic, advice in _KNOWN_OTHERS:
        if head.startswith(magic):
            raise NetScopeError(f"cannot read {name}: it is {advice.replace('FILE', name)}")
    if not head.startswith(_PCAPNG_MAGIC) and head[:4] not in _PCAP_MAGICS:
        raise NetScopeError(
            f"cannot read {name}: not a capture file (first bytes {head[:8].hex(' ')}); pcap and pcapng are read, "
            "also gzipped"
        )
    if len(head) < (HEAD_BYTES if head.startswith(_PCAPNG_MAGIC) else PCAP_HEADER_BYTES):
        raise NetScopeError(f"cannot read {name}: it ends inside its header, after {len(head)} bytes")
