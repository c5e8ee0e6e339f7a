"""Which devices are at the two ends of a flow, and which MACs route because an end is not of this network.

Where neither end is known as local (public addresses on the link, and nothing said so), two things tell: the hops a
packet has behind it by its TTL, and that a host's MAC stands for its own prefix, a router's for many. The hops also
tell a host's own address from one that its MAC only carries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from netscope.engine.correlate.devices import DeviceTable, is_host_mac
from netscope.engine.correlate.networks import LocalNetworks, is_link_scope, is_made_of, prefix_of
from netscope.model.flow import Flow
from netscope.model.records import Device

MAX_CARRIERS: Final = 4_096
"""MACs whose public prefix is remembered, and as many whose carried address is. Of more nothing is concluded."""
CLIENT: Final = 0
SERVER: Final = 1
DHCP_PORTS: Final = frozenset({67, 547})
MIN_TTL: Final = 33
"""Less may be a traceroute's, or of a system that begins with 32: how far it came is not known."""
INITIAL_TTLS: Final[tuple[int, ...]] = (64, 128, 255)
"""What systems begin with."""
NEAR_HOPS: Final = 2
"""Of who is still of this network: a container or a host behind an address translator, and one more inside it. The
first host of the internet is farther away."""
OWNED_NS: Final = 600_000_000_000
"""How long an address counts as a device's that was heard with it: what a longer silence leaves may be another's."""


def hops_behind(ttl: int) -> int | None:
    """How many routers a packet has passed; None where that is not known."""
    if ttl < MIN_TTL:
        return None
    return next(initial for initial in INITIAL_TTLS if ttl <= initial) - ttl


def _is_far(hops: int | None) -> bool:
    """Whether a packet is known to come from another network."""
    return hops is not None and hops > NEAR_HOPS


