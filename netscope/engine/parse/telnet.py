"""Telnet (RFC 854): option negotiation, and the prompts that ask for a name and a password in clear."""

from __future__ import annotations

import re
from typing import Final

_IAC: Final = 0xFF
_NEGOTIATION: Final = re.compile(rb"\xff(?:[\xfb-\xfe].|\xfa[^\xff]{0,512}(?:\xff\xf0|$)|[\xf0-\xf9\xff]|$)", re.DOTALL)
_PASSWORD_PROMPT: Final = re.compile(
    rb"(?:password|passwort|passcode|mot de passe|contrase)[^\r\n]{0,40}:?[ \t]*$", re.IGNORECASE
)
_REFUSAL: Final = re.compile(
    rb"(?:log-?in|password|authentication|authorization) (?:incorrect|failed|failure|invalid)"
    rb"|access denied|bad password",
    re.IGNORECASE,
)


def looks_like_telnet(data: bytes) -> bool:
    """WILL, WONT, DO, DONT or a subnegotiation of a known option first."""
    return (
        len(data) >= 3 and data[0] == _IAC and 0xFA <= data[1] <= 0xFE and (data[2] <= 49 or data[2] in (70, 138, 255))
    )


def plain_text(data: bytes) -> bytes:
    """The characters without negotiation."""
    return _NEGOTIATION.sub(b"", data)


def asks_for_password(text: bytes) -> bool:
    """Whether the server's last line is a password prompt."""
    return _PASSWORD_PROMPT.search(text[-64:]) is not None


def refuses(text: bytes) -> bool:
    """Whether the server says that a log-in failed."""
    return _REFUSAL.search(text) is not None
