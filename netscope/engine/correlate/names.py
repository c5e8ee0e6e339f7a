"""Which name a client means by an address: what DNS answered that client, until it expires.

Never a name learned from one client on another's flow; only mDNS, which every host hears, serves all.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from netscope.model.dns import DnsRecord
from netscope.model.records import DnsQuery

MAX_NAMES: Final = 32_768
"""(client, address) pairs kept, about 14 MB; the one learned longest ago goes first, and once it has expired anyway."""
MIN_LIFETIME_NS: Final = 300_000_000_000
"""Resolvers and programs hold an answer longer than a TTL of some seconds; five minutes covers a browser's cache."""
MAX_LIFETIME_NS: Final = 86_400_000_000_000
EVERYONE: Final = ""
"""The client under which mDNS names are kept."""
_HINTS: Final = re.compile(r"ipv[46]hint=\"?([0-9a-fA-F.:,]+)")
"""Addresses in an HTTPS record (RFC 9460, section 7.3), which browsers connect to without asking again."""


class NameTable:
    """Names per client with expiry and source."""

    def __init__(self) -> None:
        self._names: OrderedDict[tuple[str, str], tuple[str, int, str]] = OrderedDict()
        self.hosts: Mapping[str, str] = {}
        """Names by address of the user's hosts file: only where no other name is known."""

    def __len__(self) -> int:
        return len(self._names)

    def learn_answer(self, query: DnsQuery, answered_ns: int) -> None:
        """A successful answer names its addresses by the name asked for, whatever the CNAME chain between."""
        if query.rcode != "NOERROR" or query.query_type not in ("A", "AAAA", "HTTPS", "ANY"):
            return
        source = "dns" if query.transport in ("udp", "tcp") else query.transport
        owners = _owners(query)
        for record in query.answers:
            if record.name.lower() not in owners:
                continue  # an answer to another question: whoever adds it may want to name a stranger's address
            if record.type in ("A", "AAAA"):
                self._keep(query.client_ip, record.data, query.query_name, record.ttl, source, answered_ns)
            elif record.type == "HTTPS":
                for hints in _HINTS.findall(record.data):
                    for address in hints.split(","):
                        self._keep(query.client_ip, address, query.query_name, record.ttl, source, answered_ns)

    def learn_mdns(self, records: tuple[DnsRecord, ...], heard_ns: int) -> None:
        for record in records:
            if record.type in ("A", "AAAA") and record.ttl:
                self._keep(EVERYONE, record.data, record.name, record.ttl, "mdns", heard_ns)

    def _keep(self, client: str, address: str, name: str, ttl_s: int, source: str, now_ns: int) -> None:
        key = (client, address)
        lifetime_ns = ttl_s * 1_000_000_000
        if lifetime_ns < MIN_LIFETIME_NS:
            lifetime_ns = MIN_LIFETIME_NS
        elif lifetime_ns > MAX_LIFETIME_NS:
            lifetime_ns = MAX_LIFETIME_NS
        self._names[key] = (name, now_ns + lifetime_ns, source)
        self._names.move_to_end(key)
        self._forget(now_ns)

    def _forget(self, now_ns: int) -> None:
        """Two at most with each that comes: what has expired, from the one learned longest ago on."""
        for _ in range(2):
            _, expiry_ns, _ = next(iter(self._names.values()))
            if expiry_ns >= now_ns and len(self._names) <= MAX_NAMES:
                return
            self._names.popitem(last=False)

    def name_of(self, client: str, address: str, now_ns: int) -> tuple[str, str] | None:
        """(name, source) of the address for this client, None when nothing is known or it has expired."""
        found = self._names.get((client, address))
        if found is None or found[1] < now_ns:
            found = self._names.get((EVERYONE, address))
            if found is None or found[1] < now_ns:
                own = self.hosts.get(address)
                return None if own is None else (own, "hosts")
        return found[0], found[2]


def _owners(query: DnsQuery) -> set[str]:
    """The name asked for and those it is an alias of, in lower case."""
    owners = {query.query_name.lower()}
    aliases = [(record.name.lower(), record.data.lower()) for record in query.answers if record.type == "CNAME"]
    for _ in aliases:
        # Resolvers put the chain in order; one that does not needs a round for each link.
        found = {target for alias, target in aliases if alias in owners}
        if found <= owners:
            break
        owners |= found
    return owners
