"""TFTP requests (RFC 1350, section 5): which file is read or written. The transfer goes on between other ports."""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.wire import text_of
from netscope.model.errors import ParseError
from netscope.model.service import Plaintext

_OPERATIONS: Final = {b"\0\1": "read", b"\0\2": "write"}
_MODES: Final = (b"netascii", b"octet", b"mail")
_MAX_NAME_BYTES: Final = 512


def looks_like_tftp(data: bytes) -> bool:
    return data[:2] in _OPERATIONS and _name_and_mode(data) is not None


def read_tftp(data: bytes, from_server: bool) -> Plaintext:
    """Raises ParseError ``malformed_tftp``."""
    found = _name_and_mode(data) if data[:2] in _OPERATIONS else None
    if found is None:
        raise ParseError("malformed_tftp")
    return Plaintext(((_OPERATIONS[data[:2]], text_of(found)),))


def _name_and_mode(data: bytes) -> bytes | None:
    """The file name, when a known transfer mode follows it."""
    end = data.find(b"\0", 2, 2 + _MAX_NAME_BYTES)
    mode_end = data.find(b"\0", end + 1, end + 12)
    if end <= 2 or mode_end < 0 or data[end + 1 : mode_end].lower() not in _MODES:
        return None
    return data[2:end]
