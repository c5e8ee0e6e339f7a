"""Who is local, and by which word."""

from __future__ import annotations

import pytest

from netscope.engine.analyze.neighbours import device_word, is_group, is_host_mac, is_private, is_virtual_mac
from netscope.model.records import DeviceSeen
from tests.engine.analyze.samples import LAPTOP, ROUTER, START, device, network


@pytest.mark.parametrize("address", ["10.0.0.1", "172.16.0.1", "172.31.9.9", "192.168.0.1", "fe80::1", "fd00::", "::1"])
def test_private_addresses(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize("address", ["172.15.0.1", "172.32.0.1", "192.169.0.1", "8.8.8.8", "2001:db8::1", "100.64.0.1"])
def test_public_addresses(address: str) -> None:
    assert not is_private(address)


@pytest.mark.parametrize("address", ["224.0.0.251", "239.255.255.250", "10.0.1.255", "0.0.0.0", "ff02::1"])
def test_groups(address: str) -> None:
    assert is_group(address)


@pytest.mark.parametrize("address", ["2.2.4.1", "22.4.0.1", "23.1.2.3", "223.255.255.254", "240.0.0.1", "2001:db8::ff"])
def test_no_groups(address: str) -> None:
    assert not is_group(address)


def test_host_and_virtual_macs() -> None:
    assert is_host_mac(LAPTOP)
    assert not is_host_mac("ff:ff:ff:ff:ff:ff")
    assert not is_host_mac("01:00:5e:00:00:fb")
    assert not is_host_mac("00:00:00:00:00:00")
    assert not is_host_mac(None)
    assert is_virtual_mac("00:00:5e:00:01:07")
    assert is_virtual_mac("00:00:0c:07:ac:01")
    assert not is_virtual_mac(LAPTOP)


def test_a_device_s_public_address_is_local_once_it_was_seen() -> None:
    neighbours = network()
    assert not neighbours.is_local("2001:db8::5")
    camera = device(9, "ec:71:db:90:3e:11")
    neighbours.learn(DeviceSeen(camera, START, False, "2001:db8::5"))
    assert neighbours.is_local("2001:db8::5")
    assert neighbours.of_address("2001:db8::5") is camera


def test_words() -> None:
    neighbours = network()
    assert neighbours.word("192.168.1.61") == "laptop"
    assert neighbours.word("192.168.1.99") == "192.168.1.99"
    assert neighbours.is_gateway_mac(ROUTER)
    assert device_word(device(5, "aa:bb:cc:00:11:22", vendor="Acme")) == "Acme aa:bb:cc:00:11:22"
