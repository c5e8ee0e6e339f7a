"""What each record says of the device behind it: pure functions from records to facts. What follows is devices.py's.

A fact names its device by MAC where the record has one, else by address: never by a MAC that may be a router's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from netscope.engine.enrich import fingerprints, services
from netscope.engine.enrich.device_rules import telling_host
from netscope.engine.parse.dns_name import plain_name
from netscope.engine.parse.dns_rdata import unquote
from netscope.model.dns import DnsRecord, MdnsAnnouncement
from netscope.model.records import DhcpExchange, DnsQuery, HttpRequest, RouterSeen, TlsHandshake
from netscope.model.service import ServiceSeen, SsdpSeen

CACHE_ENTRIES: Final = 16_384
"""Host names whose answer is remembered; some 3 MB when full."""
MAX_FACTS: Final = 64
"""Of one record: an mDNS message holds some dozens; more is noise or an attack."""

_NBNS_NAME: Final = re.compile(r"([^<]{1,15})<([0-9a-f]{2})>")
_NBNS_SERVICES: Final = {"20": "file_server", "1d": "master_browser", "1b": "domain_controller"}
"""Suffix byte of a registered name to what it offers."""
_TXT_KEYS: Final = frozenset({"am", "app", "ci", "fn", "md", "model", "modelid", "n", "name", "osxvers", "rpmd", "ty"})
"""Keys of TXT records that tell model, category or name."""
_ANONYMOUS: Final = frozenset({"bittorrent", "ntp", "stun"})
"""Protocols whose facts are of the message, not of the device."""


DUID_AT: Final = 10
"""Hex digits of type and IAID before it in option 61."""


class Fact(NamedTuple):
    mac: str | None
    ip: str | None
    """The device's where the MAC is none's."""
    source: str
    attribute: str
    value: str


_NOTHING: Final[tuple[Fact, ...]] = ()
_telling_host: Final = lru_cache(CACHE_ENTRIES)(telling_host)


def facts_of(record: object) -> Sequence[Fact]:
    """Facts of any record; nothing for those that say nothing of a device."""
    read = _FREQUENT.get(type(record))
    if read is not None:
        return read(record)
    reader = _READERS.get(type(record))
    if reader is None:
        return _NOTHING
    return [fact for fact, _ in zip(reader(record), range(MAX_FACTS), strict=False) if fact.value]


def facts_of_answer(record: object) -> Sequence[Fact]:
    """What a record tells when it comes again, completed by the other side, beyond what it told at first."""
    if type(record) is HttpRequest and record.server:
        return [Fact(None, record.flow.server_ip, "http_server", "server", record.server)]
    return _NOTHING


def _of_dhcp(exchange: DhcpExchange) -> Iterator[Fact]:
    if not exchange.from_client:
        if exchange.message_type in ("OFFER", "ACK") and exchange.sender_ip == exchange.server_ip:
            yield Fact(exchange.sender_mac, None, "role", "router", "dhcp_server")
        return
    source = "dhcpv6" if ":" in (exchange.sender_ip or "") else "dhcp"
    name = exchange.hostname or (exchange.fqdn or "").partition(".")[0]
    mac, ip = exchange.mac, None if exchange.mac_is_own else exchange.sender_ip
    yield Fact(mac, ip, source, "hostname", name)
    yield Fact(mac, ip, source, "vendor_class", exchange.vendor_class or "")
    yield Fact(mac, ip, source, "parameter_list", ",".join(map(str, exchange.parameter_request_list)))
    yield Fact(mac, ip, source, "duid", _duid(exchange))


def _duid(exchange: DhcpExchange) -> str:
    """The machine's own number (RFC 8415, section 11), also where DHCPv4 carries it (RFC 4361, section 6.1)."""
    client_id = exchange.client_id or ""
    if ":" in (exchange.sender_ip or ""):
        return client_id
    return client_id[DUID_AT:] if client_id.startswith("ff") else ""


def _of_announcement(announcement: MdnsAnnouncement) -> Iterator[Fact]:
    message = announcement.message
    mac = announcement.sender_mac
    if announcement.transport == "nbns":
        for record in message.additionals + message.answers:
            yield from _of_nbns(mac, record)
        return
    records = message.answers + message.additionals
    addresses = {record.data for record in records if record.type in ("A", "AAAA")}
    if addresses and announcement.sender_ip not in addresses:
        return  # a reflector repeats what devices of another network say
    for record in records:
        if record.type in ("A", "AAAA") and record.data == announcement.sender_ip:
            yield Fact(mac, None, announcement.transport, "hostname", plain_name(record.name).removesuffix(".local"))
        elif announcement.transport == "mdns":
            yield from _of_service_record(mac, record)


def _of_service_record(mac: str | None, record: DnsRecord) -> Iterator[Fact]:
    if record.type == "PTR" and record.name.lower() == "_services._dns-sd._udp.local":
        yield Fact(mac, None, "mdns", "service", record.data.lower().removesuffix(".local"))
    elif record.type in ("SRV", "TXT"):
        instance, _, service = record.name.partition("._")
        if not service:
            return
        yield Fact(mac, None, "mdns", "service", f"_{service.lower().removesuffix('.local')}")
        kind = service.partition(".")[0].lower()
        if kind in ("device-info", "companion-link"):
            yield Fact(mac, None, "mdns", "instance", plain_name(instance))
        if record.type == "TXT":
            for key, value in txt_pairs(record.data):
                if key in _TXT_KEYS:
                    yield Fact(mac, None, "mdns", f"{kind}.{key}", value)


