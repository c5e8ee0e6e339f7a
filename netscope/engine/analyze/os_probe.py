"""Does someone find out a host's operating system? Several kinds of impossible TCP segments within a minute.

nmap -O sends segments without flags, with SYN and FIN at once, and with FIN, PSH and URG, and compares what comes back.
One kind alone may be a broken or old connection; two kinds within a minute are a tool's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.outcomes import is_ack_probe, is_odd
from netscope.engine.analyze.tables import Aging, RecentSet, Table
from netscope.model.flow import Flow
from netscope.model.records import Alert

MAX_PAIRS: Final = 8_192
KINDS: Final = 4


@dataclass(frozen=True, slots=True)
class Limits:
    kinds: int = limit(2, "kinds", "no connection makes two kinds of impossible segments")
    window_s: float = limit(60.0, "s", "a tool sends its sixteen probes within seconds and repeats each a few times")


class Probed(Aging):
    __slots__ = ("kinds",)

    def __init__(self, window_ns: int) -> None:
        super().__init__()
        self.kinds = RecentSet(window_ns, KINDS)


class OsProbe(QuietDetector):
    name: ClassVar[str] = "os_probe"
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="Someone sent a device several kinds of TCP segments that no connection has, to tell its operating system "
        "from the answers. That usually prepares an attack.",
        usual="A network inventory tool, or nmap -O run by you.",
        check="Who uses the source? Look for port scans from it.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        window_ns = int(limits.window_s * SECOND_NS)
        self._pairs: Table[tuple[str, str], Probed] = Table(
            "os_probe_pairs", MAX_PAIRS, window_ns, lambda: Probed(window_ns)
        )

    def attempt_failed(self, flow: Flow, now_ns: int) -> Sequence[Alert]:
        kind = _kind(flow)
        if kind is None:
            return NOTHING
        probed = self._pairs.entry((flow.client_ip, flow.server_ip), now_ns)
        if probed is None or not probed.kinds.add(kind, flow.first_seen_ns):
            return NOTHING
        if len(probed.kinds) < self.limits.kinds:
            return NOTHING
        return (
            self.alert(
                f"{flow.client_ip} {flow.server_ip}", "medium",
                f"Probes of the operating system of {self._neighbours.word(flow.server_ip)}", flow.last_seen_ns,
                because="a tool's segments, but one host only",
                observed={"kinds": len(probed.kinds)},
                threshold={"kinds": self.limits.kinds},
                window_s=self.limits.window_s,
                data={
                    "source": flow.client_ip,
                    "target": flow.server_ip,
                    "segments": sorted(probed.kinds),
                    "port": flow.server_port,
                },
                since_ns=probed.kinds.first_ns, device_id=flow.device_id, flow=flow,
                count=int(len(probed.kinds) == self.limits.kinds),
            ),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._pairs.counters()


def _kind(flow: Flow) -> str | None:
    if flow.protocol != "tcp":
        return None
    history = flow.tcp_history or ""
    if is_ack_probe(flow):
        return None
    if is_odd(flow):
        return "FIN without connection" if "F" in history else "no flags"
    return "SYN with FIN" if flow.tcp_state == "SH" and history.startswith("SF") else None
