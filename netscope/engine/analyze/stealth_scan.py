"""Does someone probe ports without connecting? TCP segments of no connection, to many ports of one host.

No flags, FIN, FIN with PSH and URG: a closed port answers those with a reset, an open one with silence (RFC 9293,
section 3.10.7.1), and simple logs do not show them. A lone ACK finds the ports that a firewall lets through. Where only
the victim's resets were recorded, those tell of a scan of any kind. Nobody sends them otherwise, but a recording that
begins in the middle sees the ends of old connections: hence several ports of one host, on its side that serves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, SHOWN, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.outcomes import is_odd
from netscope.engine.analyze.tables import Aging, Growth, RecentSet, Table
from netscope.model.flow import Flow
from netscope.model.records import Alert

MAX_PAIRS: Final = 10_000
MAX_PORTS: Final = 4_096
FIRST_EPHEMERAL: Final = 32_768
KINDS: Final[tuple[str, ...]] = ("null", "fin", "ack", "refusals")
"""What was sent; refusals: only what came back was recorded."""


@dataclass(frozen=True, slots=True)
class Limits:
    ports: int = limit(10, "ports", "the lone ends of old connections between two hosts are few")
    window_s: float = limit(900.0, "s", "as for port scans")


class Pair(Aging):
    __slots__ = ("growth", "kinds", "ports")

    def __init__(self, window_ns: int) -> None:
        super().__init__()
        self.ports = RecentSet(window_ns, MAX_PORTS)
        self.kinds = dict.fromkeys(KINDS, 0)
        self.growth = Growth()


class StealthScan(QuietDetector):
    name: ClassVar[str] = "stealth_scan"
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="One device sent TCP segments that open no connection to many ports of another (NULL, FIN, XMAS or ACK "
        "scan): a way to find open ports that many logs miss.",
        usual="Never by itself: no ordinary program sends these. A test of your own with nmap.",
        check="If you did not scan yourself, treat the source as compromised or hostile and take it off the network.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        window_ns = int(limits.window_s * SECOND_NS)
        self._pairs: Table[tuple[str, str], Pair] = Table(
            "stealth_scan_pairs", MAX_PAIRS, window_ns, lambda: Pair(window_ns)
        )

    def attempt_failed(self, flow: Flow, now_ns: int) -> Sequence[Alert]:
        if flow.protocol != "tcp" or not is_odd(flow):
            return NOTHING
        if flow.client_port < flow.server_port and flow.server_port >= FIRST_EPHEMERAL:
            # A server that ends an old connection.
            return NOTHING
        pair = self._pairs.entry((flow.client_ip, flow.server_ip), now_ns)
        if pair is None or not pair.ports.add(flow.server_port, flow.first_seen_ns):
            return NOTHING
        if len(pair.ports) == 1:
            pair.growth.told = 0
            pair.kinds = dict.fromkeys(KINDS, 0)
        pair.kinds[_kind(flow)] += 1
        first = pair.growth.told == 0
        if not pair.growth.worth(len(pair.ports), self.limits.ports):
            return NOTHING
        return (self._scan(pair, flow, first),)

    def _scan(self, pair: Pair, flow: Flow, first: bool) -> Alert:
        count = len(pair.ports)
        only_refusals = pair.kinds["refusals"] == sum(pair.kinds.values())
        kind = "Port scan" if only_refusals else "Stealth scan"
        return self.alert(
            f"{flow.client_ip} {flow.server_ip}", "high",
            f"{kind} of {self._neighbours.word(flow.server_ip)}: {count} ports", flow.last_seen_ns,
            because="nobody is refused at so many ports by mistake" if only_refusals
            else "no ordinary program sends such segments",
            observed={"ports": count, **{kind: sent for kind, sent in pair.kinds.items() if sent}},
            threshold={"ports": self.limits.ports},
            window_s=self.limits.window_s,
            data={"source": flow.client_ip, "target": flow.server_ip, "ports": sorted(pair.ports)[:SHOWN]},
            since_ns=pair.ports.first_ns, device_id=flow.device_id, flow=flow, count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._pairs.counters()


def _kind(flow: Flow) -> str:
    if not flow.packets_up:
        return "refusals"
    history = flow.tcp_history or ""
    return "fin" if "F" in history else "ack" if "A" in history else "null"
