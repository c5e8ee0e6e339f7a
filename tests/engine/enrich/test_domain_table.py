"""The packed set of names: in memory, saved and mapped."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.enrich.domain_table import MAX_KINDS, DomainTable, Kind, name_hash
from netscope.engine.enrich.list_formats import ListRule
from netscope.model.errors import NetScopeError

labels = st.text("abcdefgh-", min_size=1, max_size=6)
host_names = st.lists(labels, min_size=2, max_size=4).map(".".join)


def rule(name: str, owner: str | None = None, *, allow: bool = False) -> ListRule:
    return ListRule(name, owner, None, allow)


@given(st.sets(host_names), st.sets(host_names))
def test_a_table_finds_what_is_in_it_and_nothing_else(inside: set[str], outside: set[str]) -> None:
    table = DomainTable.build("test", map(rule, inside))
    assert len(table) == len(inside)
    assert all(table.find(name_hash(name)) == Kind(None, None, False) for name in inside)
    assert all(table.find(name_hash(name)) is None for name in outside - inside)


def test_of_a_name_listed_twice_the_first_stands_but_an_exception_beats_it() -> None:
    table = DomainTable.build("test", [rule("a.example", "First"), rule("a.example", "Second"), rule("b.example"),
                                       rule("b.example", allow=True)])  # fmt: skip
    assert len(table) == 2
    assert table.find(name_hash("a.example")) == Kind("First", None, False)
    assert table.find(name_hash("b.example")) == Kind(None, None, True)


def test_a_saved_table_answers_alike_and_is_mapped_not_read(tmp_path: Path) -> None:
    built = DomainTable.build("mine", [rule(f"h{n}.example", f"owner {n % 7}") for n in range(1000)], {"source": "x"})
    built.save(tmp_path / "mine.nslist")
    opened = DomainTable.open(tmp_path / "mine.nslist")
    assert opened.is_mapped
    assert (opened.name, opened.about["source"], len(opened)) == ("mine", "x", 1000)
    names = [f"h{n}.example" for n in range(1100)]
    assert [opened.find(name_hash(n)) for n in names] == [built.find(name_hash(n)) for n in names]
    assert [path.name for path in tmp_path.iterdir()] == ["mine.nslist"]


def test_a_cut_or_foreign_file_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "mine.nslist"
    DomainTable.build("mine", [rule(f"h{n}.example") for n in range(100)]).save(path)
    whole = path.read_bytes()
    for cut in (1, 7, 30, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(NetScopeError, match="import it again"):
            DomainTable.open(path)
    path.write_bytes(b"")
    with pytest.raises(NetScopeError, match="cannot read"):
        DomainTable.open(path)


def test_more_owners_than_can_be_numbered_lose_the_owner_not_the_name() -> None:
    count = MAX_KINDS + 50
    table = DomainTable.build("many", [rule(f"h{n}.example", f"owner {n}") for n in range(count)])
    assert len(table) == count
    assert table.find(name_hash("h3.example")) == Kind("owner 3", None, False)
    assert table.find(name_hash(f"h{count - 1}.example")) is not None


def test_the_hash_is_part_of_the_file_format() -> None:
    assert name_hash("example.com") == 0x13C51305C1CF2666
