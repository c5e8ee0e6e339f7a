"""Reading filter text."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.query.syntax import MAX_CHARS, All, Either, FilterError, Not, Term, parse

FIELDS = frozenset({"dev", "port", "name"})


def terms(text: str) -> list[tuple[str | None, str, str, bool]]:
    out: list[tuple[str | None, str, str, bool]] = []

    def walk(node: object) -> None:
        if isinstance(node, Term):
            out.append((node.field, node.op, node.value, node.is_regex))
        elif isinstance(node, Not):
            walk(node.of)
        elif isinstance(node, All | Either):
            for part in node.of:
                walk(part)

    walk(parse(text, FIELDS))
    return out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("   ", []),
        ("tv", [(None, ":", "tv", False)]),
        ("dev:tv", [("dev", ":", "tv", False)]),
        ("DEV:tv", [("dev", ":", "tv", False)]),
        ("dev=tv", [("dev", "=", "tv", False)]),
        ("dev:=tv", [("dev", "=", "tv", False)]),
        ("port>=80", [("port", ">=", "80", False)]),
        ("port!=80", [("port", "!=", "80", False)]),
        ("=443", [(None, "=", "443", False)]),
        ('dev="living room"', [("dev", "=", "living room", False)]),
        (r'dev="a\"b"', [("dev", "=", 'a"b', False)]),
        ("/^a|b$/", [(None, ":", "^a|b$", True)]),
        (r"name:/a\/b/", [("name", ":", "a/b", True)]),
        ("dev:tv|nas", [("dev", ":", "tv", False), ("dev", ":", "nas", False)]),
        ("port:443|=80", [("port", ":", "443", False), (None, "=", "80", False)]),
        ("tv | nas", [(None, ":", "tv", False), (None, ":", "nas", False)]),
        ("fe80::1", [(None, ":", "fe80::1", False)]),
        ("24:6f:28", [(None, ":", "24:6f:28", False)]),
        ("192.168.1.0/24", [(None, ":", "192.168.1.0/24", False)]),
        ("de:ad:be:ef", [(None, ":", "de:ad:be:ef", False)]),
    ],
)
def test_terms(text: str, expected: list[tuple[str | None, str, str, bool]]) -> None:
    assert terms(text) == expected


def test_space_binds_looser_than_bar() -> None:
    tree = parse("a|b c", FIELDS)
    assert isinstance(tree.of[0], Either)
    assert isinstance(tree.of[1], Term)


@pytest.mark.parametrize(
    ("text", "start", "words"),
    [
        ("dev:", 0, "needs a value"),
        ("a|", 2, "missing"),
        ("|a", 0, "missing"),
        ("a b)", 3, "closes nothing"),
        ("(a b", 0, "not closed"),
        ('"open', 0, "not closed"),
        ("/open", 0, "not closed"),
        ("!", 1, "missing"),
        ("!" * 40 + "a", 21, "deeply"),
        ("a" * (MAX_CHARS + 1), MAX_CHARS, "longer"),
    ],
)
def test_errors_say_where(text: str, start: int, words: str) -> None:
    with pytest.raises(FilterError, match=words) as caught:
        parse(text, FIELDS)
    assert caught.value.start == start


@given(st.text(alphabet=st.sampled_from('ab:=!<>|()/\\" 1.devport'), max_size=60))
def test_any_text_parses_or_raises_filter_error(text: str) -> None:
    with contextlib.suppress(FilterError):
        assert isinstance(parse(text, FIELDS), All)
