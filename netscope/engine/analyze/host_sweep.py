"""Does someone look for one service at many hosts? Distinct hosts at which one source's attempts on one port failed.

Pings count as a service of their own: whoever pings a whole range looks for hosts.

Hosts whose name the source looked up first do not count: whoever was told an address is not searching. Wrong for
peer-to-peer programs, which call many peers that have gone: hence the share that must fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, SHOWN, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours, is_group
from netscope.engine.analyze.outcomes import is_odd
from netscope.engine.analyze.tables import Aging, Growth, RecentSet, Table
from netscope.model.flow import Flow
from netscope.model.records import Alert

MAX_SWEEPS: Final = 20_000
"""(source, protocol, port) under watch; about 40 MB if each had its fill of hosts."""
MAX_HOSTS: Final = 4_096
"""Hosts told apart of one sweep; a wider one shows as this many and more."""


@dataclass(frozen=True, slots=True)
class Limits:
    tcp_hosts: int = limit(25, "failed hosts", "peers use 20 to 32; nobody's program has 25 dead servers without names")
    udp_hosts: int = limit(
        64, "failed hosts", "nothing says that UDP failed but silence, and peer-to-peer programs meet a lot of it"
    )
    failed_share: float = limit(0.8, "of attempts", "in a peer-to-peer network about half of the peers still answer")
    window_s: float = limit(900.0, "s", "a sweep of a /24 at one host in three seconds takes as long")


class Sweep(Aging):
    __slots__ = ("answered", "failed", "first_ns", "growth")

    def __init__(self, window_ns: int) -> None:
        super().__init__()
        self.failed = RecentSet(window_ns, MAX_HOSTS)
        self.answered = 0
        self.first_ns = 0
        self.growth = Growth()


class HostSweep(QuietDetector):
    name: ClassVar[str] = "host_sweep"
    answered_only: ClassVar[bool] = True
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="One device tried the same port, or pings, at many addresses, and nearly nobody answered: worms and "
        "scanners do that.",
        usual="A network scanner app or a monitoring tool; a program that still searches a network that has changed.",
        check="Which program on the source uses this port? If nobody knows, take the device off the network and "
        "examine it.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        window_ns = int(limits.window_s * SECOND_NS)
        self._sweeps: Table[tuple[str, str, int], Sweep] = Table(
            "host_sweeps", MAX_SWEEPS, window_ns, lambda: Sweep(window_ns)
        )

    def attempt_failed(self, flow: Flow, now_ns: int) -> Sequence[Alert]:
        if flow.server_name is not None or is_group(flow.server_ip) or is_odd(flow):
            return NOTHING
        sweep = self._sweeps.entry((flow.client_ip, flow.protocol, flow.server_port), now_ns)
        if sweep is None or not sweep.failed.add(flow.server_ip, flow.first_seen_ns):
            return NOTHING
        count = len(sweep.failed)
        if count == 1:
            sweep.growth.told, sweep.answered, sweep.first_ns = 0, 0, flow.first_seen_ns
        threshold = self.limits.tcp_hosts if flow.protocol == "tcp" else self.limits.udp_hosts
        if count < threshold or count < self.limits.failed_share * (count + sweep.answered):
            return NOTHING
        return (self._alert(sweep, flow, threshold),) if sweep.growth.worth(count, threshold) else NOTHING

    def flow_closed(self, flow: Flow) -> Sequence[Alert]:
        if flow.packets_down:
            sweep = self._sweeps.get((flow.client_ip, flow.protocol, flow.server_port))
            if sweep is not None and flow.tcp_state != "REJ":
                sweep.answered += 1
        return NOTHING

    def _alert(self, sweep: Sweep, flow: Flow, threshold: int) -> Alert:
        count = len(sweep.failed)
        port = f"{flow.protocol}/{flow.server_port}" if flow.server_port else "ping"
        title = f"Host sweep: {count} hosts {'on' if flow.server_port else 'by'} {port}"
        is_inside = self._neighbours.is_local(flow.client_ip)
        return self.alert(
            f"{flow.client_ip} {port}", "high" if is_inside else "medium", title,
            flow.last_seen_ns,
            because="a device of this network searches others" if is_inside
            else "from outside: the internet searches everybody",
            observed={"failed_hosts": count, "answered": sweep.answered},
            threshold={"failed_hosts": threshold, "failed_share": self.limits.failed_share},
            window_s=self.limits.window_s,
            data={
                "source": flow.client_ip, "protocol": flow.protocol, "port": flow.server_port,
                "hosts": list(sweep.failed)[:SHOWN],
            },
            since_ns=sweep.first_ns, device_id=flow.device_id, flow=flow, count=int(count < threshold * 1.1),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._sweeps.counters()
