"""The network interfaces of this machine: what they are, their addresses, and which one to capture on.

From getifaddrs(3) and, on Linux, ioctl and /proc/net, all of which follow the network namespace and
need no right. Nothing is opened for capture here.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import ipaddress
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from netscope.engine.capture.packet_socket import link_state
from netscope.model.errors import NetScopeError

# The same numbers on Linux, macOS and the BSDs (net/if.h).
_IFF_UP: Final = 0x1
_IFF_LOOPBACK: Final = 0x8
_IFF_RUNNING: Final = 0x40

_AF_PACKET: Final = 17
_AF_LINK: Final = 18
_IS_LINUX: Final = sys.platform == "linux"

_PROC_ROUTE: Final = Path("/proc/net/route")
_PROC_ROUTE6: Final = Path("/proc/net/ipv6_route")
_PROC_NET_DEV: Final = Path("/proc/net/dev")
_RTF_UP: Final = 0x1
_RTF_REJECT: Final = 0x200

_SIOCGIWNAME: Final = 0x8B01
_SIOCETHTOOL: Final = 0x8946
_ETHTOOL_GDRVINFO: Final = 3
_DRVINFO_BYTES: Final = 196

_ETHERNET: Final = ("ethernet", "EN10MB")
# ARPHRD_ (linux/if_arp.h) -> (kind, link type as libpcap names it).
_HARDWARE: Final = {
    1: _ETHERNET,
    32: ("infiniband", "LINUX_SLL"),
    512: ("ppp", "LINUX_SLL"),
    768: ("tunnel", "RAW"),
    769: ("tunnel", "RAW"),
    772: ("loopback", "EN10MB"),
    776: ("tunnel", "RAW"),
    778: ("tunnel", "RAW"),
    801: ("wifi monitor", "IEEE802_11"),
    802: ("wifi monitor", "PRISM_HEADER"),
    803: ("wifi monitor", "IEEE802_11_RADIO"),
    823: ("tunnel", "RAW"),
    65534: ("tunnel", "RAW"),
}
# Drivers that are a kind of their own rather than a card's.
_DRIVER_KINDS: Final = {
    "veth": "veth",
    "bridge": "bridge",
    "bonding": "bond",
    "802.1Q VLAN Support": "vlan",
    "tun": "tun",
    "wireguard": "wireguard",
    "macvlan": "macvlan",
    "vxlan": "vxlan",
}


class DefaultRoute(NamedTuple):
    """A route to everywhere."""

    interface: str
    gateway: str | None
    metric: int
    version: int
    """4 or 6."""


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface as it is now."""

    name: str
    kind: str
    """ethernet, wifi, bridge, veth, vlan, bond, tun, wireguard, loopback, ppp, tunnel …"""
    driver: str | None
    is_up: bool
    has_carrier: bool
    is_loopback: bool
    mac: str | None
    link_type: str
    """As libpcap names it: EN10MB, RAW, LINUX_SLL."""
    addresses: tuple[str, ...] = ()
    """With prefix length, ``192.168.1.7/24``; IPv4 first."""
    default_route: DefaultRoute | None = None
    """The best one through this interface."""

    @property
    def gateway(self) -> str | None:
        """Next hop of the default route; None when there is none or it is on the link itself."""
        return self.default_route.gateway if self.default_route else None

    @property
    def networks(self) -> tuple[str, ...]:
        """The prefixes of its addresses, as CIDR."""
        return tuple(dict.fromkeys(str(ipaddress.ip_interface(address).network) for address in self.addresses))

    @property
    def description(self) -> str:
        return f"{self.kind} ({self.driver})" if self.driver and self.driver != self.kind else self.kind


def list_interfaces() -> tuple[Interface, ...]:
    """Every interface, in the kernel's order."""
    routes: dict[str, DefaultRoute] = {}
    for route in default_routes():
        routes.setdefault(route.interface, route)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        found = [_describe(probe.fileno(), name, entry, routes.get(name)) for name, entry in _getifaddrs().items()]
    return tuple(found)


