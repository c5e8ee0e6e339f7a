"""Registered domains, and names that have none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.enrich.domains import registered_domain, suffixes


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("www.bbc.co.uk", "bbc.co.uk"),
        ("WWW.Example.COM.", "example.com"),
        ("example.com", "example.com"),
        ("a.b.github.io", "b.github.io"),
        ("foo.bar.kobe.jp", "foo.bar.kobe.jp"),
        ("co.uk", None),
        ("com", None),
        ("1.2.3.4", None),
        ("2001:db8::1", None),
        ("printer.local", None),
        ("4.3.2.1.in-addr.arpa", None),
        ("router.lan", None),
        ("localhost", None),
        ("", None),
        ("..", None),
    ],
)
def test_the_part_that_somebody_registered(name: str, domain: str | None) -> None:
    assert registered_domain(name) == domain


@given(st.text(max_size=200))
def test_any_text_from_the_wire_can_be_asked(name: str) -> None:
    domain = registered_domain(name)
    assert domain is None or name.lower().rstrip(".").endswith(domain)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("A.b.Example.", ["a.b.example", "b.example"]),
        ("b.example", ["b.example"]),
        ("example", []),
        ("", []),
        ("..", []),
        ("a..b", ["a..b", ".b"]),
    ],
)
def test_a_name_and_what_it_lies_below(name: str, expected: list[str]) -> None:
    assert list(suffixes(name)) == expected
