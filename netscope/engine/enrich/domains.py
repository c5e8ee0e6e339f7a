"""Registered domain of a host name by the public suffix list that comes with the package publicsuffixlist."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import Final

from publicsuffixlist import PublicSuffixList

CACHE_ENTRIES: Final = 32_768
"""Names whose registered domain is remembered, the least recently used forgotten first; some 6 MB when full."""
_LOCAL_SUFFIXES: Final = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".in-addr.arpa", ".ip6.arpa")
"""Names that nobody registers (RFC 6761, 6762, 8375); the list would take their last label for a public suffix."""


def suffixes(name: str) -> Iterator[str]:
    """``a.b.c``, ``b.c`` of ``A.B.C.``: the name and what it lies below, but not the last label alone."""
    name = name.lower().rstrip(".")
    while "." in name:
        yield name
        name = name.partition(".")[2]


@cache
def _public_suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(CACHE_ENTRIES)
def registered_domain(name: str) -> str | None:
    """``bbc.co.uk`` of ``www.bbc.co.uk``; None for addresses, local names and public suffixes themselves."""
    name = name.lower().rstrip(".")
    if "." not in name or name.endswith(_LOCAL_SUFFIXES) or _is_address(name):
        return None
    return _public_suffixes().privatesuffix(name)


def _is_address(name: str) -> bool:
    if not name[-1].isdigit() and ":" not in name:
        return False
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def warm() -> None:
    """Reads the suffix list now instead of at the first name; about 50 ms."""
    _public_suffixes()
