"""The enrich stage: writes into flows, queries and devices what tables know of them. Pure look-ups; nothing is sent.

The pipeline calls it per flow and per message, never per packet; with warm caches a call takes a few microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from netscope.engine.enrich import community_id, device_rules, folders, oui, services
from netscope.engine.enrich.devices import DeviceProfiler
from netscope.engine.enrich.domain_table import DomainTable
from netscope.engine.enrich.evidence import Fact, facts_of, syn_signature
from netscope.engine.enrich.place import PlaceLookup
from netscope.engine.enrich.trackers import TrackerMatcher, TrackerRule, table_from_list
from netscope.model.errors import NetScopeError
from netscope.model.flow import Flow
from netscope.model.records import Device, DeviceSeen, DnsQuery, Evidence, TrackerHit

LIST_FOLDER = "trackers"
GEOIP_FOLDER = "geoip"
ALLOW_FILE = "allow.txt"
"""In the user's configuration folder: names that are never trackers, one a line."""


_LOCAL_RANGES: Final = frozenset({"private", "link_local", "loopback", "unspecified", "broadcast", "multicast"})


class FlowFact(NamedTuple):
    """Something enrich says of a flow and what it rests on, for a detail view."""

    attribute: str
    value: str
    source: str


class Neighbourhood(Protocol):
    """What enrich asks of the correlator: which device has a MAC or an address."""

    def of_mac(self, mac: str | None) -> Device | None: ...

    def of_address(self, address: str) -> Device | None: ...


