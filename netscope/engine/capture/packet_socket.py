"""What the kernel says about an interface being captured, and binding a capture to it again (Linux).

Works on the descriptor of the capture itself, so it needs no right and opens no socket: both hold
after privileges are dropped. No frames are read here.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# linux/sockios.h, linux/if_packet.h, linux/if.h
_SIOCGIFFLAGS: Final = 0x8913
_SIOCGIFHWADDR: Final = 0x8927
_SIOCGIFINDEX: Final = 0x8933
_SOL_PACKET: Final = 263
_PACKET_ADD_MEMBERSHIP: Final = 1
_PACKET_DROP_MEMBERSHIP: Final = 2
_PACKET_MR_PROMISC: Final = 1
_ETH_P_ALL: Final = 3
_SO_ATTACH_FILTER: Final = 26
_BPF_RETURN: Final = 0x06
_IFF_UP: Final = 1
_PROC_NET_DEV: Final = Path("/proc/net/dev")
_FIFO_COLUMN: Final = 4
"""Receive columns of /proc/net/dev: bytes, packets, errs, drop, fifo, …. ``drop`` is left out: it counts above all
frames of protocols the host itself does not speak, and a packet socket has seen those."""
_SYS_CLASS_NET: Final = Path("/sys/class/net")


@dataclass(frozen=True, slots=True)
class LinkState:
    """One interface as the kernel has it now."""

    index: int
    hardware_type: int
    """ARPHRD_ number (linux/if_arp.h)."""
    is_up: bool


def link_state(fd: int, name: str) -> LinkState | None:
    """State of the interface that has the name now; None when there is none. ``fd`` is any socket."""
    request = struct.pack("16s24x", name.encode())
    try:
        (index,) = struct.unpack_from("=i", fcntl.ioctl(fd, _SIOCGIFINDEX, request), 16)
        (hardware_type,) = struct.unpack_from("=H", fcntl.ioctl(fd, _SIOCGIFHWADDR, request), 16)
        (flags,) = struct.unpack_from("=H", fcntl.ioctl(fd, _SIOCGIFFLAGS, request), 16)
    except OSError:
        return None
    return LinkState(index, hardware_type, bool(flags & _IFF_UP))


def bind_again(fd: int, name: str, index: int, *, promiscuous: bool) -> None:
    """Bind a packet socket to the interface that has the name now. Raises OSError.

    packet(7) wants CAP_NET_RAW when a socket is made, not when it is bound, so this works without any right; the
    ring, the filter and the counters of the socket stay.
    """
    unbound = socket.socket(fileno=fd)
    try:
        unbound.bind((name, _ETH_P_ALL))
        if promiscuous:
            unbound.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, _promiscuous_membership(index))
        # Reading it forgets it: what became of the interface before, or that this one is not up yet.
        unbound.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    finally:
        unbound.detach()  # the descriptor is libpcap's to close


def leave_promiscuous(fd: int, index: int) -> None:
    """Undo what ``bind_again`` or libpcap asked of an interface; nothing when that is gone."""
    capture = socket.socket(fileno=fd)
    try:
        with contextlib.suppress(OSError):
            capture.setsockopt(_SOL_PACKET, _PACKET_DROP_MEMBERSHIP, _promiscuous_membership(index))
    finally:
        capture.detach()


def refuse_everything(fd: int) -> None:
    """Attach the filter that takes no frame; setting another one ends that."""
    code = ctypes.create_string_buffer(struct.pack("=HBBI", _BPF_RETURN, 0, 0, 0))
    capture = socket.socket(fileno=fd)
    try:
        # struct sock_fprog (linux/filter.h)
        capture.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", 1, ctypes.addressof(code)))
    finally:
        capture.detach()


def _promiscuous_membership(index: int) -> bytes:
    """struct packet_mreq"""
    return struct.pack("=iHH8x", index, _PACKET_MR_PROMISC, 0)


def interface_drops(name: str) -> int:
    """Frames the card or driver lost for want of buffers since the interface exists; 0 where nobody says."""
    return _fifo_errors(name) + _missed_errors(name)


def _fifo_errors(name: str) -> int:
    """From /proc/net/dev, which follows the network namespace."""
    try:
        lines = _PROC_NET_DEV.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 0
    for line in lines:
        label, colon, numbers = line.partition(":")
        if colon and label.strip() == name:
            return int(numbers.split()[_FIFO_COLUMN])
    return 0


def _missed_errors(name: str) -> int:
    """From /sys, if it shows the namespace this process is in and not the one it was mounted in."""
    folder = _SYS_CLASS_NET / name
    try:
        if int((folder / "ifindex").read_text()) != socket.if_nametoindex(name):
            return 0
        return int((folder / "statistics" / "rx_missed_errors").read_text())
    except (OSError, ValueError):
        return 0
