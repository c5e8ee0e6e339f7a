"""Does someone ask the whole network who is there? Distinct addresses one MAC asks for by ARP or neighbour discovery.

Most of a sweep stays unanswered, since most addresses of a network are free; who talks to many real devices is
answered. Wrong for programs that look for devices they once knew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, SHOWN, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours, device_word
from netscope.engine.analyze.tables import Aging, Growth, RecentSet, Table
from netscope.model.records import AddressClaim, Alert

MAX_ASKERS: Final = 4_096
MAX_ASKED: Final = 1_024


@dataclass(frozen=True, slots=True)
class Limits:
    addresses: int = limit(32, "addresses", "a quarter of a sweep of a /27; a host that wakes asks for a handful")
    unanswered_share: float = limit(0.6, "of addresses", "a busy server asks for many, but for devices that exist")
    window_s: float = limit(60.0, "s", "nmap and arp-scan sweep a /24 in two to ten seconds; slow ones take a minute")


class Asker(Aging):
    __slots__ = ("answered", "asked", "growth")

    def __init__(self, window_ns: int) -> None:
        super().__init__()
        self.asked = RecentSet(window_ns, MAX_ASKED)
        self.answered: set[str] = set()
        self.growth = Growth()


class ArpSweep(QuietDetector):
    name: ClassVar[str] = "arp_sweep"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (AddressClaim,)
    explanation: ClassVar[Explanation] = Explanation(
        what="One device asked for many addresses of the local network, most of them unused: it lists who is there.",
        usual="A network scanner app, a router that refreshes its device list, a program that looks for printers.",
        check="Who uses the device? If it is no scanner of yours, look what it does next: a port scan often follows.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        window_ns = int(limits.window_s * SECOND_NS)
        self._askers: Table[str, Asker] = Table("arp_sweep_askers", MAX_ASKERS, window_ns, lambda: Asker(window_ns))

    def observe(self, record: AddressClaim) -> Sequence[Alert]:
        if record.is_reply:
            asker = self._askers.get(record.target_mac or "")
            if asker is not None and record.ip in asker.asked:
                asker.answered.add(record.ip)
            return NOTHING
        if record.gratuitous or record.target_ip is None:
            return NOTHING
        asker = self._askers.entry(record.mac, record.timestamp_ns)
        if asker is None or not asker.asked.add(record.target_ip, record.timestamp_ns):
            return NOTHING
        if len(asker.asked) == 1:
            asker.growth.told = 0
            asker.answered.clear()
        return self._judge(asker, record)

    def _judge(self, asker: Asker, record: AddressClaim) -> Sequence[Alert]:
        count = len(asker.asked)
        if count < self.limits.addresses:
            return NOTHING
        if (count - len(asker.answered)) / count < self.limits.unanswered_share:
            return NOTHING
        if not asker.growth.worth(count, self.limits.addresses):
            return NOTHING
        device = self._neighbours.of_mac(record.mac)
        is_router = device is not None and device.is_gateway
        who = device_word(device) if device else record.mac
        return (
            self.alert(
                record.mac, "low" if is_router else "medium", f"{who} asks for {count} addresses", record.timestamp_ns,
                because="the router: it may be asked from outside" if is_router else "a device lists the network",
                observed={"addresses": count, "answered": len(asker.answered)},
                threshold={"addresses": self.limits.addresses, "unanswered_share": self.limits.unanswered_share},
                window_s=self.limits.window_s,
                data={"mac": record.mac, "asked_by": record.source, "targets": list(asker.asked)[:SHOWN]},
                since_ns=asker.asked.first_ns, device_id=device.id if device else None,
                count=int(count < self.limits.addresses * 1.1),
            ),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._askers.counters()
