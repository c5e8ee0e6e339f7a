"""DHCP for IPv4 (RFC 2131, 2132, 3046, 3396, 4702)."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.engine.parse import dhcp
from netscope.model.errors import Incomplete, ParseError
from tests.engine.parse import naming_samples as samples
from tests.engine.parse.naming_captures import dhcp_agreement
from tests.engine.parse.naming_samples import dhcp_message, dhcp_option


def test_discover() -> None:
    parsed = dhcp.parse(samples.DHCP_DISCOVER)
    assert (parsed.version, parsed.message_type, parsed.from_client) == (4, "DISCOVER", True)
    assert (parsed.transaction_id, parsed.mac) == (0x3903F326, samples.MAC_TEXT)
    assert (parsed.hostname, parsed.fqdn) == ("kitchen-tablet", "kitchen-tablet.home.arpa")
    assert (parsed.vendor_class, parsed.client_id) == ("android-dhcp-14", "010200c0ffee01")
    assert parsed.parameter_request_list == (1, 3, 6, 15, 26, 28, 51, 58, 59, 43)
    assert parsed.options == (53, 61, 50, 12, 60, 55, 81)
    assert (parsed.requested_ip, parsed.assigned_ip, parsed.client_ip) == ("192.0.2.7", None, None)


def test_acknowledgement_through_a_relay() -> None:
    parsed = dhcp.parse(samples.DHCP_ACK)
    assert (parsed.message_type, parsed.from_client) == ("ACK", False)
    assert (parsed.assigned_ip, parsed.server_ip, parsed.relay_ip) == ("192.0.2.7", "192.0.2.1", "192.0.2.254")
    assert (parsed.lease_seconds, parsed.subnet_mask, parsed.domain) == (86400, "255.255.255.0", "home.arpa")
    assert (parsed.routers, parsed.dns_servers) == (("192.0.2.1",), ("192.0.2.1", "192.0.2.2"))
    assert (parsed.circuit_id, parsed.remote_id) == (b"port".hex(), samples.MAC.hex())


def test_options_in_the_file_and_sname_fields() -> None:
    """RFC 2132, section 9.3."""
    parsed = dhcp.parse(samples.DHCP_OVERLOADED)
    assert (parsed.message_type, parsed.hostname, parsed.vendor_class) == ("REQUEST", "from-file", "from-sname")


@pytest.mark.parametrize(("overload", "hostname"), [(1, "file"), (2, "sname")])
def test_one_overloaded_field(overload: int, hostname: str) -> None:
    parsed = dhcp.parse(
        dhcp_message(
            dhcp_option(52, bytes((overload,))) + b"\xff",
            file=dhcp_option(12, b"file") + b"\xff",
            sname=dhcp_option(12, b"sname") + b"\xff",
        )
    )
    assert parsed.hostname == hostname


def test_fields_not_overloaded_are_text() -> None:
    parsed = dhcp.parse(dhcp_message(b"\xff", file=dhcp_option(12, b"boot.img")))
    assert (parsed.hostname, parsed.options) == (None, ())


def test_long_option_in_parts() -> None:
    """RFC 3396."""
    parsed = dhcp.parse(
        dhcp_message(dhcp_option(60, b"a" * 255) + dhcp_option(12, b"h") + dhcp_option(60, b"b") + b"\xff")
    )
    assert parsed.vendor_class == "a" * 255 + "b"
    assert parsed.options == (60, 12, 60)


@pytest.mark.parametrize(
    ("value", "fqdn"),
    [
        (b"\0\0\0host.example.com", "host.example.com"),
        (b"\4\0\0" + samples.name("host.example.com"), "host.example.com"),
        (b"\4\0\0\4host", "host"),  # a partial name has no end (RFC 4702, section 2.3.1)
        (b"\4\0\0\x3fhost", "?host"),  # a length that cannot be
        (b"\0\0\0", None),
        (b"\4\0\0\0", None),
    ],
)
def test_client_fqdn(value: bytes, fqdn: str | None) -> None:
    assert dhcp.parse(dhcp_message(dhcp_option(81, value) + b"\xff")).fqdn == fqdn


def test_plain_bootp() -> None:
    request = dhcp_message(b"")[: dhcp.FIXED_BYTES]
    parsed = dhcp.parse(request + bytes(64))
    assert (parsed.message_type, parsed.options) == ("BOOTREQUEST", ())
    assert dhcp.parse(b"\2" + request[1:]).message_type == "BOOTREPLY"


@pytest.mark.parametrize(("number", "text"), [(8, "INFORM"), (13, "LEASEACTIVE"), (200, "TYPE200")])
def test_message_types(number: int, text: str) -> None:
    assert dhcp.parse(dhcp_message(dhcp_option(53, bytes((number,))) + b"\xff")).message_type == text


def test_infiniband_client_is_known_by_its_identifier() -> None:
    """RFC 4390, section 2.1: chaddr is empty."""
    options = dhcp_option(61, b"\1" + samples.MAC) + b"\xff"
    assert dhcp.parse(dhcp_message(options, hardware=b"\x20\0", chaddr=b"")).mac == samples.MAC_TEXT
    assert dhcp.parse(dhcp_message(b"\xff", hardware=b"\x20\0", chaddr=b"")).mac is None


@pytest.mark.parametrize("tail", [b"\x0c", b"\x0c\x20short", b"\x0c\xff"])
def test_broken_option_ends_the_list(tail: bytes) -> None:
    parsed = dhcp.parse(dhcp_message(dhcp_option(53, b"\1") + tail))
    assert (parsed.message_type, parsed.hostname, parsed.options) == ("DISCOVER", None, (53,))


@pytest.mark.parametrize("code", [1, 3, 6, 50, 51, 54, 55, 61])
def test_empty_and_short_values_are_absent(code: int) -> None:
    parsed = dhcp.parse(dhcp_message(dhcp_option(code, b"") + dhcp_option(53, b"") + b"\xff"))
    addresses = (parsed.subnet_mask, parsed.requested_ip, parsed.lease_seconds, parsed.server_ip, parsed.client_id)
    assert addresses == (None,) * 5
    assert (parsed.routers, parsed.dns_servers, parsed.parameter_request_list) == ((), (), ())


@pytest.mark.parametrize("length", [0, 3, 43, 235])
def test_cut_fixed_part_is_incomplete(length: int) -> None:
    with pytest.raises(Incomplete) as caught:
        dhcp.parse(samples.DHCP_DISCOVER[:length])
    assert caught.value.slug == "truncated_dhcp"


@pytest.mark.parametrize("head", [b"\0\1\6", b"\3\1\6", b"\1\1\x11"])
def test_no_bootp_is_malformed(head: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        dhcp.parse(head + samples.DHCP_DISCOVER[3:])
    assert caught.value.slug == "malformed_dhcp"


def test_plausible() -> None:
    assert all(dhcp.is_plausible(one) for one in (samples.DHCP_DISCOVER, samples.DHCP_ACK, samples.DHCP_DISCOVER[:236]))
    assert not any(
        dhcp.is_plausible(one) for one in (b"", bytes(300), b"\1" + bytes(299), b"\xff" * 300, samples.QUERY)
    )


def test_agrees_with_tshark_on_real_captures(captures_dir: Path, truth_dir: Path) -> None:
    """Every field of every DHCPv4 and DHCPv6 message.

    tshark's row of a DHCPv6 answer holds the first DUID in it, also where that is the server's.
    """
    agreement = dhcp_agreement(captures_dir, truth_dir)
    assert agreement.compared > 15_000
    assert agreement.share >= 0.9995, agreement.differences[:20]
