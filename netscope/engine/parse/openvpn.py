"""OpenVPN's opening packets (its protocol document, "Packet format"), with none, tls-auth or tls-crypt protection."""

from __future__ import annotations

from typing import Final

_HARD_RESET_CLIENT: Final = (0x38, 0x50)
"""P_CONTROL_HARD_RESET_CLIENT_V2 and _V3, key id 0."""
_HARD_RESET_SERVER: Final = 0x40
_HMAC_BYTES: Final = (16, 20, 28, 32, 48, 64)
_MAX_BYTES: Final = 1200


def looks_like_openvpn(data: bytes) -> bool:
    """A hard reset of client or server, as the first datagram of a direction."""
    size = len(data)
    if not 14 <= size <= _MAX_BYTES or (data[0] not in _HARD_RESET_CLIENT and data[0] != _HARD_RESET_SERVER):
        return False
    if data[0] == _HARD_RESET_SERVER:
        # Acknowledges packet 0: array length 1, the id, the client's session id, its own packet id 0.
        return _at(data, 9, 1) or any(_at(data, 17 + hmac, 1) for hmac in _HMAC_BYTES) or _is_tls_crypt(data)
    return (
        (size == 14 and data[9:] == bytes(5))
        or any(_at(data, 17 + hmac, 0) for hmac in _HMAC_BYTES)
        or _is_tls_crypt(data)
    )


def looks_like_openvpn_stream(data: bytes) -> bool:
    """Over TCP each packet follows its length."""
    length = int.from_bytes(data[:2], "big")
    return 14 <= length <= len(data) - 2 and looks_like_openvpn(data[2 : 2 + length])


def _at(data: bytes, position: int, acknowledged: int) -> bool:
    """Whether the acknowledgement array at ``position`` and what follows it ends the packet exactly."""
    if position >= len(data) or data[position] != acknowledged:
        return False
    tail = position + 1 + (12 if acknowledged else 0)
    return len(data) == tail + 4 and data[tail:] == bytes(4)


def _is_tls_crypt(data: bytes) -> bool:
    """Replay packet id 1 and a Unix time from 2015 to 2065, then a 32-byte tag (tls-crypt, section 3)."""
    return len(data) >= 54 and data[9:13] in (b"\0\0\0\1", b"\x0f\0\0\1") and 0x54 <= data[13] <= 0xB3
