"""Does a name belong to a tracker? Lists are matched by suffix on label boundaries; an exact or longer rule beats a
shorter one, a list given earlier beats a later one, and an exception beats all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from netscope.engine.enrich.domain_table import DomainTable, Kind, name_hash
from netscope.engine.enrich.domains import suffixes
from netscope.engine.enrich.list_formats import ListReport, ListRule, Tell, read_list
from netscope.engine.enrich.tracker_labels import LIST_NAME, telling_label

CATEGORIES: Final = (
    "advertising",
    "analytics",
    "attribution",
    "fingerprinting",
    "malware",
    "session_replay",
    "social",
    "telemetry",
)
CACHE_ENTRIES: Final = 32_768
"""Names whose answer is remembered, the least recently used forgotten first; some 7 MB when full."""

_EMBEDDED_FOLDER: Final = Path(__file__).parent / "data"


class EmbeddedList(NamedTuple):
    name: str
    file_name: str
    licence: str


EMBEDDED: Final = (
    EmbeddedList("netscope", "telemetry.tsv", "MIT"),
    EmbeddedList("third-party-web", "third_party_web.tsv", "MIT, Copyright (c) 2019 Patrick Hulce"),
)
"""Hand-kept entries come first: they correct the other list."""


class TrackerRule(NamedTuple):
    rule: str
    """The listed domain that matched."""
    owner: str | None
    category: str | None
    list: str


def _embedded_rules(path: Path) -> Iterator[ListRule]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if not line.startswith(("#", "domain\t")):
                name, owner, category = line.rstrip("\n").split("\t")
                yield ListRule(name, owner, category, False)


def embedded_tables() -> list[DomainTable]:
    """The lists that come with NetScope; about 5 ms."""
    return [
        DomainTable.build(item.name, _embedded_rules(_EMBEDDED_FOLDER / item.file_name), {"licence": item.licence})
        for item in EMBEDDED
    ]


def table_from_list(
    path: Path, name: str | None = None, form: str | None = None, tell: Tell | None = None
) -> tuple[DomainTable, ListReport]:
    """A table of a user's list in any of the formats. Raises NetScopeError when it cannot be read."""
    rules, report = read_list(path, form, tell)
    table = DomainTable.build(name or path.stem, rules, {"source": str(path), "format": report.form})
    return table, report


class TrackerMatcher:
    """Answers for names by all lists together."""

    def __init__(self, tables: Sequence[DomainTable], allow: Iterable[str] = ()) -> None:
        """``tables`` in order of precedence; ``allow``: names that are never trackers, subdomains included."""
        self.tables = tuple(tables)
        self._allow = frozenset(name.lower().strip().removeprefix("*.").strip(".") for name in allow)
        self.match: Callable[[str], TrackerRule | None] = lru_cache(CACHE_ENTRIES)(self._match)
        """The rule for a host name in any case, with or without a final dot; None when it is no tracker."""

    @classmethod
    def embedded(cls, own: Sequence[DomainTable] = (), allow: Iterable[str] = ()) -> TrackerMatcher:
        return cls([*own, *embedded_tables()], allow)

    def release(self) -> None:
        """Let go of the tables once another has taken its place: the cache holds this object in a cycle, and while an
        engine runs cycles are collected rarely."""
        self.match = _no_tracker

    def _match(self, name: str) -> TrackerRule | None:
        best: TrackerRule | None = None
        for suffix in suffixes(name):
            if suffix in self._allow:
                return None
            hashed = name_hash(suffix)
            for table in self.tables:
                kind = table.find(hashed)
                if kind is None:
                    continue
                if kind.allow:
                    return None
                best = _better(best, suffix, kind, table.name)
        return best or _by_label(name.lower().rstrip("."))


def _by_label(name: str) -> TrackerRule | None:
    found = telling_label(name)
    if found is None:
        return None
    rule, registered, category = found
    return TrackerRule(rule, registered, category, LIST_NAME)


def _no_tracker(name: str) -> None:
    """The answer of lists that were let go."""


def _better(best: TrackerRule | None, suffix: str, kind: Kind, list_name: str) -> TrackerRule:
    """Keep the rule found first; plain lists name no owner, so a later list may tell it."""
    if best is None:
        return TrackerRule(suffix, kind.owner, kind.category, list_name)
    if best.owner is None and kind.owner is not None:
        return best._replace(owner=kind.owner, category=best.category or kind.category)
    return best
