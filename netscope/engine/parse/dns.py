"""DNS messages (RFC 1035, 2136, 6891); mDNS and LLMNR share the format (RFC 6762, 4795).

Names are in dns_name.py, rdata in dns_rdata.py; NetBIOS reuses the sections from nbns.py. Matching questions with
answers is in correlate/dns_session.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct, error
from typing import Final

from netscope.engine.parse.dns_name import read_name, skip_name
from netscope.engine.parse.dns_rdata import RDATA_FORMS, TYPE_NAMES, Form, generic
from netscope.engine.parse.wire import ip_text
from netscope.model.dns import DnsMessage, DnsQuestion, DnsRecord
from netscope.model.errors import Incomplete, ParseError

MAX_RECORDS: Final = 1024
"""Questions and records read of one message: 64 kB of hostile records stay below 10 ms. The rest is a problem."""
MAX_PROBLEMS: Final = 16
"""Broken records after which the rest of a message is not read."""

HEADER_BYTES: Final = 12
HEADER = Struct("!HHHHHH").unpack_from
QUESTION = Struct("!HH").unpack_from
RECORD = Struct("!HHIH").unpack_from

TYPE_A: Final = 1
TYPE_AAAA: Final = 28
TYPE_OPT: Final = 41
OPCODE_UPDATE: Final = 5

RCODES: Final = {
    0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 6: "YXDOMAIN", 7: "YXRRSET",
    8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE", 11: "DSOTYPENI", 16: "BADVERS", 17: "BADKEY", 18: "BADTIME",
    19: "BADMODE", 20: "BADNAME", 21: "BADALG", 22: "BADTRUNC", 23: "BADCOOKIE",
}  # fmt: skip
"""IANA DNS parameters, RCODEs."""

new_record = tuple.__new__
"""A NamedTuple's own constructor goes through Python; a response holds many records."""


class Sections:
    """What reading the sections of one message gathers."""

    __slots__ = ("edns", "forms", "names", "problems", "room", "types")

    def __init__(self, types: Mapping[int, str], forms: Mapping[int, Form]) -> None:
        self.types = types
        self.forms = forms
        self.names: dict[int, str] = {}
        self.problems: list[str] = []
        self.edns: tuple[int, int] | None = None
        """(UDP size, extended rcode) of the OPT record."""
        self.room = MAX_RECORDS

    def reserve(self, count: int) -> int:
        """How many of ``count`` more records may be read."""
        readable = min(count, self.room)
        self.room -= readable
        return readable


def parse_message(
    data: bytes, types: Mapping[int, str] = TYPE_NAMES, forms: Mapping[int, Form] = RDATA_FORMS
) -> DnsMessage:
    """One whole message, without the length prefix of TCP.

    A question or record that cannot be read becomes a slug in ``problems`` and the others stand. Raises Incomplete for
    a cut header or first question, ParseError (``malformed_dns_name``) for a first question nobody can read.
    """
    if len(data) < HEADER_BYTES:
        raise Incomplete("truncated_dns", len(data))
    transaction_id, flags, questions, answers, authorities, additionals = HEADER(data)
    sections = Sections(types, forms)
    asked, position = read_questions(data, questions, sections)
    answered, position = read_records(data, position, answers, sections) if answers else ((), position)
    authority, position = read_records(data, position, authorities, sections) if authorities else ((), position)
    additional, position = read_records(data, position, additionals, sections) if additionals else ((), position)
    rcode, edns = flags & 15, sections.edns
    if edns is not None:
        rcode |= edns[1] << 4
    return DnsMessage(
        transaction_id,
        flags >= 0x8000,
        flags >> 11 & 15,
        RCODES.get(rcode) or f"RCODE{rcode}",
        flags & 0x0400 != 0,
        flags & 0x0200 != 0,
        asked,
        answered,
        authority,
        additional,
        None if edns is None else edns[0],
        tuple(sections.problems),
    )


def read_questions(data: bytes, count: int, sections: Sections) -> tuple[tuple[DnsQuestion, ...], int]:
    """The question section; the position is -1 where the rest cannot be found. Raises where none is readable."""
    position = HEADER_BYTES
    questions: list[DnsQuestion] = []
    readable = sections.reserve(count)
    for _ in range(readable):
        try:
            name, position = read_name(data, position, sections.names)
            number, dns_class = QUESTION(data, position)
        except (ParseError, error) as problem:
            if not isinstance(problem, ParseError):
                problem = Incomplete("truncated_dns", position)
            if not questions:
                raise problem from None
            sections.problems.append(problem.slug)
            return tuple(questions), -1
        position += 4
        kind = sections.types.get(number) or f"TYPE{number}"
        questions.append(DnsQuestion(name, kind, dns_class & 0x7FFF, dns_class >= 0x8000))
    return tuple(questions), _after_section(position, count - readable, sections)


