"""Is a host being flooded with UDP? Packets a second to one destination that are never answered, over all sources.

Streams are as dense, but somebody speaks back, if only to keep the way open; what streams one way goes to a group.
Ports of QUIC, tunnels and one-way telemetry count only where many sources send to one host.
Wrong for a camera or game that sends to a receiver that has gone, and where the recording sees one direction only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import SECOND_NS, Explanation, QuietDetector, limit
from netscope.engine.analyze.fresh_packets import FreshPackets
from netscope.engine.analyze.neighbours import Neighbours, is_group
from netscope.engine.analyze.tables import bounded
from netscope.model.flow import Flow
from netscope.model.records import Alert

MAX_TARGETS: Final = 8_192
"""Destinations counted in one window; further ones are not counted, and that is told."""
MAX_FLOWS: Final = 50_000
"""Unanswered flows whose packets are told apart from those counted before."""
MAX_SOURCES: Final = 256
"""Sources told apart of one destination."""
STREAM_PORTS: Final = frozenset((443, 500, 1194, 4500, 4789, 5004, 51820, 6343, 2055, 4739, 9995, 514))
"""QUIC and tunnels, whose answers may take another way, and one-way telemetry: sFlow, NetFlow, IPFIX, syslog."""
STREAMERS: Final = 64
"""Sources at such a port that are no stream any more: telemetry comes from a few routers."""
SETTLED_NS: Final = 2 * SECOND_NS
"""After which an answer would have come."""


@dataclass(frozen=True, slots=True)
class Limits:
    packets: int = limit(3000, "packets", "300 a second unanswered; a lost video stream sends some 200 for seconds")
    window_s: float = limit(10.0, "s", "long enough for a receiver to answer once")


class Target:
    __slots__ = ("answered", "packets", "ports", "since_ns", "sources", "streamed", "told")

    def __init__(self, since_ns: int) -> None:
        self.packets = 0
        self.answered = False
        self.streamed = 0
        """Of ``packets`` those to ports of streams."""
        self.told = False
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
        self._fresh = FreshPackets(MAX_FLOWS)
        self._worth_noting = limits.packets // 10
        self._since_ns = 0
        self._refused = 0

    def second(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        for flow in changed:
            if flow.protocol == "udp":
                self._count(flow)
        is_over = not 0 <= now_ns - self._since_ns < self.limits.window_s * SECOND_NS
        alerts = [
            self._flood(address, target, now_ns)
            for address, target in self._targets.items()
            if target.packets >= self.limits.packets
            and (is_over or (not target.told and now_ns - target.since_ns >= SETTLED_NS))
            and self._is_flood(target)
        ]
        if not is_over:
            return alerts
        self._since_ns = now_ns
        if self._targets:
            self._targets.clear()
        self._fresh.make_room()
        return alerts

    def _count(self, flow: Flow) -> None:
        address = flow.server_ip
        target = self._targets.get(address)
        if flow.packets_down:
            if target is not None:
                target.answered = True
            return
        if target is None:
            if is_group(address):
                return
            if len(self._targets) >= bounded(MAX_TARGETS):
                self._refused += 1
                return
            target = self._targets[address] = Target(flow.first_seen_ns)
        packets = self._fresh.of(flow.id, flow.packets_up)
        target.packets += packets
        if flow.server_port in STREAM_PORTS:
            target.streamed += packets
        if target.packets >= self._worth_noting:
            if len(target.sources) < MAX_SOURCES:
                target.sources.add(flow.client_ip)
            if len(target.ports) < MAX_SOURCES:
                target.ports.add(flow.server_port)

    def _flood(self, address: str, target: Target, now_ns: int) -> Alert:
        source = next(iter(target.sources))
        is_own = any(map(self._neighbours.is_local, target.sources))
        first, target.told = not target.told, True
        rate = target.packets / max(1.0, min(self.limits.window_s, (now_ns - target.since_ns) / SECOND_NS))
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
            since_ns=target.since_ns, device_id=device.id if device else None, count=int(first),
        )  # fmt: skip

    def _is_flood(self, target: Target) -> bool:
        is_more = target.packets - target.streamed >= self.limits.packets
        return not target.answered and (is_more or len(target.sources) > STREAMERS)

    def counters(self) -> dict[str, int]:
        counted = {"udp_flood_targets": len(self._targets)}
        if self._refused:
            counted["udp_flood_refused"] = self._refused
        return counted
