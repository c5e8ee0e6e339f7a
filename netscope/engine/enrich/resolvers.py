"""Is a flow DNS in disguise? Over TLS and QUIC its port says so, over HTTPS only the resolver's name or address."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from netscope.engine.enrich.domains import suffixes
from netscope.engine.enrich.services import Attribution
from netscope.model.flow import Flow
from netscope.model.privacy import DNS_OVER_HTTPS, DNS_OVER_QUIC, DNS_OVER_TLS

HTTPS_PORT: Final = 443
DNS_PORTS: Final = frozenset({784, 853, 8853})
"""853 for TLS (RFC 7858) and QUIC (RFC 9250); drafts of the latter used the others, and some resolvers still do."""
ENCRYPTED_PORTS: Final = DNS_PORTS | {HTTPS_PORT}
CACHE_ENTRIES: Final = 16_384
_TABLE: Final = Path(__file__).parent / "data" / "resolvers.tsv"


class Resolvers(NamedTuple):
    by_name: dict[str, str]
    """Owner by the name of the encrypted service."""
    by_address: dict[str, str]


@cache
def resolvers() -> Resolvers:
    found = Resolvers({}, {})
    with _TABLE.open(encoding="utf-8") as file:
        for line in file:
            if line.startswith(("#", "owner\t")):
                continue
            owner, names, addresses = (*line.rstrip("\n").split("\t"), "")[:3]
            found.by_name.update(dict.fromkeys(names.split(), owner))
            found.by_address.update(dict.fromkeys(addresses.split(), owner))
    return found


@lru_cache(CACHE_ENTRIES)
def is_resolver_name(name: str) -> bool:
    """Whether the name is a public resolver's encrypted service, or one below it, as each customer of some has."""
    by_name = resolvers().by_name
    return any(suffix in by_name for suffix in suffixes(name))


def encrypted_dns(flow: Flow) -> Attribution | None:
    """What a flow to one of ENCRYPTED_PORTS is where it carries DNS, and what says so."""
    if flow.server_port in DNS_PORTS:
        if flow.protocol == "tcp" and flow.server_port == 853:
            return Attribution(DNS_OVER_TLS, "port")
        return Attribution(DNS_OVER_QUIC, "port") if flow.protocol == "udp" else None
    if flow.app_protocol not in ("tls", "quic", "http2", None):
        return None
    if flow.server_name is not None:
        return Attribution(DNS_OVER_HTTPS, "name") if is_resolver_name(flow.server_name) else None
    return Attribution(DNS_OVER_HTTPS, "address") if flow.server_ip in resolvers().by_address else None