def read_records(data: bytes, position: int, count: int, sections: Sections) -> tuple[tuple[DnsRecord, ...], int]:
    """One section of records from ``position``; the position is -1 where the rest cannot be found.

    Inlined for speed: this loop is most of the time spent on DNS.
    """
    names, types, forms = sections.names, sections.types, sections.forms
    records: list[DnsRecord] = []
    data_end = len(data)
    if position < 0:
        return (), -1
    readable = sections.reserve(count)
    for _ in range(readable):
        name: str | None
        try:
            name, position = read_name(data, position, names)
        except ParseError as problem:
            name, position = None, _after_bad_name(data, position, problem, sections)
            if position < 0:
                return tuple(records), -1
        start = position + 10
        if start > data_end:
            sections.problems.append("truncated_dns_record")
            return tuple(records), -1
        number, dns_class, ttl, size = RECORD(data, position)
        position = start + size
        if position > data_end:
            sections.problems.append("truncated_dns_record")
            return tuple(records), -1
        if number == TYPE_OPT:
            sections.edns = (dns_class, ttl >> 24)
            continue
        if name is None:
            continue
        if size == 4 and number == TYPE_A:
            text = ip_text(data[start:position])
        else:
            form = forms.get(number)
            text = generic(data, start, position) if form is None else _text(form, data, start, position, sections)
        kind = types.get(number) or f"TYPE{number}"
        records.append(new_record(DnsRecord, (name, kind, dns_class & 0x7FFF, ttl, text, dns_class >= 0x8000)))
    return tuple(records), _after_section(position, count - readable, sections)


def _after_section(position: int, left_out: int, sections: Sections) -> int:
    if left_out == 0:
        return position
    sections.problems.append("dns_too_many_records")
    return -1


def _after_bad_name(data: bytes, position: int, problem: ParseError, sections: Sections) -> int:
    """Note the owner name that cannot be read; the position after it, or -1 where it has no end."""
    if isinstance(problem, Incomplete):
        sections.problems.append("truncated_dns_record")
        return -1
    sections.problems.append(problem.slug)
    if len(sections.problems) >= MAX_PROBLEMS:
        return -1
    try:
        return skip_name(data, position)
    except ParseError:
        return -1


def _text(form: Form, data: bytes, start: int, end: int, sections: Sections) -> str:
    """Presentation form; RFC 3597 form and a problem where the rdata is broken."""
    if start == end or len(sections.problems) >= MAX_PROBLEMS:
        return generic(data, start, end)  # RFC 2136, section 2.4: UPDATE names records without rdata
    try:
        return form(data, start, end, sections.names)
    except (ParseError, IndexError, error):
        sections.problems.append("malformed_dns_rdata")
        return generic(data, start, end)


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


PLAUSIBLE_OPCODES: Final = frozenset((0, 1, 2, 4, OPCODE_UPDATE, 6))
PLAUSIBLE_CLASSES: Final = frozenset((1, 3, 4, 254, 255))
"""IN, CH, HS, NONE, ANY."""
PLAUSIBLE_QUESTIONS: Final = 32
PLAUSIBLE_RECORDS: Final = 256
"""In each section. Whether they fit is not asked: the capture may have cut the datagram."""


def is_plausible(data: bytes) -> bool:
    """Whether these bytes look like DNS: a cheap look at header and first name, for recognition by content."""
    if len(data) < HEADER_BYTES + 5:
        return False
    _, flags, questions, answers, authorities, additionals = HEADER(data)
    if flags & 0x40 or flags >> 11 & 15 not in PLAUSIBLE_OPCODES or questions > PLAUSIBLE_QUESTIONS:
        return False
    if max(answers, authorities, additionals) > PLAUSIBLE_RECORDS or data[HEADER_BYTES] >= 192:
        return False
    if flags >= 0x8000:
        if not questions | answers | authorities | additionals:
            return False
    elif not questions or flags & 15:
        return False
    try:
        number, dns_class = QUESTION(data, skip_name(data, HEADER_BYTES))
    except (ParseError, error):
        return False
    return number != 0 and dns_class & 0x7FFF in PLAUSIBLE_CLASSES


def is_plausible_stream(data: bytes) -> bool:
    """The same for the start of a TCP stream, which may not hold the whole first message yet."""
    if len(data) < 2 + HEADER_BYTES + 5:
        return False
    length = data[0] << 8 | data[1]
    return length >= HEADER_BYTES + 5 and is_plausible(data[2 : 2 + length])
