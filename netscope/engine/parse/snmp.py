"""SNMP (RFC 1157, 3416, 3412): the version, and that a community string went in clear. Never the string or values."""

from __future__ import annotations

from typing import Final

from netscope.engine.parse import ber
from netscope.model.errors import ParseError
from netscope.model.service import Plaintext

_VERSIONS: Final = {0: "1", 1: "2c", 3: "3"}
_PDUS: Final = {
    0xA0: "get-request",
    0xA1: "get-next-request",
    0xA2: "response",
    0xA3: "set-request",
    0xA4: "trap",
    0xA5: "get-bulk-request",
    0xA6: "inform-request",
    0xA7: "snmpv2-trap",
    0xA8: "report",
}


def looks_like_snmp(data: bytes) -> bool:
    try:
        read_snmp(data, False)
    except ParseError:
        return False
    return True


def read_snmp(data: bytes, from_server: bool) -> Plaintext:
    """Raises ParseError ``malformed_snmp``, Incomplete ``truncated_snmp``."""
    tag, start, end = ber.element(data, 0, len(data), "snmp", nested=False)
    if tag != ber.SEQUENCE:
        raise ParseError("malformed_snmp")
    number, position = ber.integer(data, start, end, "snmp")
    version = _VERSIONS.get(number)
    if version is None:
        raise ParseError("malformed_snmp", start)
    if version == "3":
        return _read_version_3(data, position, end)
    tag, start, stop = ber.element(data, position, end, "snmp")
    pdu, _, _ = ber.element(data, stop, end, "snmp")
    if tag != ber.OCTET_STRING or pdu not in _PDUS:
        raise ParseError("malformed_snmp", position)
    return Plaintext((("version", version), ("pdu", _PDUS[pdu])), "community" if stop > start else None)


def _read_version_3(data: bytes, position: int, end: int) -> Plaintext:
    """msgGlobalData: msgID, msgMaxSize, msgFlags, msgSecurityModel (RFC 3412, section 6)."""
    tag, start, stop = ber.element(data, position, end, "snmp")
    if tag != ber.SEQUENCE:
        raise ParseError("malformed_snmp", position)
    _, start = ber.integer(data, start, stop, "snmp")
    _, start = ber.integer(data, start, stop, "snmp")
    return Plaintext((("version", "3"),))
