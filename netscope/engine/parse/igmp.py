"""Group membership: IGMPv1 to v3 (RFC 1112, 2236, 3376) and MLDv1, v2 (RFC 2710, 3810)."""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.wire import Reader, ip_text
from netscope.model.link import GroupReport

QUERY: Final = 0x11
REPORT_V1: Final = 0x12
REPORT_V2: Final = 0x16
LEAVE: Final = 0x17
REPORT_V3: Final = 0x22

MLD_QUERY: Final = 130
MLD_REPORT: Final = 131
MLD_DONE: Final = 132
MLD_REPORT_V2: Final = 143

MODE_IS_INCLUDE: Final = 1
CHANGE_TO_INCLUDE: Final = 3

MAX_GROUP_RECORDS: Final = 1024
"""Group records read of one report; a 9,000-byte jumbo frame holds 1,122 of the smallest."""


def parse(data: bytes) -> tuple[GroupReport, ...]:
    """An IGMP message. A version 3 report may hold reports and leaves. ParseError ``unknown_igmp`` for other types."""
    reader = Reader(data, "igmp")
    kind = reader.uint8()
    reader.skip(3)
    if kind == REPORT_V3:
        return _group_records(reader, 4)
    if kind not in IGMP_KINDS:
        raise reader.error("unknown_igmp")
    return (_one_group(IGMP_KINDS[kind], reader.take(4)),)


def parse_mld(data: bytes) -> tuple[GroupReport, ...]:
    """An ICMPv6 message of type 130, 131, 132 or 143, from the type on; as `parse`."""
    reader = Reader(data, "mld")
    kind = reader.uint8()
    reader.skip(3)
    if kind == MLD_REPORT_V2:
        return _group_records(reader, 16)
    if kind not in MLD_KINDS:
        raise reader.error("unknown_mld")
    reader.skip(4)
    return (_one_group(MLD_KINDS[kind], reader.take(16)),)


IGMP_KINDS: Final = {QUERY: "query", REPORT_V1: "report", REPORT_V2: "report", LEAVE: "leave"}
MLD_KINDS: Final = {MLD_QUERY: "query", MLD_REPORT: "report", MLD_DONE: "leave"}


def _one_group(kind: str, address: bytes) -> GroupReport:
    """A general query names no group: the address is zero."""
    return GroupReport(kind, (ip_text(address),) if any(address) else ())


def _group_records(reader: Reader, address_bytes: int) -> tuple[GroupReport, ...]:
    """Group records of IGMPv3 and MLDv2, which share their layout (RFC 3376, section 4.2; RFC 3810, section 5.2)."""
    reader.skip(2)
    count = reader.uint16()
    if count > MAX_GROUP_RECORDS:
        raise reader.malformed()
    joined: list[str] = []
    left: list[str] = []
    for _ in range(count):
        kind, auxiliary_words, sources = reader.uint8(), reader.uint8(), reader.uint16()
        group = ip_text(reader.take(address_bytes))
        reader.skip(sources * address_bytes + auxiliary_words * 4)
        (left if _leaves(kind, sources) else joined).append(group)
    reports = (GroupReport("report", tuple(joined)), GroupReport("leave", tuple(left)))
    return tuple(report for report in reports if report.groups)


def _leaves(kind: int, sources: int) -> bool:
    """To include no source is to leave (RFC 3376, section 5.1); blocking sources keeps the membership."""
    return kind in (MODE_IS_INCLUDE, CHANGE_TO_INCLUDE) and sources == 0
