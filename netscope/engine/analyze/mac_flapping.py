"""Is one MAC in several places? A MAC that speaks from different VLANs in turn, or claims many addresses at once.

The first is a loop between VLANs or a copied MAC, the second a device that answers for others. Routers do both rightly
and do not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, SHOWN, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours, device_word, is_group, is_host_mac, is_virtual_mac
from netscope.engine.analyze.tables import Aging, Growth, RecentSet, Table
from netscope.model.records import AddressClaim, Alert

MAX_MACS: Final = 8_192


@dataclass(frozen=True, slots=True)
class Limits:
    moves: int = limit(6, "changes of VLAN", "a device that is moved changes once")
    addresses: int = limit(16, "IPv4 addresses", "a host with containers has some; who poses as a network has all")
    window_s: float = limit(300.0, "s", "a loop shows within seconds; addresses change by the hour")


class Place(Aging):
    __slots__ = ("addresses", "growth", "moves", "vlan")

    def __init__(self, window_ns: int) -> None:
        super().__init__()
        self.vlan: str | None = ""
        self.moves = RecentSet(window_ns, 256)
        self.addresses = RecentSet(window_ns, 256)
        self.growth = Growth()


class MacFlapping(QuietDetector):
    name: ClassVar[str] = "mac_flapping"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (AddressClaim,)
    explanation: ClassVar[Explanation] = Explanation(
        what="One MAC address appears in several VLANs in turn, or claims many IP addresses: a loop between "
        "networks, a copied MAC, or a device that answers for others.",
        usual="A repeater that puts its own MAC on other devices' frames; a host of virtual machines; a wrong trunk.",
        check="Which device has this MAC? Look for a cable that joins two networks, and for two devices with one MAC.",
    )

    def __init__(self, neighbours: Neighbours, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        window_ns = int(limits.window_s * SECOND_NS)
        self._places: Table[str, Place] = Table("mac_flapping_macs", MAX_MACS, window_ns, lambda: Place(window_ns))

    def observe(self, record: AddressClaim) -> Sequence[Alert]:
        mac, now_ns = record.mac, record.timestamp_ns
        if not is_host_mac(mac) or is_virtual_mac(mac) or self._neighbours.is_gateway_mac(mac):
            return NOTHING
        place = self._places.entry(mac, now_ns)
        if place is None:
            return NOTHING
        if place.vlan != record.vlan:
            if place.vlan != "":
                place.moves.add(now_ns, now_ns)
            place.vlan = record.vlan
        if record.source == "arp" and not is_group(record.ip):
            place.addresses.add(record.ip, now_ns)
        worst = max(len(place.moves) / self.limits.moves, len(place.addresses) / self.limits.addresses)
        if worst < 1:
            place.growth.told = 0
            return NOTHING
        first = not place.growth.told
        return (self._flaps(place, record, first),) if place.growth.worth(int(worst * 100), 100) else NOTHING

    def _flaps(self, place: Place, record: AddressClaim, first: bool) -> Alert:
        device = self._neighbours.of_mac(record.mac)
        moves = len(place.moves) >= self.limits.moves
        where = "moves between VLANs" if moves else f"claims {len(place.addresses)} addresses"
        return self.alert(
            record.mac, "medium" if moves else "low", f"{device_word(device) if device else record.mac} {where}",
            record.timestamp_ns,
            because="a MAC belongs to one place" if moves else "it may well be a repeater",
            observed={"moves": len(place.moves), "addresses": len(place.addresses)},
            threshold={"moves": self.limits.moves, "addresses": self.limits.addresses},
            window_s=self.limits.window_s,
            data={"mac": record.mac, "vlan": record.vlan, "claimed": list(place.addresses)[:SHOWN]},
            device_id=device.id if device else None, count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._places.counters()
