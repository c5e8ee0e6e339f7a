"""DTLS framing: records and handshake fragments (RFC 6347, RFC 9147); the messages inside are those of `tls`.

Stateless: `correlate.dtls_session` puts fragments together.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from netscope.engine.parse.tls import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, HEARTBEAT
from netscope.model.errors import ParseError

HELLO_VERIFY_REQUEST: Final = 3

RECORD_HEADER_BYTES: Final = 13
FRAGMENT_HEADER_BYTES: Final = 12
MAX_RECORD_BYTES: Final = 16_384 + 2_048
MAX_MESSAGE_BYTES: Final = 65_536
"""Handshake messages announced longer are refused: no certificate chain over UDP comes near."""

RECORD_HEADER: Final = Struct("!BHHHIH").unpack_from
VERSIONS: Final = frozenset((0xFEFF, 0xFEFD, 0xFEFC, 0x0100))
_RECORD_TYPES: Final = frozenset((CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT, 25, 26))
"""25 is tls12_cid (RFC 9146), 26 the ACK of DTLS 1.3."""
_HANDSHAKE_TYPES: Final = frozenset((0, 1, 2, 3, 4, 5, 6, 8, 11, 12, 13, 14, 15, 16, 20, 21, 22, 23, 24))


class DtlsRecord(NamedTuple):
    content_type: int
    version: int
    epoch: int
    fragment: bytes


class HandshakeFragment(NamedTuple):
    type: int
    length: int
    """Of the whole message."""
    sequence: int
    """message_seq: the same in a retransmission."""
    offset: int
    body: bytes


def looks_like_dtls(data: bytes) -> bool:
    """Whether a datagram begins with a DTLS record header that fits it."""
    if len(data) < RECORD_HEADER_BYTES + 1 or data[0] not in _RECORD_TYPES:
        return False
    content_type, version, epoch, _, _, length = RECORD_HEADER(data)
    if version not in VERSIONS or not 0 < length <= len(data) - RECORD_HEADER_BYTES:
        return False
    if epoch or content_type != HANDSHAKE:
        return True
    return data[RECORD_HEADER_BYTES] in _HANDSHAKE_TYPES and length >= FRAGMENT_HEADER_BYTES


def pull_records(data: bytes) -> Iterator[DtlsRecord]:
    """The records of a datagram (RFC 6347, section 4.1), up to the first of DTLS 1.3 with a unified header.

    Raises ``malformed_dtls_record`` after the good ones were given.
    """
    position, size = 0, len(data)
    while position < size and not is_unified_header(data[position]):
        if position + RECORD_HEADER_BYTES > size:
            raise ParseError("malformed_dtls_record", position)
        content_type, version, epoch, _, _, length = RECORD_HEADER(data, position)
        start, position = position + RECORD_HEADER_BYTES, position + RECORD_HEADER_BYTES + length
        if content_type not in _RECORD_TYPES or version not in VERSIONS or position > size:
            raise ParseError("malformed_dtls_record", start)
        yield DtlsRecord(content_type, version, epoch, data[start:position])


def is_unified_header(first_byte: int) -> bool:
    """001xxxxx opens an encrypted record of DTLS 1.3 (RFC 9147, section 4)."""
    return first_byte & 0xE0 == 0x20


def pull_fragments(record_fragment: bytes) -> Iterator[HandshakeFragment]:
    """The handshake fragments in one record (RFC 6347, section 4.2.2); ``malformed_dtls_handshake``."""
    position, size = 0, len(record_fragment)
    while position < size:
        if position + FRAGMENT_HEADER_BYTES > size:
            raise ParseError("malformed_dtls_handshake", position)
        head = record_fragment[position : position + FRAGMENT_HEADER_BYTES]
        length, sequence = int.from_bytes(head[1:4], "big"), int.from_bytes(head[4:6], "big")
        offset, part = int.from_bytes(head[6:9], "big"), int.from_bytes(head[9:12], "big")
        start = position + FRAGMENT_HEADER_BYTES
        position = start + part
        if position > size or offset + part > length or length > MAX_MESSAGE_BYTES:
            raise ParseError("malformed_dtls_handshake", start)
        yield HandshakeFragment(head[0], length, sequence, offset, record_fragment[start:position])
