"""Does someone try the doors of one host? Distinct ports of one destination at which one source's attempts failed.

Counts failures, not traffic: refused, or silence. Wrong where a program looks for a service that has moved.
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

MAX_PAIRS: Final = 20_000
"""(source, destination) pairs with failures under watch; about 30 MB if each had its fill of ports."""
MAX_PORTS: Final = 4_096
"""Ports told apart of one pair; a scan of all 65,535 shows as this many and more."""
CONNECTED: Final = frozenset(("SF", "S1", "S2", "S3", "RSTO", "RSTR"))


@dataclass(frozen=True, slots=True)
class Limits:
    ports: int = limit(
        15, "failed ports", "a program that looks for a service tries a handful; nmap's shortest list has 100"
    )
    window_s: float = limit(
        900.0, "s", "Zeek's scan script keeps as long; catches a probe a minute, lets a day of single failures be"
    )


class Pair(Aging):
    __slots__ = ("failed", "first_ns", "growth", "open")

    def __init__(self, window_ns: int) -> None:
        super().__init__()
        self.failed = RecentSet(window_ns, MAX_PORTS)
        self.open: set[int] = set()
        self.first_ns = 0
        self.growth = Growth()


class PortScan(QuietDetector):
    name: ClassVar[str] = "port_scan"
    answered_only: ClassVar[bool] = True
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="One device tried many ports of another, and nearly all were closed: it looks for services to use "
        "or attack.",
        usual="A network scanner app or inventory tool that you or your provider runs; a security check of the router.",
        check="Ask who uses the source. If nobody scans on purpose, look at what else it does and take it off "
        "the network.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        window_ns = int(limits.window_s * SECOND_NS)
        self._pairs: Table[tuple[str, str], Pair] = Table(
            "port_scan_pairs", MAX_PAIRS, window_ns, lambda: Pair(window_ns)
        )

    def attempt_failed(self, flow: Flow, now_ns: int) -> Sequence[Alert]:
        if flow.protocol != "tcp" or is_odd(flow):
            return NOTHING
        pair = self._pairs.entry((flow.client_ip, flow.server_ip), now_ns)
        if pair is None:
            return NOTHING
        if pair.failed.add(flow.server_port, flow.first_seen_ns):
            if len(pair.failed) == 1:
                pair.growth.told, pair.first_ns = 0, flow.first_seen_ns
            if pair.growth.worth(len(pair.failed), self.limits.ports):
                return (self._alert(pair, flow),)
        return NOTHING

    def flow_closed(self, flow: Flow) -> Sequence[Alert]:
        """A port that answered belongs to what the scan found."""
        if flow.tcp_state in CONNECTED:
            pair = self._pairs.get((flow.client_ip, flow.server_ip))
            if pair is not None and len(pair.open) < SHOWN:
                pair.open.add(flow.server_port)
        return NOTHING

    def _alert(self, pair: Pair, flow: Flow) -> Alert:
        limits, count = self.limits, len(pair.failed)
        severity, because = self._severity(flow)
        return self.alert(
            f"{flow.client_ip} {flow.server_ip}", severity,
            f"Port scan of {self._neighbours.word(flow.server_ip)}: {count} ports", flow.last_seen_ns,
            because=because,
            observed={"failed_ports": count},
            threshold={"failed_ports": limits.ports},
            window_s=limits.window_s,
            data={
                "source": flow.client_ip,
                "target": flow.server_ip,
                "ports": sorted(pair.failed)[:SHOWN],
                "answered_ports": sorted(pair.open),
            },
            since_ns=pair.first_ns, device_id=flow.device_id, flow=flow, count=int(count < limits.ports * 1.1),
        )  # fmt: skip

    def _severity(self, flow: Flow) -> tuple[str, str]:
        if not self._neighbours.is_local(flow.client_ip):
            return "medium", "from outside: the internet scans everybody, what counts is what answered"
        if self._neighbours.is_local(flow.server_ip):
            return "high", "from inside against a device of this network"
        return "high", "a device of this network scans someone else"

    def counters(self) -> dict[str, int]:
        return self._pairs.counters()
