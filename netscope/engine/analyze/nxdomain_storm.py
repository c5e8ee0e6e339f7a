"""Does a program try out names that do not exist? Distinct domains a client asked for that do not exist.

Malware that computes its server's names (a domain generation algorithm) tries many until one exists. Names of this
network, single words and search suffixes do not count; many names of which few look made up are told less severely,
since a resolver that blocks advertising by NXDOMAIN looks like that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, SHOWN, Explanation, QuietDetector, limit
from netscope.engine.analyze.names import ZoneOf, is_local_name, last_labels, looks_generated
from netscope.engine.analyze.tables import Aging, Growth, RecentSet, Table
from netscope.model.records import Alert, DnsQuery

MAX_CLIENTS: Final = 4_096
MAX_DOMAINS: Final = 1_024


@dataclass(frozen=True, slots=True)
class Limits:
    generated: int = limit(15, "made-up domains", "Slips takes 10 of any kind; a typing error makes one or two")
    domains: int = limit(150, "domains", "a blocking resolver and an evening of pages reach some dozens")
    window_s: float = limit(600.0, "s", "such programs try several names a minute")


class Client(Aging):
    __slots__ = ("domains", "generated", "growth")

    def __init__(self, window_ns: int) -> None:
        super().__init__()
        self.domains = RecentSet(window_ns, MAX_DOMAINS)
        self.generated = RecentSet(window_ns, MAX_DOMAINS)
        self.growth = Growth()


class NxdomainStorm(QuietDetector):
    name: ClassVar[str] = "nxdomain_storm"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (DnsQuery,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A device asks for many domains that do not exist. Malware does so to find its server among "
        "computed names (domain generation algorithm).",
        usual="A resolver that blocks advertising by denying names; a crawler, a mail server, a security tool.",
        check="Look at the names: random letters mean a program. Then find it on the device with a malware scanner.",
    )

    def __init__(self, zone_of: ZoneOf = last_labels, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._zone_of = zone_of
        window_ns = int(limits.window_s * SECOND_NS)
        self._clients: Table[str, Client] = Table(
            "nxdomain_storm_clients", MAX_CLIENTS, window_ns, lambda: Client(window_ns)
        )

    def observe(self, record: DnsQuery) -> Sequence[Alert]:
        if record.rcode != "NXDOMAIN" or record.transport not in ("udp", "tcp") or is_local_name(record.query_name):
            return NOTHING
        zone = self._zone_of(record.query_name)
        if zone is None:
            return NOTHING
        client = self._clients.entry(record.client_ip, record.timestamp_ns)
        if client is None or not client.domains.add(zone, record.timestamp_ns):
            return NOTHING
        if looks_generated(zone.partition(".")[0]):
            client.generated.add(zone, record.timestamp_ns)
        client.generated.forget(record.timestamp_ns)
        limits, generated, domains = self.limits, len(client.generated), len(client.domains)
        worst = max(generated / limits.generated, domains / limits.domains)
        if worst < 1:
            client.growth.told = 0
            return NOTHING
        first = not client.growth.told
        if not client.growth.worth(int(worst * 100), 100):
            return NOTHING
        return (self._storm(client, record, first),)

    def _storm(self, client: Client, record: DnsQuery, first: bool) -> Alert:
        limits, generated = self.limits, len(client.generated)
        is_generated = generated >= limits.generated
        title = f"{generated} made-up domains asked for" if is_generated else f"{len(client.domains)} unknown domains"
        return self.alert(
            record.client_ip, "high" if is_generated else "low", title, record.timestamp_ns,
            because="the names look computed" if is_generated else "the names look ordinary",
            observed={"made_up_domains": generated, "domains": len(client.domains)},
            threshold={"made_up_domains": limits.generated, "domains": limits.domains},
            window_s=limits.window_s,
            data={
                "client": record.client_ip,
                "resolver": record.server_ip,
                "names": list(client.generated if is_generated else client.domains)[-SHOWN:],
            },
            since_ns=client.domains.first_ns, device_id=record.device_id, flow=record.flow, count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._clients.counters()
