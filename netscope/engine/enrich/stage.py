"""The enrich stage: writes into flows, queries and devices what tables know of them. Pure look-ups; nothing is sent.

The pipeline calls it per flow and per message, never per packet; with warm caches a call takes a few microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from netscope.engine.enrich import activity, community_id, device_rules, fingerprints, folders, imports, oui, services
from netscope.engine.enrich.devices import DeviceProfiler
from netscope.engine.enrich.domain_table import DomainTable
from netscope.engine.enrich.identify import DeviceIdentifier, Neighbourhood
from netscope.engine.enrich.place import PlaceLookup
from netscope.engine.enrich.resolvers import ENCRYPTED_PORTS, encrypted_dns, resolvers
from netscope.engine.enrich.trackers import TrackerMatcher, TrackerRule, embedded_tables, table_from_list
from netscope.model.errors import NetScopeError
from netscope.model.flow import Flow
from netscope.model.records import DevicePair, DnsQuery, Evidence, TrackerHit

ALLOW_FILE = "allow.txt"
"""In the user's configuration folder: names that are never trackers, one a line."""


class FlowFact(NamedTuple):
    """Something enrich says of a flow and what it rests on, for a detail view."""

    attribute: str
    value: str
    source: str


class _ListOnDisk(NamedTuple):
    """A list and the file it was read from, as that was then."""

    path: Path
    stamp: tuple[int, int, int]
    table: DomainTable
    warning: str | None


class _Lists(NamedTuple):
    """The user's own lists."""

    lists: list[_ListOnDisk]
    allow: list[str]
    warnings: list[str]

    @property
    def tables(self) -> list[DomainTable]:
        return [item.table for item in self.lists]


