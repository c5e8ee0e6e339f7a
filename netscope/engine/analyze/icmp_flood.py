"""Is a host being flooded with ICMP? Packets a minute to one destination, over all sources.

A person's ping sends one a second, monitoring a few; a flood hundreds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import bounded
from netscope.model.flow import Flow
from netscope.model.records import Alert

MAX_OPEN: Final = 10_000
"""Open ICMP flows looked at; forged sources beyond do not add to the count, which is far over its threshold by then."""
MAX_TARGETS: Final = 4_096
MAX_SOURCES: Final = 64
MANY_SOURCES: Final = 8
LOOK_NS: Final = 5 * SECOND_NS
"""Between two counts: an IPv6 network has an open ICMP flow for each neighbour."""


@dataclass(frozen=True, slots=True)
class Limits:
    packets: int = limit(1500, "packets", "25 a second; mtr at its fastest sends ten, ping -f hundreds")
    window_s: float = limit(60.0, "s", "a minute lets short bursts of discovery pass")


class IcmpFlood(QuietDetector):
    name: ClassVar[str] = "icmp_flood"
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="One host is sent very many ICMP packets (ping flood), which can use up its line.",
        usual="A speed or loss test that pings fast; a loop in the network that multiplies packets.",
        check="Who is the source? If it is yours, stop the program. If the sources are outside, ask your provider.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._open: dict[int, tuple[Flow, int]] = {}
        """Flow id -> flow and its packets counted so far."""
        self._counts: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self._sources: dict[str, set[str]] = {}
        """Target -> who sent to it, at most MAX_SOURCES."""
        self._since_ns = 0
        self._next_look_ns = 0
        self._refused = 0

    def flow_opened(self, flow: Flow) -> Sequence[Alert]:
        if flow.protocol[0] == "i" and flow.protocol.startswith("icmp"):
            if len(self._open) < bounded(MAX_OPEN):
                self._open[flow.id] = (flow, 0)
            else:
                self._refused += 1
        return NOTHING

    def flow_closed(self, flow: Flow) -> Sequence[Alert]:
        if flow.id in self._open:
            alerts = self._count(flow, flow.last_seen_ns)
            del self._open[flow.id]
            return alerts
        return NOTHING

    def second(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        if not 0 <= now_ns - self._since_ns < self.limits.window_s * 1e9:  # or the clock was set back
            self._since_ns = now_ns
            self._counts.clear()
            self._told.clear()
            self._sources.clear()
        if not self._open or now_ns < self._next_look_ns:
            return NOTHING
        self._next_look_ns = now_ns + LOOK_NS
        return [alert for flow, _ in list(self._open.values()) for alert in self._count(flow, now_ns)]

    def _count(self, flow: Flow, now_ns: int) -> Sequence[Alert]:
        before = self._open[flow.id][1]
        # Errors of both kinds make flows too; up is what the first sender sent.
        if flow.packets_up == before:
            return NOTHING
        target = flow.server_ip
        if target not in self._counts and len(self._counts) >= bounded(MAX_TARGETS):
            self._refused += 1
            return NOTHING
        self._open[flow.id] = (flow, flow.packets_up)
        count = self._counts[target] = self._counts.get(target, 0) + flow.packets_up - before
        sources = self._sources.setdefault(target, set())
        if len(sources) < MAX_SOURCES:
            sources.add(flow.client_ip)
        told = self._told.get(target, 0)
        if count < self.limits.packets or count < told * 2:
            return NOTHING
        self._told[target] = count
        is_inside, are_many = self._neighbours.is_local(flow.client_ip), len(sources) > MANY_SOURCES
        return (
            self.alert(
                target, "high" if is_inside or are_many else "medium",
                f"ICMP flood on {self._neighbours.word(target)}", now_ns,
                because="many sources" if are_many else "from inside this network" if is_inside else "from outside",
                observed={"packets": count, "sources": len(sources)},
                threshold={"packets": self.limits.packets},
                window_s=self.limits.window_s,
                data={"target": target, "source": flow.client_ip},
                since_ns=flow.first_seen_ns,
                device_id=flow.device_id, flow=flow, count=int(not told),
            ),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        counted = {"icmp_flood_flows": len(self._open)} if self._open else {}
        return counted | {"icmp_flood_refused": self._refused} if self._refused else counted
