"""Which names are trackers: the embedded lists on real samples, and the rules of precedence."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine import enrich
from netscope.engine.enrich.domain_table import DomainTable
from netscope.engine.enrich.list_formats import ListRule
from netscope.engine.enrich.trackers import (
    CATEGORIES,
    EMBEDDED,
    TrackerMatcher,
    embedded_tables,
    table_from_list,
)

DATA = Path(enrich.__file__).parent / "data"
SAMPLES = Path(__file__).parent / "samples"
LABEL = st.text("abcxyz", min_size=1, max_size=4)
NAME = st.lists(LABEL, min_size=2, max_size=4).map(".".join)


@pytest.fixture(scope="module")
def embedded() -> TrackerMatcher:
    return TrackerMatcher.embedded()


def sample(name: str) -> list[str]:
    lines = (SAMPLES / name).read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


def table(name: str, *rules: ListRule) -> DomainTable:
    return DomainTable.build(name, rules)


def rule(name: str, owner: str | None = None, category: str | None = None, *, allow: bool = False) -> ListRule:
    return ListRule(name, owner, category, allow)


@pytest.mark.parametrize(
    ("name", "at_least"),
    [("telemetry_hosts.txt", 50), ("telemetry_hosts_more.txt", 170), ("telemetry_hosts_fresh.txt", 80)],
)
def test_nine_of_ten_real_telemetry_hosts_are_known(embedded: TrackerMatcher, name: str, at_least: int) -> None:
    hosts = sample(name)
    missed = [host for host in hosts if embedded.match(host) is None]
    assert len(hosts) >= at_least
    assert len(missed) <= len(hosts) // 10, missed


@pytest.mark.parametrize(
    ("name", "at_least"),
    [("first_party_hosts.txt", 200), ("first_party_hosts_more.txt", 200), ("first_party_hosts_fresh.txt", 90)],
)
def test_no_ordinary_first_party_host_is_a_tracker(embedded: TrackerMatcher, name: str, at_least: int) -> None:
    hosts = sample(name)
    assert len(set(hosts)) >= at_least
    assert {host: embedded.match(host) for host in hosts if embedded.match(host)} == {}


def test_every_embedded_rule_has_an_owner_and_a_category_we_know() -> None:
    kinds = [kind for item in embedded_tables() for kind in item.kinds]
    assert all(kind.owner and kind.category in CATEGORIES for kind in kinds)
    assert {kind.category for kind in kinds} == set(CATEGORIES)


def test_no_line_of_the_tables_that_come_along_stands_twice() -> None:
    tables = sorted(DATA.glob("*.tsv"))
    assert len(tables) > 3
    for table in tables:
        lines = [line for line in table.read_text().splitlines() if line and not line.startswith("#")]
        assert [line for line, times in Counter(lines).items() if times > 1] == [], table.name


def test_the_hand_kept_list_is_the_larger_share_of_devices() -> None:
    sizes = {item.name: len(item) for item in embedded_tables()}
    assert set(sizes) == {item.name for item in EMBEDDED}
    assert sizes["netscope"] >= 150
    assert sizes["third-party-web"] >= 1500


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("www3.doubleclick.net", ("doubleclick.net", "Google", "advertising", "third-party-web")),
        ("LOGS.Roku.Com.", ("logs.roku.com", "Roku", "telemetry", "netscope")),
        ("notdoubleclick.net", None),
        ("doubleclick.net.example.org", None),
        ("net", None),
        ("", None),
    ],
)
def test_suffixes_match_on_label_boundaries_only(
    embedded: TrackerMatcher, host: str, expected: tuple[str, ...] | None
) -> None:
    assert embedded.match(host) == expected


def test_a_longer_rule_beats_a_shorter_one_and_an_earlier_list_a_later_one() -> None:
    general = table("general", rule("example.com", "General", "analytics"), rule("a.example.com", "Later", "social"))
    special = table("special", rule("a.example.com", "Special", "advertising"))
    matcher = TrackerMatcher([special, general])
    assert matcher.match("x.a.example.com") == ("a.example.com", "Special", "advertising", "special")
    assert matcher.match("b.example.com") == ("example.com", "General", "analytics", "general")


def test_a_plain_list_gets_the_owner_a_later_list_knows() -> None:
    mine = table("mine", rule("t.example.com"))
    known = table("known", rule("example.com", "Example", "telemetry"))
    assert TrackerMatcher([mine, known]).match("t.example.com") == ("t.example.com", "Example", "telemetry", "mine")


@pytest.mark.parametrize("host", ["good.example.com", "x.good.example.com"])
def test_an_exception_beats_every_rule_longer_or_shorter(host: str) -> None:
    blocked = table("blocked", rule("example.com"), rule("x.good.example.com"))
    excepting = table("other", rule("good.example.com", allow=True))
    assert TrackerMatcher([blocked]).match(host) is not None
    assert TrackerMatcher([blocked, excepting]).match(host) is None
    assert TrackerMatcher([blocked], allow=["*.Good.example.com"]).match(host) is None
    assert TrackerMatcher([blocked, excepting]).match("bad.example.com") is not None


@given(st.sets(NAME, max_size=20), st.lists(NAME, max_size=20))
def test_a_name_matches_exactly_when_it_or_a_parent_is_listed(listed: set[str], asked: list[str]) -> None:
    matcher = TrackerMatcher([table("test", *map(rule, listed))])
    for name in [*asked, *(f"sub.{name}" for name in listed)]:
        parts = name.split(".")
        suffixes = [".".join(parts[at:]) for at in range(len(parts) - 1)]
        expected = next((suffix for suffix in suffixes if suffix in listed), None)
        found = matcher.match(name)
        assert (found.rule if found else None) == expected


@given(st.text(max_size=300))
def test_any_text_from_the_wire_can_be_asked(name: str) -> None:
    TrackerMatcher([table("test", rule("example.com"))]).match(name)


def test_a_lone_surrogate_can_be_asked() -> None:
    assert TrackerMatcher([table("test", rule("example.com"))]).match("\udcff.example.com") is not None


@pytest.mark.parametrize(
    ("file_name", "entries", "listed"),
    [
        ("perflyst-SmartTV.txt", 245, "collect-us-fy2014.myhomescreen.tv"),
        ("perflyst-SessionReplay.txt", 24, "script.hotjar.com"),
        ("perflyst-android-tracking.txt", 80, "api.branch.io"),
        ("perflyst-AmazonFireTV.txt", 16, "device-messaging-na.amazon.com"),
    ],
)
def test_real_lists_load_whole(shared_dir: Path, file_name: str, entries: int, listed: str) -> None:
    built, report = table_from_list(shared_dir / "data" / "lists" / file_name, "perflyst")
    assert (len(built), report.malformed) == (entries, 0)
    found = TrackerMatcher([built]).match(listed)
    assert found is not None
    assert (found.rule, found.list) == (listed, "perflyst")