class FlowEnds:
    def __init__(self, networks: LocalNetworks, devices: DeviceTable) -> None:
        self._networks = networks
        self._devices = devices
        self.first_ttls: Callable[[int], tuple[int, int]] | None = None
        """By a flow's slot in the meter: of the client's and of the server's first packet, 0 where there was none."""
        self._prefixes: dict[tuple[str, bool], str] = {}
        """By MAC and whether of IPv6, the public prefix it first stood for."""
        self._carried: dict[tuple[str, bool], str] = {}
        """By MAC and whether of IPv6, the address taken for its own although its packet had hops behind it."""

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
        server = self._hear(flow, SERVER, flow.server_mac, flow.server_ip, certain=certain)
        if server is not None and flow.server_device_id is None:
            flow.server_device_id = self._owner(flow.server_ip, server)
            if flow.device_id is None:
                flow.device_id = flow.server_device_id

    def _ttls(self, flow: Flow) -> tuple[int, int]:
        return (0, 0) if self.first_ttls is None else self.first_ttls(flow.slot)

    def _hear_client(self, flow: Flow) -> None:
        mac = flow.client_mac
        if mac is None:
            return
        # No router forwards what comes from a link-local address or goes to a group: it speaks for itself.
        certain = mac in self._devices.gateway_macs and (
            flow.client_ip.startswith("fe80:") or self._networks.is_group(flow.server_ip)
        )
        client = self._hear(flow, CLIENT, mac, flow.client_ip, certain=certain)
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
            self._route(other_mac, flow.first_seen_ns)
            return False
        if not is_host_mac(other_mac):
            return False
        self._networks.add_host(other_ip)
        return True

    # -- a local address: the MAC's own, or carried ------------------------------------------------------------------

    def _hear(self, flow: Flow, end: int, mac: str, address: str, *, certain: bool) -> Device | None:
        """A packet with a local source came from this MAC; ``certain``: no router forwards such a packet."""
        devices, timestamp_ns = self._devices, flow.first_seen_ns if end == CLIENT else flow.last_seen_ns
        device = devices.of_mac(mac)
        if certain or (device is not None and address in device.addresses):
            return devices.heard(mac, address, timestamp_ns, certain=certain)
        hops = hops_behind(self._ttls(flow)[end])
        if hops is None:
            return devices.heard(mac, address, timestamp_ns)
        if hops == 0:
            certain = self._is_beside(flow, address) and self._is_free(mac, address, timestamp_ns)
            return devices.heard(mac, address, timestamp_ns, certain=certain)
        is_own = self._is_own_behind_hops(mac, address, hops, timestamp_ns)
        return devices.heard(mac, address if is_own else None, timestamp_ns)

    def _is_beside(self, flow: Flow, address: str) -> bool:
        """Whether a local address is of a prefix of this network or a neighbour's of the flow's other end.

        A router may answer in the place of any other host, and its packets then have no hop behind them.
        """
        return not self._networks.is_single(address) or prefix_of(flow.client_ip) == prefix_of(flow.server_ip)

    def _is_free(self, mac: str, address: str, timestamp_ns: int) -> bool:
        """Whether no other device has the address; who only carried it gives it back."""
        owner = self._owner_now(address, timestamp_ns)
        if owner is None or self._carried.get((owner.mac, ":" in address)) != address:
            return owner is None or owner.mac == mac
        self._devices.forget_address(owner, address)
        return True

    def _is_own_behind_hops(self, mac: str, address: str, hops: int, timestamp_ns: int) -> bool:
        if self._owner_now(address, timestamp_ns) is not None:
            if hops <= NEAR_HOPS:
                self._route(mac, timestamp_ns)
            return False
        if hops > NEAR_HOPS and self._networks.is_single(address):
            return False
        return self._may_translate(mac, address, hops, timestamp_ns)

    def _owner_now(self, address: str, now_ns: int) -> Device | None:
        owner = self._devices.of_address(address)
        return None if owner is None or now_ns - owner.addresses[address][1] > OWNED_NS else owner

    def _may_translate(self, mac: str, address: str, hops: int, timestamp_ns: int) -> bool:
        """Whether the hops behind a packet may be those of containers inside: all then have the host's one address.

        Of a second one the MAC is a router's, and has neither. Where the hops are many it must be of another network:
        some systems begin with a TTL of their own, and such a host may change its address.
        """
        key = mac, ":" in address
        known = self._carried.get(key)
        if known is None and len(self._carried) < MAX_CARRIERS:
            self._carried[key] = address
        if known is None or known == address or (hops > NEAR_HOPS and prefix_of(known) == prefix_of(address)):
            return mac not in self._devices.gateway_macs
        self._route(mac, timestamp_ns)
        return False

    def _route(self, mac: str | None, timestamp_ns: int) -> None:
        """The MAC is a router's: what was taken for its address although it had hops behind it was not."""
        if mac is None or mac in self._devices.gateway_macs:
            return
        self._devices.routes(mac, timestamp_ns)
        device = self._devices.of_mac(mac)
        for is_v6 in (False, True):
            carried = self._carried.get((mac, is_v6))
            if carried is not None and device is not None:
                self._give_back(device, carried)

    def _give_back(self, device: Device, address: str) -> None:
        self._networks.forget_host(address)
        self._devices.forget_address(device, address)

    # -- neither end is known ----------------------------------------------------------------------------------------

    def _find_public(self, flow: Flow) -> None:
        networks, at_ns = self._networks, flow.first_seen_ns
        if networks.is_group(flow.server_ip):
            if is_link_scope(flow.server_ip) and is_host_mac(flow.client_mac):
                networks.add_host(flow.client_ip)
                self._hear_client(flow)
            return
        client_ttl, server_ttl = self._ttls(flow)
        client_hops, server_hops = hops_behind(client_ttl), hops_behind(server_ttl)
        self._carry(flow.client_mac, flow.client_ip, client_hops, at_ns)
        self._carry(flow.server_mac, flow.server_ip, server_hops, at_ns)
        if flow.client_mac is not None and is_made_of(flow.client_ip, flow.client_mac):
            networks.add_neighbour(flow.client_ip)
            self._devices.heard(flow.client_mac, flow.client_ip, at_ns, certain=True)
        only_server_spoke = client_ttl == 0 and server_hops == 0
        if networks.is_local(flow.client_ip) or (
            not only_server_spoke and self._may_be_here(flow.client_mac, client_hops)
        ):
            self._find_calling(flow)
        elif only_server_spoke or flow.client_mac in self._devices.gateway_macs or _is_far(client_hops):
            self._find_called(flow)

    def _may_be_here(self, mac: str | None, hops: int | None) -> bool:
        """Whether a public address may be of this network; on a link without MACs the hops must say so."""
        if mac is None:
            return hops is not None and hops <= NEAR_HOPS
        return is_host_mac(mac) and mac not in self._devices.gateway_macs

    def _find_calling(self, flow: Flow) -> None:
        """A client here calls a server that is elsewhere, or a neighbour."""
        self._networks.add_host(flow.client_ip)
        self._hear_client(flow)
        if prefix_of(flow.client_ip) == prefix_of(flow.server_ip) and self._share_a_link(flow, flow.server_ip):
            self._meet_server(flow)

    def _find_called(self, flow: Flow) -> None:
        """A client from elsewhere calls a host here, whose address its MAC gets once it answers."""
        mac = flow.server_mac
        if mac is None:
            self._networks.add_host(flow.server_ip)
        elif self._may_be_here(mac, None):
            self._networks.add_host(flow.server_ip)
            self._devices.heard(mac, None, flow.first_seen_ns)
            self._share_a_link(flow, flow.client_ip)
            self._meet_server(flow)

    def _carry(self, mac: str | None, address: str, hops: int | None, timestamp_ns: int) -> None:
        """A MAC is a router's that stands for an address far away or for a second prefix.

        What was taken for its own address before was not.
        """
        if mac is None or mac in self._devices.gateway_macs or not is_host_mac(mac) or is_made_of(address, mac):
            return
        key, prefix = (mac, ":" in address), prefix_of(address)
        if _is_far(hops):
            self._route(mac, timestamp_ns)
            return
        first = self._prefixes.get(key)
        if first is None:
            if len(self._prefixes) < MAX_CARRIERS:
                self._prefixes[key] = prefix
        elif first != prefix:
            self._route(mac, timestamp_ns)
            device = self._devices.of_mac(mac)
            if device is not None:
                for known in [known for known in device.addresses if prefix_of(known) == first]:
                    self._give_back(device, known)
