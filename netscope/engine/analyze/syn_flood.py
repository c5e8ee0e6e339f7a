"""Is a host being drowned in connections that are never completed? Openings by the second and how few get anywhere.

A busy server completes its connections; the victim of a flood, or of forged sources, does not. Segments that belong to
no connection (ACK, RST, FIN, none) count too: they are other kinds of the same flood. Few sources at many ports are a
port scan, with decoys perhaps, and left to that detector.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import bounded
from netscope.model.flow import Flow
from netscope.model.records import Alert

MAX_COUNTED: Final = 20_000
"""Destinations counted in one window; further ones are not counted and that is told."""
MAX_WATCHED: Final = 64
"""Destinations under a closer look at once."""
SAMPLE: Final = 512
"""Openings of a destination that are looked at, in batches: the first ones since the last look. The latest would all
be too young to judge when they come by the thousand."""
SETTLED_NS: Final = 2 * SECOND_NS
"""Age at which an opening must have got somewhere: any round trip on earth is shorter."""
DECOYS: Final = 32
"""Sources of one scan at most: nmap's decoys are chosen by hand."""
REPEAT_NS: Final = 10 * SECOND_NS
REFUSED_FACTOR: Final = 5.0
"""Times the openings that are needed where most are refused: so its clients call a server that has just crashed, and a
refusal costs its host nothing."""
FEW_PACKETS: Final = 3
"""Of an ACK without a connection; what goes on longer may have begun before the recording did."""
KINDS: Final = {"S": "SYN", "A": "ACK", "R": "RST", "F": "FIN", "": "NULL"}
"""Start of a flow's history -> how a flood of such segments is called."""


@dataclass(frozen=True, slots=True)
class Limits:
    openings: int = limit(200, "in a window", "ntopng takes 256 in a minute; a page opens some dozens at a host")
    completed_share: float = limit(0.2, "of openings", "even an overloaded server completes more")
    window_s: float = limit(10.0, "s", "long enough that one page with its images does not count")


class Target:
    """A destination that many open connections to."""

    __slots__ = ("flows", "last_ns", "opened", "since_ns", "told_ns")

    def __init__(self, since_ns: int) -> None:
        self.flows: deque[Flow] = deque()
        self.opened = 0
        self.since_ns = self.last_ns = since_ns
        self.told_ns = 0

    def add(self, flow: Flow) -> None:
        self.opened += 1
        self.last_ns = flow.first_seen_ns
        if len(self.flows) < SAMPLE:
            self.flows.append(flow)

    def rate(self) -> float:
        """Openings a second."""
        return self.opened / max(1.0, (self.last_ns - self.since_ns) / SECOND_NS)

    def settled(self, now_ns: int, window_ns: int) -> list[Flow]:
        """Those of the window that must have got somewhere; a full batch is handed out once."""
        while self.flows and now_ns - self.flows[0].first_seen_ns >= window_ns + SETTLED_NS:
            self.flows.popleft()
        found = [flow for flow in self.flows if now_ns - flow.first_seen_ns >= SETTLED_NS]
        if len(found) == SAMPLE:
            self.flows.clear()
        return found


