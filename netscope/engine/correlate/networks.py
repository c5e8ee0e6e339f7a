"""Which addresses are of this network: from the interface, from what the traffic says, and by the private ranges."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final

MAX_PREFIXES: Final = 256
"""Prefixes learned; a home has a handful. More are ignored."""
MAX_HOSTS: Final = 8192
"""Single addresses learned from ARP where no prefix covers them. More are ignored."""
MAX_CACHED: Final = 65_536
"""Answers kept; the cache starts over when full."""

PRIVATE: Final = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",  # RFC 1918
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",  # RFC 3927
        "127.0.0.0/8",
        "fe80::/10",  # RFC 4291
        "fc00::/7",  # RFC 4193
        "::1/128",
    )
)
GROUPS: Final = tuple(ip_network(text) for text in ("224.0.0.0/4", "255.255.255.255/32", "ff00::/8"))

Range = tuple[int, int]
"""First and last address, as integers: a tenth of the time of ``ipaddress`` for each new address."""


def _range(network: IPv4Network | IPv6Network) -> Range:
    return int(network.network_address), int(network.broadcast_address)


def _number(address: str) -> tuple[int, int]:
    """(IP version, the address as an integer)."""
    if ":" in address:
        return 6, int.from_bytes(inet_pton(AF_INET6, address), "big")
    return 4, int.from_bytes(inet_pton(AF_INET, address), "big")


def _ranges(networks: tuple[IPv4Network | IPv6Network, ...]) -> dict[int, tuple[Range, ...]]:
    return {version: tuple(_range(n) for n in networks if n.version == version) for version in (4, 6)}


_PRIVATE_RANGES: Final = _ranges(PRIVATE)
_GROUP_RANGES: Final = _ranges(GROUPS)


def prefix_of(address: str) -> str:
    """What hosts of one link mostly share: the first 24 bits of an IPv4 address, 64 of an IPv6 address."""
    if ":" in address:
        return inet_pton(AF_INET6, address)[:8].hex()
    return address.rpartition(".")[0]


def is_made_of(address: str, mac: str) -> bool:
    """Whether an IPv6 address ends in the EUI-64 of the MAC (RFC 4291, appendix A): then it is its own."""
    if ":" not in address:
        return False
    octets = bytes.fromhex(mac.replace(":", ""))
    return inet_pton(AF_INET6, address)[8:] == bytes((octets[0] ^ 2,)) + octets[1:3] + b"\xff\xfe" + octets[3:]


def is_link_scope(group: str) -> bool:
    """Whether no router forwards what is sent to this group (RFC 5771, section 4; RFC 4291, section 2.7)."""
    return group.startswith(("255.", "224.0.0.", "ff02:", "ff01:"))


class LocalNetworks:
    """Answers ``is_local``; grows with what is learned."""

    def __init__(self) -> None:
        self._prefixes: set[IPv4Network | IPv6Network] = set()
        self._local_ranges: dict[int, tuple[Range, ...]] = dict(_PRIVATE_RANGES)
        self._broadcasts: set[str] = set()
        self._hosts: set[str] = set()
        self._local: dict[str, bool] = {}
        self._group: dict[str, bool] = {}
        self.shown: list[str] = []
        """Prefixes to show to the user: those of the interface and those learned, not the private ranges."""

    def add_prefix(self, prefix: str) -> None:
        """A prefix of an interface, a DHCP lease or a router advertisement, as CIDR; host bits may be set."""
        try:
            network = ip_network(prefix, strict=False)
        except ValueError:
            return
        if network.prefixlen < 8 or network in self._prefixes or len(self._prefixes) >= MAX_PREFIXES:
            return
        self._prefixes.add(network)
        self._local_ranges[network.version] += (_range(network),)
        if network.version == 4 and network.prefixlen < 31:
            self._broadcasts.add(str(network.broadcast_address))
            self._group.clear()
        if not network.is_link_local and not network.is_loopback:
            self.shown.append(str(network))
        self._local.clear()

    def add_host(self, address: str) -> None:
        """An address that was claimed on the link itself, by ARP or NDP."""
        if not self.is_local(address) and len(self._hosts) < MAX_HOSTS and not self.is_group(address):
            self._hosts.add(address)
            self._local[address] = True

    def add_neighbour(self, address: str) -> None:
        """An IPv6 address claimed on the link by NDP: its /64 is of the link (RFC 4291, section 2.5.4)."""
        is_global = ":" in address and address.startswith(("2", "3"))
        if is_global and not self.is_local(address):
            self.add_prefix(f"{address}/64")
        self.add_host(address)

    def forget_host(self, address: str) -> None:
        """It was not of this network after all."""
        if address in self._hosts:
            self._hosts.discard(address)
            self._local.pop(address, None)

    def is_single(self, address: str) -> bool:
        """Whether an address is local by itself, of no prefix known as local."""
        return address in self._hosts

    def is_local(self, address: str) -> bool:
        known = self._local.get(address)
        if known is None:
            if len(self._local) >= MAX_CACHED:
                self._local.clear()
            known = self._local[address] = self._judge(address)
        return known

    def _judge(self, address: str) -> bool:
        if address in self._hosts:
            return True
        version, number = _number(address)
        return any(first <= number <= last for first, last in self._local_ranges[version])

    def is_group(self, address: str) -> bool:
        """Multicast, broadcast or unspecified: no host's own address."""
        known = self._group.get(address)
        if known is None:
            if len(self._group) >= MAX_CACHED:
                self._group.clear()
            version, number = _number(address)
            known = self._group[address] = (
                not number
                or address in self._broadcasts
                or any(first <= number <= last for first, last in _GROUP_RANGES[version])
            )
        return known
