"""DNS messages (RFC 1035, 2136, 6891); mDNS and LLMNR share the format (RFC 6762, 4795).

The sections are read by formats.pyx, names are in dns_name.py, rdata in dns_rdata.py; NetBIOS reuses all of it from
nbns.py. Matching questions with answers is in correlate/dns_session.py.
"""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.dns_rdata import RDATA_FORMS, TYPE_NAMES
from netscope.engine.parse.formats import MAX_RECORDS, is_plausible, read_message
from netscope.model.dns import DnsMessage

HEADER_BYTES: Final = 12


def parse_message(data: bytes) -> DnsMessage:
    """One whole message, without the length prefix of TCP.

    A question or record that cannot be read becomes a slug in ``problems`` and the others stand. Raises Incomplete for
    a cut header or first question, ParseError (``malformed_dns_name``) for a first question nobody can read.
    """
    return read_message(data, TYPE_NAMES, RDATA_FORMS)


def parse_tcp_stream(data: bytes) -> tuple[list[bytes], int]:
    """Whole messages at the start of a TCP stream (RFC 1035, section 4.2.2) and how many bytes they took."""
    messages = []
    position, end = 0, len(data)
    while position + 2 <= end:
        following = position + 2 + (data[position] << 8 | data[position + 1])
        if following > end:
            break
        messages.append(data[position + 2 : following])
        position = following
    return messages, position


def is_plausible_stream(data: bytes) -> bool:
    """The same for the start of a TCP stream, which may not hold the whole first message yet."""
    if len(data) < 2 + HEADER_BYTES + 5:
        return False
    length = data[0] << 8 | data[1]
    return length >= HEADER_BYTES + 5 and is_plausible(data[2 : 2 + length])


__all__ = ["MAX_RECORDS", "is_plausible", "is_plausible_stream", "parse_message", "parse_tcp_stream"]
