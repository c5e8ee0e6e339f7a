"""Is the DHCP server being exhausted? Requests a minute, from many made-up MACs or from one sender.

A full pool leaves new devices without an address, or to a rogue server. Wrong after a power cut, when a large network
comes back at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, SHOWN, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import Growth, RecentSet, bounded
from netscope.model.records import Alert, DhcpExchange

MAX_HELD: Final = 4_096
"""Senders and clients held of the last minute; beyond, the flood is long told."""


@dataclass(frozen=True, slots=True)
class Limits:
    requests: int = limit(100, "from one sender", "a client that gets no answer asks about ten times a minute")
    macs: int = limit(60, "distinct clients", "more than a home has devices, all at once")
    window_s: float = limit(60.0, "s", "a pool of 200 addresses is gone in a minute at three a second")


class DhcpFlood(QuietDetector):
    name: ClassVar[str] = "dhcp_flood"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (DhcpExchange,)
    explanation: ClassVar[Explanation] = Explanation(
        what="Very many DHCP requests in a short time: the server's pool of addresses runs out (DHCP starvation).",
        usual="A large network whose devices all come back after a power cut; a defect in a device's DHCP client.",
        check="Find the sender below. If it invents MACs, disconnect it: often a false DHCP server is the next step.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        window_ns = int(limits.window_s * SECOND_NS)
        self._clients = RecentSet(window_ns, bounded(MAX_HELD))
        self._by_sender: dict[str | None, int] = {}
        self._growth = Growth()
        self._window_ns = window_ns
        self._since_ns = 0
        self._refused = 0

    def observe(self, record: DhcpExchange) -> Sequence[Alert]:
        if not record.from_client:
            return NOTHING
        now_ns = record.timestamp_ns
        if not 0 <= now_ns - self._since_ns <= self._window_ns:  # or the clock was set back
            self._since_ns = now_ns
            self._by_sender.clear()
            self._growth.told = 0
        sender = record.sender_mac
        if sender not in self._by_sender and len(self._by_sender) >= bounded(MAX_HELD):
            self._refused += 1
        else:
            self._by_sender[sender] = self._by_sender.get(sender, 0) + 1
        self._clients.add(record.mac, now_ns)
        return self._judge(record, self._by_sender.get(sender, 0), len(self._clients))

    def _judge(self, record: DhcpExchange, requests: int, clients: int) -> Sequence[Alert]:
        limits = self.limits
        if requests < limits.requests and clients < limits.macs:
            return NOTHING
        first = not self._growth.told
        if not self._growth.worth(max(requests, clients), min(limits.requests, limits.macs)):
            return NOTHING
        device = self._neighbours.of_mac(record.sender_mac)
        return (
            self.alert(
                "flood", "high", f"DHCP flood: {requests} requests, {clients} clients", record.timestamp_ns,
                because="made-up clients use up the pool" if clients >= limits.macs else "one sender asks without end",
                observed={"requests": requests, "clients": clients},
                threshold={"requests": limits.requests, "clients": limits.macs},
                window_s=limits.window_s,
                data={
                    "sender_mac": record.sender_mac,
                    "message": record.message_type,
                    "clients": list(self._clients)[:SHOWN],
                },
                since_ns=self._since_ns, device_id=device.id if device else None, count=int(first),
            ),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        counted = {"dhcp_flood_clients": len(self._clients)} if len(self._clients) else {}
        return counted | {"dhcp_flood_refused": self._refused} if self._refused else counted
