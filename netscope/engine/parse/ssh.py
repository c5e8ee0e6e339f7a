"""SSH identification strings (RFC 4253, section 4.2). All that follows them is binary or encrypted."""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.wire import text_of
from netscope.model.errors import Incomplete, ParseError
from netscope.model.service import Plaintext

MAX_BANNER_BYTES: Final = 8_192
"""A server may say other lines first; OpenSSH gives up after 1,024 lines."""


def looks_like_ssh(data: bytes) -> bool:
    return data[:4] == b"SSH-" and data[4:5] in (b"1", b"2", b"")


def read_ssh(data: bytes, from_server: bool) -> Plaintext:
    """Raises Incomplete until the line is whole, ParseError ``malformed_ssh`` when there is none."""
    start = 0 if data[:4] == b"SSH-" else data.find(b"\nSSH-") + 1
    if start == 0 and data[:4] != b"SSH-":
        if len(data) >= MAX_BANNER_BYTES or (not from_server and len(data) >= 4):
            raise ParseError("malformed_ssh")
        raise Incomplete("truncated_ssh", len(data))
    # RFC 4253 allows 255 bytes with CR LF; some devices end the line in LF alone.
    end = data.find(b"\n", start, start + 512)
    if end < 0:
        if len(data) - start >= 512:
            raise ParseError("malformed_ssh", start)
        raise Incomplete("truncated_ssh", len(data))
    attribute = "server_version" if from_server else "client_version"
    return Plaintext(((attribute, text_of(data[start:end].rstrip(b"\r"))),))