class Enricher:
    """Applies places, trackers and services to flows and queries; ``identify`` gives the part for devices."""

    def __init__(self, places: PlaceLookup, trackers: TrackerMatcher, vendors: oui.VendorTable | None = None) -> None:
        self.places = places
        self.trackers = trackers
        self.vendors = vendors
        self.fingerprints = fingerprints.embedded()
        self.warnings: list[str] = []
        """Of lists that could not be read whole; databases keep theirs in ``places.warnings``."""
        self._service: Callable[[str | None, int | None, str | None], services.Attribution | None] = lru_cache(
            services.CACHE_ENTRIES
        )(services.service)
        self._read = _Lists([], [], [])
        self._tell: Callable[[str], None] | None = None
        self._hits: dict[int, TrackerHit] = {}
        """Hit of each open flow that has one; as many as open flows at most."""

    @classmethod
    def open(
        cls, geoip: Sequence[Path] = (), lists: Sequence[Path] = (), allow: Iterable[str] = (), use_home: bool = True
    ) -> Enricher:
        """With the embedded data, what is on this machine, and the files named on the command line.

        A named list that cannot be read at all raises NetScopeError; an imported one is a warning.
        """
        home = folders.data_folder() if use_home else None
        read = _read_lists(lists, home, ())
        places = _find_places(geoip, home)
        enricher = cls(places, TrackerMatcher([*read.tables, *embedded_tables()], [*allow, *read.allow]))
        enricher.vendors = oui.load(oui.table_path(home))
        enricher.fingerprints = _fingerprints(home, read.warnings)
        enricher.warnings += read.warnings
        enricher._read = read
        return enricher

    def reload(self, geoip: Sequence[Path] = (), lists: Sequence[Path] = ()) -> list[str]:
        """Take up lists and databases that changed, while flows go on; returns what could not be read.

        Any thread may call it. What has not changed on disk is kept as it is, and what has is read one by one, so at
        most one list is in memory twice. Raises NetScopeError when a named list cannot be read; then all stays.
        """
        home = folders.data_folder()
        read = _read_lists(lists, home, self._read.lists)
        places = _find_places(geoip, home)
        places.keep_ranges_of(self.places)
        places.tell = self._tell or places.tell
        fingerprints_now = _fingerprints(home, read.warnings)
        own = self.trackers.tables[len(self._read.tables) :]
        before = self.trackers, self.places
        # The engine's thread looks each of these up anew at every record.
        self.trackers = TrackerMatcher([*read.tables, *own], read.allow)
        self.places, self.fingerprints, self._read = places, fingerprints_now, read
        before[0].release()
        before[1].release()
        places.warm()
        return [*read.warnings, *places.warnings]

    def tell_by(self, tell: Callable[[str], None]) -> None:
        """Who is to be told of what is found later of databases that are damaged."""
        self._tell = tell
        self.places.tell = tell

    def identify(
        self, devices: Neighbourhood, remembered: Sequence[Evidence] = (), pairs: Sequence[DevicePair] = ()
    ) -> DeviceIdentifier:
        """What reads every record for what it says of these devices; the rest is of earlier runs."""
        return DeviceIdentifier(devices, DeviceProfiler(self.vendors), remembered, pairs)

    def warm(self) -> None:
        """Reads what is otherwise read at first use."""
        self.places.warm()
        services.service_of_as(0)
        resolvers()
        device_rules.rules()

    def flow_opened(self, flow: Flow, remote_ip: str | None) -> None:
        """``remote_ip``: the end to place, None where both ends are local."""
        if remote_ip is not None:
            flow.country, flow.city, flow.asn, flow.as_org, _ = self.places.lookup(remote_ip)
        if flow.server_name is not None or flow.asn is not None:
            self._attribute(flow)
            self._track(flow)

    def flow_named(self, flow: Flow) -> TrackerHit | None:
        """Call when name, protocol, User-Agent or fingerprint of a flow became known or changed.

        Gives a hit once per flow, and the same hit again when a better name changed its rule. A name from DNS makes no
        hit before the protocol is known: the SNI may yet tell another.
        """
        self._attribute(flow)
        rule = self._track(flow)
        if rule is None or (flow.name_source == "dns" and flow.app_protocol is None and flow.end_reason is None):
            return None
        return self._flow_hit(flow, rule)

    def flow_moved(self, flow: Flow) -> None:
        """Judge an open flow by its shape so far."""
        flow.activity = activity.of_flow(flow)

    def flow_closed(self, flow: Flow) -> TrackerHit | None:
        """Last judgement; gives the hit of a flow that had none, as one named by DNS alone."""
        hit = self.flow_named(flow)
        if self._hits:
            self._hits.pop(flow.id, None)
        community_id.of_flow(flow)
        flow.activity = activity.of_flow(flow)
        return hit

    def dns(self, query: DnsQuery) -> TrackerHit | None:
        """The hit of a query; call once per query, not again for its answer."""
        rule = self.trackers.match(query.query_name)
        if rule is None:
            return None
        return TrackerHit(query.timestamp_ns, query.device_id, query.flow, query.query_name.lower(), *_columns(rule))

    def explain(self, flow: Flow) -> list[FlowFact]:
        """What the application column rests on, the client's software, the tracker, and the name of a special range."""
        facts = []
        service = self._service_of(flow)
        if service is not None:
            is_guess = service.source == "protocol" and flow.app_protocol_source == "port"
            facts.append(FlowFact("application", service.application, "port" if is_guess else service.source))
        client = services.client(flow.user_agent, flow.ja4, flow.ja3, self.fingerprints)
        if client is not None:
            facts.append(FlowFact("client", *client))
        rule = self.trackers.match(flow.server_name) if flow.server_name else None
        if rule is not None:
            facts.append(FlowFact("tracker", f"{rule.owner or rule.rule} ({rule.category or 'listed'})", rule.list))
        special = self.places.lookup(flow.server_ip).special
        if special is not None:
            facts.append(FlowFact("range", special, "iana"))
        return facts

    def _service_of(self, flow: Flow) -> services.Attribution | None:
        if flow.server_port in ENCRYPTED_PORTS:
            hidden = encrypted_dns(flow)
            if hidden is not None:
                return hidden
        return self._service(flow.server_name, flow.asn, flow.app_protocol)

    def _attribute(self, flow: Flow) -> None:
        found = self._service_of(flow)
        if found is None and (flow.user_agent or flow.ja4 or flow.ja3):
            found = services.client(flow.user_agent, flow.ja4, flow.ja3, self.fingerprints)
        flow.application = found.application if found is not None else None

    def _track(self, flow: Flow) -> TrackerRule | None:
        name = flow.server_name
        rule = self.trackers.match(name) if name else None
        flow.tracker = None if rule is None else rule.owner or rule.rule
        return rule

    def _flow_hit(self, flow: Flow, rule: TrackerRule) -> TrackerHit | None:
        name = flow.server_name or ""
        hit = self._hits.get(flow.id)
        if hit is None:
            seen_ns = flow.last_seen_ns or flow.first_seen_ns
            hit = self._hits[flow.id] = TrackerHit(seen_ns, flow.device_id, flow, name, *_columns(rule))
            return hit
        if hit.rule == rule.rule and hit.name == name:
            return None
        hit.name, (hit.rule, hit.owner, hit.category, hit.list) = name, _columns(rule)
        return hit


