"""Does someone carry data in pings? Echo requests and replies that differ in size, or many large ones.

A reply repeats what the request said (RFC 792), so both have the same size in every ordinary ping, however large it is
set, and there is one for each; a tunnel answers with data of its own, whenever it has some. A link test with large
pings for an hour is medium.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.tables import bounded
from netscope.model.flow import Flow
from netscope.model.records import Alert, IcmpErrorSeen

MAX_TOLD: Final = 4_096
"""(client, server) told in this run; further ones are told again and again."""


ECHO: Final = frozenset((0, 8, 128, 129))
"""Echo and its reply, of ICMP and ICMPv6."""
FEW_ERRORS: Final = 50
"""Where one packet in so many is an error, or more, lengths say nothing of the pings."""


@dataclass(frozen=True, slots=True)
class Limits:
    packets: int = limit(30, "packets each way, or replies too many", "broken routers send a few odd ones")
    difference_bytes: float = limit(24.0, "bytes on average", "an ordinary reply is as long as its request to the byte")
    mean_bytes: float = limit(400.0, "bytes on average", "a ping has 84 unless somebody asks for more")
    total_bytes: int = limit(1_000_000, "bytes", "an hour of large pings, once a second")


class IcmpTunnel(QuietDetector):
    name: ClassVar[str] = "icmp_tunnel"
    answered_only: ClassVar[bool] = True
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (IcmpErrorSeen,)
    explanation: ClassVar[Explanation] = Explanation(
        what="Two hosts exchange pings that carry data: a connection hidden in a protocol that most firewalls let "
        "through (ICMP tunnel).",
        usual="A long link test with large pings.",
        check="Is somebody testing the line? If not, find the program on the device, and block pings to that address.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._told: dict[tuple[str, str], int] = {}
        """(client, server) -> bytes when it was last told."""
        self._errors: dict[tuple[str, str], int] = {}
        """(sender, receiver) -> ICMP errors, which stand in the same flow as the pings; starts over when full."""

    def observe(self, record: IcmpErrorSeen) -> Sequence[Alert]:
        ends = (record.sender_ip, record.source_ip)
        if len(self._errors) >= bounded(MAX_TOLD):
            self._errors.clear()
        self._errors[ends] = self._errors.get(ends, 0) + 1
        return NOTHING

    def flow_closed(self, flow: Flow) -> Sequence[Alert]:
        return self._judge(flow) if flow.icmp_type in ECHO else NOTHING

    def second(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        """A tunnel may stay open for days."""
        return [alert for flow in changed if flow.icmp_type is not None for alert in self.flow_closed(flow)]

    def _judge(self, flow: Flow) -> Sequence[Alert]:
        limits = self.limits
        if not flow.packets_up or not flow.packets_down:
            return NOTHING
        up, down = flow.bytes_up / flow.packets_up, flow.bytes_down / flow.packets_down
        ends = flow.client_ip, flow.server_ip
        errors_up, errors_down = self._errors.get(ends, 0), self._errors.get(ends[::-1], 0)
        pings_up, pings_down = flow.packets_up - errors_up, flow.packets_down - errors_down
        if pings_down - pings_up < limits.packets and min(pings_up, pings_down) < limits.packets:
            return NOTHING
        # Errors are of any length, and their bytes are not told apart.
        tells_length = (errors_up + errors_down) * FEW_ERRORS < flow.packets_up + flow.packets_down
        differs = pings_down - pings_up >= limits.packets or (
            tells_length and abs(up - down) >= limits.difference_bytes
        )
        total = flow.bytes_up + flow.bytes_down
        if not differs and (min(up, down) < limits.mean_bytes or total < limits.total_bytes):
            return NOTHING
        told = self._told.get((flow.client_ip, flow.server_ip), 0)
        if total < told * 1.5:
            return NOTHING
        if told or len(self._told) < bounded(MAX_TOLD):
            self._told[flow.client_ip, flow.server_ip] = total
        return (self._tunnel(flow, up, down, differs=differs, first=not told),)

    def _tunnel(self, flow: Flow, up: float, down: float, *, differs: bool, first: bool) -> Alert:
        total = flow.bytes_up + flow.bytes_down
        return self.alert(
            f"{flow.client_ip} {flow.server_ip}", "high" if differs else "medium",
            f"{self._neighbours.word(flow.client_ip)} carries {total / 1e3:,.0f} kB in pings with {flow.server_ip}",
            flow.last_seen_ns,
            because="replies are not as long, or not as many, as what they answer" if differs
            else "very many, very large pings",
            observed={
                "mean_bytes_up": round(up),
                "mean_bytes_down": round(down),
                "unasked_replies": max(0, flow.packets_down - flow.packets_up),
                "bytes": total,
            },
            threshold={
                "packets": self.limits.packets,
                "difference_bytes": self.limits.difference_bytes,
                "mean_bytes": self.limits.mean_bytes,
                "bytes": self.limits.total_bytes,
            },
            window_s=0,
            data={
                "source": flow.client_ip,
                "destination": flow.server_ip,
                "packets": flow.packets_up + flow.packets_down,
            },
            since_ns=flow.first_seen_ns, device_id=flow.device_id, flow=flow, count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return {"icmp_tunnel_pairs": len(self._told)} if self._told else {}
