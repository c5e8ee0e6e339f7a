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


def shape(node: object) -> object:
    """A tree as nested tuples: words by value, ``&`` and ``|`` with their parts."""
    if isinstance(node, Term):
        return node.value if node.field is None else f"{node.field}{node.op}{node.value}"
    if isinstance(node, Not):
        return ("!", shape(node.of))
    assert isinstance(node, All | Either)
    parts = [shape(part) for part in node.of]
    return parts[0] if len(parts) == 1 else ("&" if isinstance(node, All) else "|", *parts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dev:tv and port:443", ("&", "dev:tv", "port:443")),
        ("dev:tv AND port:443", ("&", "dev:tv", "port:443")),
        ("a b or c", ("|", ("&", "a", "b"), "c")),
        ("a or b and c", ("|", "a", ("&", "b", "c"))),
        ("a or b or c", ("|", "a", "b", "c")),
        ("a|b c or d", ("|", ("&", ("|", "a", "b"), "c"), "d")),
        ("(a or b) c", ("&", ("|", "a", "b"), "c")),
        ("not a b", ("&", ("!", "a"), "b")),
        ("not (a or b)", ("!", ("|", "a", "b"))),
        ("a and not dev:tv", ("&", "a", ("!", "dev:tv"))),
        ("not not a", ("!", ("!", "a"))),
        ("android nothing oracle", ("&", "android", "nothing", "oracle")),
        ('"and" "or" "not"', ("&", "and", "or", "not")),
        ("dev:or", "dev:or"),
        ("or|x", ("|", "or", "x")),
    ],
)
def test_words_join_terms(text: str, expected: object) -> None:
    assert shape(parse(text, FIELDS)) == expected


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
        ("a and", 2, "joins two terms"),
        ("or", 0, "joins two terms"),
        ("or a", 0, "joins two terms"),
        ("and a", 0, "joins two terms"),
        ("a or or b", 2, "joins two terms"),
        ("(a or ) b", 3, "joins two terms"),
        ("a not", 5, "missing"),
        ("not " * 40 + "a", 84, "deeply"),
        ("!" * 40 + "a", 21, "deeply"),
        ("a" * (MAX_CHARS + 1), MAX_CHARS, "longer"),
    ],
)
def test_errors_say_where(text: str, start: int, words: str) -> None:
    with pytest.raises(FilterError, match=words) as caught:
        parse(text, FIELDS)
    assert caught.value.start == start


def test_an_error_is_told_with_its_place_where_the_text_is_not_shown() -> None:
    with pytest.raises(FilterError) as caught:
        parse("tv (nas", FIELDS)
    assert caught.value.located == "this ( is not closed (at character 4)"


WORDS = st.sampled_from(["a", "dev:tv", " and ", " or ", "not ", "!", "(", ")", "|", " ", '"', "/", "=", "port>1"])


@given(st.lists(WORDS, max_size=20).map("".join))
def test_any_sequence_of_words_parses_or_raises_filter_error(text: str) -> None:
    with contextlib.suppress(FilterError):
        assert isinstance(parse(text, FIELDS), All)


@given(st.text(alphabet=st.sampled_from('ab:=!<>|()/\\" 1.devport'), max_size=60))
def test_any_text_parses_or_raises_filter_error(text: str) -> None:
    with contextlib.suppress(FilterError):
        assert isinstance(parse(text, FIELDS), All)
