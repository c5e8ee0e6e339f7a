"""Devices that are never recorded: what their neighbours say of them is left out too.

The meter lets no frame of theirs through (``excluded.pxi``); here are the messages of others that name one: a DHCP
server's answer, a resolver's, an announcement, a question for an address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

from netscope.engine.parse.meter import Meter
from netscope.model.errors import NetScopeError
from netscope.model.flow import Flow
from netscope.model.link import ArpMessage
from netscope.model.records import Device, DnsQuery

REDACTED: Final = "(excluded)"
MAX_MACS: Final = 64
MAX_ADDRESSES: Final = 256
MAX_LEARNED: Final = 192
"""IPv4 addresses learned of excluded MACs, by ARP. More are not learned."""
_MAC: Final = re.compile(r"[0-9a-f]{2}([:-][0-9a-f]{2}){5}")


def is_mac(text: str) -> bool:
    return _MAC.fullmatch(text.lower()) is not None


def is_device(text: str) -> bool:
    """Whether an entry of the list is a MAC or an address."""
    if is_mac(text):
        return True
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


class Exclusion:
    """Some MACs and addresses, in every way in which they are written."""

    def __init__(self, devices: Iterable[str]) -> None:
        """``devices``: MACs and addresses (``is_device``). Raises NetScopeError when there are too many."""
        self.macs: set[str] = set()
        self.addresses: set[str] = set()
        self._learned = 0
        self._exclude_address: Callable[[str], object] = self.addresses.add
        for text in devices:
            if is_mac(text):
                mac = text.lower().replace("-", ":")
                self.macs.add(mac)
                self.addresses.add(_own_link_local(mac))
            else:
                self.addresses.add(str(ip_address(text)))
        if len(self.macs) > MAX_MACS or len(self.addresses) > MAX_MACS + MAX_ADDRESSES:
            raise NetScopeError(f"at most {MAX_MACS} MACs and {MAX_ADDRESSES} addresses can be excluded")
        self._named = _pattern(self.macs, self.addresses)

    def __bool__(self) -> bool:
        return bool(self.macs or self.addresses)

    def guard(self, meter: Meter) -> None:
        """Have the meter leave out every frame from or to them, now and as addresses are learned."""
        for mac in self.macs:
            meter.exclude_mac(bytes.fromhex(mac.replace(":", "")))
        for address in self.addresses:
            meter.exclude_address(ip_address(address).packed)
        self._exclude_address = lambda address: meter.exclude_address(ip_address(address).packed)

    def hides(self, message: ArpMessage) -> bool:
        """Whether an ARP message is of or about one of them; its own tell which address it has."""
        if message.sender_mac in self.macs:
            self._learn(message.sender_ip)
            return True
        return (
            message.sender_ip in self.addresses
            or message.target_ip in self.addresses
            or message.target_mac in self.macs
        )

    def _learn(self, address: str) -> None:
        if address in self.addresses or address == "0.0.0.0" or self._learned >= MAX_LEARNED:  # noqa: S104
            return
        self._learned += 1
        self.addresses.add(address)
        self._exclude_address(address)
        self._named = _pattern(self.macs, self.addresses)

    def redact(self, query: DnsQuery) -> None:
        """A question is told before its answer says whom it was about: then take the name and the answer back."""
        query.query_name, query.answers = REDACTED, ()

    def names(self, record: object) -> bool:
        """Whether a record names one of them anywhere."""
        return _mentions(record, self._named)


def _mentions(value: Any, named: re.Pattern[str]) -> bool:
    if isinstance(value, str):
        return named.search(value) is not None
    if isinstance(value, Flow | Device):
        return False  # theirs are never made
    if isinstance(value, tuple | list | set | frozenset):
        return any(_mentions(item, named) for item in value)
    if isinstance(value, dict):
        return any(_mentions(item, named) for pair in value.items() for item in pair)
    if is_dataclass(value):
        return any(_mentions(getattr(value, field.name), named) for field in fields(value))
    return False


def _pattern(macs: Iterable[str], addresses: Iterable[str]) -> re.Pattern[str]:
    """Any of them, and no other that only begins or ends so: 192.168.1.5 is not in 192.168.1.50.

    MACs with :, - or nothing between the octets; addresses, and their names in the DNS.
    """
    words = [rf"(?<![0-9a-f:-]){'[:-]?'.join(mac.split(':'))}(?![0-9a-f]|[:-][0-9a-f])" for mac in macs]
    for text in addresses:
        address = ip_address(text)
        if address.version == 4:
            words.append(rf"(?<![0-9.]){re.escape(text)}(?![0-9]|\.[0-9])")
        else:
            words.append(rf"(?<![0-9a-f:]){re.escape(text)}(?![0-9a-f:])")
        words.append(rf"(?<![0-9a-f.]){re.escape(address.reverse_pointer)}")
    return re.compile("|".join(words) or "(?!)", re.IGNORECASE)


def _own_link_local(mac: str) -> str:
    """fe80:: with the MAC in it (RFC 4291, appendix A)."""
    octets = bytearray.fromhex(mac.replace(":", ""))
    octets[0] ^= 2
    return str(IPv6Address(b"\xfe\x80" + bytes(6) + bytes(octets[:3]) + b"\xff\xfe" + bytes(octets[3:])))
