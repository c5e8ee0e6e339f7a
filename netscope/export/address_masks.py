"""Addresses made unrecognisable so that two with a common prefix keep one of the same length: Crypto-PAn.

Xu, Fan, Ammar and Moon, "Prefix-Preserving IP Address Anonymization", ICNP 2002; for IPv6 the same over 128 bits. In
addition the kind of an address stays to be seen: private, link-local, group and other special ranges map onto
themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY_BYTES: Final = 32
"""16 for the cipher, 16 for what pads a prefix to a block."""
BLOCK_BITS: Final = 128
CACHED: Final = 65_536
"""Addresses remembered; some 15 MB."""

SPECIAL: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/8", "fc00::/7", "fe80::/10", "ff00::/8", "2000::/3",
    )
)  # fmt: skip
"""Ranges whose members stay members; what lies between them does too."""

GROUPS: Final = tuple(
    ip_network(text) for text in ("224.0.0.0/24", "239.255.255.0/24", "ff02::/112", "ff02::1:0/112", "ff05::/112")
)
"""Groups everybody knows, as mDNS and SSDP; kept as they are, like ``unspecified``, ``loopback`` and broadcast."""

SOLICITED_NODE: Final = ip_network("ff02::1:ff00:0/104")
"""RFC 4291, section 2.7.1: ends in the last 24 bits of the address asked for."""


class AddressMask:
    """One key's mapping."""

    def __init__(self, key: bytes, special: Iterable[IPv4Network | IPv6Network] = SPECIAL) -> None:
        """``key`` has KEY_BYTES."""
        self._encrypt = Cipher(algorithms.AES(key[:16]), modes.ECB()).encryptor()  # noqa: S305  (a block at a time is the scheme)
        self._pad = int.from_bytes(self._encrypt.update(key[16:KEY_BYTES]))
        self._fixed = {version: _fixed_prefixes(special, version) for version in (4, 6)}
        self.masked = lru_cache(maxsize=CACHED)(self._masked)

    def text(self, address: str) -> str | None:
        """The masked address; None for text that is none. A zone (``%eth0``) goes."""
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return None
        return str(self.masked(found))

    def _masked(self, address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            return IPv6Address(f"::ffff:{self.masked(address.ipv4_mapped)}")
        if _is_kept(address):
            return address
        if address in SOLICITED_NODE:
            return self._solicited_node(address)
        return type(address)(self.scrambled(int(address), address.version))

    def _solicited_node(self, address: IPv4Address | IPv6Address) -> IPv6Address:
        """The group of nobody: the true one would tell 24 bits of an address."""
        return IPv6Address(int(SOLICITED_NODE.network_address) | (self.scrambled(int(address), 6) & 0xFFFFFF))

    def scrambled(self, address: int, version: int) -> int:
        """Each bit is turned or not as a keyed function of all bits before it says."""
        bits = 32 if version == 4 else 128
        fixed = self._fixed[version]
        blocks = b"".join([self._block(address, length, bits) for length in range(bits)])
        answers = self._encrypt.update(blocks)
        turned = 0
        for length in range(bits):
            turn = 0 if (length, address >> (bits - length)) in fixed else answers[16 * length] >> 7
            turned = turned << 1 | turn
        return address ^ turned

    def _block(self, address: int, length: int, bits: int) -> bytes:
        """The first ``length`` bits of the address, the rest from the pad."""
        prefix = address >> (bits - length) << (BLOCK_BITS - length) if length else 0
        return (prefix | self._pad & ((1 << (BLOCK_BITS - length)) - 1)).to_bytes(16)


def _fixed_prefixes(special: Iterable[IPv4Network | IPv6Network], version: int) -> frozenset[tuple[int, int]]:
    """(length, bits) of every prefix on the way to a special range: the next bit after one of them is never turned."""
    return frozenset(
        (length, int(network.network_address) >> (network.max_prefixlen - length))
        for network in special
        if network.version == version
        for length in range(network.prefixlen)
    )


def _is_kept(address: IPv4Address | IPv6Address) -> bool:
    if address.is_unspecified or address.is_loopback or str(address) == "255.255.255.255":
        return True
    return any(address in group for group in GROUPS)
