"""What data a run would use: what it is, its date, source, licence, size. For ``netscope data status``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

from netscope.engine.enrich import device_rules, folders, oui
from netscope.engine.enrich.country_ranges import generated_on
from netscope.engine.enrich.domain_table import DomainTable
from netscope.engine.enrich.place import GeoDatabase, PlaceLookup
from netscope.engine.enrich.services import known_names
from netscope.engine.enrich.stage import Enricher
from netscope.engine.enrich.trackers import EMBEDDED


class Holding(NamedTuple):
    """One table of data in use."""

    kind: str
    """oui, country, city, asn, trackers, suffixes, services, fingerprints, devices."""
    name: str
    source: str
    """A file, or the package it was made from."""
    date: str | None
    """ISO 8601."""
    licence: str
    entries: int
    memory_bytes: int | None
    """None where it is mapped from the file and not held."""


EMBEDDED_SOURCES: Final[dict[str, tuple[str, str | None, str]]] = {
    "oui": ("npm oui-data 2.1.9", "2026-07", "BSD-2-Clause"),
    "netscope": ("NetScope", None, "MIT"),
    "third-party-web": ("npm third-party-web 0.30.0", None, "MIT"),
}
"""Of the tables in the package: where from, date, licence."""


def holdings(enricher: Enricher) -> Iterator[Holding]:
    """Everything ``enricher`` uses, user's data before embedded."""
    yield _vendors()
    yield from tracker_lists(enricher)
    yield from _places(enricher.places)
    yield Holding(
        "suffixes", "public suffix list", f"publicsuffixlist {version('publicsuffixlist')}",
        _suffix_date(), "MPL-2.0", 0, None,
    )  # fmt: skip
    yield Holding("services", "netscope", "NetScope", None, "MIT", known_names(), None)
    fingerprints = len(enricher.fingerprints)
    yield Holding("fingerprints", "JA3 and JA4", "Salesforce, FoxIO", None, "BSD-3-Clause", fingerprints, None)
    rules = sum(map(len, device_rules.rules().values()))
    yield Holding("devices", "device rules", "NetScope", None, "MIT", rules, None)


def _vendors() -> Holding:
    path = oui.table_path(folders.data_folder())
    table = oui.load(path)
    source, date, licence = EMBEDDED_SOURCES["oui"]
    if path.parent == folders.data_folder():
        source, date, licence = str(path), _modified(path), "IEEE"
    return Holding("oui", "IEEE registries", source, date, licence, len(table), table.memory_bytes)


def tracker_lists(enricher: Enricher) -> Iterator[Holding]:
    """In order of precedence."""
    embedded = {item.name for item in EMBEDDED}
    for table in enricher.trackers.tables:
        if table.name in embedded and "source" not in table.about:
            source, date, licence = EMBEDDED_SOURCES[table.name]
            yield Holding("trackers", table.name, source, date, licence, len(table), table.memory_bytes)
        else:
            yield _own_list(table)


def _own_list(table: DomainTable) -> Holding:
    dated_s = table.about.get("dated_s")
    date = _day(dated_s) if dated_s is not None else None
    source = str(table.about.get("source", ""))
    memory = None if table.is_mapped else table.memory_bytes
    return Holding("trackers", table.name, source, date, "your own", len(table), memory)


def _places(places: PlaceLookup) -> Iterator[Holding]:
    for database in places.databases:
        yield Holding(
            database.kind, database.type, str(database.path), _day(database.built_epoch_s), _licence(database),
            database.nodes, None,
        )  # fmt: skip
    for version_of_ip, path in places.range_files.items():
        table = places.ranges(version_of_ip)
        if table is not None:
            yield Holding(
                "country", f"tor-geoipdb IPv{version_of_ip}", str(path), generated_on(path), "CC BY-SA 4.0", len(table),
                table.memory_bytes,
            )  # fmt: skip


def _licence(database: GeoDatabase) -> str:
    if database.type.startswith("DBIP"):
        return "CC BY 4.0"
    return "GeoLite2 EULA" if database.type.startswith("GeoLite2") else "see its vendor"


def _suffix_date() -> str | None:
    """The package's version ends with the day of its list: 1.1.2.20261023."""
    day = version("publicsuffixlist").rpartition(".")[2]
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == 8 and day.isdigit() else None


def _modified(path: Path) -> str:
    return _day(int(path.stat().st_mtime))


def _day(epoch_s: int) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).date().isoformat()


def total_memory_bytes(found: list[Holding]) -> int:
    """Of the tables held in memory."""
    return sum(holding.memory_bytes or 0 for holding in found)
