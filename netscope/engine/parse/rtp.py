"""RTP and RTCP (RFC 3550). One RTP packet proves nothing: two of a row do."""

from __future__ import annotations

from struct import Struct
from typing import Final

_HEADER: Final = Struct("!BBHII").unpack_from
_HEADER_BYTES: Final = 12
_RTCP_TYPES: Final = range(200, 208)


def could_be_rtp(data: bytes) -> bool:
    """Version 2, a length that holds the CSRC list, and a payload type that is not RTCP's (RFC 5761, section 4)."""
    if len(data) < _HEADER_BYTES or data[0] >> 6 != 2:
        return False
    return len(data) >= _HEADER_BYTES + 4 * (data[0] & 15) and not 64 <= (data[1] & 0x7F) <= 95


def follows(previous: bytes, data: bytes) -> bool:
    """Whether two datagrams of one direction are RTP: one source, one payload type, the next few sequence numbers."""
    if not could_be_rtp(previous) or not could_be_rtp(data):
        return False
    _, kind_before, sequence_before, time_before, source_before = _HEADER(previous)
    _, kind, sequence, time, source = _HEADER(data)
    return bool(
        source == source_before
        and source != 0
        and (kind ^ kind_before) & 0x7F == 0
        and 0 < (sequence - sequence_before) & 0xFFFF <= 16
        and (time - time_before) & 0xFFFFFFFF < 1 << 20
    )


def looks_like_rtcp(data: bytes) -> bool:
    """A sender or receiver report or source description first, and lengths that end with the datagram."""
    if len(data) < 8 or data[0] >> 6 != 2 or data[1] not in (200, 201, 202):
        return False
    position = 0
    for _ in range(16):
        if position + 4 > len(data) or data[position] >> 6 != 2 or data[position + 1] not in _RTCP_TYPES:
            return False
        position += 4 + 4 * int.from_bytes(data[position + 2 : position + 4], "big")
        if position == len(data):
            return True
    return False
