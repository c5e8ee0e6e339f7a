"""Which interfaces see the same packet twice: a bridge and its port, a VLAN and what carries it (Linux).

Asked by rtnetlink(7), which follows the network namespace and needs no right.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

# linux/rtnetlink.h, linux/netlink.h, linux/if_link.h
_RTM_NEWLINK: Final = 16
_RTM_GETLINK: Final = 18
_NLM_F_REQUEST_DUMP: Final = 0x1 | 0x300
_NLMSG_DONE: Final = 3
_IFLA_IFNAME: Final = 3
_IFLA_LINK: Final = 5
_IFLA_MASTER: Final = 10
_IFLA_LINK_NETNSID: Final = 37
_NESTED: Final = 0xC000
_MESSAGE_BYTES: Final = 1 << 16
_TIMEOUT_S: Final = 2.0
_ANY: Final = "any"


class Link(NamedTuple):
    """One interface and the indexes of those it hangs on; 0 where there is none."""

    number: int
    """The kernel's index."""
    name: str
    master: int
    """The bridge or bond it is a port of."""
    lower: int
    """What carries it: the parent of a VLAN or macvlan, the other end of a veth pair."""


def seen_twice(names: Iterable[str]) -> list[str]:
    """Pairs among these interfaces that one packet passes both of, in words."""
    wanted = set(names)
    if _ANY in wanted:
        return ["any, with bridges, VLANs or containers on this machine"] if _has_stacks() else []
    by_number = {link.number: link for link in links()}
    words = []
    for link in by_number.values():
        for number, relation in ((link.master, "is a port of"), (link.lower, "is carried by")):
            other = by_number.get(number)
            if other is not None and link.name in wanted and other.name in wanted and not _is_pair(link, other):
                words.append(f"{link.name} {relation} {other.name}")
    return words


def _has_stacks() -> bool:
    return any(link.master or link.lower for link in links())


def _is_pair(link: Link, other: Link) -> bool:
    """The two ends of a veth pair name each other; what leaves one does arrive at the other, so it is told once."""
    return other.lower == link.number and link.number > other.number


def links() -> list[Link]:
    """Every interface of this namespace; empty where the kernel does not say."""
    if sys.platform != "linux":
        return []
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
            kernel.settimeout(_TIMEOUT_S)
            # struct nlmsghdr and struct ifinfomsg
            kernel.send(struct.pack("=IHHIIB15x", 32, _RTM_GETLINK, _NLM_F_REQUEST_DUMP, 1, 0, socket.AF_UNSPEC))
            return list(_answers(kernel))
    except OSError:
        return []


def _answers(kernel: socket.socket) -> Iterator[Link]:
    while True:
        data = kernel.recv(_MESSAGE_BYTES)
        at = 0
        while at + 16 <= len(data):
            length, kind = struct.unpack_from("=IH", data, at)
            if kind == _NLMSG_DONE or length < 16:
                return
            if kind == _RTM_NEWLINK:
                yield _link(data[at + 16 : at + length])
            at += (length + 3) & ~3


def _link(message: bytes) -> Link:
    (number,) = struct.unpack_from("=i", message, 4)
    attributes = dict(_attributes(message, 16))
    name = attributes.get(_IFLA_IFNAME, b"").rstrip(b"\0").decode(errors="replace")
    # The other end of a veth pair may be in another namespace, where the number means another interface.
    lower = 0 if _IFLA_LINK_NETNSID in attributes else _number(attributes.get(_IFLA_LINK))
    return Link(number, name, _number(attributes.get(_IFLA_MASTER)), lower)


def _attributes(message: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(message):
        length, kind = struct.unpack_from("=HH", message, at)
        if length < 4:
            return
        yield kind & ~_NESTED, message[at + 4 : at + length]
        at += (length + 3) & ~3


def _number(value: bytes | None) -> int:
    return int(struct.unpack("=I", value)[0]) if value is not None and len(value) == 4 else 0
