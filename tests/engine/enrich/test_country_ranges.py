"""Countries from text ranges: against the text itself, damaged files, and the cache."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.enrich.country_ranges import RangeTable, generated_on, open_ranges
from netscope.model.errors import NetScopeError

IPV4 = """\
# Generated: Thu, 25 Jun 2026 04:33:59 GMT
16777216,16777471,AU
16777472,16777727,AU
16777984,16778239,??
16778240,16779263,DE
4294967040,4294967295,NL
"""
IPV6 = "2001:200::,2001:200:134:ffff:ffff:ffff:ffff:ffff,JP\n2001:200:135::,2001:200:135:ffff:ffff:ffff:ffff:ffff,US\n"


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "geoip"
    path.write_text(IPV4)
    return path


@pytest.mark.parametrize(
    ("number", "country"),
    [
        (0, None),
        (16777215, None),
        (16777216, "AU"),
        (16777727, "AU"),
        (16777728, None),  # a gap
        (16778000, None),  # ??
        (16778240, "DE"),
        (16779263, "DE"),
        (16779264, None),
        (4294967040, "NL"),
        (4294967295, "NL"),
    ],
)
def test_ranges_end_where_they_end(text: Path, number: int, country: str | None) -> None:
    assert open_ranges(text, 4, None).country(number) == country


def test_ipv6_is_looked_up_by_its_upper_half(tmp_path: Path) -> None:
    path = tmp_path / "geoip6"
    path.write_text(IPV6)
    table = open_ranges(path, 6, None)
    found = [table.country(int(ip_address(a)) >> 64) for a in ("2001:200::1", "2001:200:135::1", "2001:200:136::1")]
    assert found == ["JP", "US", None]


def test_the_cache_answers_alike_and_is_dropped_when_the_text_changes(text: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = open_ranges(text, 4, cache)
    again = open_ranges(text, 4, cache)
    assert [path.name for path in cache.iterdir()] == ["geoip.ranges"]
    assert [again.country(n) for n in (16777216, 16778000, 16778240)] == ["AU", None, "DE"]
    assert len(again) == len(first)
    text.write_text(IPV4.replace("AU", "NZ"))
    os.utime(text, ns=(1, 1))
    assert open_ranges(text, 4, cache).country(16777216) == "NZ"


def test_a_damaged_cache_is_made_again(text: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    open_ranges(text, 4, cache)
    cached = cache / "geoip.ranges"
    whole = cached.read_bytes()
    for cut in (0, 5, 20, len(whole) - 3):
        cached.write_bytes(whole[:cut])
        assert open_ranges(text, 4, cache).country(16778240) == "DE"


@pytest.mark.parametrize("damage", ["1,2\n", "one,two,DE\n", "1,2,DE,FR\n", "99999999999,99999999999,DE\n"])
def test_a_damaged_text_is_an_error_that_names_the_file(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "geoip"
    path.write_text(IPV4 + damage)
    with pytest.raises(NetScopeError, match="geoip: damaged country ranges"):
        open_ranges(path, 4, None)


def test_a_missing_text_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NetScopeError, match="cannot read"):
        open_ranges(tmp_path / "none", 4, None)


def test_the_day_of_the_data_is_read_from_its_head(text: Path, tmp_path: Path) -> None:
    assert generated_on(text) == "2026-06-25"
    (tmp_path / "plain").write_text("1,2,DE\n")
    assert generated_on(tmp_path / "plain") is None


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 15), st.sampled_from(["DE", "FR"])), max_size=12))
def test_every_number_gets_the_country_of_its_range(steps: list[tuple[int, int, str]]) -> None:
    ranges, at = [], 0
    for gap, length, code in steps:
        ranges.append((at + gap, at + gap + length, code))
        at += gap + length + 1
    table = RangeTable.build(ranges, "I")
    for number in range(at + 5):
        expected = next((code for first, last, code in ranges if first <= number <= last), None)
        assert table.country(number) == expected
