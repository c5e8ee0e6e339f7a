"""SSDP messages (UPnP Device Architecture 2.0, section 1): HTTP heads over UDP.

The description behind LOCATION is never fetched.
"""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.http import head_fields, head_lines
from netscope.model.errors import Incomplete, ParseError
from netscope.model.service import SsdpMessage

MAX_VALUE_CHARS: Final = 512

_FIELDS: Final = frozenset(("st", "nt", "nts", "usn", "server", "user-agent", "location", "cache-control"))


def looks_like_ssdp(data: bytes) -> bool:
    """A search, a notification, or a response with a search target: responses go to the port the search came from."""
    return data.startswith((b"M-SEARCH * HTTP/1.", b"NOTIFY * HTTP/1.")) or (
        data.startswith(b"HTTP/1.1 200 ") and b"\nst:" in data[:2048].lower()
    )


def parse_ssdp(data: bytes) -> SsdpMessage:
    """Read one datagram. Raises ParseError ``malformed_ssdp``, Incomplete ``truncated_ssdp``."""
    lines = head_lines(data)
    first = lines[0].rstrip()
    if first.startswith("HTTP/1."):
        kind = "response"
    else:
        kind = first.partition(" ")[0]
        if kind not in ("M-SEARCH", "NOTIFY") or " HTTP/1." not in first:
            raise ParseError("malformed_ssdp")
    if len(lines) < 2:
        raise Incomplete("truncated_ssdp", len(data))
    fields = {name: value[:MAX_VALUE_CHARS] for name, value in head_fields(lines, _FIELDS).items() if value}
    get = fields.get
    return SsdpMessage(
        kind,
        get("nt") if kind == "NOTIFY" else get("st"),
        get("usn"),
        get("server"),
        get("user-agent"),
        get("location"),
        get("nts"),
        _max_age(get("cache-control")),
    )


def _max_age(value: str | None) -> int | None:
    digits = (value or "").lower().replace(" ", "").partition("max-age=")[2].partition(",")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None
