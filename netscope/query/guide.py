"""The filter language's own help: what the help screen, the manual and ``--help`` print."""

from __future__ import annotations

from typing import Final

from netscope.query.fields import FIELDS

EXAMPLES: Final[tuple[tuple[str, str], ...]] = (
    ("tv", "any field has tv"),
    ("dev:tv port:443", "both: a space means and"),
    ("!dns", "not dns"),
    ("dev:tv|nas", "either value"),
    ("tv|port:53", "either term"),
    ("dev:tv and cc:RU and bytes_up>10M", "in words: and, or, not; or binds loosest"),
    ("rate>1M age<30s", "numbers with units: k M G, s m h d"),
    ("port:1-1023", "a range"),
    ("=443", "some field is exactly 443"),
    ('dev="living room"', "exact, and quoted for the space"),
    ("/^cdn[0-9]/", "a regular expression"),
    ("mark:T", "tracker; also ! alert, * new, x closed, NX, ? hidden, m marked"),
    ("new:10m", "first seen in the last 10 minutes"),
    ("cc:US asn:AS32934", "country and network of the server"),
    ("ip:192.168.1.0/24", "addresses in a network"),
    ("!(dns|mdns) dev:nas", "parentheses group"),
)
"""(filter, meaning); each one is valid."""


def field_lines() -> list[tuple[str, str]]:
    """(names of the field, what it asks), in the order of the table."""
    return [(" ".join((field.name, *field.aliases)), field.help) for field in FIELDS]
