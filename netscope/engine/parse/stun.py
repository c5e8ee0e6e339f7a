"""STUN messages (RFC 8489; RFC 3489 without the cookie): the software named, and the address as seen from outside."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import Final

from netscope.engine.parse.wire import text_of
from netscope.model.errors import Incomplete, ParseError
from netscope.model.service import Plaintext

MAGIC_COOKIE: Final = b"\x21\x12\xa4\x42"
PORTS: Final[tuple[int, ...]] = (3478, 3479, 5349)

_HEADER: Final = Struct("!HH").unpack_from
_HEADER_BYTES: Final = 20
_MAPPED_ADDRESS: Final = 0x0001
_XOR_MAPPED_ADDRESS: Final = 0x0020
_SOFTWARE: Final = 0x8022
_MAX_ATTRIBUTES: Final = 32


def looks_like_stun(data: bytes, on_port: bool = False) -> bool:
    """The cookie and a length that fits; without the cookie (RFC 3489) only binding messages on a STUN port."""
    if len(data) < _HEADER_BYTES or data[0] > 0x3F:
        return False
    kind, length = _HEADER(data)
    if length & 3 or length + _HEADER_BYTES > len(data):
        return False
    if data[4:8] == MAGIC_COOKIE:
        return True
    return on_port and kind in (0x0001, 0x0101, 0x0111) and length + _HEADER_BYTES == len(data)


def read_stun(data: bytes, from_server: bool) -> Plaintext:
    """Raises Incomplete ``truncated_stun``, ParseError ``malformed_stun``."""
    if len(data) < _HEADER_BYTES:
        raise Incomplete("truncated_stun", len(data))
    if data[0] > 0x3F:
        # ChannelData of TURN (RFC 8656, section 12.4) or what a peer sends beside STUN.
        return Plaintext()
    end = _HEADER_BYTES + _HEADER(data)[1]
    if end > len(data):
        raise Incomplete("truncated_stun", len(data))
    facts = []
    position = _HEADER_BYTES
    for _ in range(_MAX_ATTRIBUTES):
        if position + 4 > end:
            break
        kind, length = _HEADER(data, position)
        start = position + 4
        if start + length > end:
            raise ParseError("malformed_stun", position)
        value = data[start : start + length]
        if kind == _SOFTWARE:
            facts.append(("software", text_of(value)))
        elif kind in (_XOR_MAPPED_ADDRESS, _MAPPED_ADDRESS):
            address = _address(value, data[4:_HEADER_BYTES] if kind == _XOR_MAPPED_ADDRESS else bytes(16))
            if address:
                facts.append(("mapped_address", address))
        position = start + (length + 3 & ~3)
    return Plaintext(tuple(facts))


def _address(value: bytes, mask: bytes) -> str | None:
    """RFC 8489, sections 14.1 and 14.2; the mask is cookie and transaction id."""
    if len(value) == 8 and value[1] == 1:
        return str(IPv4Address(bytes(a ^ b for a, b in zip(value[4:], mask, strict=False))))
    if len(value) == 20 and value[1] == 2:
        return str(IPv6Address(bytes(a ^ b for a, b in zip(value[4:], mask, strict=True))))
    return None
