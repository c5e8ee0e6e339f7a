"""Charts in pictures: blocks become shapes, words stay words."""

from __future__ import annotations

from tools.block_shapes import with_shapes


def text(words: str, x: float = 12.2, y: float = 44.4) -> str:
    return f'<text class="r8" x="{x}" y="{y}" textLength="9" clip-path="url(#line-1)">{words}</text>'


def test_a_run_of_equal_blocks_is_one_shape_and_blanks_are_nothing() -> None:
    drawn = with_shapes(text("██&#160;▄▄"))
    assert drawn.count("<path") == 1
    assert "M12.2 25.90h24.4v24.40h-24.4z" in drawn
    assert "M48.8 38.10h24.4v12.20h-24.4z" in drawn
    assert "textLength" not in drawn


def test_shades_are_see_through_and_bars_end_where_they_end() -> None:
    drawn = with_shapes(text("█▌░"))
    assert 'fill-opacity="0.25"' in drawn
    assert "h12.2v24.40" in drawn
    assert "h6.1v24.40" in drawn
    assert "v3.05" in with_shapes(text("▔"))


def test_words_and_escapes_stay() -> None:
    for words in ("living-room-tv", "█ peak", "&lt;64", "5.0M&#160;┤"):
        assert with_shapes(text(words)) == text(words)
