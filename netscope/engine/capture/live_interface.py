"""One interface being captured: what becomes of it, and how its capture goes over to another.

A packet socket is asked for CAP_NET_RAW when it is made, never when it is bound (packet(7)). So a capture opened
before rights were given up can follow an interface that was made again, and be moved to another one: see
docs/decisions/0010-captures-are-bound-anew.md.
"""

from __future__ import annotations

import sys
import time
from typing import Final, Protocol

from netscope.engine.capture.packet_socket import (
    LinkState,
    bind_again,
    interface_drops,
    leave_promiscuous,
    link_state,
    refuse_everything,
)
from netscope.engine.capture.source import ActivationRefused, FrameSink, InterfaceLost
from netscope.model.errors import NetScopeError

ANY_INTERFACE: Final = "any"
IS_LINUX: Final = sys.platform == "linux"
BACK_OFF_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Pauses after reading failed, the last one again and again; a success begins anew."""
_DLT_EN10MB: Final = 1
_ETHERNET_FRAMED: Final = frozenset((1, 772))
"""ARPHRD_ETHER, which Wi-Fi, bridges and VLANs are too, and ARPHRD_LOOPBACK (linux/if_arp.h)."""


class LiveHandle(Protocol):
    """One opened interface, non-blocking; one class per library."""

    name: str
    link_type: int

    def fileno(self) -> int: ...

    def set_filter(self, expression: str) -> None:
        """Raises ActivationRefused with libpcap's words."""
        ...

    def dispatch(self, sink: FrameSink, interface: int, budget: int) -> int:
        """Move what is there, at most ``budget`` frames, without waiting; frames moved. Raises InterfaceLost."""
        ...

    def counters(self) -> tuple[int, int]:
        """(received, dropped) since opened, modulo 2**32."""
        ...

    def close(self) -> None: ...


class _Counter32:
    """A total kept from a counter that wraps at 2**32: four hours at 300,000 packets a second."""

    def __init__(self) -> None:
        self._last = 0
        self.total = 0

    def update(self, value: int) -> int:
        self.total += (value - self._last) & 0xFFFF_FFFF
        self._last = value
        return self.total


class LiveInterface:
    """One handle and the interface it listens to now."""

    def __init__(self, handle: LiveHandle, *, promiscuous: bool) -> None:
        self.handle = handle
        self.name: str | None = handle.name
        """None while it listens to nothing."""
        self.trouble: str | None = None
        self.failures = 0
        """Times that reading failed and was tried again after a pause."""
        self._failures_in_a_row = 0
        self._read_again_s = 0.0
        self._promiscuous = promiscuous
        self._is_cooked = handle.name == ANY_INTERFACE
        """Without the frame's own header: libpcap puts one of its own (LINUX_SLL) before the packet."""
        self._link = self._look()
        self._received = _Counter32()
        self._dropped = _Counter32()
        self._drops_before = interface_drops(handle.name)
        self._drops = 0

    @property
    def is_read(self) -> bool:
        """False while it listens to nothing or a failure is waited out."""
        return self.name is not None and (not self._read_again_s or time.monotonic() >= self._read_again_s)

    def read(self, sink: FrameSink, number: int, budget: int) -> int:
        if not self.is_read:
            return 0
        try:
            moved = self.handle.dispatch(sink, number, budget)
        except InterfaceLost as lost:
            if not IS_LINUX:
                raise NetScopeError(f"{lost.args[0]}: {lost.args[1]}") from None
            self._note_failure(lost.args[1])
            return 0
        self._failures_in_a_row, self._read_again_s = 0, 0.0
        return moved

    def _note_failure(self, words: str) -> None:
        """One that is gone or down is expected to fail, and tried each second; anything else is counted.

        The kernel tells of it once, at the next read: by then the interface may be back.
        """
        was_waited_for, link = self.trouble is not None, self._link
        self.watch()
        is_over = was_waited_for or self._link is not link
        if (is_over or self.trouble is not None) and not self._failures_in_a_row:
            self._read_again_s = time.monotonic() + BACK_OFF_S[0]
            return
        pause_s = BACK_OFF_S[min(self._failures_in_a_row, len(BACK_OFF_S) - 1)]
        self._failures_in_a_row += 1
        self.failures += 1
        self._read_again_s = time.monotonic() + pause_s
        self.trouble = f"{self.name}: capture failed ({words}); tried again after {pause_s:.0f} s"

    def watch(self) -> None:
        """See whether the interface is there and up; follow it when another has come under its name."""
        if not IS_LINUX or self.name in {ANY_INTERFACE, None}:
            return
        now = self._look()
        if now is None:
            self.trouble = f"{self.name} has disappeared; waiting for it to come back"
            return
        if not self._failures_in_a_row:
            self.trouble = None
        if not now.is_up:
            self.trouble = f"{self.name} is down; waiting for it to come up"
        if self._link is not None and now.index != self._link.index:
            self._follow(now, self._link)

    def counters(self) -> tuple[int, int, int]:
        """(received, dropped by the kernel, dropped by the interface) since opened."""
        received, dropped = self.handle.counters()
        if self.name is not None:
            drops = interface_drops(self.name)
            # The kernel's count starts again when an interface is made again.
            self._drops += drops - self._drops_before if drops >= self._drops_before else drops
            self._drops_before = drops
        return self._received.update(received), self._dropped.update(dropped), self._drops

    def fits(self, link: LinkState) -> bool:
        """Whether frames of such an interface are framed as this capture reads them."""
        if self._is_cooked:
            return link.hardware_type not in _ETHERNET_FRAMED
        return link.hardware_type in _ETHERNET_FRAMED and self.handle.link_type == _DLT_EN10MB

    def move(self, name: str, bpf: str | None) -> None:
        """Listen to another interface from now on. Raises NetScopeError; then it listens to nothing."""
        self.rest()
        link = link_state(self.handle.fileno(), name)
        if link is None:
            raise NetScopeError(f"{name} has disappeared")
        try:
            bind_again(self.handle.fileno(), name, link.index, promiscuous=self._promiscuous)
            self.handle.set_filter(bpf or "")
        except (OSError, ActivationRefused) as error:
            raise NetScopeError(f"cannot listen on {name}: {error}") from None
        self.name, self._link = name, link
        self._drops_before = interface_drops(name)

    def rest(self) -> None:
        """Listen to nothing, ready to be moved."""
        descriptor = self.handle.fileno()
        refuse_everything(descriptor)
        if self._link is not None and self._promiscuous:
            leave_promiscuous(descriptor, self._link.index)
        self.name = self.trouble = self._link = None
        self._failures_in_a_row, self._read_again_s = 0, 0.0

    def _look(self) -> LinkState | None:
        return link_state(self.handle.fileno(), self.name) if IS_LINUX and self.name is not None else None

    def _follow(self, now: LinkState, before: LinkState) -> None:
        assert self.name is not None
        if now.hardware_type != before.hardware_type:
            self.trouble = f"{self.name} came back as another kind of interface; start again to capture it"
            return
        try:
            bind_again(self.handle.fileno(), self.name, now.index, promiscuous=self._promiscuous)
        except OSError as error:
            self.trouble = f"{self.name} came back but cannot be captured ({error.strerror}); trying again"
            return
        self._link = now
        self._failures_in_a_row, self._read_again_s = 0, 0.0
