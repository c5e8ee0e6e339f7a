"""SSDP messages (UPnP Device Architecture 2.0, section 1): HTTP heads over UDP.

The description behind LOCATION is never fetched.
"""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.formats import FieldNames
from netscope.model.errors import Incomplete, ParseError
from netscope.model.service import SsdpMessage

MAX_VALUE_CHARS: Final = 512

_FIELDS: Final = FieldNames("st", "nt", "nts", "usn", "server", "user-agent", "location", "cache-control")


def looks_like_ssdp(data: bytes) -> bool:
    """A search, a notification, or a response with a search target: responses go to the port the search came from."""
    return data.startswith((b"M-SEARCH * HTTP/1.", b"NOTIFY * HTTP/1.")) or (
        data.startswith(b"HTTP/1.1 200 ") and b"\nst:" in data[:2048].lower()
    )


def parse_ssdp(data: bytes) -> SsdpMessage:
    """Read one datagram. Raises ParseError ``malformed_ssdp``, Incomplete ``truncated_ssdp``."""
    found = _FIELDS.read(data)
    first, values = found or (data.decode("latin-1"), [])
    if first.startswith("HTTP/1."):
        kind = "response"
    else:
        kind = first.partition(" ")[0]
        if kind not in ("M-SEARCH", "NOTIFY") or " HTTP/1." not in first:
            raise ParseError("malformed_ssdp")
    if not found:
        raise Incomplete("truncated_ssdp", len(data))
    search, notification, subtype, name, server, user_agent, location, caching = values
    return SsdpMessage(
        kind,
        _kept(notification if kind == "NOTIFY" else search),
        _kept(name),
        _kept(server),
        _kept(user_agent),
        _kept(location),
        _kept(subtype),
        _max_age(caching) if caching else None,
    )


def _kept(value: str | None) -> str | None:
    return value[:MAX_VALUE_CHARS] if value else None


def _max_age(value: str) -> int | None:
    digits = value[:MAX_VALUE_CHARS].lower().replace(" ", "").partition("max-age=")[2].partition(",")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None
