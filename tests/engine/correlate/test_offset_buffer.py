"""Pieces with offsets come together in any order, within the bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.correlate.offset_buffer import MAX_PENDING_PIECES, OffsetBuffer

WHOLE = bytes(range(200))


@given(st.lists(st.tuples(st.integers(0, 199), st.integers(1, 60)), max_size=30), st.randoms(use_true_random=False))
def test_any_cover_in_any_order_gives_the_whole(extra, source):
    pieces = [(at, WHOLE[at : at + 17]) for at in range(0, 200, 17)]
    pieces += [(at, WHOLE[at : at + size]) for at, size in extra]
    source.shuffle(pieces)
    buffer = OffsetBuffer(1_200)

    assert all(buffer.add(offset, piece) for offset, piece in pieces)
    assert buffer.contiguous == WHOLE


def test_first_copy_wins():
    buffer = OffsetBuffer(100)
    buffer.add(2, b"CDE")
    buffer.add(2, b"xyzFG")
    buffer.add(0, b"ab")
    buffer.add(1, b"zz")

    assert buffer.contiguous == b"abCDEFG"


def test_bounds_refuse():
    buffer = OffsetBuffer(1_000_000)
    assert not buffer.add(999_990, bytes(11))
    assert all(buffer.add(2 * index + 1, b"x") for index in range(MAX_PENDING_PIECES))
    assert not buffer.add(9_999, b"x")

    small = OffsetBuffer(10)
    assert small.add(3, bytes(7))
    assert small.add(2, bytes(8))
    assert not small.add(1, bytes(9))
    assert small.add(0, bytes(3))
    assert len(small.contiguous) == 10
