"""Tells systemd how the service stands (sd_notify(3)): ready, alive, reloading, ending. Nothing where nobody asked.

The watchdog is fed from the engine's own loop, so a loop that hangs is a service that is started again.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Final

from netscope.engine.thread import Engine

_STATUS_PERIOD_NS: Final = 10_000_000_000


class Notifier:
    """One datagram socket, connected before rights are given up."""

    def __init__(self, address: str | None, *, has_watchdog: bool = False) -> None:
        """``address``: a path, or a name in the abstract namespace after an @."""
        self.has_watchdog = has_watchdog
        self._socket: socket.socket | None = None
        if address and address[0] in "/@":
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            with contextlib.suppress(OSError):
                self._socket.connect("\0" + address[1:] if address[0] == "@" else address)
            # A manager that does not read must not hold up the engine.
            self._socket.setblocking(False)

    @classmethod
    def from_environment(cls, environment: MutableMapping[str, str] = os.environ) -> Notifier:
        """Takes the variables out, so that no child speaks for this process."""
        address = environment.pop("NOTIFY_SOCKET", None)
        interval = environment.pop("WATCHDOG_USEC", None)
        mine = environment.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        return cls(address, has_watchdog=bool(interval) and mine)

    def tell(self, **assignments: str | int) -> None:
        """``READY=1`` and its like. A manager that does not listen is no reason to stop."""
        if self._socket is None:
            return
        message = "\n".join(f"{name}={value}" for name, value in assignments.items())
        with contextlib.suppress(OSError):
            self._socket.send(message.encode(errors="replace"))

    def reloading(self) -> None:
        self.tell(RELOADING=1, MONOTONIC_USEC=time.monotonic_ns() // 1000)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()


@dataclass(slots=True)
class Heartbeat:
    """Hears once a second from the engine's loop and passes it on."""

    notifier: Notifier
    _is_ready: bool = False
    _status_due_ns: int = 0

    def publish(self, engine: Engine, now_ns: int) -> None:
        if engine.finished:
            self.notifier.tell(STOPPING=1)
            return
        if not self._is_ready:
            self._is_ready = True
            self.notifier.tell(READY=1)
        if self.notifier.has_watchdog:
            self.notifier.tell(WATCHDOG=1)
        if not self._status_due_ns - _STATUS_PERIOD_NS <= now_ns < self._status_due_ns:
            self._status_due_ns = now_ns + _STATUS_PERIOD_NS
            self.notifier.tell(STATUS=_summary(engine))


def _summary(engine: Engine) -> str:
    pipeline, statistics = engine.pipeline, engine.statistics
    return (
        f"{engine.source.name}: {pipeline.meter.packets:,} packets, {pipeline.meter.flows_open:,} flows open, "
        f"{len(pipeline.correlator.devices):,} devices, "
        f"{statistics.dropped_kernel + statistics.dropped_interface:,} dropped"
    )
