"""Where on earth an address is: GeoIP databases where the user has them, Debian's country ranges else.

Nothing is asked of the network. A database that is damaged is reported once and left out; the run goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Any, Final, NamedTuple

import geoip2.database
import geoip2.errors
import maxminddb

from netscope.engine.enrich.country_ranges import RangeTable, open_ranges, stamp_of
from netscope.engine.enrich.special_ranges import inner_ipv4, special_name
from netscope.model.errors import NetScopeError

CACHE_ENTRIES: Final = 16_384
"""Addresses whose place is remembered, the least recently used forgotten first; some 5 MB when full."""
GEOIP_FOLDERS: Final = (Path("/usr/share/GeoIP"), Path("/var/lib/GeoIP"), Path("/usr/local/share/GeoIP"))
"""Where geoipupdate and distributions put .mmdb files."""
TOR_RANGES: Final = {4: Path("/usr/share/tor/geoip"), 6: Path("/usr/share/tor/geoip6")}
"""Files of Debian's tor-geoipdb (IPFire location database, CC BY-SA 4.0)."""


class Place(NamedTuple):
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    city: str | None = None
    asn: int | None = None
    as_org: str | None = None
    special: str | None = None
    """Name of the special range (private, cgnat, multicast, documentation …); then the rest is None."""


NOWHERE: Final = Place()


@dataclass(slots=True)
class GeoDatabase:
    """One opened .mmdb file."""

    path: Path
    type: str
    """As its metadata says: ``GeoLite2-City``, ``DBIP-ASN-Lite`` …"""
    kind: str
    """city, country or asn."""
    built_epoch_s: int
    nodes: int
    """Of its search tree."""
    reader: Any
    """geoip2 for cities and countries; the plain reader for AS numbers, whose files geoip2 refuses by type name
    when they are DB-IP's."""
    ask: Callable[[str], Any]
    """What the reader has of an address."""


_AS_ORG: Final = "autonomous_system_organization"
_KINDS: Final = {"City": "city", "Enterprise": "city", "ASN": "asn", "ISP": "asn", "Country": "country"}
"""Word in the type name of a database to what it tells."""


def _kind(database_type: str) -> str | None:
    return next((kind for word, kind in _KINDS.items() if word in database_type), None)


def open_database(path: Path) -> GeoDatabase:
    """Opens a MaxMind or DB-IP file. Raises NetScopeError when it is damaged or of another kind."""
    try:
        reader: Any = maxminddb.open_database(path)
        metadata = reader.metadata()
        kind = _kind(metadata.database_type)
        ask: Callable[[str], Any] = reader.get
        if kind in ("city", "country"):
            reader.close()
            reader = geoip2.database.Reader(path)
            # geoip2 wants each type asked by its own method; a DB-IP file says in its type whose it answers as.
            ask = reader.enterprise if "Enterprise" in metadata.database_type else getattr(reader, kind)
    except (OSError, ValueError) as error:  # InvalidDatabaseError and a damaged metadata section are ValueErrors
        reason = getattr(error, "strerror", None) or str(error)
        raise NetScopeError(f"{path}: cannot read this GeoIP database ({reason})") from error
    except maxminddb.InvalidDatabaseError as error:
        raise NetScopeError(f"{path}: damaged GeoIP database; fetch it again") from error
    if kind is None:
        raise NetScopeError(f"{path}: a {metadata.database_type} database says nothing of country, city or AS")
    return GeoDatabase(path, metadata.database_type, kind, metadata.build_epoch, metadata.node_count, reader, ask)


def database_paths(named: Sequence[Path], folders: Iterable[Path]) -> list[Path]:
    """Files to open: the named ones (a folder means all in it), then what the folders hold, by name."""
    found: list[Path] = []
    for path in named:
        found += sorted(path.glob("*.mmdb")) if path.is_dir() else [path]
    for folder in folders:
        found += sorted(folder.glob("*.mmdb"))
    return list(dict.fromkeys(found))