class Enricher:
    """Applies places, trackers, services and device rules to what the correlator hands on."""

    def __init__(self, places: PlaceLookup, trackers: TrackerMatcher, profiler: DeviceProfiler | None = None) -> None:
        self.places = places
        self.trackers = trackers
        self.profiler = profiler or DeviceProfiler()
        self.warnings: list[str] = []
        """Of lists that could not be read whole; databases keep theirs in ``places.warnings``."""
        self._devices: Neighbourhood | None = None
        self._is_local: Callable[[str], bool] = lambda ip: places.lookup(ip).special in _LOCAL_RANGES
        self._hits: dict[int, TrackerHit] = {}
        """Hit of each open flow that has one; as many as open flows at most."""

    @classmethod
    def open(
        cls, geoip: Sequence[Path] = (), lists: Sequence[Path] = (), allow: Iterable[str] = (), use_home: bool = True
    ) -> Enricher:
        """With the embedded data, what is on this machine, and the files named on the command line.

        A named list that cannot be read at all raises NetScopeError; an imported one is a warning.
        """
        warnings: list[str] = []
        tables = []
        for path in lists:
            table, report = table_from_list(path)
            tables.append(table)
            if report.warning:
                warnings.append(report.warning)
        home = folders.data_folder() if use_home else None
        if home is not None:
            tables += _imported_lists(home / LIST_FOLDER, warnings)
            allow = [*allow, *_allowed(folders.config_folder() / ALLOW_FILE, warnings)]
        places = PlaceLookup.find(
            geoip,
            user_folders=[home / GEOIP_FOLDER, folders.config_folder()] if home else (),
            cache_folder=folders.cache_folder() if use_home else None,
        )
        vendors = oui.load(oui.table_path(home))
        enricher = cls(places, TrackerMatcher.embedded(tables, allow), DeviceProfiler(vendors))
        enricher.warnings += warnings
        return enricher

    def attach(self, devices: Neighbourhood, is_local: Callable[[str], bool]) -> None:
        """Who knows the devices and the local prefixes; without it local is what the private ranges say."""
        self._devices = devices
        self._is_local = is_local

    def warm(self) -> None:
        """Reads what is otherwise read at first use; before privileges are dropped, so the cache can be written."""
        self.places.warm()
        services.service_of_as(0)
        device_rules.rules()

    def flow_opened(self, flow: Flow) -> None:
        """Places the end that is not local: the server, or the client of a local server."""
        remote_ip = flow.client_ip if self._is_local(flow.server_ip) else flow.server_ip
        if not self._is_local(remote_ip):
            place = self.places.lookup(remote_ip)
            flow.country, flow.city, flow.asn, flow.as_org = place[:4]
        if flow.server_name is not None or flow.asn is not None:
            self._attribute(flow)
            self._track(flow)

    def flow_named(self, flow: Flow, timestamp_ns: int) -> list[TrackerHit]:
        """Call when name, protocol, User-Agent or fingerprint of a flow became known or changed.

        Gives a hit once per flow, and the same hit again when a better name changed its rule. A name from DNS makes no
        hit before the protocol is known: the SNI may yet tell another.
        """
        self._attribute(flow)
        rule = self._track(flow)
        if rule is None or (flow.name_source == "dns" and flow.app_protocol is None and flow.end_reason is None):
            return []
        return self._flow_hit(flow, rule, timestamp_ns)

    def flow_closed(self, flow: Flow) -> list[TrackerHit]:
        """Last judgement; gives the hit of a flow that had none, as one named by DNS alone."""
        hits = self.flow_named(flow, flow.last_seen_ns)
        self._hits.pop(flow.id, None)
        community_id.of_flow(flow)
        return hits

    def query(self, query: DnsQuery) -> list[TrackerHit]:
        """The hit of a query; call once per query, not again for its answer."""
        rule = self.trackers.match(query.query_name)
        if rule is None:
            return []
        name = query.query_name.lower()
        return [TrackerHit(query.timestamp_ns, query.device_id, query.flow, name, *_columns(rule))]

    def device(self, device: Device, record: object) -> list[Evidence]:
        """A device was met, or became known as a gateway."""
        if isinstance(record, DeviceSeen) and record.address is None:
            return self.profiler.meet(device, record.timestamp_ns)
        return []

    def heard(self, record: object) -> list[tuple[Device, list[Evidence]]]:
        """What a record says of devices; gives those with evidence to store."""
        found: list[tuple[Device, list[Evidence]]] = []
        if self._devices is None:
            return found
        for fact in facts_of(record):
            device = self._device_of(fact)
            if device is not None:
                timestamp_ns: int = getattr(record, "timestamp_ns", device.last_seen_ns)
                changed = self.profiler.hear(device, fact.source, fact.attribute, fact.value, timestamp_ns)
                if changed:
                    found.append((device, changed))
        return found

    def syn(self, flow: Flow, ttl: int, window: int, options: bytes) -> list[tuple[Device, list[Evidence]]]:
        """The shape of a local client's SYN: TTL as seen, window, raw option bytes."""
        device = self._devices.of_address(flow.client_ip) if self._devices else None
        if device is None:
            return []
        shape = syn_signature(ttl, window, options)
        changed = self.profiler.hear(device, "tcp_syn", "signature", shape, flow.first_seen_ns)
        return [(device, changed)] if changed else []

    def explain(self, flow: Flow) -> list[FlowFact]:
        """What the application column rests on, the client's software, the tracker, and the name of a special range."""
        facts = []
        service = services.service(flow.server_name, flow.asn, flow.app_protocol)
        if service is not None:
            facts.append(FlowFact("application", *service))
        client = services.client(flow.user_agent, flow.ja4, flow.ja3)
        if client is not None:
            facts.append(FlowFact("client", *client))
        rule = self.trackers.match(flow.server_name) if flow.server_name else None
        if rule is not None:
            facts.append(FlowFact("tracker", f"{rule.owner or rule.rule} ({rule.category or 'listed'})", rule.list))
        special = self.places.lookup(flow.server_ip).special
        if special is not None:
            facts.append(FlowFact("range", special, "iana"))
        return facts

    def _device_of(self, fact: Fact) -> Device | None:
        assert self._devices is not None
        if fact.mac is not None:
            return self._devices.of_mac(fact.mac)
        return self._devices.of_address(fact.ip) if fact.ip is not None else None

    def _attribute(self, flow: Flow) -> None:
        found = services.service(flow.server_name, flow.asn, flow.app_protocol)
        if found is None and (flow.user_agent or flow.ja4 or flow.ja3):
            found = services.client(flow.user_agent, flow.ja4, flow.ja3)
        flow.application = found.application if found else None

    def _track(self, flow: Flow) -> TrackerRule | None:
        rule = self.trackers.match(flow.server_name) if flow.server_name else None
        flow.tracker = (rule.owner or rule.rule) if rule else None
        return rule

    def _flow_hit(self, flow: Flow, rule: TrackerRule, timestamp_ns: int) -> list[TrackerHit]:
        name = flow.server_name or ""
        hit = self._hits.get(flow.id)
        if hit is None:
            hit = TrackerHit(timestamp_ns, flow.device_id, flow, name, *_columns(rule))
            self._hits[flow.id] = hit
            return [hit]
        if hit.rule == rule.rule and hit.name == name:
            return []
        hit.name, (hit.rule, hit.owner, hit.category, hit.list) = name, _columns(rule)
        return [hit]


def _columns(rule: TrackerRule) -> tuple[str, str | None, str | None, str]:
    return rule.rule, rule.owner, rule.category, rule.list


def _imported_lists(folder: Path, warnings: list[str]) -> list[DomainTable]:
    tables = []
    for path in sorted(folder.glob("*.nslist")):
        try:
            tables.append(DomainTable.open(path))
        except NetScopeError as error:
            warnings.append(str(error))
    return tables


def _allowed(path: Path, warnings: list[str]) -> list[str]:
    if not path.is_file():
        return []
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        warnings.append(f"{path}: cannot read the allowed names ({error.strerror})")
        return []
    return [name for line in lines if (name := line.partition("#")[0].strip())]
