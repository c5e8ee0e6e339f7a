"""The enrich stage: what it writes into flows and queries, and how often it tells of a tracker."""

from __future__ import annotations

from pathlib import Path

import pytest

from netscope.engine.enrich.domain_table import DomainTable
from netscope.engine.enrich.list_formats import ListRule
from netscope.engine.enrich.place import PlaceLookup
from netscope.engine.enrich.stage import ALLOW_FILE, Enricher
from netscope.engine.enrich.trackers import TrackerMatcher
from netscope.model.errors import NetScopeError
from netscope.model.flow import Flow
from netscope.model.records import DnsQuery


def flow(name: str | None = None, source: str | None = None, number: int = 1) -> Flow:
    made = Flow(number, "192.168.1.2", 40000, "81.2.69.142", 443, "tcp", None, None, None, 10, 20)
    made.device_id = 3
    made.server_name, made.name_source = name, source
    return made


@pytest.fixture
def enricher() -> Enricher:
    rules = [
        ListRule("tracker.example", "Tracker Inc", "advertising", False),
        ListRule("other.example", None, None, False),
    ]
    return Enricher(PlaceLookup(), TrackerMatcher([DomainTable.build("test", rules)]))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SUDO_USER", raising=False)
    for name in ("DATA", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path


def test_the_remote_end_is_placed(shared_dir: Path) -> None:
    places = PlaceLookup.find([shared_dir / "data" / "geoip"], system_folders=(), range_files={})
    enricher = Enricher(places, TrackerMatcher([]))
    placed = flow()
    enricher.flow_opened(placed, "89.160.20.112")
    assert (placed.country, placed.city, placed.asn, placed.as_org) == ("SE", "Linköping", 29518, "Bredband2 AB")


def test_a_flow_between_local_ends_is_placed_nowhere(enricher: Enricher) -> None:
    local = flow()
    enricher.flow_opened(local, None)
    assert (local.country, local.city, local.asn) == (None, None, None)


def test_a_flow_to_a_tracker_is_told_once(enricher: Enricher) -> None:
    tracked = flow("a.tracker.example", "sni")
    hit = enricher.flow_named(tracked)
    assert hit is not None
    assert (hit.name, hit.rule, hit.owner, hit.category, hit.list) == (
        "a.tracker.example", "tracker.example", "Tracker Inc", "advertising", "test",
    )  # fmt: skip
    assert (hit.flow, hit.device_id, hit.timestamp_ns) == (tracked, 3, 20)
    assert tracked.tracker == "Tracker Inc"
    assert [enricher.flow_named(tracked), enricher.flow_closed(tracked)] == [None, None]


def test_a_better_name_changes_the_hit_that_was_told(enricher: Enricher) -> None:
    tracked = flow("a.tracker.example", "http")
    first = enricher.flow_named(tracked)
    tracked.server_name, tracked.name_source = "b.other.example", "sni"
    again = enricher.flow_named(tracked)
    assert again is first
    assert (again.name, again.rule, tracked.tracker) == ("b.other.example", "other.example", "other.example")


def test_a_name_from_dns_waits_for_the_sni_that_may_tell_another(enricher: Enricher) -> None:
    tracked = flow("a.tracker.example", "dns")
    enricher.flow_opened(tracked, None)
    assert tracked.tracker == "Tracker Inc"
    assert enricher.flow_named(tracked) is None
    tracked.server_name, tracked.name_source, tracked.app_protocol = "www.innocent.example", "sni", "tls"
    assert enricher.flow_named(tracked) is None
    assert tracked.tracker is None
    tracked.end_reason = "fin"
    assert enricher.flow_closed(tracked) is None


def test_a_flow_named_by_dns_alone_is_told_at_its_end(enricher: Enricher) -> None:
    tracked = flow("a.tracker.example", "dns")
    assert enricher.flow_named(tracked) is None
    tracked.end_reason = "fin"
    assert enricher.flow_closed(tracked) is not None


def test_a_closed_flow_is_not_remembered(enricher: Enricher) -> None:
    for number in range(100):
        tracked = flow("a.tracker.example", "sni", number)
        enricher.flow_named(tracked)
        enricher.flow_closed(tracked)
    assert enricher._hits == {}


def test_a_query_is_told_in_lower_case(enricher: Enricher) -> None:
    query = DnsQuery(None, "192.168.1.2", "192.168.1.1", "udp", 5, 1, "A.Tracker.Example", "A", device_id=3)
    hit = enricher.dns(query)
    assert hit is not None
    assert (hit.name, hit.rule, hit.device_id, hit.timestamp_ns) == ("a.tracker.example", "tracker.example", 3, 5)
    query.query_name = "innocent.example"
    assert enricher.dns(query) is None


def test_the_application_is_the_service_else_the_client(enricher: Enricher) -> None:
    named = flow("www.netflix.com", "sni")
    enricher.flow_named(named)
    assert named.application == "Netflix"
    agent = flow("innocent.example", "http")
    agent.user_agent = "curl/8.5.0"
    enricher.flow_named(agent)
    assert agent.application == "curl"
    assert enricher.explain(agent) == [("client", "curl", "user_agent")]


def test_what_a_flow_s_columns_rest_on_can_be_told(enricher: Enricher) -> None:
    tracked = flow("a.tracker.example", "sni")
    tracked.server_ip, tracked.app_protocol = "192.168.1.9", "ssh"
    assert enricher.explain(tracked) == [
        ("application", "SSH", "protocol"),
        ("tracker", "Tracker Inc (advertising)", "test"),
        ("range", "private", "iana"),
    ]


def test_an_application_by_the_port_alone_is_told_as_such(enricher: Enricher) -> None:
    tried = flow()
    tried.app_protocol, tried.app_protocol_source = "mysql", "port"
    assert enricher.explain(tried) == [("application", "MySQL", "port")]


def test_a_closed_flow_has_its_community_id_and_activity(enricher: Enricher) -> None:
    closed = flow()
    closed.app_protocol, closed.end_reason = "dns", "idle"
    enricher.flow_closed(closed)
    assert closed.community_id.startswith("1:")
    assert closed.activity == "name_lookup"


def test_everything_on_the_machine_is_opened(home: Path, shared_dir: Path) -> None:
    folder = home / "data" / "netscope" / "trackers"
    folder.mkdir(parents=True)
    DomainTable.build("mine", [ListRule("mine.example", None, None, False)]).save(folder / "mine.nslist")
    (folder / "broken.nslist").write_text("no list")
    (home / "config" / "netscope").mkdir(parents=True)
    (home / "config" / "netscope" / ALLOW_FILE).write_text("# mine\nfine.example # why\n\n")
    listed = home / "extra.txt"
    listed.write_text("extra.example\nfine.example\nnot a name\n")
    enricher = Enricher.open([shared_dir / "data" / "geoip"], [listed])
    assert enricher.trackers.match("a.extra.example").list == "extra"
    assert enricher.trackers.match("a.mine.example").list == "mine"
    assert enricher.trackers.match("logs.roku.com").owner == "Roku"
    assert enricher.trackers.match("a.fine.example") is None
    assert enricher.places.lookup("81.2.69.142").city == "London"
    malformed, broken = enricher.warnings
    assert malformed == f"1 malformed line left out, the first {listed}:3: 'not a name'"
    assert broken.startswith(f"{folder / 'broken.nslist'}: damaged list")


def test_what_is_found_damaged_later_is_told_then_and_once(shared_dir: Path, tmp_path: Path) -> None:
    content = bytearray((shared_dir / "data" / "geoip" / "GeoLite2-City-Test.mmdb").read_bytes())
    content[9000:20000] = b"\xff" * 11000  # the data section; tree and metadata stay
    (tmp_path / "damaged.mmdb").write_bytes(content)
    places = PlaceLookup.find([tmp_path / "damaged.mmdb"], system_folders=(), range_files={})
    told: list[str] = []
    enricher = Enricher(places, TrackerMatcher.embedded())
    enricher.tell_by(told.append)
    for last in range(142, 190):
        enricher.flow_opened(flow(), f"81.2.69.{last}")
    assert told == [f"{tmp_path / 'damaged.mmdb'}: damaged GeoIP database, no longer used; fetch it again"]


def test_a_named_list_that_is_missing_ends_the_start(home: Path) -> None:
    with pytest.raises(NetScopeError, match="cannot read the list"):
        Enricher.open(lists=[home / "none.txt"])
