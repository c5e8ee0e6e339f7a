"""Does one name move over many unrelated addresses? Distinct addresses and networks of its short-lived answers.

Botnets hide a server behind many hijacked machines all over the internet. Content networks have many addresses in few
networks near the client; time servers and peer lists are spread on purpose and exempt by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, SHOWN, Explanation, QuietDetector, limit
from netscope.engine.analyze.names import ZoneOf, is_under, last_labels
from netscope.engine.analyze.neighbours import is_private
from netscope.engine.analyze.tables import Aging, Growth, RecentSet, Table
from netscope.model.records import Alert, DnsQuery

MAX_NAMES: Final = 4_096
MAX_ADDRESSES: Final = 512
EXEMPT_ZONES: Final = frozenset((
    "ntp.org", "ntppool.org", "ntpns.org", "bitcoin.sipa.be", "bitnodes.io", "dnsseed.bluematt.me",
    "seed.bitcoinstats.com", "opentrackr.org", "tor.dnsbl.sectoor.de", "root-servers.net", "dns-oarc.net",
    "tracker.openbittorrent.com", "syncthing.net", "i2p.net", "ipfs.io", "onlinemediagroup.net",
))  # fmt: skip
"""Pools of volunteers: spread over the internet by design."""


@dataclass(frozen=True, slots=True)
class Limits:
    addresses: int = limit(40, "addresses", "a cloud's message broker gave one device 16 within an hour")
    networks: int = limit(25, "networks (/16)", "that cloud answered from 15; content networks from a few nearby")
    ttl_s: float = limit(600.0, "s", "a name that moves must expire soon; double flux uses 300 s and less")
    window_s: float = limit(3600.0, "s", "a flux moves every few minutes")


class Moving(Aging):
    __slots__ = ("addresses", "growth", "networks")

    def __init__(self, window_ns: int) -> None:
        super().__init__()
        self.addresses = RecentSet(window_ns, MAX_ADDRESSES)
        self.networks = RecentSet(window_ns, MAX_ADDRESSES)
        self.growth = Growth()


class FastFlux(QuietDetector):
    name: ClassVar[str] = "fast_flux"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (DnsQuery,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A name resolved to very many unrelated addresses in a short time: typical of a server hidden "
        "behind a botnet (fast flux).",
        usual="A pool of volunteers' servers (time, peer-to-peer lists), a large content network.",
        check="Do you know the domain? If a device of yours connected to it, look at that device with a malware "
        "scanner.",
    )

    def __init__(self, zone_of: ZoneOf = last_labels, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._zone_of = zone_of
        window_ns = int(limits.window_s * SECOND_NS)
        self._names: Table[str, Moving] = Table("fast_flux_names", MAX_NAMES, window_ns, lambda: Moving(window_ns))

    def observe(self, record: DnsQuery) -> Sequence[Alert]:
        if record.rcode != "NOERROR" or record.query_type != "A" or record.transport not in ("udp", "tcp"):
            return NOTHING
        name = record.query_name.lower()
        addresses = [a.data for a in record.answers if a.type == "A" and a.ttl <= self.limits.ttl_s]
        if not addresses:
            return NOTHING
        moving = self._names.entry(name, record.timestamp_ns)
        if moving is None:
            return NOTHING
        for address in addresses:
            if not is_private(address):
                moving.addresses.add(address, record.timestamp_ns)
                moving.networks.add(address[: address.find(".", address.find(".") + 1)], record.timestamp_ns)
        if len(moving.addresses) < self.limits.addresses or len(moving.networks) < self.limits.networks:
            moving.growth.told = 0
            return NOTHING
        first = not moving.growth.told
        if is_under(name, EXEMPT_ZONES) or not moving.growth.worth(len(moving.addresses), self.limits.addresses):
            return NOTHING
        return (self._flux(moving, record, name, first),)

    def _flux(self, moving: Moving, record: DnsQuery, name: str, first: bool) -> Alert:
        limits = self.limits
        return self.alert(
            name, "medium", f"{name} moves over {len(moving.addresses)} addresses", record.timestamp_ns,
            because="many unrelated networks within the hour",
            observed={"addresses": len(moving.addresses), "networks": len(moving.networks)},
            threshold={"addresses": limits.addresses, "networks": limits.networks},
            window_s=limits.window_s,
            data={
                "query_name": name,
                "zone": self._zone_of(name),
                "shortest_ttl_s": min(answer.ttl for answer in record.answers),
                "addresses": list(moving.addresses)[-SHOWN:],
            },
            since_ns=moving.addresses.first_ns, device_id=record.device_id, flow=record.flow, count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._names.counters()
