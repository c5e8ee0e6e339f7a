"""Hosts that hand out updates of systems and programs (data/update_hosts.tsv)."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from netscope.engine.enrich.domains import suffixes

CACHE_ENTRIES: Final = 4_096
"""Names whose answer is remembered, the least recently used forgotten first; some 1 MB when full."""
_TABLE: Final = Path(__file__).parent / "data" / "update_hosts.tsv"


@cache
def _hosts() -> frozenset[str]:
    with _TABLE.open(encoding="utf-8") as file:
        return frozenset(line.split("\t")[0].strip() for line in file if not line.startswith(("#", "host\t")))


@lru_cache(CACHE_ENTRIES)
def is_update_host(name: str) -> bool:
    """Whether a host, or one it lies below, is listed."""
    hosts = _hosts()
    return any(suffix in hosts for suffix in suffixes(name))