def received_totals() -> dict[str, tuple[int, int]]:
    """(bytes, packets) each interface has received since it exists; empty where nobody counts."""
    totals = {}
    for row in _proc_rows(_PROC_NET_DEV, skip=2):
        # A long name may touch the number behind its colon.
        name, _, numbers = " ".join(row).partition(":")
        fields = numbers.split()
        totals[name] = int(fields[0]), int(fields[1])
    return totals


def choose_interface(interfaces: Sequence[Interface]) -> tuple[Interface, str]:
    """The interface to capture on when none was named, and why, in words. Raises NetScopeError when none is up."""
    up = [interface for interface in interfaces if interface.is_up]
    routed = [(interface.default_route, interface) for interface in up if interface.default_route]
    if routed:
        route, best = min(routed, key=lambda pair: (pair[0].version, pair[0].metric))
        return best, f"carries the default route{f' through {route.gateway}' if route.gateway else ''}"
    wired = [interface for interface in up if not interface.is_loopback]
    for wanted, why in (
        (lambda i: i.has_carrier and i.addresses, "no default route; the first that is up and has an address"),
        (lambda i: i.has_carrier, "no default route; the first that is up and connected"),
        (lambda i: True, "no default route; the first that is up"),
    ):
        for interface in wired:
            if wanted(interface):
                return interface, why
    if up:
        return up[0], "only the loopback interface is up"
    raise NetScopeError("no interface is up; see: netscope interfaces")


def default_routes() -> list[DefaultRoute]:
    """Default routes, best first, IPv4 before IPv6; empty on systems without /proc/net/route."""
    return sorted(_default_routes4(), key=lambda route: route.metric) + sorted(
        _default_routes6(), key=lambda route: route.metric
    )


def _default_routes4() -> Iterator[DefaultRoute]:
    for fields in _proc_rows(_PROC_ROUTE, skip=1):
        name, destination, gateway, flags, _, _, metric, mask = fields[:8]
        if destination == mask == "00000000" and int(flags, 16) & _RTF_UP and not int(flags, 16) & _RTF_REJECT:
            # The kernel prints the address as an integer of this machine's byte order.
            hop = ipaddress.IPv4Address(struct.pack("=I", int(gateway, 16)))
            yield DefaultRoute(name, None if hop.is_unspecified else str(hop), int(metric), 4)


def _default_routes6() -> Iterator[DefaultRoute]:
    for fields in _proc_rows(_PROC_ROUTE6, skip=0):
        destination, prefix, _, _, gateway, metric, _, _, flags, name = fields[:10]
        usable = int(flags, 16) & _RTF_UP and not int(flags, 16) & _RTF_REJECT
        if usable and prefix == "00" and not int(destination, 16):
            hop = ipaddress.IPv6Address(bytes.fromhex(gateway))
            yield DefaultRoute(name, None if hop.is_unspecified else str(hop), int(metric, 16), 6)


def _proc_rows(path: Path, skip: int) -> list[list[str]]:
    try:
        return [line.split() for line in path.read_text(encoding="utf-8").splitlines()[skip:]]
    except OSError:
        return []


@dataclass(slots=True)
class _Entry:
    """What getifaddrs says of one interface."""

    flags: int = 0
    mac: str | None = None
    addresses4: list[str] = field(default_factory=list)
    addresses6: list[str] = field(default_factory=list)


def _describe(probe_fd: int, name: str, entry: _Entry, route: DefaultRoute | None) -> Interface:
    is_loopback = bool(entry.flags & _IFF_LOOPBACK)
    # getifaddrs leaves the hardware type out where there is no hardware address (tun).
    link = link_state(probe_fd, name) if _IS_LINUX else None
    kind, link_type = _HARDWARE.get(link.hardware_type, _ETHERNET) if link else _ETHERNET
    driver = _driver(probe_fd, name) if _IS_LINUX else None
    if _IS_LINUX and _is_wifi(probe_fd, name):
        kind = "wifi"
    return Interface(
        name=name,
        kind="loopback" if is_loopback else _DRIVER_KINDS.get(driver or "", kind),
        driver=driver,
        is_up=bool(entry.flags & _IFF_UP),
        has_carrier=bool(entry.flags & _IFF_RUNNING),
        is_loopback=is_loopback,
        mac=entry.mac,
        link_type=link_type,
        addresses=(*entry.addresses4, *entry.addresses6),
        default_route=route,
    )


