"""Do two devices hold one address? An address that goes to and fro between MACs; the gateway's is gateway_spoof.py's.

One change is no conflict: leases move on, and a repeater that puts its own MAC on others' frames takes an address over
when a phone roams to it. Wrong for a host with two interfaces in one network that answers for both on either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SHOWN, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours, device_word
from netscope.engine.analyze.ownership import DISPUTE_NS, Change, Ownership
from netscope.engine.analyze.tables import Aging, RecentSet, Table
from netscope.model.records import AddressClaim, Alert

MAX_RIVALS: Final = 4_096
"""MACs in a dispute whose other disputes are counted."""


@dataclass(frozen=True, slots=True)
class Limits:
    changes: int = limit(3, "changes within 10 min", "a device that roams and comes back makes two")
    alive_s: float = limit(
        60.0, "s", "both are there if the one that loses the address was heard this recently; roaming leaves one silent"
    )
    spoofed: int = limit(2, "addresses", "one MAC in dispute over several addresses poses as others; a mistake has one")


class Rival(Aging):
    __slots__ = ("addresses",)

    def __init__(self) -> None:
        super().__init__()
        self.addresses = RecentSet(DISPUTE_NS, 256)


class AddressConflict(QuietDetector):
    name: ClassVar[str] = "address_conflict"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (AddressClaim,)
    explanation: ClassVar[Explanation] = Explanation(
        what="Two MAC addresses claim one IP address at the same time. Either two devices are set to the same "
        "address, or one poses as the other to read its traffic (ARP or neighbour spoofing).",
        usual="A device with a fixed address inside the range the router gives out; one with cable and Wi-Fi at once.",
        check="Find both MACs in the device list. If both are yours, let the router give one another address. "
        "If one is a stranger or claims several addresses, disconnect it.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._ownership = Ownership("address_conflict_addresses")
        self._rivals: Table[str, Rival] = Table("address_conflict_rivals", MAX_RIVALS, DISPUTE_NS, Rival)

    def observe(self, record: AddressClaim) -> Sequence[Alert]:
        change = self._ownership.claim(record)
        routes = self._neighbours.is_gateway_mac
        if change is None or routes(change.owner) or routes(change.other):
            return NOTHING
        if change.silent_ns > self.limits.alive_s * 1e9 or change.changes < self.limits.changes:
            return NOTHING
        return (self._alert(change, record),)

    def _alert(self, change: Change, claim: AddressClaim) -> Alert:
        addresses = self._disputed(change, claim.timestamp_ns)
        spoofed = len(addresses) >= self.limits.spoofed
        suspect = self._neighbours.of_mac(change.suspect)
        other = self._neighbours.of_mac(change.other)
        return self.alert(
            f"{change.vlan} {change.ip}", "high" if spoofed else "medium", f"Two devices claim {change.ip}",
            claim.timestamp_ns,
            because=f"one MAC disputes {len(addresses)} addresses" if spoofed else "one address in dispute",
            observed={"changes": change.changes},
            threshold={"changes": self.limits.changes},
            window_s=DISPUTE_NS // 1_000_000_000,
            data={
                "address": change.ip,
                "vlan": change.vlan,
                "suspect": device_word(suspect) if suspect else change.suspect,
                "suspect_mac": change.suspect,
                "other": device_word(other) if other else change.other,
                "other_mac": change.other,
                "heard_by": claim.source,
                "disputed": sorted(addresses)[:SHOWN],
            },
            device_id=suspect.id if suspect else None,
        )  # fmt: skip

    def _disputed(self, change: Change, now_ns: int) -> RecentSet:
        entry = self._rivals.entry(change.suspect, now_ns) or Rival()
        entry.addresses.add(change.ip, now_ns)
        return entry.addresses

    def counters(self) -> dict[str, int]:
        return self._ownership.counters() | self._rivals.counters()
