"""NTP and SNTP headers (RFC 5905, section 7.3): version, mode, stratum and what the server takes its time from."""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.wire import ip_text, text_of
from netscope.model.errors import Incomplete, ParseError
from netscope.model.service import Plaintext

PORT: Final = 123
_HEADER_BYTES: Final = 48
_MODES: Final = {
    1: "symmetric_active",
    2: "symmetric_passive",
    3: "client",
    4: "server",
    5: "broadcast",
    6: "control",
    7: "private",
}


def looks_like_ntp(data: bytes, on_port: bool) -> bool:
    """On its port any header that can be NTP; elsewhere a bare client request or its answer of exactly 48 bytes.

    Control and private messages (modes 6 and 7, ntpq and ntpdc) are shorter and known by their port only.
    """
    if not data:
        return False
    version, mode = data[0] >> 3 & 7, data[0] & 7
    if not 1 <= version <= 4 or not mode:
        return False
    if mode >= 6:
        return on_port and len(data) >= 8
    if len(data) < _HEADER_BYTES or data[1] > 16:
        return False
    if on_port:
        return True
    # Off its port: a root delay below 16 s, a sane polling interval and a transmit time since 2004.
    return len(data) == _HEADER_BYTES and mode in (3, 4) and data[2] <= 17 and data[4] == 0 and data[40] >= 0xC4


def read_ntp(data: bytes, from_server: bool) -> Plaintext:
    """Raises Incomplete ``truncated_ntp``, ParseError ``malformed_ntp``."""
    if not data:
        raise Incomplete("truncated_ntp")
    version, mode = data[0] >> 3 & 7, data[0] & 7
    if not 1 <= version <= 4 or not mode:
        raise ParseError("malformed_ntp")
    facts = [("version", str(version)), ("mode", _MODES[mode])]
    if mode in (4, 5):
        if len(data) < 16:
            raise Incomplete("truncated_ntp", len(data))
        facts += [("stratum", str(data[1])), ("reference", _reference(data[1], data[12:16]))]
    return Plaintext(tuple(facts))


def _reference(stratum: int, identifier: bytes) -> str:
    """A clock's code at stratum 0 and 1 (``GPS``, ``RATE``), the upstream server's address or a hash of it below."""
    return text_of(identifier) if stratum < 2 else ip_text(identifier)
