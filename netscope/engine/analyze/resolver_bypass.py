"""Does a device ask another resolver than the network's? Plain DNS elsewhere, or DNS hidden in TLS.

The network's resolvers are those DHCP and router advertisements hand out, and those a device used while it was learned.
Well-known public resolvers are told as low, unknown ones as medium: malware that changes a device's DNS uses its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, Explanation, History, QuietDetector, limit
from netscope.engine.analyze.habits import PAUSE_NS
from netscope.engine.analyze.names import is_under
from netscope.engine.analyze.neighbours import Neighbours, is_group
from netscope.engine.analyze.tables import bounded
from netscope.model.flow import Flow
from netscope.model.records import Alert, DhcpExchange, DnsQuery, RouterSeen, TlsHandshake

MAX_PAIRS: Final = 16_384
"""(client, resolver) pairs known; more are not judged, and counted."""
MAX_RESOLVERS: Final = 256
MAX_TOLD: Final = 8
PUBLIC_RESOLVERS: Final = {
    "8.8.8.8": "Google", "8.8.4.4": "Google", "2001:4860:4860::8888": "Google", "2001:4860:4860::8844": "Google",
    "1.1.1.1": "Cloudflare", "1.0.0.1": "Cloudflare", "1.1.1.2": "Cloudflare", "1.0.0.2": "Cloudflare",
    "1.1.1.3": "Cloudflare", "1.0.0.3": "Cloudflare", "2606:4700:4700::1111": "Cloudflare",
    "2606:4700:4700::1001": "Cloudflare", "9.9.9.9": "Quad9", "149.112.112.112": "Quad9", "2620:fe::fe": "Quad9",
    "208.67.222.222": "OpenDNS", "208.67.220.220": "OpenDNS", "94.140.14.14": "AdGuard", "94.140.15.15": "AdGuard",
    "185.228.168.9": "CleanBrowsing", "76.76.2.0": "Control D", "4.2.2.1": "Level 3", "4.2.2.2": "Level 3",
    "77.88.8.8": "Yandex", "223.5.5.5": "Alibaba", "114.114.114.114": "114DNS", "119.29.29.29": "Tencent",
}  # fmt: skip
DOH_ZONES: Final = frozenset((
    "cloudflare-dns.com", "one.one.one.one", "dns.google", "dns.quad9.net", "dns.nextdns.io", "doh.opendns.com",
    "dns.adguard-dns.com", "dns.adguard.com", "doh.cleanbrowsing.org", "dns.mullvad.net", "doh.xfinity.com", "dns0.eu",
    "freedns.controld.com", "dns.controld.com", "doh.dns.apple.com", "doh.dns.sb", "dns.alidns.com", "doh.pub",
    "dns.google.com", "doh.libredns.gr", "doh.applied-privacy.net", "dnsforge.de", "doh.familyshield.opendns.com",
))  # fmt: skip
"""Servers of DNS over HTTPS (RFC 8484) and TLS (RFC 7858), by name."""
DOT_PORT: Final = 853


@dataclass(frozen=True, slots=True)
class Limits:
    learning_s: float = limit(7200.0, "s", "the resolvers used in the first two hours are the network's own")


class ResolverBypass(QuietDetector):
    name: ClassVar[str] = "resolver_bypass"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (DnsQuery, TlsHandshake, DhcpExchange, RouterSeen)
    explanation: ClassVar[Explanation] = Explanation(
        what="A device resolves names past the network's own resolver. Filters and parental controls do not "
        "see these names; with encrypted DNS NetScope does not see them either.",
        usual="Browsers with secure DNS, streaming sticks with Google's resolver built in, a VPN.",
        check="For an unknown resolver: look up who owns the address, and check the DNS setting of device and router.",
    )

    def __init__(
        self,
        neighbours: Neighbours,
        history: History | None = None,
        limits: Limits = Limits(),
        *,
        known: bool = False,
    ) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._history = history
        self._seen: set[tuple[str, str]] = set()
        self._asked: dict[tuple[str, str | None], list[str]] = {}
        """(client, owner) -> resolvers told; bounded by the pairs."""
        stored = history.baselines(self.name) if history is not None else {}
        self._own: set[str] = set(stored)
        self._handed_out: set[str] = set()
        self._left_ns = 0 if known and stored else int(limits.learning_s * SECOND_NS)
        self._now_ns = 0
        self._refused = 0

    def observe(self, record: DnsQuery | TlsHandshake | DhcpExchange | RouterSeen) -> Sequence[Alert]:
        if type(record) is DnsQuery:
            return self._query(record)
        if type(record) is TlsHandshake:
            return self._hello(record)
        if isinstance(record, (DhcpExchange, RouterSeen)):
            for address in record.dns_servers:
                if len(self._handed_out) < MAX_RESOLVERS:
                    self._handed_out.add(address)
        return NOTHING

    def _query(self, record: DnsQuery) -> Sequence[Alert]:
        self._pass_time(record.timestamp_ns)
        pair = (record.client_ip, record.server_ip)
        if pair in self._seen or record.transport not in ("udp", "tcp"):
            return NOTHING
        if not self._first(pair):
            return NOTHING
        client, server = pair
        if not self._neighbours.is_local(client) or self._neighbours.is_local(server) or is_group(server):
            return NOTHING
        if server in self._handed_out or server in self._own:
            return NOTHING
        is_learning = self._left_ns > 0
        if is_learning and not self._handed_out:
            self._learn(server)
            return NOTHING
        return (self._bypass(record, client, server, is_learning=is_learning),)

    def _pass_time(self, now_ns: int) -> None:
        """Only time watched teaches."""
        passed_ns = now_ns - self._now_ns
        self._now_ns = now_ns
        if 0 < passed_ns <= PAUSE_NS:
            self._left_ns -= passed_ns

    def _first(self, pair: tuple[str, str]) -> bool:
        if len(self._seen) >= bounded(MAX_PAIRS):
            self._refused += 1
            return False
        self._seen.add(pair)
        return True

    def _learn(self, server: str) -> None:
        if len(self._own) < MAX_RESOLVERS:
            self._own.add(server)
            if self._history is not None:
                self._history.set_baseline(self.name, server, 1)

    def _bypass(self, record: DnsQuery, client: str, server: str, *, is_learning: bool) -> Alert:
        owner = PUBLIC_RESOLVERS.get(server)
        word = self._neighbours.word(client)
        # A system has two or three of them: one alert a device, not one a server.
        asked = self._asked.setdefault((client, owner), [])
        if len(asked) < MAX_TOLD:
            asked.append(server)
        some = f"resolver {server}" if len(asked) == 1 else f"resolvers {', '.join(asked)}"
        return self.alert(
            f"{client} {owner or 'unknown'}", "low" if owner or is_learning else "medium",
            f"{word} asks {owner or 'unknown'} {some}", record.timestamp_ns,
            because="a well-known public resolver" if owner else "it may have been set so before NetScope watched"
            if is_learning else "nobody handed out this resolver",
            observed={"resolvers": list(asked)},
            threshold={"known_resolvers": sorted(self._handed_out | self._own)[:8]},
            window_s=self.limits.learning_s,
            data={"client": client, "resolver": server, "owner": owner, "query_name": record.query_name},
            device_id=record.device_id, flow=record.flow, count=int(len(asked) == 1),
        )  # fmt: skip

    def _hello(self, record: TlsHandshake) -> Sequence[Alert]:
        flow = record.flow
        is_doh = record.sni is not None and is_under(record.sni.lower(), DOH_ZONES)
        if not is_doh and flow.server_port != DOT_PORT:
            return NOTHING
        pair = (flow.client_ip, f"encrypted {record.sni or flow.server_ip}")
        if pair in self._seen or not self._first(pair):
            return NOTHING
        how = "TLS" if flow.server_port == DOT_PORT else "HTTPS"
        return (
            self.alert(
                f"{flow.client_ip} encrypted {record.sni or flow.server_ip}", "low",
                f"{self._neighbours.word(flow.client_ip)} hides DNS in {how}: {record.sni or flow.server_ip}",
                record.timestamp_ns,
                because="good for privacy, but names go unseen",
                observed={"resolver": record.sni or flow.server_ip},
                threshold={"encrypted_resolvers": 1},
                window_s=0,
                data={"client": flow.client_ip, "server": flow.server_ip, "port": flow.server_port},
                device_id=flow.device_id, flow=flow,
            ),
        )  # fmt: skip

    def minute(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        self._pass_time(now_ns)
        return NOTHING

    def counters(self) -> dict[str, int]:
        counted = {"resolver_bypass_pairs": len(self._seen)}
        if self._refused:
            counted["resolver_bypass_refused"] = self._refused
        return counted
