"""Domain lists as people publish them, also the lines nobody meant to write."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.enrich.list_formats import MAX_LINE_CHARS, Malformed, clean_name, read_list, sniff
from netscope.model.errors import NetScopeError

HOSTS = """\
# a hosts file
127.0.0.1 localhost
::1 ip6-localhost
0.0.0.0 0.0.0.0
0.0.0.0 ads.example.com tracker.example.net # two on one line
0.0.0.0 BANNER.Example.org.
"""
ADBLOCK = """\
[Adblock Plus 2.0]
! Title: test
||ads.example.com^
||tracker.example.net^$third-party
||*.wild.example^
@@||good.example.com^
||pixel.example.com^$domain=news.example
||example.com/banner/*
/banner/ads.js
example.org##.ad
plain.example
"""
CSV = """\
category,domain,owner
advertising,ads.example.com,Example Inc
,"tracker.example.net","Smith, Sons"
"""


def names(path: Path, form: str | None = None) -> tuple[list[str], object]:
    rules, report = read_list(path, form)
    return [rule.name for rule in rules], report


def test_hosts_lines_give_names_but_not_those_of_the_machine_itself(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text(HOSTS)
    found, report = names(path)
    assert found == ["ads.example.com", "tracker.example.net", "banner.example.org"]
    assert (report.form, report.malformed) == ("hosts", 0)


def test_adblock_rules_about_names_are_taken_and_others_counted_as_left_out(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text(ADBLOCK)
    rules, report = read_list(path)
    found = {rule.name: rule.allow for rule in rules}
    assert found == {
        "ads.example.com": False,
        "tracker.example.net": False,
        "wild.example": False,
        "good.example.com": True,
        "plain.example": False,
    }
    assert (report.form, report.skipped, report.malformed) == ("adblock", 4, 0)


def test_csv_columns_are_found_by_their_heads(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(CSV)
    rules, report = read_list(path)
    assert list(rules) == [
        ("ads.example.com", "Example Inc", "advertising", False),
        ("tracker.example.net", "Smith, Sons", None, False),
    ]
    assert report.form == "csv"


def test_csv_without_a_head_is_name_owner_category(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("ads.example.com,Example Inc,advertising\n")
    rules, _ = read_list(path)
    assert list(rules) == [("ads.example.com", "Example Inc", "advertising", False)]


def test_the_first_malformed_line_is_named_and_the_rest_of_the_file_loads(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"good.example\nno name at all\n\xff\xfe.example\nspace in.example\nlast.example # why\n")
    found, report = names(path, "domains")
    assert found == ["good.example", "last.example"]
    assert report.malformed == 3
    assert report.first_malformed == f"{path}:2: 'no name at all'"
    assert report.warning == f"3 malformed lines left out, the first {path}:2: 'no name at all'"


def test_a_line_without_end_is_one_malformed_line(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("a" * (MAX_LINE_CHARS * 5) + "\nlast.example\n")
    found, report = names(path, "domains")
    assert found == ["last.example"]
    assert report.malformed == 1
    assert report.first_malformed.startswith(f"{path}:1:")


def test_an_international_name_is_matched_in_its_ascii_form() -> None:
    assert clean_name("Bücher.example") == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "name", ["com", "", ".", "1.2.3.4", "-a.example", "a..example", "a b.example", "x" * 64 + ".de"]
)
def test_what_is_no_host_name_is_malformed(name: str) -> None:
    with pytest.raises(Malformed):
        clean_name(name)


@pytest.mark.parametrize("name", ["*.example.com", ".example.com", "EXAMPLE.com."])
def test_spellings_of_one_name(name: str) -> None:
    assert clean_name(name) == "example.com"


@pytest.mark.parametrize(
    ("text", "form"),
    [(HOSTS, "hosts"), (ADBLOCK, "adblock"), (CSV, "csv"), ("# x\na.example\nb.example\n", "domains"), ("", "adblock")],
)
def test_the_format_is_seen_in_the_first_lines(text: str, form: str) -> None:
    assert sniff(text.splitlines()) == form


def test_an_unreadable_list_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(NetScopeError, match="cannot read the list"):
        read_list(tmp_path / "missing")
    (tmp_path / "list").write_text("a.example\n")
    with pytest.raises(NetScopeError, match="choose one of hosts, domains"):
        read_list(tmp_path / "list", "xml")


@given(st.binary(max_size=400), st.sampled_from(["hosts", "domains", "adblock", "csv", None]))
def test_any_bytes_give_valid_names_or_counted_lines(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, form: str | None
) -> None:
    path = tmp_path_factory.mktemp("any") / "list"
    path.write_bytes(data)
    found, report = names(path, form)
    assert all(clean_name(name) == name for name in found)
    assert report.rules == len(found)
