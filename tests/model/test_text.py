"""Text from strangers, made safe for one line of a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.model.text import MAX_MARKS, neutralise


def test_plain_ascii_is_returned_as_it_is() -> None:
    name = "graph.facebook.com"
    assert neutralise(name, 60) is name


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\ufffd[31mred\ufffd[0m"),
        ("a\u202egnp.exe", "a\ufffdgnp.exe"),
        ("a\u2066b\u2069c", "a\ufffdb\ufffdc"),
        ("line\nbreak\ttab\r", "line break tab "),
        ("pay\u200bpal.com", "pay\ufffdpal.com"),
        ("\x9b2J", "\ufffd2J"),
        ("\u2028x\u2029", " x "),
        ("\ud800lone", "\ufffdlone"),
        ("\ue000private", "\ufffdprivate"),
        ("[bold]markup[/bold]", "[bold]markup[/bold]"),
        ("日本のテレビ", "日本のテレビ"),
        ("wide\u3000space", "wide space"),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("❤\ufe0f", "❤"),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_hostile_text(raw: str, shown: str) -> None:
    assert neutralise(raw, 60) == shown


def test_stacked_marks_are_bounded_and_need_a_letter() -> None:
    shown = neutralise("q" + "\u0323\u0307" * 200 + "b", 300)
    assert len(shown) == 2 + MAX_MARKS
    assert neutralise("\u0301abc", 10) == "abc"


def test_long_text_is_cut_with_a_sign() -> None:
    assert neutralise("a" * 300, 20) == "a" * 19 + "…"
    assert neutralise("é" * 300, 20) == "é" * 19 + "…"
    assert neutralise("a" * 20, 20) == "a" * 20


@given(st.text(max_size=400), st.integers(min_value=1, max_value=120))
def test_any_text_becomes_one_bounded_harmless_line(raw: str, limit: int) -> None:
    shown = neutralise(raw, limit)
    assert len(shown) <= limit
    for char in shown:
        assert unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert neutralise(shown, limit) == shown
