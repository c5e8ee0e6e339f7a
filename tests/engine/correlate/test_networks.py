from __future__ import annotations

import pytest

from netscope.engine.correlate.networks import MAX_PREFIXES, LocalNetworks


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.254",
        "192.168.0.1",
        "169.254.1.1",
        "127.0.0.1",
        "fe80::1",
        "fd00::1",
        "::1",
    ],
)
def test_private_ranges_are_local(address: str) -> None:
    assert LocalNetworks().is_local(address)


@pytest.mark.parametrize(
    "address", ["172.15.0.1", "172.32.0.1", "11.0.0.1", "8.8.8.8", "2001:db8::1", "fc::1", "100.64.0.1"]
)
def test_what_only_looks_private_is_not_local(address: str) -> None:
    assert not LocalNetworks().is_local(address)


def test_a_prefix_of_the_interface_makes_public_addresses_local() -> None:
    networks = LocalNetworks()
    assert not networks.is_local("203.0.113.9")
    networks.add_prefix("203.0.113.1/24")
    assert networks.is_local("203.0.113.9")
    assert networks.shown == ["203.0.113.0/24"]


def test_a_router_advertisement_makes_ipv6_local() -> None:
    networks = LocalNetworks()
    networks.add_prefix("2001:db8:1::/64")
    assert networks.is_local("2001:db8:1::42")
    assert not networks.is_local("2001:db8:2::42")


@pytest.mark.parametrize("prefix", ["0.0.0.0/0", "::/0", "not a prefix", "10.0.0.0/7", "300.1.1.1/8"])
def test_a_prefix_that_would_swallow_the_internet_or_is_none_is_ignored(prefix: str) -> None:
    networks = LocalNetworks()
    networks.add_prefix(prefix)
    assert not networks.is_local("8.8.8.8")
    assert networks.shown == []


def test_an_address_claimed_on_the_link_is_local_by_itself() -> None:
    networks = LocalNetworks()
    networks.add_host("128.2.6.136")
    assert networks.is_local("128.2.6.136")
    assert not networks.is_local("128.2.6.137")


@pytest.mark.parametrize("address", ["224.0.0.251", "239.255.255.250", "255.255.255.255", "ff02::fb", "0.0.0.0", "::"])
def test_groups_are_nobodys_own_address(address: str) -> None:
    assert LocalNetworks().is_group(address)


def test_the_broadcast_of_a_known_prefix_is_a_group() -> None:
    networks = LocalNetworks()
    assert not networks.is_group("192.168.1.255")
    fresh = LocalNetworks()
    fresh.add_prefix("192.168.1.0/24")
    assert fresh.is_group("192.168.1.255")
    assert not fresh.is_group("192.168.1.254")


def test_prefixes_are_bounded() -> None:
    networks = LocalNetworks()
    for number in range(MAX_PREFIXES + 50):
        networks.add_prefix(f"20.{number >> 8}.{number & 255}.0/24")
    assert len(networks.shown) == MAX_PREFIXES
