"""Live capture from one or several interfaces at once, through the adapter this Python has.

Opens interfaces with words a user can act on, waits on all of them together, follows an interface
that goes down, away and comes back, and counts what was dropped. Frames pass from libpcap straight
to the sink.
"""

from __future__ import annotations

import difflib
import functools
import select
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from netscope.engine.capture.bpf import refuse_host_names
from netscope.engine.capture.interfaces import Interface, list_interfaces
from netscope.engine.capture.packet_socket import LinkState, bind_again, interface_drops, link_state
from netscope.engine.capture.rights import CaptureNotPermitted, require_capture_right
from netscope.engine.capture.source import (
    ActivationRefused,
    CaptureStatistics,
    FrameSink,
    InterfaceLost,
    SourceInterface,
)
from netscope.model.errors import NetScopeError

BUFFER_BYTES: Final = 64 * 1024 * 1024
"""Kernel ring per interface. libpcap's 2 MB lasts 9 ms at 1.9 Gb/s, this 0.28 s: longer than a pause of the engine."""
SNAPSHOT_BYTES: Final = 65_600
"""The largest frame there is without BIG TCP: 65,536 bytes and link headers, on loopback or merged by the card (GRO).
Whole frames, because merged ones carry whole certificate chains and pypcap tells no wire length of a cut one; cutting
at 512 bytes saves nothing that can be measured (0.42 µs a frame either way, 770 bytes a frame on the mean)."""
TIMEOUT_MS: Final = 100
"""The kernel hands over a part-filled block of the ring after this, so it is the latency of a quiet network. Immediate
mode would need the older ring of fixed slots, which holds 1,000 frames in the same memory."""
ANY_INTERFACE: Final = "any"
_WATCH_PERIOD_S: Final = 1.0
_ADDRESS_PERIOD_S: Final = 10.0
_HAS_PYPCAP: Final = sys.version_info < (3, 12)
_IS_LINUX: Final = sys.platform == "linux"


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


OpenHandle = Callable[..., LiveHandle]


def adapter() -> OpenHandle:
    """The handle class for this Python: pypcap where it builds, pcapy-ng elsewhere. Raises NetScopeError."""
    try:
        if _HAS_PYPCAP:
            from netscope.engine.capture.live_pypcap import PypcapHandle  # noqa: PLC0415

            return PypcapHandle
        from netscope.engine.capture.live_pcapy import PcapyHandle  # noqa: PLC0415
    except ImportError as error:
        raise NetScopeError(f"live capture is not installed ({error}); run: netscope doctor") from None
    return PcapyHandle


class _Counter32:
    """A total kept from a counter that wraps at 2**32: four hours at 300,000 packets a second."""

    def __init__(self) -> None:
        self._last = 0
        self.total = 0

    def update(self, value: int) -> int:
        self.total += (value - self._last) & 0xFFFF_FFFF
        self._last = value
        return self.total


class _LiveInterface:
    """One handle and what became of its interface."""

    def __init__(self, handle: LiveHandle, *, promiscuous: bool) -> None:
        self.handle = handle
        self.trouble: str | None = None
        self._promiscuous = promiscuous
        self._link = self._look()
        self._received = _Counter32()
        self._dropped = _Counter32()
        self._drops_before = interface_drops(handle.name)
        self._drops = 0

    def read(self, sink: FrameSink, number: int, budget: int) -> int:
        try:
            return self.handle.dispatch(sink, number, budget)
        except InterfaceLost as lost:
            if not _IS_LINUX:
                raise NetScopeError(f"{lost.args[0]}: {lost.args[1]}") from None
            self.watch()
            return 0

    def watch(self) -> None:
        """See whether the interface is there and up; follow it when another has come under its name."""
        name = self.handle.name
        if not _IS_LINUX or name == ANY_INTERFACE:
            return
        now = self._look()
        if now is None:
            self.trouble = f"{name} has disappeared; waiting for it to come back"
            return
        self.trouble = None if now.is_up else f"{name} is down; waiting for it to come up"
        if self._link is not None and now.index != self._link.index:
            self._follow(now, self._link)

    def counters(self) -> tuple[int, int, int]:
        received, dropped = self.handle.counters()
        drops = interface_drops(self.handle.name)
        # The kernel's count starts again when an interface is made again.
        self._drops += drops - self._drops_before if drops >= self._drops_before else drops
        self._drops_before = drops
        return self._received.update(received), self._dropped.update(dropped), self._drops

    def _look(self) -> LinkState | None:
        return link_state(self.handle.fileno(), self.handle.name) if _IS_LINUX else None

    def _follow(self, now: LinkState, before: LinkState) -> None:
        name = self.handle.name
        if now.hardware_type != before.hardware_type:
            self.trouble = f"{name} came back as another kind of interface; start again to capture it"
            return
        try:
            bind_again(self.handle.fileno(), name, now.index, promiscuous=self._promiscuous)
        except OSError as error:
            self.trouble = f"{name} came back but cannot be captured ({error.strerror}); trying again"
            return
        self._link = now


