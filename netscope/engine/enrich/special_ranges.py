"""Addresses that are nowhere on the internet: the special-purpose registries of the IANA (RFC 6890), by name."""

from __future__ import annotations

from bisect import bisect_right
from ipaddress import ip_network
from typing import Final

_NAMED: Final = {
    "unspecified": ("0.0.0.0/8", "::/128"),
    "loopback": ("127.0.0.0/8", "::1/128"),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
    "cgnat": ("100.64.0.0/10",),
    "link_local": ("169.254.0.0/16", "fe80::/10"),
    "documentation": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
    "benchmarking": ("198.18.0.0/15", "2001:2::/48"),
    "protocol_assignment": ("192.0.0.0/24",),
    "multicast": ("224.0.0.0/4", "ff00::/8"),
    "reserved": ("240.0.0.0/4",),
    "teredo": ("2001::/32",),
    "orchid": ("2001:10::/28", "2001:20::/28"),
    "discard": ("100::/64",),
}
BROADCAST: Final = bytes((255, 255, 255, 255))

_EMBEDDED_IPV4: Final = (
    (bytes.fromhex("00000000000000000000ffff"), 12),  # IPv4-mapped, RFC 4291 section 2.5.5.2
    (bytes.fromhex("0064ff9b0000000000000000"), 12),  # NAT64, RFC 6052 section 2.1
    (bytes.fromhex("2002"), 2),  # 6to4, RFC 3056
)
"""Prefix of an IPv6 address that carries an IPv4 address, and where that begins."""


def _table(version: int) -> tuple[list[int], list[int], list[str]]:
    blocks = []
    for name, networks in _NAMED.items():
        for text in networks:
            network = ip_network(text)
            if network.version == version:
                blocks.append((int(network.network_address), int(network.broadcast_address), name))
    blocks.sort()
    starts, ends, names = zip(*blocks, strict=True)
    return list(starts), list(ends), list(names)


_TABLES: Final = {4: _table(4), 16: _table(6)}


def special_name(packed: bytes) -> str | None:
    """Name of the special range of a 4- or 16-byte address, None for a global one."""
    if packed == BROADCAST:
        return "broadcast"
    starts, ends, names = _TABLES[len(packed)]
    number = int.from_bytes(packed, "big")
    at = bisect_right(starts, number) - 1
    return names[at] if at >= 0 and number <= ends[at] else None


def inner_ipv4(packed: bytes) -> bytes | None:
    """The IPv4 address inside a mapped, NAT64 or 6to4 address."""
    if len(packed) == 16:
        for prefix, at in _EMBEDDED_IPV4:
            if packed.startswith(prefix):
                return packed[at : at + 4]
    return None
