"""Crypto-PAn against its published values, and what is kept beside."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.export.address_masks import SPECIAL, AddressMask

# Key and results of the sample trace that comes with the authors' program.
SAMPLE_KEY = bytes.fromhex("1522178d33a4cf80130a5b1649907d10d8988f837979652762574c2d2a842202")
KEPT = ("0.0.0.0", "255.255.255.255", "127.0.0.1", "::", "::1", "224.0.0.251", "ff02::fb", "ff02::1:2")
PLAIN = AddressMask(SAMPLE_KEY, special=())
MASK = AddressMask(SAMPLE_KEY)


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("128.11.68.132", "135.242.180.132"),
        ("129.118.74.4", "134.136.186.123"),
        ("130.132.252.244", "133.68.164.234"),
        ("141.223.7.43", "141.167.8.160"),
        ("152.163.225.39", "151.140.114.167"),
        ("192.102.249.13", "252.138.62.131"),
    ],
)
def test_the_authors_values(address: str, masked: str) -> None:
    assert PLAIN.scrambled(int(IPv4Address(address)), 4) == int(IPv4Address(masked))


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("2001:db8::1", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e"),
        ("::1", "78ff:f001:9fc0:20df:8380:b1f1:704:ed"),
        ("2001:db8:42:1:3c3f:54fd:9c1e:3d", "4401:2bc:6042:1dd:3c38:c93a:1ee1:fcc5"),
    ],
)
def test_version_6_as_another_program_has_it(address: str, masked: str) -> None:
    # Computed with the package yacryptopan 1.0.2.
    assert PLAIN.scrambled(int(IPv6Address(address)), 6) == int(IPv6Address(masked))


def common_bits(first: int, second: int, bits: int) -> int:
    return bits - (first ^ second).bit_length()


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_a_common_prefix_stays_as_long(first: int, second: int) -> None:
    masked = MASK.scrambled(first, 4), MASK.scrambled(second, 4)
    assert common_bits(*masked, 32) == common_bits(first, second, 32)


@given(st.integers(0, 2**128 - 1), st.integers(0, 127))
def test_a_common_prefix_of_version_6_stays_as_long(first: int, bit: int) -> None:
    second = first ^ (1 << bit)
    assert common_bits(MASK.scrambled(first, 6), MASK.scrambled(second, 6), 128) == common_bits(first, second, 128)


@given(st.ip_addresses())
def test_a_special_address_stays_special_and_no_other_becomes_it(address: IPv4Address | IPv6Address) -> None:
    masked = ip_address(MASK.text(str(address)) or "")
    for network in SPECIAL:
        if network.version == address.version:
            assert (masked in network) == (address in network)


@pytest.mark.parametrize("text", KEPT)
def test_what_names_nobody_is_kept(text: str) -> None:
    assert MASK.text(text) == text


def test_a_solicited_nodes_group_tells_no_address() -> None:
    masked = MASK.text("ff02::1:ff12:3456")
    assert masked is not None
    assert ip_address(masked) in ip_network("ff02::1:ff00:0/104")
    assert masked != "ff02::1:ff12:3456"


def test_a_mapped_address_goes_as_the_one_it_maps() -> None:
    masked = IPv6Address(MASK.text("::ffff:198.51.100.7") or "")
    assert str(masked.ipv4_mapped) == MASK.text("198.51.100.7")


@pytest.mark.parametrize("text", ["", "host.example", "1.2.3", "::g"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert MASK.text(text) is None


def test_another_key_gives_others() -> None:
    assert AddressMask(bytes(32)).text("198.51.100.7") != MASK.text("198.51.100.7")
