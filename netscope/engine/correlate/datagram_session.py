"""Datagrams of plaintext protocols: SSDP messages, and what NTP, SNMP, STUN, SIP, syslog and TFTP say of their senders.

Protocols recognised only (WireGuard, OpenVPN, RTP, BitTorrent over UDP …) need no session.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from netscope.engine.correlate.service_facts import ServiceFacts
from netscope.engine.correlate.session import DONE, DONE_DIRECTION, WANT, Count, DatagramSession, Emit
from netscope.engine.parse.ntp import read_ntp
from netscope.engine.parse.port_mapping import datagram_mapping
from netscope.engine.parse.sip import read_sip
from netscope.engine.parse.snmp import read_snmp
from netscope.engine.parse.ssdp import parse_ssdp
from netscope.engine.parse.stun import read_stun
from netscope.engine.parse.syslog import read_syslog
from netscope.engine.parse.tftp import read_tftp
from netscope.model.errors import ParseError
from netscope.model.flow import DOWN, UP, Flow
from netscope.model.service import Plaintext, PortMappingSeen, SsdpSeen

MAX_DATAGRAMS: Final = 8
"""Read per direction: who speaks is said in the first ones."""


class FirstDatagramsSession:
    """Reads the first datagrams of each side."""

    def __init__(
        self, flow: Flow, emit: Emit, count: Count, *, protocol: str, read: Callable[[bytes, bool], Plaintext]
    ) -> None:
        self._facts = ServiceFacts(flow, emit, protocol)
        self._count = count
        self._read = read
        self._left = [MAX_DATAGRAMS, MAX_DATAGRAMS]

    def datagram(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        try:
            self._facts.add(self._read(data, direction == DOWN), direction, timestamp_ns)
        except ParseError as error:
            self._count(error.slug)
        left = self._left
        left[direction] -= 1
        if left[direction] > 0:
            return WANT
        return DONE if left[1 - direction] <= 0 else DONE_DIRECTION

    def close(self, timestamp_ns: int) -> None:
        """Nothing is pending."""


class SsdpSession:
    """Emits every SSDP message with its sender."""

    def __init__(self, flow: Flow, emit: Emit, count: Count) -> None:
        self._flow = flow
        flow.app_protocol, flow.app_protocol_source = "ssdp", "content"
        self._emit = emit
        self._count = count

    def datagram(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        try:
            message = parse_ssdp(data)
        except ParseError as error:
            self._count(error.slug)
            return WANT
        flow = self._flow
        if direction == UP:
            self._emit(SsdpSeen(flow, timestamp_ns, message, flow.client_ip, flow.client_mac))
        else:
            self._emit(SsdpSeen(flow, timestamp_ns, message, flow.server_ip, flow.server_mac))
        return WANT

    def close(self, timestamp_ns: int) -> None:
        """Nothing is pending."""


class PortMappingSession:
    """NAT-PMP and PCP: what a device asks its router to open."""

    def __init__(self, flow: Flow, emit: Emit, count: Count) -> None:
        self._flow = flow
        flow.app_protocol, flow.app_protocol_source = "nat_pmp", "content"
        self._emit = emit
        self._left = MAX_DATAGRAMS

    def datagram(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        mapping = datagram_mapping(data) if direction == UP else None
        if mapping is not None:
            self._emit(PortMappingSeen(self._flow, timestamp_ns, *mapping))
        self._left -= 1
        return WANT if self._left > 0 else DONE

    def close(self, timestamp_ns: int) -> None:
        """Nothing is pending."""


DatagramSessionMaker = Callable[[Flow, Emit, Count], DatagramSession]

DATAGRAM_SESSIONS: Final[Mapping[str, DatagramSessionMaker]] = {
    "ssdp": SsdpSession,
    "nat_pmp": PortMappingSession,
    "ntp": partial(FirstDatagramsSession, protocol="ntp", read=read_ntp),
    "snmp": partial(FirstDatagramsSession, protocol="snmp", read=read_snmp),
    "stun": partial(FirstDatagramsSession, protocol="stun", read=read_stun),
    "sip": partial(FirstDatagramsSession, protocol="sip", read=read_sip),
    "syslog": partial(FirstDatagramsSession, protocol="syslog", read=read_syslog),
    "tftp": partial(FirstDatagramsSession, protocol="tftp", read=read_tftp),
}
"""Token of ``parse/recognise.py`` -> the session for a UDP flow of it."""
