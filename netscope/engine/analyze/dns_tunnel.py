"""Does someone carry data in DNS names? Many distinct, long, random names under one zone, over some time.

All conditions must hold together. Random names alone are no sign: content networks and antivirus look-ups have them, in
bursts or in zones known for it. Records no person asks for (NULL, TXT, MX of a client) make a shorter time enough, and
hundreds of them under one zone are enough by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, Explanation, QuietDetector, limit
from netscope.engine.analyze.names import ZoneOf, entropy_bits, is_under, last_labels
from netscope.engine.analyze.tables import Aging, Table
from netscope.model.records import Alert, DnsQuery

MAX_ZONES: Final = 8_192
"""(client, zone) pairs measured."""
MAX_NAMES: Final = 2_048
"""Names told apart of one pair; enough for every threshold."""
BURST_CHARS: Final = 30
EXAMPLES: Final = 5
CARRIED_TYPES: Final = frozenset(("NULL", "TXT", "MX", "CNAME", "SRV", "KEY", "PRIVATE", "TYPE65399", "TYPE10", "ANY"))
"""Records that tunnels use to carry answers, and that stub resolvers hardly ever ask for in numbers."""
BULK_TYPES: Final = frozenset(("NULL", "TXT", "KEY", "PRIVATE", "TYPE65399", "TYPE10"))
"""Of those the ones that nobody asks a zone for by the hundred."""
EXEMPT_ZONES: Final = frozenset((
    "in-addr.arpa", "ip6.arpa", "mcafee.com", "sophosxl.net", "sophosxl.com", "trendmicro.com", "e5.sk", "eset.com",
    "spamhaus.org", "spamhaus.net", "surbl.org", "uribl.com", "dnswl.org", "barracudacentral.org", "spamcop.net",
    "senderbase.org", "sorbs.net", "mailspike.net", "abuseat.org", "cymru.com", "bitdefender.net", "kaspersky.com",
    "avast.com", "avqs.mcafee.com", "webcfs07.com", "sonicwall.com", "dnsbl.org", "rfc-ignorant.org", "njabl.org",
    "manitu.net", "dynect.net", "akadns.net", "cloudfront.net",
))  # fmt: skip
"""Reputation look-ups put hashes and addresses into names by design; content networks number their machines."""


@dataclass(frozen=True, slots=True)
class Limits:
    queries: int = limit(50, "queries", "a tunnel needs this many for some kilobytes; pages ask a zone a dozen times")
    distinct_share: float = limit(0.8, "of queries", "each piece of data is a name of its own; ordinary ones repeat")
    name_bytes: int = limit(2000, "bytes of names", "less is not worth a tunnel")
    mean_chars: float = limit(16.0, "characters", "of the part below the zone, on average; www and api are short")
    entropy_bits: float = limit(3.3, "bits a character", "filters padding only: hex has 3.8, ordinary names up to 3.9")
    span_s: float = limit(120.0, "s", "does most of the work: a page's burst of hashed names is over in seconds")
    carried_span_s: float = limit(10.0, "s", "enough where most queries are of types that tunnels use")
    bulk_queries: int = limit(200, "queries", "of NULL, TXT or KEY, each another name of one zone: nobody has so many")
    burst_queries: int = limit(300, "queries", "of 30 characters or more: whoever is in a hurry needs no two minutes")
    window_s: float = limit(900.0, "s", "a slow tunnel of one query in ten seconds still makes its number")


class Zone(Aging):
    __slots__ = ("bulk", "carried", "chars", "examples", "first_ns", "names", "queries", "told", "type_counts")

    def __init__(self) -> None:
        super().__init__()
        self.examples: list[str] = []
        self.names: set[int] = set()
        self.type_counts: dict[str, int] = {}
        self.told = 0
        self.restart(0)

    def restart(self, now_ns: int) -> None:
        self.first_ns = now_ns
        self.queries = self.chars = self.carried = self.bulk = 0
        self.names.clear()
        self.examples.clear()
        self.type_counts.clear()


class DnsTunnel(QuietDetector):
    name: ClassVar[str] = "dns_tunnel"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (DnsQuery,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A device asks for many long, random names under one domain: data is carried out inside DNS "
        "questions, which pass most firewalls (DNS tunnel).",
        usual="A VPN over DNS that someone uses knowingly; an antivirus or anti-spam service not on the list of "
        "known ones.",
        check="Do you know the domain? If not, block it at the router and find the program on the device.",
    )

    def __init__(self, zone_of: ZoneOf = last_labels, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._zone_of = zone_of
        self._window_ns = int(limits.window_s * SECOND_NS)
        self._zones: Table[tuple[str, str], Zone] = Table("dns_tunnel_zones", MAX_ZONES, self._window_ns, Zone)

    def observe(self, record: DnsQuery) -> Sequence[Alert]:
        if record.response_time_us is not None or record.transport not in ("udp", "tcp"):
            return NOTHING
        name = record.query_name.lower()
        zone_name = self._zone(name)
        if zone_name is None:
            return NOTHING
        sub_chars = len(name) - len(zone_name) - 1 if zone_name else len(name)
        if sub_chars <= 0:
            return NOTHING
        now_ns = record.timestamp_ns
        zone = self._zones.entry((record.client_ip, zone_name), now_ns)
        if zone is None:
            return NOTHING
        if now_ns - zone.first_ns > self._window_ns:
            zone.restart(now_ns)
        self._measure(zone, record, name, sub_chars)
        return self._judge(zone, zone_name, record)

    def _zone(self, name: str) -> str | None:
        """Empty for names under no top-level domain, as tunnels straight to their own server use."""
        top = name.rpartition(".")[2]
        if any(letter.isdigit() for letter in top) and not top.startswith("xn--"):
            return "" if "." in name else None
        return self._zone_of(name)

    @staticmethod
    def _measure(zone: Zone, record: DnsQuery, name: str, sub_chars: int) -> None:
        zone.queries += 1
        zone.chars += sub_chars
        zone.carried += record.query_type in CARRIED_TYPES
        zone.bulk += record.query_type in BULK_TYPES
        if len(zone.type_counts) < 16 or record.query_type in zone.type_counts:
            zone.type_counts[record.query_type] = zone.type_counts.get(record.query_type, 0) + 1
        if len(zone.names) < MAX_NAMES:
            zone.names.add(hash(name))
        if len(zone.examples) < EXAMPLES:
            zone.examples.append(name)

    def _judge(self, zone: Zone, zone_name: str, record: DnsQuery) -> Sequence[Alert]:
        limits, queries = self.limits, zone.queries
        if queries < limits.queries or queries % 10:
            return NOTHING
        distinct = len(zone.names) / min(queries, MAX_NAMES)
        span_s = (record.timestamp_ns - zone.first_ns) / SECOND_NS
        carried = zone.carried > queries / 2
        if distinct >= limits.distinct_share and zone.bulk >= limits.bulk_queries and zone.bulk > queries / 2:
            return self._carried_in_bulk(zone, zone_name, record, distinct, span_s)
        if (
            distinct < limits.distinct_share
            or zone.chars < limits.name_bytes
            or zone.chars < limits.mean_chars * queries
            or span_s < self._least_span_s(zone, carried=carried)
        ):
            return NOTHING
        entropy = entropy_bits("".join(name.removesuffix(zone_name) for name in zone.examples).replace(".", ""))
        if entropy < limits.entropy_bits or is_under(zone_name, EXEMPT_ZONES) or "_domainkey" in record.query_name:
            return NOTHING
        if queries < zone.told * 1.1:
            return NOTHING
        first, zone.told = not zone.told, queries
        return (self._tunnel(zone, zone_name, record, distinct, span_s, entropy, first),)

    def _least_span_s(self, zone: Zone, *, carried: bool) -> float:
        """Nothing where the names are more, and longer, than any page has."""
        limits = self.limits
        if zone.queries >= limits.burst_queries and zone.chars >= BURST_CHARS * zone.queries:
            return 0.0
        return limits.carried_span_s if carried else limits.span_s

    def _carried_in_bulk(
        self, zone: Zone, zone_name: str, record: DnsQuery, distinct: float, span_s: float
    ) -> Sequence[Alert]:
        """What comes in comes in the answers: then names are short counters, and a fast line is done in a second."""
        if zone.queries < zone.told * 1.1 or is_under(zone_name, EXEMPT_ZONES) or "_domainkey" in record.query_name:
            return NOTHING
        first, zone.told = not zone.told, zone.queries
        return (self._tunnel(zone, zone_name, record, distinct, span_s, 0.0, first),)

    def _tunnel(
        self, zone: Zone, zone_name: str, record: DnsQuery, distinct: float, span_s: float, entropy: float, first: bool
    ) -> Alert:
        limits = self.limits
        where = zone_name or "names without a domain"
        return self.alert(
            f"{record.client_ip} {zone_name}", "high", f"DNS tunnel: {zone.queries} long names under {where}",
            record.timestamp_ns,
            because="many, long, random, lasting and all different at once",
            observed={
                "queries": zone.queries,
                "distinct_share": round(distinct, 2),
                "name_bytes": zone.chars,
                "mean_chars": round(zone.chars / zone.queries, 1),
                "entropy_bits": round(entropy, 2),
                "span_s": round(span_s, 1),
            },
            threshold={
                "queries": limits.queries if entropy else limits.bulk_queries,
                "distinct_share": limits.distinct_share,
                "name_bytes": limits.name_bytes,
                "mean_chars": limits.mean_chars,
                "entropy_bits": limits.entropy_bits,
                "span_s": self._least_span_s(zone, carried=zone.carried > zone.queries / 2),
            },
            window_s=limits.window_s,
            data={
                "zone": zone_name,
                "resolver": record.server_ip,
                "types": dict(zone.type_counts),
                "names": zone.examples[:],
            },
            since_ns=zone.first_ns, device_id=record.device_id, flow=record.flow, count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        return self._zones.counters()
