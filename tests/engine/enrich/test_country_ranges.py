"""Countries from text ranges: against the text itself, and damaged files."""

from __future__ import annotations

from array import array
from ipaddress import IPv6Address, ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.enrich.country_ranges import RangeTable, generated_on, open_ranges
from netscope.engine.parse.formats import read_ranges
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
    assert open_ranges(text, 4).country(number) == country


def test_ipv6_is_looked_up_by_its_upper_half(tmp_path: Path) -> None:
    path = tmp_path / "geoip6"
    path.write_text(IPV6)
    table = open_ranges(path, 6)
    found = [table.country(int(ip_address(a)) >> 64) for a in ("2001:200::1", "2001:200:135::1", "2001:200:136::1")]
    assert found == ["JP", "US", None]


@pytest.mark.parametrize("damage", ["1,2\n", "one,two,DE\n", "1,2,DE,FR\n", "99999999999,99999999999,DE\n"])
def test_a_damaged_text_is_an_error_that_names_the_file(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "geoip"
    path.write_text(IPV4 + damage)
    with pytest.raises(NetScopeError, match="geoip: damaged country ranges"):
        open_ranges(path, 4)


def test_a_missing_text_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NetScopeError, match="cannot read"):
        open_ranges(tmp_path / "none", 4)


def test_the_day_of_the_data_is_read_from_its_head(text: Path, tmp_path: Path) -> None:
    assert generated_on(text) == "2026-06-25"
    (tmp_path / "plain").write_text("1,2,DE\n")
    assert generated_on(tmp_path / "plain") is None


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("1,2", 2), ("1,2,DE,FR", 2), ("1,2,D", 2), ("one,two,DE", 2), ("2,1,DE", 2), ("1,2,DE ", 2), (",2,DE", 2),
        ("4294967296,4294967297,DE", 2), ("-1,2,DE", 2), (" 1,2,DE", 2),
    ],
)  # fmt: skip
def test_the_first_wrong_line_is_named(line: str, number: int) -> None:
    with pytest.raises(ValueError, match=f"line {number} "):
        read_ranges(f"# head\n{line}\n3,4,DE\n".encode(), is_v6=False)


@pytest.mark.parametrize(
    "address", ["2001:200", "2001::200::", "12345::", "g::", "", "1:2:3:4:5:6:7:8:9", "1::2:3:4:5:6:7:8"]
)
def test_what_is_no_ipv6_address_is_wrong(address: str) -> None:
    with pytest.raises(ValueError, match="line 1 "):
        read_ranges(f"{address},ffff::,DE\n".encode(), is_v6=True)


def test_a_text_without_its_last_line_end_and_one_of_comments() -> None:
    starts, numbers, countries = read_ranges(b"# only\n\n1,2,DE", is_v6=False)
    assert (list(memoryview(starts).cast("I")), list(memoryview(numbers).cast("H")), countries) == (
        [1, 3],
        [1, 0],
        ["", "DE"],
    )
    assert read_ranges(b"# nothing\n", is_v6=False) == (b"", b"", [""])


def table_of(ranges: list[tuple[int, int, str]]) -> RangeTable:
    text = "".join(f"{first},{last},{code}\n" for first, last, code in ranges)
    starts, numbers, countries = read_ranges(text.encode(), is_v6=False)
    return RangeTable(array("I", starts), array("H", numbers), countries)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 15), st.sampled_from(["DE", "FR"])), max_size=12),
       st.sampled_from([0, 2**32 - 700]))  # fmt: skip
def test_every_number_gets_the_country_of_its_range(steps: list[tuple[int, int, str]], start: int) -> None:
    ranges, at = [], start
    for gap, length, code in steps:
        ranges.append((at + gap, at + gap + length, code))
        at += gap + length + 1
    table = table_of(ranges)
    for number in range(start, at + 5):
        expected = next((code for first, last, code in ranges if first <= number <= last), None)
        assert table.country(number) == expected


@given(st.lists(st.integers(0, 2**128 - 1), min_size=2, max_size=20, unique=True))
def test_ipv6_addresses_in_any_form_read_as_the_library_reads_them(numbers: list[int]) -> None:
    numbers = sorted({number >> 64 for number in numbers})
    lines = [f"{IPv6Address(upper << 64)},{IPv6Address((upper << 64) + 2**64 - 1).exploded},DE" for upper in numbers]
    starts, _, _ = read_ranges("\n".join(lines).encode(), is_v6=True)
    assert set(numbers) - {upper + 1 for upper in numbers} <= set(memoryview(starts).cast("Q"))


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_read_or_refused(text: bytes, is_v6: bool) -> None:
    try:
        starts, numbers, _ = read_ranges(text, is_v6)
    except ValueError:
        return
    assert len(starts) == len(numbers) * (4 if is_v6 else 2)
