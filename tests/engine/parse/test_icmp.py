"""ICMP and ICMPv6 errors with the packet they quote (RFC 792, 4443)."""

from __future__ import annotations

import struct

import pytest

from netscope.engine.parse import icmp
from netscope.model.errors import Incomplete, ParseError
from netscope.model.link import IcmpError
from tests.engine.parse import naming_samples as samples

UDP_PORTS = struct.pack("!HHHH", 40000, 53, 40, 0)


def test_port_unreachable() -> None:
    assert icmp.parse_error(samples.ICMP_UNREACHABLE) == IcmpError(3, 3, 17, "192.0.2.7", 40000, "198.51.100.9", 53)


def test_quote_with_ip_options() -> None:
    quoted = b"\x46" + samples.QUOTED_IPV4[1:] + b"\x94\4\0\0"
    error = icmp.parse_error(b"\x0b\0\0\0" + bytes(4) + quoted + UDP_PORTS)
    assert error == IcmpError(11, 0, 17, "192.0.2.7", 40000, "198.51.100.9", 53)


@pytest.mark.parametrize("protocol", [1, 47])
def test_protocols_without_ports(protocol: int) -> None:
    quoted = samples.QUOTED_IPV4[:9] + bytes((protocol,)) + samples.QUOTED_IPV4[10:]
    error = icmp.parse_error(b"\3\1\0\0" + bytes(4) + quoted + UDP_PORTS)
    assert error == IcmpError(3, 1, protocol, "192.0.2.7", 0, "198.51.100.9", 0)


def test_quoted_later_fragment_has_no_ports() -> None:
    quoted = samples.QUOTED_IPV4[:6] + b"\x20\x10" + samples.QUOTED_IPV4[8:]
    error = icmp.parse_error(b"\x0b\1\0\0" + bytes(4) + quoted + UDP_PORTS)
    assert error is not None
    assert (error.source_port, error.destination_port) == (0, 0)


@pytest.mark.parametrize("icmp_type", [0, 8, 13, 17])
def test_other_messages_are_no_errors(icmp_type: int) -> None:
    assert icmp.parse_error(bytes((icmp_type,)) + samples.ICMP_UNREACHABLE[1:]) is None


@pytest.mark.parametrize("icmp_type", [128, 129, 133, 135])
def test_other_icmpv6_messages_are_no_errors(icmp_type: int) -> None:
    assert icmp.parse_error_v6(bytes((icmp_type,)) + samples.ICMPV6_TOO_BIG[1:]) is None


@pytest.mark.parametrize("length", range(8, 32))
def test_cut_before_the_ports_is_incomplete(length: int) -> None:
    with pytest.raises(Incomplete):
        icmp.parse_error(samples.ICMP_UNREACHABLE[:length])


@pytest.mark.parametrize("first", [b"\x65", b"\x44", b"\0"])
def test_quote_of_no_ipv4_packet(first: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        icmp.parse_error(samples.ICMP_UNREACHABLE[:8] + first + samples.ICMP_UNREACHABLE[9:])
    assert caught.value.slug == "malformed_icmp_quote"


def test_packet_too_big_behind_extension_headers() -> None:
    assert icmp.parse_error_v6(samples.ICMPV6_TOO_BIG) == IcmpError(
        2, 0, 6, "2001:db8::7", 50000, "fe80::c0ff:feee:1", 443
    )


def test_icmpv6_quote_without_extension_headers() -> None:
    quoted = samples.QUOTED_IPV6[:6] + b"\x11" + samples.QUOTED_IPV6[7:]
    error = icmp.parse_error_v6(b"\1\4\0\0" + bytes(4) + quoted + UDP_PORTS)
    assert error == IcmpError(1, 4, 17, "2001:db8::7", 40000, "fe80::c0ff:feee:1", 53)


def test_icmpv6_quoted_later_fragment_has_no_ports() -> None:
    quoted = samples.QUOTED_IPV6[:6] + b"\x2c" + samples.QUOTED_IPV6[7:] + b"\x11\0\0\x09" + bytes(4)
    error = icmp.parse_error_v6(b"\3\1\0\0" + bytes(4) + quoted + UDP_PORTS)
    assert error == IcmpError(3, 1, 17, "2001:db8::7", 0, "fe80::c0ff:feee:1", 0)


def test_endless_extension_headers_are_refused() -> None:
    data = samples.ICMPV6_TOO_BIG[:48] + bytes(8) * 200
    with pytest.raises(ParseError) as caught:
        icmp.parse_error_v6(data)
    assert caught.value.slug == "malformed_icmpv6_quote"


def test_icmpv6_quote_of_no_ipv6_packet() -> None:
    with pytest.raises(ParseError):
        icmp.parse_error_v6(samples.ICMPV6_TOO_BIG[:8] + b"\x45" + samples.ICMPV6_TOO_BIG[9:])
