"""Syslog (RFC 5424, RFC 3164): facility, severity, host and program. The message itself is not kept."""

from __future__ import annotations

import re
from typing import Final

from netscope.engine.parse.wire import text_of
from netscope.model.errors import ParseError
from netscope.model.service import Plaintext

_PRIORITY: Final = re.compile(rb"<(0|[1-9]\d?|1[0-8]\d|19[01])>")
_RFC5424: Final = re.compile(rb"1 (?:\S{1,40}) (\S{1,255}) (\S{1,48}) ")
_RFC3164: Final = re.compile(rb"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:(\S{1,255}) )?([\w./-]{1,48})(?:\[\d+\])?:")


def looks_like_syslog(data: bytes) -> bool:
    return data[:1] == b"<" and _PRIORITY.match(data) is not None


def read_syslog(data: bytes, from_server: bool) -> Plaintext:
    """Raises ParseError ``malformed_syslog``."""
    priority = _PRIORITY.match(data)
    if priority is None:
        raise ParseError("malformed_syslog")
    found = _RFC5424.match(data, priority.end()) or _RFC3164.match(data, priority.end())
    if found is None:
        return Plaintext()
    names = ("host", "program")
    values = found.groups()
    return Plaintext(tuple((name, text_of(v)) for name, v in zip(names, values, strict=True) if v and v != b"-"))
