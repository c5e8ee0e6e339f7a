"""Live capture from one or several interfaces at once, through the adapter this Python has.

Opens interfaces with words a user can act on, waits on all of them together, follows an interface
that goes down, away and comes back, and counts what was dropped. Frames pass from libpcap straight
to the sink.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import select
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from netscope.engine.capture.bpf import refuse_host_names
from netscope.engine.capture.interfaces import Interface, list_interfaces
from netscope.engine.capture.link_relations import seen_twice
from netscope.engine.capture.live_interface import ANY_INTERFACE, IS_LINUX, LiveHandle, LiveInterface
from netscope.engine.capture.packet_socket import link_state
from netscope.engine.capture.rights import CaptureNotPermitted, require_capture_right
from netscope.engine.capture.source import (
    ActivationRefused,
    CaptureStatistics,
    FrameSink,
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
SPARE_BUFFER_BYTES: Final = 4 * 1024 * 1024
"""Of the capture kept for interfaces without Ethernet frames: tunnels and dial-up lines are slow."""
_WATCH_PERIOD_S: Final = 1.0
_ADDRESS_PERIOD_S: Final = 10.0
_HAS_PYPCAP: Final = sys.version_info < (3, 12)

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


class LiveSource:
    """Frames of one or several interfaces as they arrive (``FrameSource``)."""

    kind = "live"

    def __init__(self, opened: Sequence[LiveInterface], bpf: str | None, notices: Sequence[str]) -> None:
        """``opened``: at least one; those that rest are there to be moved to other interfaces."""
        self.filter = bpf
        self._opened = list(opened)
        self._opening_notices = tuple(notices)
        self._first = 0
        self._watch_due_s = time.monotonic() + _WATCH_PERIOD_S
        self._interfaces: tuple[SourceInterface, ...] = ()
        self._interfaces_due_s = 0.0
        self.name = self._names()

    def pump(self, sink: FrameSink, budget: int, timeout_s: float) -> bool:
        # Frames of a block that was read in part wait in libpcap, where select cannot see them: read before waiting.
        if not self._sweep(sink, budget):
            readable = [live.handle.fileno() for live in self._opened if live.is_read]
            # One that failed stays readable, and would be asked again and again.
            select.select(readable, [], [], timeout_s)
            self._sweep(sink, budget)
        now_s = time.monotonic()
        if now_s >= self._watch_due_s:
            self._watch_due_s = now_s + _WATCH_PERIOD_S
            for live in self._opened:
                live.watch()
        return True

    def listen(self, names: Sequence[str]) -> None:
        """Listen to these interfaces instead, without any right: captures opened at the start are bound anew.

        Raises NetScopeError before anything has changed when one is not there or no capture is left for it.
        """
        wanted = list(dict.fromkeys(names))
        kept = [live for live in self._opened if live.name in wanted]
        free = [live for live in self._opened if live not in kept]
        moves = []
        for name in wanted:
            if any(live.name == name for live in kept):
                continue
            live = _that_fits(free, name)
            free.remove(live)
            moves.append((live, name))
        for live in free:
            live.rest()
        for live, name in moves:
            live.move(name, self.filter)
        self._interfaces_due_s = 0.0
        self._opening_notices = tuple(_relation_notices(wanted))
        self.name = self._names()

    def _names(self) -> str:
        return ", ".join(live.name for live in self._opened if live.name is not None)

    def statistics(self) -> CaptureStatistics:
        each = tuple(live.counters() for live in self._opened)
        received, kernel, interface = (sum(column) for column in zip(*each, strict=True))
        listening = tuple(counts for live, counts in zip(self._opened, each, strict=True) if live.name is not None)
        return CaptureStatistics(received, kernel, interface, listening, sum(live.failures for live in self._opened))

    def interfaces(self) -> tuple[SourceInterface, ...]:
        """Addresses may change while a capture runs: looked up again at most every 10 s."""
        now_s = time.monotonic()
        if now_s >= self._interfaces_due_s:
            self._interfaces_due_s = now_s + _ADDRESS_PERIOD_S
            # The kernel may be short of buffers for the answer: no reason to stop the capture, what was known stays.
            with contextlib.suppress(NetScopeError):
                known = {interface.name: interface for interface in list_interfaces()}
                self._interfaces = tuple(
                    _source_interface(live.name, live.handle.link_type, known)
                    for live in self._opened
                    if live.name is not None
                )
        return self._interfaces

    def progress(self) -> float | None:
        return None

    def notices(self) -> tuple[str, ...]:
        return self._opening_notices + tuple(live.trouble for live in self._opened if live.trouble)

    def descriptors(self) -> tuple[int, ...]:
        """The capture sockets, which ``drop_privileges`` closes for writing."""
        return tuple(live.handle.fileno() for live in self._opened)

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
    spare: bool = False,
    open_handle: OpenHandle | None = None,
) -> LiveSource:
    """Open interfaces for capture, none of them twice. Raises NetScopeError saying which, why and what to do.

    ``spare``: open one capture more, which rests until ``listen`` moves it to an interface without Ethernet frames.
    """
    if bpf:
        refuse_host_names(bpf)
    open_handle = functools.partial(
        open_handle or adapter(),
        snapshot_bytes=SNAPSHOT_BYTES,
        buffer_bytes=buffer_bytes,
        timeout_ms=TIMEOUT_MS,
    )
    opened: list[LiveInterface] = []
    notices: list[str] = []
    try:
        for name in dict.fromkeys(names):
            _check_there(name)
            live, notice = _open_interface(name, promiscuous=promiscuous, open_handle=open_handle)
            opened.append(live)
            notices += [notice] if notice else []
            _set_filter(live.handle, bpf)
        notices += _relation_notices(names)
        if spare and IS_LINUX:
            opened.append(_spare(open_handle))
    except NetScopeError:
        for live in opened:
            live.handle.close()
        raise
    return LiveSource(opened, bpf or None, notices)


def _spare(open_handle: OpenHandle) -> LiveInterface:
    handle = open_handle(ANY_INTERFACE, promiscuous=False, buffer_bytes=SPARE_BUFFER_BYTES)
    live = LiveInterface(handle, promiscuous=False)
    live.rest()
    return live


def _that_fits(free: Sequence[LiveInterface], name: str) -> LiveInterface:
    """One that can be moved to the interface. Raises NetScopeError."""
    link = link_state(free[0].handle.fileno(), name) if free else None
    if free and link is None:
        raise _no_such_interface(name)
    for live in free:
        if link is not None and live.fits(link):
            return live
    raise NetScopeError(
        f"cannot listen on {name} as well: rights were given up once the capture was open; "
        f"leave and start again with -i {name}"
    )


def _relation_notices(names: Iterable[str]) -> list[str]:
    return [f"{pair}: what passes both is counted twice; listen on one of them" for pair in seen_twice(names)]


def _no_such_interface(name: str) -> NetScopeError:
    known = [interface.name for interface in list_interfaces()]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known) or 'none'}"
    return NetScopeError(f"no interface is called {name}; {hint}")


def _check_there(name: str) -> None:
    if name == ANY_INTERFACE and IS_LINUX:
        return
    known = {interface.name: interface for interface in list_interfaces()}
    if name not in known:
        raise _no_such_interface(name)
    require_capture_right(name)
    if not known[name].is_up:
        raise NetScopeError(f"{name} is down; bring it up with: sudo ip link set {name} up")


def _open_interface(name: str, *, promiscuous: bool, open_handle: OpenHandle) -> tuple[LiveInterface, str | None]:
    promiscuous = promiscuous and name != ANY_INTERFACE
    try:
        return LiveInterface(open_handle(name, promiscuous=promiscuous), promiscuous=promiscuous), None
    except ActivationRefused as refused:
        if not promiscuous:
            raise _explained(name, refused) from None
        first = refused
    try:
        handle = open_handle(name, promiscuous=False)
    except ActivationRefused:
        raise _explained(name, first) from None
    notice = f"{name} refused promiscuous mode ({first}): only traffic of this machine, and broadcasts, are seen"
    return LiveInterface(handle, promiscuous=False), notice


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


def _source_interface(name: str, link_type: int, known: dict[str, Interface]) -> SourceInterface:
    interface = known.get(name)
    if interface is None:
        return SourceInterface(name, link_type)
    return SourceInterface(name, link_type, interface.networks, interface.gateway)