class PlaceLookup:
    """Looks addresses up in the databases found at start; the first of each kind answers."""

    def __init__(
        self,
        databases: Sequence[GeoDatabase] = (),
        range_files: dict[int, Path] | None = None,
    ) -> None:
        self.warnings: list[str] = []
        """What the user should know of the files as they were found, each once."""
        self.tell: Callable[[str], None] = self.warnings.append
        """Takes what is found later, when a damaged part of a file is read."""
        self._databases: dict[str, GeoDatabase] = {}
        for database in databases:
            self._databases.setdefault(database.kind, database)
        self._range_files = {version: path for version, path in (range_files or {}).items() if path.is_file()}
        self._ranges: dict[int, RangeTable] = {}
        self._range_stamps: dict[int, str] = {}
        """Of the file each was read from."""
        self.lookup: Callable[[str], Place] = lru_cache(CACHE_ENTRIES)(self._lookup)
        """Place of an address in text form."""

    @classmethod
    def find(
        cls,
        named: Sequence[Path] = (),
        user_folders: Sequence[Path] = (),
        system_folders: Sequence[Path] = GEOIP_FOLDERS,
        range_files: dict[int, Path] | None = None,
    ) -> PlaceLookup:
        """With all there is on this machine; ``named`` (``--geoip``) first, then the user's, then the system's."""
        databases, warnings = [], []
        for path in database_paths(named, (*user_folders, *system_folders)):
            try:
                databases.append(open_database(path))
            except NetScopeError as error:
                warnings.append(str(error))
        places = cls(databases, TOR_RANGES if range_files is None else range_files)
        places.warnings += warnings
        return places

    @property
    def databases(self) -> list[GeoDatabase]:
        """Those that answer."""
        return list(self._databases.values())

    @property
    def range_files(self) -> dict[int, Path]:
        return dict(self._range_files)

    def keep_ranges_of(self, other: PlaceLookup) -> None:
        """Take over country ranges whose file has not changed since ``other`` read it."""
        for version, path in self._range_files.items():
            table, stamp = other._ranges.get(version), other._range_stamps.get(version)
            if table is not None and stamp is not None and stamp == _stamp(path):
                self._ranges[version], self._range_stamps[version] = table, stamp

    def release(self) -> None:
        """Let go of databases and ranges once another has taken its place (as ``TrackerMatcher.release``)."""
        self.lookup = _nowhere

    def warm(self) -> None:
        """Reads the country ranges now instead of at the first address: some 50 ms."""
        for version in list(self._range_files):
            self._range_table(version)

    def ranges(self, version: int) -> RangeTable | None:
        """The country ranges for IPv4 or IPv6 addresses, read now if need be."""
        return self._range_table(version) if version in self._range_files else None

    def memory_bytes(self) -> int:
        """Of the country ranges read so far; databases are mapped files."""
        return sum(table.memory_bytes for table in self._ranges.values())

    def _lookup(self, ip: str) -> Place:
        try:
            packed = inet_pton(AF_INET6 if ":" in ip else AF_INET, ip.partition("%")[0])
        except OSError:
            return NOWHERE
        inner = inner_ipv4(packed)
        if inner is not None:
            packed, ip = inner, inet_ntop(AF_INET, inner)
        special = special_name(packed)
        if special is not None:
            return Place(special=special)
        in_city, in_country, in_asn = self._ask("city", ip), self._ask("country", ip), self._ask("asn", ip)
        country = _country(in_city) or _country(in_country) or self._from_ranges(packed)
        city: str | None = in_city.city.name if in_city is not None else None
        if isinstance(in_asn, dict):
            return Place(country, city, in_asn.get("autonomous_system_number"), in_asn.get(_AS_ORG))
        # A database that tells of everything (Enterprise) has the AS with the city.
        traits = in_city.traits if in_city is not None else None
        asn: int | None = getattr(traits, "autonomous_system_number", None)
        return Place(country, city, asn, getattr(traits, _AS_ORG, None))

    def _ask(self, kind: str, ip: str) -> Any:
        """None where there is no such database or it has nothing; a damaged one is given up, with a warning."""
        database = self._databases.get(kind)
        if database is None:
            return None
        try:
            return database.ask(ip)
        except geoip2.errors.AddressNotFoundError:
            return None
        except maxminddb.InvalidDatabaseError:
            self.tell(f"{database.path}: damaged GeoIP database, no longer used; fetch it again")
            del self._databases[database.kind]
        except ValueError:
            return None  # an IPv6 address asked of an IPv4 database
        return None

    def _from_ranges(self, packed: bytes) -> str | None:
        version = 4 if len(packed) == 4 else 6
        if version not in self._range_files:
            return None
        table = self._range_table(version)
        return table.country(int.from_bytes(packed[:8], "big")) if table else None

    def _range_table(self, version: int) -> RangeTable | None:
        table = self._ranges.get(version)
        if table is None:
            path = self._range_files.get(version)
            if path is None:
                return None
            try:
                stamp = _stamp(path)
                table = self._ranges[version] = open_ranges(path, version)
                self._range_stamps[version] = stamp or ""
            except NetScopeError as error:
                self.tell(str(error))
                del self._range_files[version]
        return table


def _country(found: Any) -> str | None:
    """Where the address is used, else where it is registered."""
    if found is None:
        return None
    country: str | None = found.country.iso_code or found.registered_country.iso_code
    return country


def _nowhere(address: str) -> Place:
    """The answer of databases that were let go."""
    return NOWHERE


def _stamp(path: Path) -> str | None:
    """None of a file that is not there any more."""
    try:
        return stamp_of(path)
    except OSError:
        return None