def _columns(rule: TrackerRule) -> tuple[str, str | None, str | None, str]:
    return rule.rule, rule.owner, rule.category, rule.list


def _read_lists(named: Sequence[Path], home: Path | None, known: Sequence[_ListOnDisk]) -> _Lists:
    """The named lists, then those imported. Raises NetScopeError when a named one cannot be read."""
    unchanged = {(item.path, item.stamp): item for item in known}
    damaged: list[str] = []
    found: list[_ListOnDisk] = []
    for path in named:
        stamp = _stamp(path)
        found.append(unchanged.get((path, stamp)) or _named_list(path, stamp))
    for path in sorted((home / imports.LIST_FOLDER).glob("*.nslist")) if home is not None else ():
        stamp = _stamp(path)
        try:
            found.append(unchanged.get((path, stamp)) or _ListOnDisk(path, stamp, DomainTable.open(path), None))
        except NetScopeError as error:
            damaged.append(str(error))
    warnings = [*(item.warning for item in found if item.warning is not None), *damaged]
    allow = _allowed(folders.config_folder() / ALLOW_FILE, warnings) if home is not None else []
    return _Lists(found, allow, warnings)


def _named_list(path: Path, stamp: tuple[int, int, int]) -> _ListOnDisk:
    table, report = table_from_list(path)
    return _ListOnDisk(path, stamp, table, report.warning or None)


def _stamp(path: Path) -> tuple[int, int, int]:
    """Changes with the file; of one that is not there, no other has it."""
    try:
        status = path.stat()
    except OSError:
        return (-1, -1, -1)
    return (status.st_ino, status.st_size, status.st_mtime_ns)


def _find_places(geoip: Sequence[Path], home: Path | None) -> PlaceLookup:
    return PlaceLookup.find(
        geoip,
        user_folders=[home / imports.GEOIP_FOLDER, folders.config_folder()] if home is not None else (),
    )


def _fingerprints(home: Path | None, warnings: list[str]) -> fingerprints.FingerprintTable:
    table = fingerprints.embedded()
    for path in sorted((home / imports.FINGERPRINT_FOLDER).glob("*.csv")) if home else ():
        try:
            table = table.extended(fingerprints.read_table(path))
        except NetScopeError as error:
            warnings.append(str(error))
    return table


def _allowed(path: Path, warnings: list[str]) -> list[str]:
    if not path.is_file():
        return []
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        warnings.append(f"{path}: cannot read the allowed names ({error.strerror})")
        return []
    return [name for line in lines if (name := line.partition("#")[0].strip())]
