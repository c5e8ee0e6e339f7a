"""Devices of the local network: a MAC with its IPv4 and IPv6 addresses. What a device is, enrich says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from netscope.engine.correlate.exclusion import Exclusion
from netscope.engine.correlate.networks import LocalNetworks
from netscope.model.records import AddressLost, Device, DeviceSeen

MAX_DEVICES: Final = 16_384
"""Devices known at once. At the bound new ones are not taken in (nobody can push out an old one) and counted."""
MAX_ADDRESSES: Final = 64
"""Addresses kept of one device: temporary IPv6 addresses come daily. The one seen longest ago goes first."""
MAX_GATEWAY_MACS: Final = 256


def is_host_mac(mac: str | None) -> bool:
    """Whether a MAC can be a host's own: unicast, not zero, not a redundancy protocol's shared address."""
    return (
        mac is not None and not int(mac[1], 16) & 1 and mac != "00:00:00:00:00:00" and not mac.startswith(VIRTUAL_MACS)
    )


VIRTUAL_MACS: Final = ("00:00:5e:00:01:", "00:00:5e:00:02:", "00:00:0c:07:ac:", "00:00:0c:9f:f")
"""VRRP and CARP (RFC 9568), HSRP versions 1 and 2."""


class DeviceTable:
    """Finds and makes devices; emits a DeviceSeen when one is new or uses a new address."""

    def __init__(
        self,
        networks: LocalNetworks,
        emit: Callable[[object], None],
        count: Callable[[str], None],
        known: Iterable[Device] = (),
        first_id: int = 1,
        exclusion: Exclusion | None = None,
    ) -> None:
        self._excluded: frozenset[str] = frozenset(exclusion.macs if exclusion is not None else ())
        self._networks = networks
        self._emit = emit
        self._count = count
        self.by_id: dict[int, Device] = {}
        self._by_mac: dict[str, Device] = {}
        self._by_address: dict[str, Device] = {}
        self.gateway_macs: set[str] = set()
        self._next_id = first_id
        for device in known:
            if device.mac in self._excluded:
                continue
            self._take_in(device)
            for address in device.addresses:
                self._by_address[address] = device
            if device.is_gateway:
                self.gateway_macs.add(device.mac)

    def _take_in(self, device: Device) -> None:
        self.by_id[device.id] = device
        self._by_mac[device.mac] = device
        self._next_id = max(self._next_id, device.id + 1)

    def __len__(self) -> int:
        return len(self.by_id)

    def of_mac(self, mac: str | None) -> Device | None:
        return self._by_mac.get(mac) if mac else None

    def of_address(self, address: str) -> Device | None:
        return self._by_address.get(address)

    def heard(self, mac: str | None, address: str | None, timestamp_ns: int, *, certain: bool = False) -> Device | None:
        """A frame came from this MAC with this source address; ``certain``: the MAC itself says so (ARP, NDP, DHCP).

        A router's MAC carries other hosts' addresses, so of a gateway only what is certain counts.
        """
        if mac is None:
            return None
        # Only MACs of hosts are in the table: one that is found needs no further look.
        device = self._by_mac.get(mac)
        if device is None:
            if not is_host_mac(mac):
                return None
            device = self._meet(mac, timestamp_ns)
            if device is None:
                return None
            self._emit(DeviceSeen(device, timestamp_ns, is_new=True, address=None))
        device.last_seen_ns = max(device.last_seen_ns, timestamp_ns)
        if address is not None and (certain or mac not in self.gateway_macs):
            self._use_address(device, address, timestamp_ns)
        return device

    def _meet(self, mac: str, timestamp_ns: int) -> Device | None:
        if mac in self._excluded:
            return None
        if len(self.by_id) >= MAX_DEVICES:
            self._count("device_table_full")
            return None
        # The second bit of the first octet: locally administered (IEEE 802c).
        randomized = bool(int(mac[1], 16) & 2)
        device = Device(self._next_id, mac, timestamp_ns, timestamp_ns, randomized_mac=randomized)
        device.is_gateway = mac in self.gateway_macs
        self._take_in(device)
        return device

    def _use_address(self, device: Device, address: str, timestamp_ns: int) -> None:
        known = device.addresses.get(address)
        if known is not None:
            if timestamp_ns > known[1]:
                device.addresses[address] = (known[0], timestamp_ns)
            return
        if self._networks.is_group(address):
            return
        if len(device.addresses) >= MAX_ADDRESSES:
            oldest = min(device.addresses, key=lambda text: device.addresses[text][1])
            del device.addresses[oldest]
            if self._by_address.get(oldest) is device:
                del self._by_address[oldest]
        device.addresses[address] = (timestamp_ns, timestamp_ns)
        self._by_address[address] = device
        self._emit(DeviceSeen(device, timestamp_ns, is_new=False, address=address))

    def forget_address(self, device: Device, address: str) -> None:
        """The device only carried it."""
        if device.addresses.pop(address, None) is not None:
            self._emit(AddressLost(device, address))
        if self._by_address.get(address) is device:
            del self._by_address[address]

    def routes(self, mac: str | None, timestamp_ns: int) -> None:
        """This MAC stood for an address that is not its own: it routes, and is a device whatever else it says."""
        if mac is None or mac in self.gateway_macs or not is_host_mac(mac):
            return
        if len(self.gateway_macs) >= MAX_GATEWAY_MACS:
            return
        self.gateway_macs.add(mac)
        device = self._by_mac.get(mac)
        if device is None:
            self.heard(mac, None, timestamp_ns)
        else:
            device.is_gateway = True
            self._emit(DeviceSeen(device, device.last_seen_ns, is_new=False, address=None))
