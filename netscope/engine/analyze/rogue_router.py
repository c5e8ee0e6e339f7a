"""Does a stranger pose as router? Router advertisements and redirects from a MAC that is not on record.

Every IPv6 device obeys an advertisement (RFC 6104), so one frame moves a network's traffic and names. The first router
heard, or those on record, are the network's own. Border routers of smart-home meshes advertise with lifetime zero and
do not count. An ICMP redirect of IPv4 moves the traffic of one host to one destination; it is told where another MAC
than the address's sends it. Many strangers at once are a flood, told as one. Wrong when a second router is put in on
purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, Explanation, History, QuietDetector
from netscope.engine.analyze.neighbours import Neighbours, device_word, is_virtual_mac
from netscope.model.records import Alert, RouterSeen

FLOOD: Final = 8
"""Strange routers above which they are told together: a home has two, a company's link a handful."""
MAX_ROUTERS: Final = 1_024
"""Own routers remembered, and strange ones told apart."""


class RogueRouter(QuietDetector):
    name: ClassVar[str] = "rogue_router"
    observes: ClassVar[tuple[type, ...]] = (RouterSeen,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A device that was not a router before announces itself as one by IPv6, or redirects others' traffic. "
        "Devices send it their traffic, and use the DNS servers it names.",
        usual="A new router or repeater; internet sharing turned on at a laptop; a virtual machine with a VPN.",
        check="Is the MAC below one of your routers? If not, disconnect it. Turn internet sharing off where it is on.",
    )

    def __init__(self, neighbours: Neighbours, history: History | None = None) -> None:
        self._neighbours = neighbours
        self._history = history
        known = history.baselines(self.name) if history is not None else {}
        self._routers: dict[str, set[str]] = {mac: set(prefixes) for mac, prefixes in known.items()}
        """MAC -> prefixes it announced."""
        self._strange: set[str] = set()
        self._strange_seen = 0
        self._flood_told = False

    def observe(self, record: RouterSeen) -> Sequence[Alert]:
        mac = record.mac
        if mac is None or is_virtual_mac(mac) or mac in self._routers:
            return NOTHING
        if record.source == "redirect":
            return (self._stranger(record, mac),) if self._routers else NOTHING
        if record.source == "icmp_redirect":
            return (self._stranger(record, mac),) if self._is_forged(record.ip, mac) else NOTHING
        if record.source != "ra" or not record.lifetime_s:
            return NOTHING
        if not self._routers:
            self._routers[mac] = set(record.prefixes)
            if self._history is not None:
                self._history.set_baseline(self.name, mac, sorted(record.prefixes))
            return NOTHING
        return (self._stranger(record, mac),)

    def _stranger(self, record: RouterSeen, mac: str) -> Alert:
        if mac not in self._strange:
            self._strange_seen += 1
            if len(self._strange) < MAX_ROUTERS:
                self._strange.add(mac)
        if self._strange_seen > FLOOD:
            return self._flood(record)
        known = set().union(*self._routers.values())
        redirects = record.source in ("redirect", "icmp_redirect")
        takes_over = bool(record.dns_servers or set(record.prefixes) - known or redirects)
        device = self._neighbours.of_mac(mac)
        kind = "redirects traffic" if redirects else "announces itself as IPv6 router"
        return self.alert(
            mac, "high" if takes_over else "medium", f"{device_word(device) if device else mac} {kind}",
            record.timestamp_ns,
            because="it brings its own network, DNS or route" if takes_over else "it announces the known network",
            observed={"routers": len(self._routers) + 1},
            threshold={"routers": len(self._routers)},
            window_s=0,
            data={
                "source": record.source,
                "mac": mac,
                "address": record.ip,
                "prefixes": list(record.prefixes)[:16],
                "dns_servers": list(record.dns_servers)[:16],
                "lifetime_s": record.lifetime_s,
                "known_routers": sorted(self._routers)[:16],
            },
            device_id=device.id if device else None, count=1,
        )  # fmt: skip

    def _is_forged(self, address: str, mac: str) -> bool:
        """Hosts obey their gateway's redirects only (RFC 1122, section 3.2.2.2): who sends one for it poses as it."""
        owner = self._neighbours.of_address(address)
        return owner is not None and owner.mac != mac and not self._neighbours.is_gateway_mac(mac)

    def _flood(self, record: RouterSeen) -> Alert:
        """So many routers are made up: one alert for all, and no more of those that come after the first few."""
        first, self._flood_told = not self._flood_told, True
        return self.alert(
            "flood", "high", f"Flood of IPv6 routers: {self._strange_seen} announce themselves", record.timestamp_ns,
            because="no network has so many; each makes every device take another address and route",
            observed={"routers": self._strange_seen},
            threshold={"routers": FLOOD},
            window_s=0,
            data={"macs": sorted(self._strange)[:16], "prefixes": list(record.prefixes)[:16]},
            count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return {"rogue_router_routers": len(self._routers) + len(self._strange)}
