"""DHCPv6 (RFC 8415, 4704, 6939)."""

from __future__ import annotations

import struct

import pytest

from netscope.engine.parse import dhcpv6
from netscope.model.errors import Incomplete, ParseError
from tests.engine.parse import naming_samples as samples
from tests.engine.parse.naming_samples import dhcpv6_option


def test_solicit() -> None:
    parsed = dhcpv6.parse(samples.DHCPV6_SOLICIT)
    assert (parsed.version, parsed.message_type, parsed.from_client) == (6, "SOLICIT", True)
    assert (parsed.transaction_id, parsed.mac) == (0x100874, samples.MAC_TEXT)
    assert (parsed.fqdn, parsed.vendor_class) == ("kitchen-tablet", "MSFT 5.0")
    assert parsed.client_id == samples.DUID_LLT.hex()
    assert (parsed.parameter_request_list, parsed.options) == ((23, 24), (1, 6, 8, 39, 16, 3))
    assert (parsed.requested_ip, parsed.assigned_ip, parsed.lease_seconds) == (None, None, None)


def test_reply() -> None:
    parsed = dhcpv6.parse(samples.DHCPV6_REPLY)
    assert (parsed.message_type, parsed.from_client, parsed.mac) == ("REPLY", False, samples.MAC_TEXT)
    assert (parsed.assigned_ip, parsed.requested_ip, parsed.lease_seconds) == ("2001:db8::7", None, 7500)
    assert (parsed.dns_servers, parsed.domain) == (("2001:db8::7",), "home.arpa")


def test_renewed_address_is_what_the_client_asks_for() -> None:
    parsed = dhcpv6.parse(b"\5" + samples.DHCPV6_REPLY[1:])
    assert (parsed.message_type, parsed.requested_ip, parsed.assigned_ip) == ("RENEW", "2001:db8::7", None)


def test_relayed_message_is_unwrapped() -> None:
    parsed = dhcpv6.parse(samples.DHCPV6_RELAYED)
    assert (parsed.message_type, parsed.transaction_id) == ("SOLICIT", 0x100874)
    assert (parsed.relay_ip, parsed.client_ip) == ("2001:db8::7", "fe80::c0ff:feee:1")
    assert (parsed.circuit_id, parsed.remote_id) == (b"eth1".hex(), (b"\0\0\0\x09remote").hex())


def test_innermost_relay_knows_the_client() -> None:
    outer = (
        b"\x0c\1" + bytes(16) + samples.IP6 + dhcpv6_option(18, b"uplink") + dhcpv6_option(9, samples.DHCPV6_RELAYED)
    )
    parsed = dhcpv6.parse(outer)
    assert (parsed.relay_ip, parsed.client_ip) == ("2001:db8::7", "fe80::c0ff:feee:1")
    assert parsed.circuit_id == b"eth1".hex()


def test_link_layer_option_of_the_relay_beats_the_duid() -> None:
    """RFC 6939: a DUID is made once and may hold the address of another interface."""
    other = b"\0\1" + bytes.fromhex("020000000099")
    wrapped = b"\x0c\0" + bytes(32) + dhcpv6_option(79, other) + dhcpv6_option(9, samples.DHCPV6_SOLICIT)
    assert dhcpv6.parse(wrapped).mac == "02:00:00:00:00:99"


def test_relay_without_a_message() -> None:
    parsed = dhcpv6.parse(b"\x0d\0" + bytes(32))
    assert (parsed.message_type, parsed.from_client, parsed.transaction_id) == ("RELAY-REPL", False, 0)


def test_endless_relays_are_refused() -> None:
    data = samples.DHCPV6_SOLICIT
    for _ in range(dhcpv6.MAX_RELAYS):
        data = b"\x0c\0" + bytes(32) + dhcpv6_option(9, data)
    assert dhcpv6.parse(data).message_type == "SOLICIT"
    with pytest.raises(ParseError) as caught:
        dhcpv6.parse(b"\x0c\0" + bytes(32) + dhcpv6_option(9, data))
    assert caught.value.slug == "dhcpv6_too_many_relays"


@pytest.mark.parametrize(
    ("duid", "mac"),
    [
        (samples.DUID_LLT, samples.MAC_TEXT),
        (samples.DUID_LL, samples.MAC_TEXT),
        (bytes.fromhex("0002000000090cc084d303000912"), None),  # enterprise
        (bytes.fromhex("0004") + bytes(16), None),  # UUID
        (bytes.fromhex("00030006") + samples.MAC, None),  # IEEE 802, not Ethernet
        (samples.DUID_LL[:-1], None),
        (b"", None),
        (b"\0", None),
    ],
)
def test_mac_of_a_duid(duid: bytes, mac: str | None) -> None:
    assert dhcpv6.duid_mac(duid) == mac


def test_several_vendor_strings() -> None:
    value = struct.pack("!IH", 9, 3) + b"one" + struct.pack("!H", 3) + b"two" + struct.pack("!H", 9) + b"cut"
    assert dhcpv6.parse(b"\1\0\0\1" + dhcpv6_option(16, value)).vendor_class == "one two"


def test_broken_option_ends_the_list() -> None:
    parsed = dhcpv6.parse(b"\1\0\0\1" + dhcpv6_option(6, b"\0\x17\0") + b"\0\x01\xff\xff\0")
    assert (parsed.options, parsed.parameter_request_list) == ((6,), (23,))


@pytest.mark.parametrize(
    ("data", "slug"), [(b"\0" * 8, "unknown_dhcpv6_message"), (b"\xff" * 8, "unknown_dhcpv6_message")]
)
def test_unknown_types_are_refused(data: bytes, slug: str) -> None:
    with pytest.raises(ParseError) as caught:
        dhcpv6.parse(data)
    assert caught.value.slug == slug


@pytest.mark.parametrize("data", [b"", b"\1\0\0", b"\x0c" + bytes(32)])
def test_cut_header_is_incomplete(data: bytes) -> None:
    with pytest.raises(Incomplete) as caught:
        dhcpv6.parse(data)
    assert caught.value.slug == "truncated_dhcpv6"


def test_plausible() -> None:
    ours = (samples.DHCPV6_SOLICIT, samples.DHCPV6_REPLY, samples.DHCPV6_RELAYED)
    assert all(dhcpv6.is_plausible(sample) for sample in ours)
    assert not any(
        dhcpv6.is_plausible(sample) for sample in (b"", samples.QUERY, b"\xff" * 40, samples.DHCPV6_REPLY[:-1])
    )
