"""Does someone try the UDP ports of one host? Distinct ports refused by ICMP, or silent, for one source.

Not: late answers to a port that has closed, which make the server look like the scanner, and traceroute, which counts
ports up on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, SHOWN, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours, is_group
from netscope.engine.analyze.tables import Aging, Growth, RecentSet, Table
from netscope.model.flow import Flow
from netscope.model.records import Alert, IcmpErrorSeen

MAX_PAIRS: Final = 10_000
MAX_PORTS: Final = 2_048
PORT_UNREACHABLE: Final = frozenset(((3, 3), (1, 4)))
"""(type, code) of ICMP (RFC 792) and ICMPv6 (RFC 4443, section 3.1)."""
TRACEROUTE_PORTS: Final = range(33434, 33564)
FIRST_EPHEMERAL: Final = 32_768
UDP: Final = 17


@dataclass(frozen=True, slots=True)
class Limits:
    refused_ports: int = limit(15, "ports", "hosts send one refusal a second, so this takes a scan a quarter minute")
    silent_ports: int = limit(50, "ports", "calls and games send to a few ports in vain while they look for a way")
    window_s: float = limit(900.0, "s", "the refusals of a slow host come one a second")


class Pair(Aging):
    __slots__ = ("growth", "refused", "silent")

    def __init__(self, window_ns: int) -> None:
        super().__init__()
        self.refused = RecentSet(window_ns, MAX_PORTS)
        self.silent = RecentSet(window_ns, MAX_PORTS)
        self.growth = Growth()


class UdpScan(QuietDetector):
    name: ClassVar[str] = "udp_scan"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (IcmpErrorSeen,)
    explanation: ClassVar[Explanation] = Explanation(
        what="One device sent to many UDP ports of another and was refused or met silence: it looks for open services.",
        usual="A network scanner app or an inventory tool that you run.",
        check="Ask who uses the source. If nobody scans on purpose, look at what else it does.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        window_ns = int(limits.window_s * SECOND_NS)
        self._pairs: Table[tuple[str, str], Pair] = Table(
            "udp_scan_pairs", MAX_PAIRS, window_ns, lambda: Pair(window_ns)
        )

    def observe(self, record: IcmpErrorSeen) -> Sequence[Alert]:
        if record.protocol != UDP or (record.icmp_type, record.code) not in PORT_UNREACHABLE:
            return NOTHING
        port = record.destination_port
        if record.sender_ip != record.destination_ip or port in TRACEROUTE_PORTS:
            return NOTHING
        if record.source_port < 1024 and port >= FIRST_EPHEMERAL:
            # An answer that came after the asker had gone.
            return NOTHING
        pair = self._pairs.entry((record.source_ip, record.destination_ip), record.timestamp_ns)
        if pair is None or not pair.refused.add(port, record.timestamp_ns):
            return NOTHING
        pair.silent.discard(port)
        return self._judge(pair, record.source_ip, record.destination_ip, record.timestamp_ns)

    def attempt_failed(self, flow: Flow, now_ns: int) -> Sequence[Alert]:
        if flow.protocol != "udp" or flow.server_port in TRACEROUTE_PORTS or is_group(flow.server_ip):
            return NOTHING
        pair = self._pairs.entry((flow.client_ip, flow.server_ip), now_ns)
        if pair is None or flow.server_port in pair.refused or not pair.silent.add(flow.server_port, now_ns):
            return NOTHING
        return self._judge(pair, flow.client_ip, flow.server_ip, now_ns)

    def _judge(self, pair: Pair, source: str, target: str, now_ns: int) -> Sequence[Alert]:
        refused, silent = len(pair.refused), len(pair.silent)
        if refused < self.limits.refused_ports and silent < self.limits.silent_ports:
            if refused + silent == 1:
                pair.growth.told = 0
            return NOTHING
        first = pair.growth.told == 0
        if not pair.growth.worth(refused + silent, self.limits.refused_ports):
            return NOTHING
        device = self._neighbours.of_address(source)
        is_inside = self._neighbours.is_local(source)
        return (
            self.alert(
                f"{source} {target}", "high" if is_inside else "medium",
                f"UDP scan of {self._neighbours.word(target)}: {refused + silent} ports", now_ns,
                because="from inside this network" if is_inside else "from outside: the internet scans everybody",
                observed={"refused_ports": refused, "silent_ports": silent},
                threshold={"refused_ports": self.limits.refused_ports, "silent_ports": self.limits.silent_ports},
                window_s=self.limits.window_s,
                data={
                    "source": source,
                    "target": target,
                    "ports": sorted({*pair.refused, *pair.silent})[:SHOWN],
                },
                since_ns=min(filter(None, (pair.refused.first_ns, pair.silent.first_ns))),
                device_id=device.id if device else None, count=int(first),
            ),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._pairs.counters()
