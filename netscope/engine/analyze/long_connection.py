"""Does a connection stay open strangely long? Hours, to an address without a name, at a port not made for it.

Tunnels and remote control stay open; so do push messages, mail and VPNs, whose ports and names do not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import HOUR_NS, NOTHING, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours, device_word, is_group
from netscope.model.flow import Flow
from netscope.model.records import Alert

LASTING_PORTS: Final = frozenset((
    22, 123, 143, 443, 500, 853, 993, 1194, 1701, 1723, 1883, 3478, 4500, 5061, 5222, 5223, 5228, 5229, 5230, 6697,
    8883, 8443, 9993, 41641, 51820,
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    hours: float = limit(4.0, "hours", "RITA's low; calls and games are over by then")
    long_hours: float = limit(12.0, "hours", "RITA's high: no call or game lasts so long")


class LongConnection(QuietDetector):
    name: ClassVar[str] = "long_connection"
    answered_only: ClassVar[bool] = True
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="One connection to an address without a name has been open for hours.",
        usual="Smart-home devices and game consoles that keep a line to their maker open.",
        check="Who owns the address? Does the device keep the line when nobody uses it?",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours

    def flow_closed(self, flow: Flow) -> Sequence[Alert]:
        return self._look(flow) if flow.last_seen_ns - flow.first_seen_ns >= HOUR_NS else NOTHING

    def minute(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        since_ns = now_ns - int(self.limits.hours * HOUR_NS)
        return [alert for flow in changed if flow.first_seen_ns <= since_ns for alert in self._look(flow)]

    def _look(self, flow: Flow) -> Sequence[Alert]:
        if flow.server_name is not None or flow.server_port in LASTING_PORTS or not flow.packets_down:
            return NOTHING
        server = flow.server_ip
        if flow.protocol not in ("tcp", "udp") or self._neighbours.is_local(server) or is_group(server):
            return NOTHING
        hours = (flow.last_seen_ns - flow.first_seen_ns) / HOUR_NS
        if hours < self.limits.hours:
            return NOTHING
        device = self._neighbours.by_id.get(flow.device_id or 0)
        who = device_word(device) if device else flow.client_ip
        return (
            self.alert(
                f"{flow.id}", "medium" if hours >= self.limits.long_hours else "low",
                f"{who} holds a line to {server} for {hours:.0f} h", flow.last_seen_ns,
                because=f"no name, and port {flow.server_port} is not made for it",
                observed={"hours": round(hours, 1)},
                threshold={"hours": self.limits.hours, "long_hours": self.limits.long_hours},
                window_s=0,
                data={
                    "server": server,
                    "port": flow.server_port,
                    "bytes_up": flow.bytes_up,
                    "bytes_down": flow.bytes_down,
                },
                since_ns=flow.first_seen_ns, device_id=flow.device_id, flow=flow, count=0,
            ),
        )  # fmt: skip
