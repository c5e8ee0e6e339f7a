"""Which devices are at the two ends of a flow, and which MACs route because an end is not of this network.

Where neither end is known as local (public addresses on the link, and nothing said so), two things tell: the hops a
packet has behind it by its TTL, and that a host's MAC stands for its own prefix, a router's for many.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from netscope.engine.correlate.devices import DeviceTable, is_host_mac
from netscope.engine.correlate.networks import LocalNetworks, is_link_scope, is_made_of, prefix_of
from netscope.model.flow import Flow
from netscope.model.records import Device

MAX_CARRIERS: Final = 4_096
"""MACs whose public prefix is remembered. Of more nothing is concluded."""
DHCP_PORTS: Final = frozenset({67, 547})
MIN_TTL: Final = 33
"""Less may be a traceroute's, or of a system that begins with 32: how far it came is not known."""
INITIAL_TTLS: Final = frozenset({64, 128, 255})
"""What systems begin with."""


class FlowEnds:
    def __init__(self, networks: LocalNetworks, devices: DeviceTable) -> None:
        self._networks = networks
        self._devices = devices
        self.first_ttls: Callable[[int], tuple[int, int]] | None = None
        """By a flow's slot in the meter: of the client's and of the server's first packet, 0 where there was none."""
        self._carried: dict[tuple[str, bool], str] = {}
        """By MAC and whether of IPv6, the public prefix it first stood for."""

    def find(self, flow: Flow) -> None:
        """Give a new flow its devices."""
        networks = self._networks
        client_is_local, server_is_local = networks.is_local(flow.client_ip), networks.is_local(flow.server_ip)
        if not client_is_local and not server_is_local:
            if not networks.is_group(flow.client_ip):
                self._find_public(flow)
        elif client_is_local and server_is_local:
            self._hear_client(flow)
            self._meet_server(flow)
        elif client_is_local:
            self._hear_client(flow)
            if not self._is_routed(flow.server_mac, flow.server_ip) and self._share_a_link(flow, flow.server_ip):
                self._meet_server(flow)
        else:
            if not self._is_routed(flow.client_mac, flow.client_ip) and self._share_a_link(flow, flow.client_ip):
                self._hear_client(flow)
            self._meet_server(flow)

    def answered(self, flow: Flow) -> None:
        """The server has sent its first packet: its MAC is now its own, not what the client aimed at."""
        if flow.server_mac is None or flow.tunnelled or not self._networks.is_local(flow.server_ip):
            return
        certain = flow.server_ip.startswith("fe80:")
        server = self._devices.heard(flow.server_mac, flow.server_ip, flow.last_seen_ns, certain=certain)
        if server is not None and flow.server_device_id is None:
            flow.server_device_id = self._owner(flow.server_ip, server)
            if flow.device_id is None:
                flow.device_id = flow.server_device_id

    def _hear_client(self, flow: Flow) -> None:
        mac = flow.client_mac
        if mac is None:
            return
        # No router forwards what comes from a link-local address or goes to a group: it speaks for itself.
        certain = mac in self._devices.gateway_macs and (
            flow.client_ip.startswith("fe80:") or self._networks.is_group(flow.server_ip)
        )
        client = self._devices.heard(mac, flow.client_ip, flow.first_seen_ns, certain=certain)
        flow.device_id = self._owner(flow.client_ip, client)

    def _meet_server(self, flow: Flow) -> None:
        server = self._devices.of_address(flow.server_ip) or self._devices.of_mac(flow.server_mac)
        if server is not None:
            flow.server_device_id = self._owner(flow.server_ip, server)
            if flow.device_id is None:
                flow.device_id = flow.server_device_id

    def _owner(self, address: str, device: Device | None) -> int | None:
        """The device an address belongs to: not the router that only carries it."""
        if device is None:
            return None
        if address in device.addresses or not device.is_gateway:
            return device.id
        known = self._devices.of_address(address)
        return known.id if known is not None else None

    def _is_routed(self, mac: str | None, address: str) -> bool:
        """Whether an address that is not local is known to lie behind its MAC, or is no host's."""
        return mac in self._devices.gateway_macs or self._networks.is_group(address)

    def _share_a_link(self, flow: Flow, other_ip: str) -> bool:
        """Whether the other end is local, too: of one public prefix, or a host's DHCP server. Else its MAC routes."""
        other_mac = flow.server_mac if other_ip == flow.server_ip else flow.client_mac
        is_dhcp = flow.protocol == "udp" and flow.server_port in DHCP_PORTS
        if not is_dhcp and prefix_of(flow.client_ip) != prefix_of(flow.server_ip):
            self._devices.routes(other_mac)
            return False
        if not is_host_mac(other_mac):
            return False
        self._networks.add_host(other_ip)
        return True

    # -- neither end is known ----------------------------------------------------------------------------------------

    def _find_public(self, flow: Flow) -> None:
        networks, devices = self._networks, self._devices
        if networks.is_group(flow.server_ip):
            if is_link_scope(flow.server_ip) and is_host_mac(flow.client_mac):
                networks.add_host(flow.client_ip)
                self._hear_client(flow)
            return
        self._carry(flow.client_mac, flow.client_ip)
        self._carry(flow.server_mac, flow.server_ip)
        if self.first_ttls is not None:
            client_ttl, server_ttl = self.first_ttls(flow.slot)
            self._see_hops(flow.client_mac, client_ttl)
            self._see_hops(flow.server_mac, server_ttl)
        if flow.client_mac is not None and is_made_of(flow.client_ip, flow.client_mac):
            networks.add_neighbour(flow.client_ip)
            devices.heard(flow.client_mac, flow.client_ip, flow.first_seen_ns, certain=True)
        if networks.is_local(flow.client_ip) or (
            is_host_mac(flow.client_mac) and flow.client_mac not in devices.gateway_macs
        ):
            networks.add_host(flow.client_ip)
            self._hear_client(flow)
            if prefix_of(flow.client_ip) == prefix_of(flow.server_ip) and self._share_a_link(flow, flow.server_ip):
                self._meet_server(flow)
        elif flow.client_mac in devices.gateway_macs and is_host_mac(flow.server_mac):
            self._find_called(flow)

    def _find_called(self, flow: Flow) -> None:
        """A client from elsewhere calls a host here."""
        if flow.server_mac not in self._devices.gateway_macs:
            self._networks.add_host(flow.server_ip)
            self._devices.heard(flow.server_mac, flow.server_ip, flow.first_seen_ns)
            self._meet_server(flow)

    def _see_hops(self, mac: str | None, ttl: int) -> None:
        """A packet that has hops behind it did not begin at this MAC."""
        if ttl >= MIN_TTL and ttl not in INITIAL_TTLS:
            self._devices.routes(mac)

    def _carry(self, mac: str | None, address: str) -> None:
        """A MAC that stands for a second prefix is a router's, and what was taken for its own address was not."""
        if mac is None or mac in self._devices.gateway_macs or not is_host_mac(mac) or is_made_of(address, mac):
            return
        key, prefix = (mac, ":" in address), prefix_of(address)
        first = self._carried.get(key)
        if first is None:
            if len(self._carried) < MAX_CARRIERS:
                self._carried[key] = prefix
        elif first != prefix:
            self._devices.routes(mac)
            self._take_back(mac, first)

    def _take_back(self, mac: str, prefix: str) -> None:
        device = self._devices.of_mac(mac)
        if device is not None:
            for known in [known for known in device.addresses if prefix_of(known) == prefix]:
                self._networks.forget_host(known)
                self._devices.forget_address(device, known)
