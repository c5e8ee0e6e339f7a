"""What a device gives away, summed up: who tracks it, who sees its names, what it says in clear, which countries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

DNS_OVER_HTTPS: Final = "DNS over HTTPS"
DNS_OVER_TLS: Final = "DNS over TLS"
DNS_OVER_QUIC: Final = "DNS over QUIC"
ENCRYPTED_DNS: Final[tuple[str, ...]] = (DNS_OVER_HTTPS, DNS_OVER_TLS, DNS_OVER_QUIC)
"""What ``Flow.application`` calls a flow to a resolver that hides the questions (RFC 8484, 7858, 9250)."""
PLAIN_DNS: Final = "plain"

CLEAR_TEXT_PROTOCOLS: Final[tuple[str, ...]] = (
    "ftp", "http", "imap", "irc", "ldap", "mqtt", "mysql", "nntp", "pop3", "postgresql", "redis", "rfb", "rtmp", "rtsp",
    "sip", "smtp", "snmp", "syslog", "telnet", "tftp", "xmpp",
)  # fmt: skip
"""Application protocols that anyone on the way can read, unless the flow went over to TLS. DNS is told apart."""


TotalKey = tuple[str, str, str]
"""What a total is of: ``("tracker", owner, "")``, ``("resolver", server, how)``, ``("clear_text", protocol, "")``,
``("country", code, "")`` or ``ALL``."""
ALL: Final[TotalKey] = ("all", "", "")


class Total(NamedTuple):
    flows: int
    bytes_sent: int
    bytes_received: int

    @property
    def bytes(self) -> int:
        return self.bytes_sent + self.bytes_received


NOTHING: Final = Total(0, 0, 0)


class TrackerOwner(NamedTuple):
    """A company that was told something."""

    owner: str
    """The listed name where the list names no owner."""
    categories: tuple[str, ...]
    hits: int
    """Queries and flows to its listed names."""
    flows: int
    bytes_sent: int
    bytes_received: int


class Resolver(NamedTuple):
    """A DNS server the device asked."""

    server: str
    """Its address; of encrypted DNS its name where one is known."""
    how: str
    """``PLAIN_DNS`` or one of ``ENCRYPTED_DNS``."""
    flows: int
    bytes: int


class ClearText(NamedTuple):
    """A protocol the device used unencrypted."""

    protocol: str
    flows: int
    bytes: int


class Country(NamedTuple):
    country: str
    """ISO 3166-1 alpha-2."""
    flows: int
    bytes_sent: int
    bytes_received: int


@dataclass(frozen=True, slots=True)
class PrivacySummary:
    """Of one device. Each list has those with most bytes first; bytes are of layer 3."""

    device_id: int
    flows: int
    """All of the device that were counted."""
    bytes_sent: int
    bytes_received: int
    trackers: Sequence[TrackerOwner]
    resolvers: Sequence[Resolver]
    clear_text: Sequence[ClearText]
    countries: Sequence[Country]
    """Of the other ends, where known."""
    is_whole: bool = True
    """False: only the newest flows were counted, or a table was full."""

    @property
    def tracker_bytes(self) -> int:
        return sum(owner.bytes_sent + owner.bytes_received for owner in self.trackers)

    @property
    def encrypted_dns_share(self) -> float | None:
        """Of the bytes exchanged with resolvers; None where the device asked none.

        Bytes, because hidden questions cannot be counted. Padding (RFC 8467) makes a hidden one about four times as
        large, so between 0 and 1 the share of questions is the smaller.
        """
        whole = sum(resolver.bytes for resolver in self.resolvers)
        hidden = sum(resolver.bytes for resolver in self.resolvers if resolver.how != PLAIN_DNS)
        return hidden / whole if whole else None


def summarise(
    device_id: int,
    totals: Mapping[TotalKey, Total],
    hits: Mapping[str, int],
    categories: Iterable[tuple[str, str]],
    *,
    is_whole: bool,
) -> PrivacySummary:
    """``hits``: queries and flows by owner; ``categories``: (owner, category) pairs."""
    whole = totals.get(ALL, NOTHING)
    most = sorted(totals.items(), key=lambda item: -item[1].bytes)
    moved = {key[1]: total for key, total in totals.items() if key[0] == "tracker"}
    asked = sorted({*moved, *hits}, key=lambda owner: (-moved.get(owner, NOTHING).bytes, -hits.get(owner, 0), owner))
    pairs = sorted(set(categories))
    return PrivacySummary(
        device_id,
        *whole,
        trackers=[
            TrackerOwner(
                owner, tuple(c for o, c in pairs if o == owner), hits.get(owner, 0), *moved.get(owner, NOTHING)
            )
            for owner in asked
        ],
        resolvers=[Resolver(key[1], key[2], total.flows, total.bytes) for key, total in most if key[0] == "resolver"],
        clear_text=[ClearText(key[1], total.flows, total.bytes) for key, total in most if key[0] == "clear_text"],
        countries=[Country(key[1], *total) for key, total in most if key[0] == "country"],
        is_whole=is_whole,
    )