def txt_pairs(data: str) -> Iterator[tuple[str, str]]:
    """Keys in lower case and values of a TXT record (RFC 6763, section 6.3)."""
    for string in unquote(data):
        key, equals, value = string.partition(b"=")
        if equals:
            yield key.decode("ascii", "replace").lower(), value.decode("utf-8", "replace")


def _of_nbns(mac: str | None, record: DnsRecord) -> Iterator[Fact]:
    if record.type == "NB" and record.data.endswith(" unique") and (match := _NBNS_NAME.match(record.name)):
        name, suffix = match.groups()
        if suffix in ("00", "20"):
            yield Fact(mac, None, "nbns", "hostname", name.strip())
        yield Fact(mac, None, "nbns", "service", _NBNS_SERVICES.get(suffix, ""))


def _of_ssdp(seen: SsdpSeen) -> Iterator[Fact]:
    message, mac = seen.message, seen.sender_mac
    if message.kind == "M-SEARCH":
        yield Fact(mac, None, "ssdp", "user_agent", message.user_agent or "")
        return
    yield Fact(mac, None, "ssdp", "server", message.server or "")
    if message.target and not message.target.startswith("uuid:"):
        yield Fact(mac, None, "ssdp", "type", message.target)


def _of_http(request: HttpRequest) -> Sequence[Fact]:
    flow = request.flow
    facts = []
    if request.user_agent:
        facts.append(Fact(None, flow.client_ip, "http_user_agent", "user_agent", request.user_agent))
    if request.server:
        facts.append(Fact(None, flow.server_ip, "http_server", "server", request.server))
    host = _telling_host(request.host) if request.host else None
    if host:
        facts.append(Fact(None, flow.client_ip, "contacted", "host", host))
    return facts


def _of_tls(handshake: TlsHandshake) -> Sequence[Fact]:
    client = services.client(None, handshake.ja4, handshake.ja3_hash, fingerprints.embedded())
    facts = []
    if client is not None:
        facts.append(Fact(None, handshake.flow.client_ip, "tls", "client", client.application))
    host = _telling_host(handshake.sni) if handshake.sni else None
    if host:
        facts.append(Fact(None, handshake.flow.client_ip, "contacted", "host", host))
    return facts


def _of_query(query: DnsQuery) -> Sequence[Fact]:
    host = _telling_host(query.query_name) if query.transport in ("udp", "tcp") else None
    return [Fact(None, query.client_ip, "contacted", "host", host)] if host else _NOTHING


def _of_service(seen: ServiceSeen) -> Iterator[Fact]:
    if seen.protocol in _ANONYMOUS:
        return
    ip = seen.flow.server_ip if seen.side == "server" else seen.flow.client_ip
    yield Fact(None, ip, seen.protocol, seen.attribute, seen.value)


def _of_router(seen: RouterSeen) -> Iterator[Fact]:
    if seen.source == "ra" and seen.lifetime_s:
        yield Fact(seen.mac, None, "role", "router", "ra")


_READERS: Final[dict[type, Callable[[Any], Iterator[Fact]]]] = {
    DhcpExchange: _of_dhcp,
    MdnsAnnouncement: _of_announcement,
    RouterSeen: _of_router,
    ServiceSeen: _of_service,
    SsdpSeen: _of_ssdp,
}
_FREQUENT: Final[dict[type, Callable[[Any], Sequence[Fact]]]] = {
    DnsQuery: _of_query,
    HttpRequest: _of_http,
    TlsHandshake: _of_tls,
}
"""Most of the traffic's records: read without a generator, empty values left out."""

_OPTION_LETTERS: Final = {0: "E", 1: "N", 2: "M", 3: "W", 4: "S", 8: "T"}
MAX_TCP_OPTIONS: Final = 20


MAX_FORWARDED_HOPS: Final = 3
"""Routers a home has inside. More hops behind a SYN from a local address are a scanner's random TTL."""
INITIAL_TTLS: Final[tuple[int, ...]] = (64, 128, 255)


def forwarded_hops(ttl: int) -> int:
    """How many routers a SYN has passed, 0 where none or that is not known."""
    hops = next(initial for initial in INITIAL_TTLS if ttl <= initial) - ttl
    return hops if hops <= MAX_FORWARDED_HOPS else 0


def syn_signature(ttl: int, window: int, options: bytes) -> str:
    """``64:64240:M,S,T,N,W``: the initial TTL a SYN probably had, its window, and the order of its options.

    ``options`` are the raw bytes after the fixed header (RFC 9293, section 3.2); a broken list ends where it breaks.
    """
    letters: list[str] = []
    at = 0
    while at < len(options) and len(letters) < MAX_TCP_OPTIONS:
        kind = options[at]
        letters.append(_OPTION_LETTERS.get(kind, str(kind)))
        if kind == 0:
            break
        if kind == 1:
            at += 1
            continue
        if at + 1 >= len(options) or options[at + 1] < 2:
            break
        at += options[at + 1]
    initial = next((start for start in (32, 64, 128) if ttl <= start), 255)
    return f"{initial}:{window}:{','.join(letters)}"
