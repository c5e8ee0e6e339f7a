"""RDP's connection request and confirm (MS-RDPBCGR, 2.2.1.1 and 2.2.1.2): which security, and whether TLS follows."""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.wire import Reader
from netscope.model.service import Plaintext

_TPKT: Final = b"\x03\0"
_REQUEST: Final = 0xE0
_CONFIRM: Final = 0xD0
_NEGOTIATION_REQUEST: Final = 1
_NEGOTIATION_RESPONSE: Final = 2
_PROTOCOLS: Final = ((1, "tls"), (2, "credssp"), (4, "rdstls"), (8, "credssp_early"), (16, "aad"))


def looks_like_rdp(data: bytes) -> bool:
    """TPKT (RFC 1006) with a connection request or confirm of X.224 class 0, as RDP sends it.

    S7 and other ISO-on-TCP speakers put parameters (0xC0 to 0xC2) where RDP has a cookie, a negotiation or nothing.
    """
    if data[:2] != _TPKT or len(data) < 11 or data[5] not in (_REQUEST, _CONFIRM) or data[4] != data[3] - 5:
        return False
    return len(data) == 11 or data[11] in (_NEGOTIATION_REQUEST, _NEGOTIATION_RESPONSE, 3) or data[11:18] == b"Cookie:"


def read_rdp(data: bytes, from_server: bool) -> Plaintext:
    """Raises Incomplete ``truncated_rdp``, ParseError ``malformed_rdp``. The cookie's user name is left out."""
    reader = Reader(data, "rdp")
    if reader.take(2) != _TPKT:
        raise reader.malformed()
    length = reader.uint16()
    packet = Reader(reader.take(length - 4), "rdp")
    packet.skip(1)
    kind = packet.uint8()
    if kind not in (_REQUEST, _CONFIRM):
        raise packet.malformed()
    packet.skip(5)
    rest = packet.rest()
    negotiation = rest[-8:]
    if len(negotiation) < 8 or negotiation[2:4] != b"\x08\0":
        return Plaintext((("security", "rdp"),)) if from_server else Plaintext()
    flags = int.from_bytes(negotiation[4:], "little")
    if kind == _REQUEST and negotiation[0] == _NEGOTIATION_REQUEST:
        return Plaintext((("offered_security", _names(flags)),))
    if kind == _CONFIRM and negotiation[0] == _NEGOTIATION_RESPONSE:
        return Plaintext((("security", _names(flags)),), tls_follows=flags != 0, size_bytes=length)
    return Plaintext()


def _names(flags: int) -> str:
    return "+".join(name for bit, name in _PROTOCOLS if flags & bit) or "rdp"
