"""WireGuard's four messages, known by type, reserved zeros and exact sizes (whitepaper, section 5.4)."""

from __future__ import annotations

from typing import Final

_SIZES: Final = {1: 148, 2: 92, 3: 64}
"""Handshake initiation, response, cookie reply."""
_TRANSPORT: Final = 4


def looks_like_wireguard(data: bytes) -> bool:
    if len(data) < 32 or data[1:4] != b"\0\0\0":
        return False
    kind = data[0]
    if kind == _TRANSPORT:
        # Padded to 16 bytes; the counter of a session that lives 3 minutes stays far below 2**40.
        return len(data) % 16 == 0 and data[4:8] != b"\0\0\0\0" and data[13:16] == b"\0\0\0"
    return _SIZES.get(kind) == len(data)
