"""NetBIOS name service (RFC 1001, 1002): DNS's format with its own names, types and operations.

Names are given as ``WORKGROUP<1d>``: 15 characters without padding, the suffix byte that tells the service, then a
scope after a dot where there is one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from netscope.engine.parse.dns_rdata import RDATA_FORMS, TYPE_NAMES
from netscope.engine.parse.formats import read_message
from netscope.engine.parse.wire import Reader, ip_text, mac_text
from netscope.model.dns import DnsMessage, DnsQuestion, DnsRecord

OPCODE_QUERY: Final = 0
OPCODE_REGISTRATION: Final = 5
OPCODE_RELEASE: Final = 6
OPCODE_WACK: Final = 7
OPCODE_REFRESH: Final = 8
CLAIMS: Final = frozenset((OPCODE_REGISTRATION, OPCODE_REFRESH, 9, 15))
"""Requests by which a node says a name is its own; 9 is refresh as Microsoft sends it, 15 multi-homed registration."""

NB_FORM_GROUP: Final = 0x8000
MAX_ADDRESSES: Final = 64

TYPES: Final = {**TYPE_NAMES, 10: "NULL", 32: "NB", 33: "NBSTAT"}


def parse_message(data: bytes) -> DnsMessage:
    """One NetBIOS name service message; raises and reports problems as dns.parse_message does."""
    message = read_message(data, TYPES, FORMS)
    return replace(
        message,
        questions=tuple(_question(question) for question in message.questions),
        answers=_records(message.answers),
        authorities=_records(message.authorities),
        additionals=_records(message.additionals),
    )


def _question(question: DnsQuestion) -> DnsQuestion:
    return question._replace(name=decode_name(question.name))


def _records(records: tuple[DnsRecord, ...]) -> tuple[DnsRecord, ...]:
    return tuple(record._replace(name=decode_name(record.name)) for record in records)


def decode_name(encoded: str) -> str:
    """Undo the first-level encoding (RFC 1001, section 14.1); a name not so encoded stays as it is."""
    label, dot, scope = encoded.partition(".")
    if len(label) != 32 or not all("A" <= letter <= "P" for letter in label):
        return encoded
    codes = label.encode("ascii").translate(NIBBLES)
    raw = bytes.fromhex(codes.decode("ascii"))
    return node_name(raw) + dot + scope


NIBBLES: Final = bytes.maketrans(b"ABCDEFGHIJKLMNOP", b"0123456789abcdef")


def node_name(raw: bytes) -> str:
    """16 bytes of a NetBIOS name as text."""
    name = raw[:15].rstrip(b" \0")
    shown = "".join(chr(byte) if byte >= 0x20 and byte != 0x7F else f"<{byte:02x}>" for byte in name)
    return f"{shown}<{raw[15]:02x}>"


def _addresses(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    """NB: each address with ``unique`` or ``group`` (RFC 1002, section 4.2.1.3)."""
    reader = Reader(data, "dns_rdata", start, end)
    if (end - start) % 6 or end - start > 6 * MAX_ADDRESSES:
        raise reader.malformed()
    entries = []
    while len(reader) > 0:
        kind = "group" if reader.uint16() & NB_FORM_GROUP else "unique"
        entries.append(f"{ip_text(reader.take(4))} {kind}")
    return " ".join(entries)


def _node_status(data: bytes, start: int, end: int, names: dict[int, str]) -> str:
    """NBSTAT: each name in quotes with ``unique`` or ``group``, then the unit's MAC (RFC 1002, section 4.2.18)."""
    reader = Reader(data, "dns_rdata", start, end)
    entries = []
    for _ in range(reader.uint8()):
        raw = reader.take(16)
        kind = "group" if reader.uint16() & NB_FORM_GROUP else "unique"
        entries.append(f'"{node_name(raw)}" {kind}')
    if len(reader) >= 6:
        entries.append(mac_text(reader.take(6)))
    return " ".join(entries)


FORMS: Final = {**RDATA_FORMS, 32: _addresses, 33: _node_status}


def is_plausible(data: bytes) -> bool:
    """Whether these bytes look like NetBIOS name service: counts of at most one, a name of 32 letters first."""
    if len(data) < 12 + 34 or data[12] != 32 or data[4] | data[6] | data[8] | data[10]:
        return False
    return max(data[5], data[7], data[9], data[11]) <= 1 and not data[13:45].translate(None, b"ABCDEFGHIJKLMNOP")


__all__ = ["CLAIMS", "OPCODE_QUERY", "decode_name", "is_plausible", "parse_message"]
