"""Google QUIC up to Q050: the client's CHLO, which carries the server name in clear or under published keys.

The wire format is that of Google's "QUIC Wire Layout Specification" and "QUIC Crypto"; Q046 moved to
long headers, Q050 to protected Initials, which `quic` opens.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

from netscope.engine.parse.quic import MAX_FRAMES, pull_varint
from netscope.model.errors import ParseError

PUBLIC_VERSION_FLAG: Final = 0x01
PUBLIC_NONCE_FLAG: Final = 0x04
PUBLIC_ID_FLAG: Final = 0x08
PUBLIC_RESERVED_FLAGS: Final = 0xC0

FIRST_LONG_HEADER: Final = 46
"""Q044 to Q046 differ in details; Q046 is the one that was deployed."""
FIRST_ENCRYPTED: Final = 50

MAX_CHLO_DISTANCE: Final = 64
"""Bytes between the header and the CHLO: packet number, hash, stream frame header."""
MAX_TAGS: Final = 128

CHLO_HEAD: Final = Struct("<4sHH").unpack_from
TAG_AND_END: Final = Struct("<4sI").unpack_from


class ClientHelloMessage(NamedTuple):
    sni: str | None
    user_agent: str | None
    version: str
    """Such as ``Q043``; empty where the message names none."""


def public_version(data: bytes) -> int | None:
    """43 for a client packet of Q043 in clear, or None where the datagram is nothing of the kind."""
    at = _version_offset(data)
    if at is None or len(data) < at + 4 or data[at] != 0x51 or not data[at + 1 : at + 4].isdigit():
        return None
    number = int(data[at + 1 : at + 4])
    is_long = bool(data[0] & 0x80)
    return number if (FIRST_LONG_HEADER - 2 <= number < FIRST_ENCRYPTED) == is_long and 9 <= number < 50 else None


def _version_offset(data: bytes) -> int | None:
    if len(data) < 14:
        return None
    flags = data[0]
    if flags & 0x80:
        return 1
    needed = PUBLIC_VERSION_FLAG | PUBLIC_ID_FLAG
    return 9 if flags & needed == needed and not flags & PUBLIC_RESERVED_FLAGS else None


def looks_like_gquic(data: bytes) -> bool:
    """Whether the datagram is a client's packet of Google QUIC before Q050."""
    return public_version(data) is not None


def find_chlo(data: bytes) -> ClientHelloMessage | None:
    """The CHLO of a client packet in clear, or None; ``malformed_gquic_chlo``."""
    at = _version_offset(data)
    if at is None:
        return None
    found = data.find(b"CHLO", at + 4, at + 4 + MAX_CHLO_DISTANCE)
    return None if found < 0 else parse_chlo(data[found:])


def parse_chlo(message: bytes) -> ClientHelloMessage:
    """A CHLO: tags with the offsets where their values end, then the values.

    A message that goes on in the next packet gives the values that are there. Raises ``malformed_gquic_chlo``.
    """
    if len(message) < 8:
        raise ParseError("malformed_gquic_chlo")
    name, tags, _ = CHLO_HEAD(message)
    values_at = 8 + 8 * tags
    if name != b"CHLO" or tags > MAX_TAGS or values_at > len(message):
        raise ParseError("malformed_gquic_chlo")
    values: dict[bytes, bytes] = {}
    start = 0
    for index in range(tags):
        tag, end = TAG_AND_END(message, 8 + 8 * index)
        if end < start:
            raise ParseError("malformed_gquic_chlo", 8 + 8 * index)
        if values_at + end <= len(message):
            values[tag] = message[values_at + start : values_at + end]
        start = end
    return ClientHelloMessage(_text(values, b"SNI\0"), _text(values, b"UAID"), _text(values, b"VER\0") or "")


def _text(values: dict[bytes, bytes], tag: bytes) -> str | None:
    return values.get(tag, b"").decode("utf-8", "backslashreplace") or None


def crypto_frames(payload: bytes) -> list[tuple[int, bytes]]:
    """(offset, bytes) of the CRYPTO frames of a Q050, T050 or T051 Initial, in Google's own frame numbering.

    What follows another kind of frame than PADDING, PING and CRYPTO is left unread.
    """
    frames: list[tuple[int, bytes]] = []
    position, size = 0, len(payload)
    while position < size and len(frames) < MAX_FRAMES:
        if payload[position] in (0x00, 0x07):
            position = size - len(payload[position:].lstrip(b"\x00\x07"))
        elif payload[position] == 0x08:
            offset, position = pull_varint(payload, position + 1)
            length, position = pull_varint(payload, position)
            frames.append((offset, payload[position : position + length]))
            position += length
        else:
            break
    return frames