class LiveSource:
    """Frames of one or several interfaces as they arrive (``FrameSource``)."""

    kind = "live"

    def __init__(self, opened: Sequence[_LiveInterface], bpf: str | None, notices: Sequence[str]) -> None:
        self.name = ", ".join(live.handle.name for live in opened)
        self.filter = bpf
        self._opened = list(opened)
        self._descriptors = [live.handle.fileno() for live in opened]
        self._opening_notices = tuple(notices)
        self._first = 0
        self._watch_due_s = time.monotonic() + _WATCH_PERIOD_S
        self._interfaces: tuple[SourceInterface, ...] = ()
        self._interfaces_due_s = 0.0

    def pump(self, sink: FrameSink, budget: int, timeout_s: float) -> bool:
        # Frames of a block that was read in part wait in libpcap, where select cannot see them: read before waiting.
        if not self._sweep(sink, budget):
            select.select(self._descriptors, [], [], timeout_s)
            self._sweep(sink, budget)
        now_s = time.monotonic()
        if now_s >= self._watch_due_s:
            self._watch_due_s = now_s + _WATCH_PERIOD_S
            for live in self._opened:
                live.watch()
        return True

    def statistics(self) -> CaptureStatistics:
        each = tuple(live.counters() for live in self._opened)
        received, kernel, interface = (sum(column) for column in zip(*each, strict=True))
        return CaptureStatistics(received, kernel, interface, each)

    def interfaces(self) -> tuple[SourceInterface, ...]:
        """Addresses may change while a capture runs: looked up again at most every 10 s."""
        now_s = time.monotonic()
        if now_s >= self._interfaces_due_s:
            self._interfaces_due_s = now_s + _ADDRESS_PERIOD_S
            known = {interface.name: interface for interface in list_interfaces()}
            self._interfaces = tuple(_source_interface(live.handle, known) for live in self._opened)
        return self._interfaces

    def progress(self) -> float | None:
        return None

    def notices(self) -> tuple[str, ...]:
        return self._opening_notices + tuple(live.trouble for live in self._opened if live.trouble)

    def descriptors(self) -> tuple[int, ...]:
        """The capture sockets, which ``drop_privileges`` closes for writing."""
        return tuple(self._descriptors)

    def close(self) -> None:
        opened, self._opened = self._opened, []
        for live in opened:
            live.handle.close()

    def _sweep(self, sink: FrameSink, budget: int) -> int:
        """One turn over the interfaces, each time beginning with another one, each with its share of the budget."""
        count = len(self._opened)
        self._first = (self._first + 1) % count
        share = max(1, budget // count)
        moved = 0
        for turn in range(count):
            number = (self._first + turn) % count
            moved += self._opened[number].read(sink, number, share)
        return moved


def open_live(
    names: Sequence[str],
    bpf: str | None = None,
    *,
    promiscuous: bool = True,
    buffer_bytes: int = BUFFER_BYTES,
    open_handle: OpenHandle | None = None,
) -> LiveSource:
    """Open interfaces for capture, none of them twice. Raises NetScopeError saying which, why and what to do."""
    if bpf:
        refuse_host_names(bpf)
    open_handle = functools.partial(
        open_handle or adapter(),
        snapshot_bytes=SNAPSHOT_BYTES,
        buffer_bytes=buffer_bytes,
        timeout_ms=TIMEOUT_MS,
    )
    opened: list[_LiveInterface] = []
    notices: list[str] = []
    try:
        for name in dict.fromkeys(names):
            _check_there(name)
            live, notice = _open_interface(name, promiscuous=promiscuous, open_handle=open_handle)
            opened.append(live)
            notices += [notice] if notice else []
            _set_filter(live.handle, bpf)
    except NetScopeError:
        for live in opened:
            live.handle.close()
        raise
    return LiveSource(opened, bpf or None, notices)


def _check_there(name: str) -> None:
    if name == ANY_INTERFACE and _IS_LINUX:
        return
    known = {interface.name: interface for interface in list_interfaces()}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known) or 'none'}"
        raise NetScopeError(f"no interface is called {name}; {hint}")
    require_capture_right(name)
    if not known[name].is_up:
        raise NetScopeError(f"{name} is down; bring it up with: sudo ip link set {name} up")


def _open_interface(name: str, *, promiscuous: bool, open_handle: OpenHandle) -> tuple[_LiveInterface, str | None]:
    promiscuous = promiscuous and name != ANY_INTERFACE
    try:
        return _LiveInterface(open_handle(name, promiscuous=promiscuous), promiscuous=promiscuous), None
    except ActivationRefused as refused:
        if not promiscuous:
            raise _explained(name, refused) from None
        first = refused
    try:
        handle = open_handle(name, promiscuous=False)
    except ActivationRefused:
        raise _explained(name, first) from None
    notice = f"{name} refused promiscuous mode ({first}): only traffic of this machine, and broadcasts, are seen"
    return _LiveInterface(handle, promiscuous=False), notice


def _explained(name: str, refused: ActivationRefused) -> NetScopeError:
    words = str(refused)
    if "permi" in words.lower():
        return CaptureNotPermitted(name)
    return NetScopeError(f"cannot capture on {name}: {words}")


def _set_filter(handle: LiveHandle, bpf: str | None) -> None:
    if not bpf:
        return
    try:
        handle.set_filter(bpf)
    except ActivationRefused as refused:
        raise NetScopeError(f'the filter "{bpf}" is not one libpcap understands on {handle.name}: {refused}') from None


def _source_interface(handle: LiveHandle, known: dict[str, Interface]) -> SourceInterface:
    interface = known.get(handle.name)
    if interface is None:
        return SourceInterface(handle.name, handle.link_type)
    return SourceInterface(handle.name, handle.link_type, interface.networks, interface.gateway)
