"""``[data]``: lists and databases beside those that come along, and where ``netscope data update`` fetches them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from netscope.config.option import option
from netscope.engine.enrich.imports import KINDS, checked_name
from netscope.engine.enrich.list_formats import FORMATS


def _web_address(text: str) -> None:
    if urlsplit(text).scheme not in ("http", "https"):
        raise ValueError(f"{text!r} is no http or https address")


def _digest(text: str) -> None:
    if len(text) != 64 or set(text.lower()) - set("0123456789abcdef"):
        raise ValueError("a SHA-256 has 64 hexadecimal digits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A list or database that "netscope data update" fetches. Nothing else ever uses the network."""

    name: str = option(
        help="What to call it; of two with one name the later replaces the earlier.",
        check=checked_name,
        example='"my-list"',
    )
    kind: str = option(help="What it holds.", choices=lambda: KINDS, example='"trackers"')
    url: str = option(help="Where it is fetched.", check=_web_address, example='"https://example.org/list.txt"')
    format: str | None = option(
        None, "Of a tracker list. Default: told by its first lines.", choices=lambda: FORMATS, example='"domains"'
    )
    sha256: str | None = option(None, "Refuse anything else.", check=_digest, example=f'"{"0123456789abcdef" * 4}"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Lists and databases beside those that come along."""

    geoip: tuple[Path, ...] = option(
        (),
        "City, Country or ASN databases (.mmdb), before those found in the usual places.",
        example='["/var/lib/GeoIP/GeoLite2-City.mmdb"]',
    )
    trackers: tuple[Path, ...] = option(
        (), "Block lists (hosts, domains, Adblock or CSV) beside the built-in ones.", example='["my-list.txt"]'
    )
    known_bad: tuple[Path, ...] = option(
        (),
        "Lists of TLS fingerprints and certificates that are a reason to alert: JA3, JA3S, JA4, SHA-1 or SHA-256, as "
        "SSLBL publishes them or one a line.",
        example='["sslbl.csv"]',
    )
    source: tuple[Source, ...] = option(
        (), 'A list or database that "netscope data update" fetches. Nothing else ever uses the network.'
    )
