"""Requests to a router for an open door, and other requests to it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse.port_mapping import Mapping, datagram_mapping, soap_mapping

SOAP = (
    b'<?xml version="1.0"?><s:Envelope><s:Body>'
    b'<u:AddPortMapping xmlns:u="urn:schemas-upnp-org:service:WANIPConnection:1">'
    b"<NewRemoteHost></NewRemoteHost><NewExternalPort>3389</NewExternalPort><NewProtocol>TCP</NewProtocol>"
    b'<NewInternalPort dt="ui2">3390</NewInternalPort><NewInternalClient>192.168.1.5</NewInternalClient>'
    b"<NewPortMappingDescription>my game</NewPortMappingDescription></u:AddPortMapping></s:Body></s:Envelope>"
)
NAT_PMP = b"\0\2\0\0" + (22).to_bytes(2) + (2222).to_bytes(2) + (7200).to_bytes(4)
PCP = b"\2\1\0\0" + (3600).to_bytes(4) + bytes(28) + b"\x11\0\0\0" + (5060).to_bytes(2) + bytes(18)


def test_a_soap_body() -> None:
    assert soap_mapping(SOAP) == Mapping("tcp", 3389, 3390, "192.168.1.5", "my game")
    assert soap_mapping(SOAP.replace(b"AddPortMapping", b"DeletePortMapping")) is None
    assert soap_mapping(SOAP.replace(b"3390", b"99999")) is None


def test_datagrams() -> None:
    assert datagram_mapping(NAT_PMP) == Mapping("tcp", 2222, 22, None, None)
    assert datagram_mapping(PCP) == Mapping("udp", 0, 5060, None, None)


def test_answers_removals_and_other_requests_are_none() -> None:
    assert datagram_mapping(b"\0\0") is None
    assert datagram_mapping(b"\0\x82" + NAT_PMP[2:] + bytes(4)) is None
    assert datagram_mapping(NAT_PMP[:8] + bytes(4)) is None
    assert datagram_mapping(PCP[:4] + bytes(4) + PCP[8:]) is None


@given(st.binary(max_size=100))
def test_any_bytes_are_read_without_an_exception(data: bytes) -> None:
    datagram_mapping(data)
    soap_mapping(data + b":AddPortMapping" + data)
