"""The little of BER (X.690) that SNMP and LDAP need to be read: definite lengths, one-byte tags."""

from __future__ import annotations

from typing import Final

from netscope.model.errors import Incomplete, ParseError

SEQUENCE: Final = 0x30
INTEGER: Final = 0x02
OCTET_STRING: Final = 0x04
ENUMERATED: Final = 0x0A

_MAX_INTEGER_BYTES: Final = 9


def element(data: bytes, position: int, end: int, protocol: str, *, nested: bool = True) -> tuple[int, int, int]:
    """(tag, start of the value, end of the value) of the element at ``position``.

    One that passes ``end`` is malformed where another element holds it, else Incomplete.
    """
    if position + 2 > end:
        raise _short(protocol, position, nested)
    tag, length = data[position], data[position + 1]
    start = position + 2
    if length & 0x80:
        size = length & 0x7F
        if not 0 < size <= 4:
            raise ParseError(f"malformed_{protocol}", position)
        if start + size > end:
            raise _short(protocol, position, nested)
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    if start + length > end:
        raise _short(protocol, position, nested)
    return tag, start, start + length


def integer(data: bytes, position: int, end: int, protocol: str, tag: int = INTEGER) -> tuple[int, int]:
    """(value, index behind it) of the INTEGER at ``position``."""
    found, start, stop = element(data, position, end, protocol)
    if found != tag or not 0 < stop - start <= _MAX_INTEGER_BYTES:
        raise ParseError(f"malformed_{protocol}", position)
    return int.from_bytes(data[start:stop], "big", signed=True), stop


def _short(protocol: str, position: int, nested: bool) -> ParseError:
    if nested:
        return ParseError(f"malformed_{protocol}", position)
    return Incomplete(f"truncated_{protocol}", position)
