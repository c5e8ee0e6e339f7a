"""The cast: nobody shares an address, every server can be placed."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netscope.demo.cast import BEACON_SERVER, DEVICES, LAPTOP, SERVERS, Device
from netscope.engine.enrich.oui import is_randomized, vendor


def test_addresses_are_unique() -> None:
    for attribute in ("mac", "address", "address6", "link_local", "name"):
        values = [getattr(device, attribute) for device in DEVICES]
        assert len(values) == len(set(values))


def test_link_local_addresses_come_from_the_mac() -> None:
    assert ip_address(LAPTOP.link_local) == ip_address("fe80::a683:e7ff:fe10:9c2f")


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)
def test_every_mac_has_a_vendor_or_is_random(device: Device) -> None:
    assert is_randomized(device.mac) != (vendor(device.mac) is not None)


def test_servers_are_outside() -> None:
    for server in SERVERS.values():
        assert ip_address(server.address).is_global
        assert server.address6 is None or ip_address(server.address6).is_global
    assert ip_address(BEACON_SERVER).is_global
