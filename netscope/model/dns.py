"""DNS messages as parsed: unicast DNS, mDNS, LLMNR and NBNS share these nouns (RFC 1035, 6762, 4795, 1002)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from netscope.model.flow import Flow


class DnsQuestion(NamedTuple):
    name: str
    """Presentation form without the final dot; case as sent; ``.`` for the root; odd bytes as \\DDD (RFC 4343)."""
    type: str
    """Mnemonic (``A``, ``HTTPS``), or ``TYPE65400`` (RFC 3597)."""
    dns_class: int
    """Without the top bit of mDNS."""
    unicast_response: bool
    """The QU bit of mDNS (RFC 6762, section 5.4)."""


class DnsRecord(NamedTuple):
    name: str
    type: str
    dns_class: int
    ttl: int
    """Seconds."""
    data: str
    """Rdata in presentation form; ``\\# LEN HEX`` for a type this version does not know (RFC 3597)."""
    cache_flush: bool
    """The cache-flush bit of mDNS (RFC 6762, section 10.2)."""


@dataclass(init=False, slots=True)
class DnsMessage:
    transaction_id: int
    is_response: bool
    opcode: int
    rcode: str
    """Mnemonic (``NOERROR``, ``NXDOMAIN``, ``SERVFAIL`` …), extended by EDNS; ``RCODE23`` when unknown."""
    authoritative: bool
    truncated: bool
    questions: tuple[DnsQuestion, ...]
    answers: tuple[DnsRecord, ...]
    authorities: tuple[DnsRecord, ...]
    additionals: tuple[DnsRecord, ...]
    """Without the OPT pseudo-record."""
    edns_udp_size: int | None
    problems: tuple[str, ...]
    """Slugs of records that were skipped or cut; the rest of the message stands."""

    def __init__(
        self,
        transaction_id: int,
        is_response: bool,
        opcode: int,
        rcode: str,
        authoritative: bool,
        truncated: bool,
        questions: tuple[DnsQuestion, ...],
        answers: tuple[DnsRecord, ...],
        authorities: tuple[DnsRecord, ...],
        additionals: tuple[DnsRecord, ...],
        edns_udp_size: int | None,
        problems: tuple[str, ...],
    ) -> None:
        self.transaction_id = transaction_id
        self.is_response = is_response
        self.opcode = opcode
        self.rcode = rcode
        self.authoritative = authoritative
        self.truncated = truncated
        self.questions = questions
        self.answers = answers
        self.authorities = authorities
        self.additionals = additionals
        self.edns_udp_size = edns_udp_size
        self.problems = problems


@dataclass(slots=True, eq=False)
class MdnsAnnouncement:
    """A device spoke of names and services itself: an mDNS response, or what LLMNR and NBNS have for one.

    Not stored as a row; device identity reads it. In an NBNS registration the claimed name is in ``additionals``.
    """

    flow: Flow | None
    sender_ip: str
    sender_mac: str | None
    """Ethernet source of the frame: a router's where the sender is not on this link."""
    timestamp_ns: int
    message: DnsMessage
    transport: str = "mdns"
    """mdns, llmnr or nbns."""
