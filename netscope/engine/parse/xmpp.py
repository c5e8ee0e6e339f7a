"""XMPP stream openings (RFC 6120): the domain asked for, STARTTLS and SASL PLAIN."""

from __future__ import annotations

import re
from typing import Final

from netscope.engine.parse.wire import text_of

NAMESPACE: Final = b"http://etherx.jabber.org/streams"
MAX_STANZA_BYTES: Final = 4_096
"""Openings are short; bounds what a search may cost."""

_TO: Final = re.compile(rb"<stream:stream\b[^>]{0,1024}?\bto=['\"]([^'\"<>]{1,255})['\"]")
_STARTTLS: Final = re.compile(rb"<starttls\b[^>]{0,200}>")
_PROCEED: Final = re.compile(rb"<proceed\b[^>]{0,200}>")
_AUTH: Final = re.compile(rb"<auth\b[^>]{0,300}?\bmechanism=['\"](PLAIN|LOGIN)['\"]")


def looks_like_xmpp(data: bytes) -> bool:
    """A stream header, with or without the XML declaration."""
    head = data[:256].lstrip()
    return head.startswith((b"<stream:stream", b"<?xml")) and b"<stream:stream" in head


def stream_to(data: bytes) -> str | None:
    found = _TO.search(data[:MAX_STANZA_BYTES])
    return text_of(found[1]) if found else None


def asks_for_tls(data: bytes) -> bool:
    return _STARTTLS.search(data[:MAX_STANZA_BYTES]) is not None


def tls_begins_at(data: bytes) -> int:
    """Index behind the server's ``<proceed/>``; -1 when it is not there."""
    found = _PROCEED.search(data[:MAX_STANZA_BYTES])
    return found.end() if found else -1


def clear_auth_mechanism(data: bytes) -> str | None:
    """``plain`` or ``login`` where a client authenticates with its password in clear."""
    found = _AUTH.search(data[:MAX_STANZA_BYTES])
    return found[1].decode().lower() if found else None
