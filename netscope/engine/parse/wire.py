"""Bounded reading of wire formats, and the text of addresses: shared by every parser of this package.

A `Reader` never reads past its end; what a length field says is checked before it is believed.
No protocol lives here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from socket import AF_INET, AF_INET6, inet_ntop
from struct import Struct
from typing import Final

from netscope.model.errors import Incomplete, ParseError

__all__ = ["Incomplete", "ParseError", "Reader", "ip_text", "mac_text", "text_of"]

UINT16: Final = Struct("!H").unpack_from
UINT32: Final = Struct("!I").unpack_from
UINT64: Final = Struct("!Q").unpack_from

ADDRESS_CACHE_SIZE: Final = 32_768
"""Address texts kept, least recently used out first: about 8 MB when full."""


class Reader:
    """A cursor over bytes between ``position`` and ``end``.

    Reading past ``end`` raises ``Incomplete`` with ``truncated_<protocol>`` at the top level, and
    ``ParseError`` with ``malformed_<protocol>`` inside `restrict`: there the sender's own length is wrong.
    """

    __slots__ = ("_nested", "data", "end", "position", "protocol")

    def __init__(self, data: bytes, protocol: str, position: int = 0, end: int | None = None) -> None:
        self.data = data
        self.protocol = protocol
        self.position = position
        self.end = len(data) if end is None else min(end, len(data))
        self._nested = False

    def __len__(self) -> int:
        """Bytes left."""
        return self.end - self.position

    def _advance(self, size: int) -> int:
        start = self.position
        if size < 0 or start + size > self.end:
            raise self.short()
        self.position = start + size
        return start

    def short(self) -> ParseError:
        """The error for bytes that end too early here."""
        if self._nested:
            return ParseError(f"malformed_{self.protocol}", self.position)
        return Incomplete(f"truncated_{self.protocol}", self.position)

    def malformed(self) -> ParseError:
        """The error for a value the protocol forbids here."""
        return ParseError(f"malformed_{self.protocol}", self.position)

    def error(self, slug: str) -> ParseError:
        """An error with a name of its own, here."""
        return ParseError(slug, self.position)

    def uint8(self) -> int:
        return self.data[self._advance(1)]

    def uint16(self) -> int:
        value: int = UINT16(self.data, self._advance(2))[0]
        return value

    def uint24(self) -> int:
        start = self._advance(3)
        return int.from_bytes(self.data[start : start + 3], "big")

    def uint32(self) -> int:
        value: int = UINT32(self.data, self._advance(4))[0]
        return value

    def uint64(self) -> int:
        value: int = UINT64(self.data, self._advance(8))[0]
        return value

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        start = self._advance(size)
        return self.data[start : start + size]

    def skip(self, size: int) -> None:
        self._advance(size)

    def seek(self, position: int) -> None:
        """Go on at an offset of the whole data that another parser reached."""
        if not 0 <= position <= self.end:
            raise self.short()
        self.position = position

    def peek8(self) -> int:
        """The next byte, left in place."""
        if self.position >= self.end:
            raise self.short()
        return self.data[self.position]

    def rest(self) -> bytes:
        """All that is left."""
        start, self.position = self.position, self.end
        return self.data[start : self.end]

    def vector8(self) -> bytes:
        """Bytes after a one-byte length (RFC 8446, section 3.4)."""
        return self.take(self.uint8())

    def vector16(self) -> bytes:
        """Bytes after a two-byte length."""
        return self.take(self.uint16())

    def vector24(self) -> bytes:
        """Bytes after a three-byte length."""
        return self.take(self.uint24())

    @contextmanager
    def restrict(self, size: int) -> Iterator[Reader]:
        """Within the block only the next ``size`` bytes are there; all of them must be read."""
        outer_end, outer_nested = self.end, self._nested
        start = self.position
        if size < 0 or start + size > outer_end:
            raise self.short()
        self.end, self._nested = start + size, True
        try:
            yield self
            if self.position != start + size:
                raise self.malformed()
        finally:
            self.end, self._nested = outer_end, outer_nested


@lru_cache(maxsize=ADDRESS_CACHE_SIZE)
def ip_text(packed: bytes) -> str:
    """Canonical text of a 4- or 16-byte address (RFC 5952); ``ParseError`` for another size."""
    if len(packed) == 4:
        return inet_ntop(AF_INET, packed)
    if len(packed) != 16:
        raise ParseError("malformed_address")
    text = inet_ntop(AF_INET6, packed)
    if "." in text and not packed.startswith(IPV4_MAPPED):
        return _without_dotted_tail(text, packed)
    return text


IPV4_MAPPED: Final = bytes(10) + b"\xff\xff"


def _without_dotted_tail(text: str, packed: bytes) -> str:
    """glibc writes ``::1.2.3.4`` for the deprecated IPv4-compatible form; RFC 5952, section 5 wants ``::102:304``."""
    high, low = UINT16(packed, 12)[0], UINT16(packed, 14)[0]
    return text[: text.rindex(":") + 1] + (f"{high:x}:{low:x}" if high else f"{low:x}")


@lru_cache(maxsize=ADDRESS_CACHE_SIZE)
def mac_text(packed: bytes) -> str:
    """Lower-case hex with colons, of any length."""
    return packed.hex(":")


def text_of(raw: bytes) -> str:
    """Text a stranger sent: UTF-8 where it is, else Latin-1, so every byte stays visible; trailing NULs go."""
    raw = raw.rstrip(b"\0")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
