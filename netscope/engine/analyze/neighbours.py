"""Who is on the local network, as detectors need it: devices by MAC and address, gateways, words for an address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from netscope.model.records import Device, DeviceSeen

MAX_ADDRESSES: Final = 65_536
"""Addresses of devices held. More are not taken in: their alerts show the address instead of a name."""
MAX_CACHED: Final = 65_536
"""Answers of ``is_local`` kept; the cache starts over when full."""
VIRTUAL_MACS: Final = ("00:00:5e:00:01:", "00:00:5e:00:02:", "00:00:0c:07:ac:", "00:00:0c:9f:f", "00:05:73:a0:0")
"""VRRP and CARP (RFC 9568), HSRP versions 1, 2 and 2 over IPv6: several routers take turns under one address."""
PRIVATE_172: Final[tuple[str, ...]] = tuple(f"172.{second}." for second in range(16, 32))
PRIVATE_IPV4: Final[tuple[str, ...]] = ("192.168.", "10.", "127.", "169.254.", *PRIVATE_172)
PRIVATE_IPV6: Final[tuple[str, ...]] = ("fe80:", "fc", "fd")
"""RFC 1918, 3927, 4193, 4291, as the start of canonical text."""


def is_host_mac(mac: str | None) -> bool:
    """Whether a MAC can be one host's own: unicast, not zero."""
    return mac is not None and not int(mac[1], 16) & 1 and mac != "00:00:00:00:00:00"


def is_virtual_mac(mac: str) -> bool:
    return mac.startswith(VIRTUAL_MACS)


def is_group(address: str) -> bool:
    """Multicast, broadcast or unspecified; a .255 counts, since the prefix is not known here."""
    if ":" in address:
        return address.startswith("ff") or address == "::"
    if "224" <= address[:3] <= "239" and address[3:4] == ".":
        return True
    return address.endswith(".255") or address[:2] == "0."


def is_private(address: str) -> bool:
    first = address[:1]
    if first == "1":
        return address.startswith(PRIVATE_IPV4)
    if first == "f":
        return address.startswith(PRIVATE_IPV6) and ":" in address
    return address == "::1"


class Neighbours:
    """Fed by the judge before any detector sees the record."""

    def __init__(self, known: Iterable[Device] = ()) -> None:
        self._by_mac: dict[str, Device] = {}
        self._by_address: dict[str, Device] = {}
        self.by_id: dict[int, Device] = {}
        for device in known:
            self._take_in(device)
            for address in device.addresses:
                self._by_address[address] = device

    def _take_in(self, device: Device) -> None:
        self._by_mac[device.mac] = device
        self.by_id[device.id] = device

    def learn(self, seen: DeviceSeen) -> None:
        """Bound on devices: the device table's own."""
        self._take_in(seen.device)
        if seen.address is not None and (len(self._by_address) < MAX_ADDRESSES or seen.address in self._by_address):
            self._by_address[seen.address] = seen.device

    def of_mac(self, mac: str | None) -> Device | None:
        return self._by_mac.get(mac) if mac else None

    def of_address(self, address: str) -> Device | None:
        return self._by_address.get(address)

    def is_gateway_mac(self, mac: str | None) -> bool:
        device = self.of_mac(mac)
        return device is not None and device.is_gateway

    def is_local(self, address: str) -> bool:
        """Of a private range, or used by a device of this network."""
        return address in self._by_address or is_private(address)

    def word(self, address: str) -> str:
        """The device's name where it has one, else the address."""
        device = self._by_address.get(address)
        return device_word(device) if device is not None and (device.label or device.name) else address


def device_word(device: Device) -> str:
    """The user's name, the learned name, or vendor and MAC."""
    named = device.label or device.name
    return named if named else f"{device.vendor} {device.mac}" if device.vendor else device.mac
