"""Is a host being flooded with UDP? Packets a second to one destination that are never answered, over all sources.

Streams are as dense, but somebody speaks back, if only to keep the way open; what streams one way goes to a group.
Wrong for a camera or game that sends to a receiver that has gone, and where the recording sees one direction only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours, is_group
from netscope.engine.analyze.tables import bounded
from netscope.model.flow import Flow
from netscope.model.records import Alert

MAX_TARGETS: Final = 8_192
"""Destinations counted in one window; further ones are not counted, and that is told."""
MAX_FLOWS: Final = 50_000
"""Unanswered flows whose packets are told apart from those counted before."""
FEW_PACKETS: Final = 16
MAX_SOURCES: Final = 256
"""Sources told apart of one destination."""
STREAM_PORTS: Final = frozenset((443, 500, 1194, 4500, 4789, 5004, 51820, 6343, 2055, 4739, 9995, 514))
"""QUIC and tunnels, whose answers may take another way, and one-way telemetry: sFlow, NetFlow, IPFIX, syslog."""


@dataclass(frozen=True, slots=True)
class Limits:
    packets: int = limit(3000, "packets", "300 a second unanswered; a lost video stream sends some 200 for seconds")
    window_s: float = limit(10.0, "s", "long enough for a receiver to answer once")


class Target:
    __slots__ = ("answered", "packets", "ports", "since_ns", "sources")

    def __init__(self, since_ns: int) -> None:
        self.packets = 0
        self.answered = False
        self.sources: set[str] = set()
        """Of it and ``ports``: those since a tenth of a flood had come."""
        self.ports: set[int] = set()
        self.since_ns = since_ns


class UdpFlood(QuietDetector):
    name: ClassVar[str] = "udp_flood"
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="One host is sent very many UDP packets that it never answers (UDP flood), which can fill its line.",
        usual="A stream to a receiver that was switched off; a capture that sees only one direction.",
        check="Who is the source? If it is yours, stop the program. If the sources are outside, ask your provider.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._targets: dict[str, Target] = {}
        self._counted: dict[int, int] = {}
        """Flow id -> packets counted of it; starts over when full."""
        self._worth_noting = limits.packets // 10
        self._since_ns = 0
        self._refused = 0

    def second(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        for flow in changed:
            if flow.protocol == "udp":
                self._count(flow)
        if 0 <= now_ns - self._since_ns < self.limits.window_s * SECOND_NS:
            return NOTHING
        alerts = [
            self._flood(address, target, now_ns)
            for address, target in self._targets.items()
            if target.packets >= self.limits.packets and not target.answered
        ]
        self._since_ns = now_ns
        if self._targets:
            self._targets.clear()
        if len(self._counted) >= bounded(MAX_FLOWS):
            # Open ones count once more from their start; closed ones made the room they had.
            self._counted.clear()
        return alerts

    def _count(self, flow: Flow) -> None:
        address = flow.server_ip
        target = self._targets.get(address)
        if flow.packets_down:
            if target is not None:
                target.answered = True
            return
        if target is None:
            if flow.server_port in STREAM_PORTS or is_group(address):
                return
            if len(self._targets) >= bounded(MAX_TARGETS):
                self._refused += 1
                return
            target = self._targets[address] = Target(flow.first_seen_ns)
        target.packets += self._fresh(flow)
        if target.packets >= self._worth_noting:
            if len(target.sources) < MAX_SOURCES:
                target.sources.add(flow.client_ip)
            if len(target.ports) < MAX_SOURCES:
                target.ports.add(flow.server_port)

    def _fresh(self, flow: Flow) -> int:
        """Packets of a flow that were not counted in an earlier second."""
        packets = flow.packets_up
        if packets < FEW_PACKETS:
            # One more or less does not make a flood, and most flows are of one second.
            return packets
        before = self._counted.get(flow.id, 0)
        if not before and len(self._counted) >= bounded(MAX_FLOWS):
            # So many one-way flows are a flood by themselves: each counts once a second.
            return 1
        self._counted[flow.id] = packets
        return packets - before

    def _flood(self, address: str, target: Target, now_ns: int) -> Alert:
        source = next(iter(target.sources))
        is_own = any(map(self._neighbours.is_local, target.sources))
        rate = target.packets / self.limits.window_s
        device = self._neighbours.of_address(source) if len(target.sources) == 1 else None
        return self.alert(
            address, "high" if is_own or len(target.sources) > 8 else "medium",
            f"UDP flood on {self._neighbours.word(address)}: {rate:.0f} a second", now_ns,
            because="many sources" if len(target.sources) > 8 else "from inside this network" if is_own
            else "from outside",
            observed={"packets": target.packets, "sources": len(target.sources)},
            threshold={"packets": self.limits.packets},
            window_s=self.limits.window_s,
            data={"target": address, "source": source, "ports": sorted(target.ports)[:16]},
            since_ns=target.since_ns, device_id=device.id if device else None,
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        counted = {"udp_flood_targets": len(self._targets)}
        if self._refused:
            counted["udp_flood_refused"] = self._refused
        return counted
