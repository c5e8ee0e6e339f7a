"""Does someone pose as the router? The gateway's address, held by another MAC than before.

Whoever holds it reads and changes the traffic of the whole network. Routers that take turns under a shared MAC (VRRP,
HSRP, CARP) do not show here. Wrong when a router was exchanged: that is told too, once, and less severely.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours, device_word
from netscope.engine.analyze.ownership import DISPUTE_NS, Change, Ownership
from netscope.model.records import AddressClaim, Alert, DhcpExchange, RouterSeen

MAX_GATEWAYS: Final = 256
"""Addresses told by DHCP and router advertisements to be gateways. More are not taken in."""


@dataclass(frozen=True, slots=True)
class Limits:
    alive_s: float = limit(
        300.0, "s", "a router that was heard within five minutes is not the one that was just unplugged and exchanged"
    )
    changes: int = limit(2, "changes within 10 min", "the router answers back: both are there, so one is false")


class GatewaySpoof(QuietDetector):
    name: ClassVar[str] = "gateway_spoof"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (AddressClaim, DhcpExchange, RouterSeen)
    explanation: ClassVar[Explanation] = Explanation(
        what="Another device claims the address of the router. Traffic meant for the router goes to it: it can "
        "read, change or drop what devices send (ARP or neighbour spoofing, man in the middle).",
        usual="The router was exchanged or its MAC changed; a second router with the same address was plugged "
        "in; a failover pair that does not use a shared MAC.",
        check="Compare the MAC on the router's label with the two shown. If the router is neither, disconnect "
        "the other device at once and change passwords used since.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._gateways: set[str] = set()
        self._ownership = Ownership("gateway_spoof_addresses")

    def observe(self, record: AddressClaim | DhcpExchange | RouterSeen) -> Sequence[Alert]:
        if isinstance(record, AddressClaim):
            change = self._ownership.claim(record)
            if change is None:
                return NOTHING
            return (self._alert(change, record),) if self._is_gateway(change) else NOTHING
        if isinstance(record, DhcpExchange):
            self._note(record.routers)
        elif record.source == "ra" and record.lifetime_s:
            self._note((record.ip,))
        return NOTHING

    def _is_gateway(self, change: Change) -> bool:
        """By the address, or the MACs that held it first or rightly: who poses and forwards looks like a router too."""
        routes = self._neighbours.is_gateway_mac
        return change.ip in self._gateways or routes(change.owner) or routes(change.other)

    def _note(self, addresses: Iterable[str]) -> None:
        for address in addresses:
            if len(self._gateways) < MAX_GATEWAYS:
                self._gateways.add(address)

    def _alert(self, change: Change, claim: AddressClaim) -> Alert:
        severity, because, title = self._judge(change)
        device = self._neighbours.of_mac(change.suspect)
        return self.alert(
            f"{change.vlan} {change.ip}", severity, title, claim.timestamp_ns,
            because=because,
            observed={"changes": change.changes, "holder_heard_s_ago": round(change.silent_ns / 1e9, 1)},
            threshold={"changes": self.limits.changes},
            window_s=DISPUTE_NS // 1_000_000_000,
            data={
                "address": change.ip,
                "vlan": change.vlan,
                "suspect": device_word(device) if device else change.suspect,
                "suspect_mac": change.suspect,
                "other_mac": change.other,
                "heard_by": claim.source,
                "gratuitous": claim.gratuitous,
            },
            device_id=device.id if device else None,
        )  # fmt: skip

    def _judge(self, change: Change) -> tuple[str, str, str]:
        if change.changes >= self.limits.changes:
            return "critical", "both MACs claim the router's address", f"Someone poses as the router {change.ip}"
        if change.silent_ns <= self.limits.alive_s * 1e9:
            return "high", "the router was heard moments ago", f"Another MAC claims the router's address {change.ip}"
        return "medium", "the router had been silent: perhaps exchanged", f"The router {change.ip} has a new MAC"

    def counters(self) -> dict[str, int]:
        return self._ownership.counters()