class _Ifaddrs(ctypes.Structure):
    """struct ifaddrs, the same on Linux, macOS and the BSDs."""


_Ifaddrs._fields_ = [
    ("next", ctypes.POINTER(_Ifaddrs)),
    ("name", ctypes.c_char_p),
    ("flags", ctypes.c_uint),
    ("address", ctypes.c_void_p),
    ("netmask", ctypes.c_void_p),
    ("destination", ctypes.c_void_p),
    ("data", ctypes.c_void_p),
]


def _getifaddrs() -> dict[str, _Entry]:
    libc = ctypes.CDLL(None, use_errno=True)
    first = ctypes.POINTER(_Ifaddrs)()
    if libc.getifaddrs(ctypes.byref(first)):
        raise NetScopeError(f"cannot list the interfaces: error {ctypes.get_errno()} of getifaddrs")
    entries: dict[str, _Entry] = {}
    try:
        current = first
        while bool(current):  # false at the null pointer
            record = current.contents
            name = record.name.decode(errors="replace")
            entry = entries.setdefault(name, _Entry())
            entry.flags = record.flags
            if record.address:
                _add_address(entry, record.address, record.netmask)
            current = record.next
    finally:
        libc.freeifaddrs(first)
    return entries


def _add_address(entry: _Entry, address: int, netmask: int | None) -> None:
    family = _family(address)
    if family == socket.AF_INET:
        packed = ctypes.string_at(address + 4, 4)
        entry.addresses4.append(f"{ipaddress.IPv4Address(packed)}/{_prefix(netmask, 4, 4)}")
    elif family == socket.AF_INET6:
        packed = ctypes.string_at(address + 8, 16)
        entry.addresses6.append(f"{ipaddress.IPv6Address(packed)}/{_prefix(netmask, 8, 16)}")
    elif _IS_LINUX and family == _AF_PACKET:
        # struct sockaddr_ll (packet(7))
        length = ctypes.string_at(address + 11, 1)[0]
        entry.mac = _mac(ctypes.string_at(address + 12, length))
    elif not _IS_LINUX and family == _AF_LINK:
        # struct sockaddr_dl: the name comes before the address
        name_length, length = ctypes.string_at(address + 5, 2)
        entry.mac = _mac(ctypes.string_at(address + 8 + name_length, length))


def _family(address: int) -> int:
    if _IS_LINUX:
        return int(struct.unpack("=H", ctypes.string_at(address, 2))[0])
    return ctypes.string_at(address + 1, 1)[0]


def _prefix(netmask: int | None, offset: int, length: int) -> int:
    if not netmask:
        return length * 8
    return int.from_bytes(ctypes.string_at(netmask + offset, length), "big").bit_count()


def _mac(address: bytes) -> str | None:
    return address.hex(":") if len(address) == 6 and any(address) else None


def _is_wifi(probe_fd: int, name: str) -> bool:
    with contextlib.suppress(OSError):
        fcntl.ioctl(probe_fd, _SIOCGIWNAME, struct.pack("16s24x", name.encode()))
        return True
    return False


def _driver(probe_fd: int, name: str) -> str | None:
    """What ethtool -i names; None for loopback and drivers that do not say."""
    reply = ctypes.create_string_buffer(struct.pack("=I", _ETHTOOL_GDRVINFO), _DRVINFO_BYTES)
    with contextlib.suppress(OSError):
        fcntl.ioctl(probe_fd, _SIOCETHTOOL, struct.pack("16sP16x", name.encode(), ctypes.addressof(reply)))
        return reply.raw[4:36].rstrip(b"\0").decode(errors="replace") or None
    return None