class SynFlood(QuietDetector):
    name: ClassVar[str] = "syn_flood"
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="Very many connections to one host were begun and not completed, or segments sent that belong to none: "
        "it has no time or room left for real visitors. Many sources are likely forged.",
        usual="A load test; a server that has just crashed while many clients try to come back.",
        check="Does the host still answer? If a device of yours is the source, disconnect it; if yours is the "
        "target, close the port at the router or turn on SYN cookies.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._counts: dict[str, int] = {}
        self._counting_since_ns = 0
        self._watched: dict[str, Target] = {}
        self._refused = 0

    def flow_opened(self, flow: Flow) -> Sequence[Alert]:
        if flow.protocol != "tcp":
            return NOTHING
        target = self._watched.get(flow.server_ip)
        if target is not None:
            target.add(flow)
            return NOTHING
        count = self._counts.get(flow.server_ip, 0) + 1
        if count == 1 and len(self._counts) >= bounded(MAX_COUNTED):
            self._refused += 1
            return NOTHING
        self._counts[flow.server_ip] = count
        if count >= self.limits.openings // 2 and len(self._watched) < MAX_WATCHED:
            self._watched[flow.server_ip] = Target(flow.first_seen_ns)
        return NOTHING

    def second(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        window_ns = int(self.limits.window_s * SECOND_NS)
        if not 0 <= now_ns - self._counting_since_ns < window_ns:  # or the clock was set back
            self._counting_since_ns = now_ns
            self._counts.clear()
        if not self._watched:
            return NOTHING
        alerts: list[Alert] = []
        for address, target in list(self._watched.items()):
            alerts.extend(self._judge(address, target, now_ns))
            if now_ns - target.last_ns > window_ns:
                del self._watched[address]
        return alerts

    def _judge(self, address: str, target: Target, now_ns: int) -> Sequence[Alert]:
        window_ns = int(self.limits.window_s * SECOND_NS)
        if target.opened < self.limits.openings // 2 or now_ns - target.told_ns < REPEAT_NS:
            return NOTHING
        settled = target.settled(now_ns, window_ns)
        if len(settled) < self.limits.openings // 2:
            return NOTHING
        completed = sum(1 for flow in settled if _got_somewhere(flow))
        if completed > self.limits.completed_share * len(settled):
            return NOTHING
        refused = sum(1 for flow in settled if flow.tcp_state == "REJ")
        if refused > len(settled) // 2 and target.rate() < REFUSED_FACTOR * self.limits.openings / self.limits.window_s:
            return NOTHING
        sources = Counter(flow.client_ip for flow in settled)
        if _is_scan(settled, len(sources)):
            return NOTHING
        first, target.told_ns = not target.told_ns, now_ns
        return (self._flood(address, target, settled, completed, sources, first),)

    def _flood(
        self, address: str, target: Target, settled: list[Flow], completed: int, sources: Counter[str], first: bool
    ) -> Alert:
        flow = settled[-1]
        forged = len(sources) > len(settled) // 2
        kind = Counter(KINDS.get((flow.tcp_history or "")[:1], "TCP") for flow in settled).most_common(1)[0][0]
        return self.alert(
            address, "high", f"{kind} flood on {self._neighbours.word(address)}: {target.rate():.0f} a second",
            flow.first_seen_ns,
            because="many sources, likely forged" if forged else f"from {sources.most_common(1)[0][0]}",
            observed={
                "openings": len(settled),
                "completed": completed,
                "sources": len(sources),
                "openings_in_all": target.opened,
            },
            threshold={"openings": self.limits.openings // 2, "completed_share": self.limits.completed_share},
            window_s=self.limits.window_s,
            data={
                "target": address,
                "segments": [kind],
                "ports": [port for port, _ in Counter(flow.server_port for flow in settled).most_common(8)],
                "sources": [source for source, _ in sources.most_common(16)],
            },
            since_ns=target.since_ns, device_id=flow.device_id, flow=flow, count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        counted = {"syn_flood_watched": len(self._watched)}
        if self._refused:
            counted["syn_flood_refused"] = self._refused
        return counted


def _got_somewhere(flow: Flow) -> bool:
    """Whether a connection came about, or was there before: data, a handshake that went on, or a peer that answers."""
    history = flow.tcp_history or ""
    if "D" in history or "d" in history:
        return True
    if "A" not in history:
        return False
    return "S" in history or flow.packets_up > FEW_PACKETS or (flow.packets_down > 0 and "a" in history)


def _is_scan(flows: list[Flow], sources: int) -> bool:
    """Whether few sources try each port once, instead of one again and again."""
    tries = {(flow.client_ip, flow.server_port) for flow in flows}
    return sources <= DECOYS and len(tries) > len(flows) // 2 and len({port for _, port in tries}) > sources
