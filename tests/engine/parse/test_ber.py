"""BER elements: both forms of length, and lengths that lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse import ber
from netscope.model.errors import Incomplete, ParseError
from tests.engine.parse.plaintext_samples import tlv


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 70_000])
def test_lengths(size: int) -> None:
    data = tlv(0x04, bytes(size)) + b"tail"
    tag, start, end = ber.element(data, 0, len(data), "test")
    assert (tag, end - start, data[end:]) == (0x04, size, b"tail")


@pytest.mark.parametrize("data", [b"", b"\x30", b"\x30\x82\x01", b"\x30\x05abc"])
def test_what_ends_early_is_incomplete_outside_and_malformed_inside(data: bytes) -> None:
    with pytest.raises(Incomplete, match="truncated_test"):
        ber.element(data, 0, len(data), "test", nested=False)
    with pytest.raises(ParseError, match="malformed_test") as caught:
        ber.element(data, 0, len(data), "test")
    assert not isinstance(caught.value, Incomplete)


@pytest.mark.parametrize("data", [b"\x30\x80ab\0\0", b"\x30\x85\0\0\0\0\x01a"])
def test_indefinite_and_absurd_lengths_are_malformed(data: bytes) -> None:
    with pytest.raises(ParseError, match="malformed_test"):
        ber.element(data, 0, len(data), "test", nested=False)


@pytest.mark.parametrize("value", [0, 1, 127, 128, -1, -129, 2**31 - 1])
def test_integers(value: int) -> None:
    body = value.to_bytes((value.bit_length() + 8) // 8, "big", signed=True)
    data = tlv(ber.INTEGER, body)
    assert ber.integer(data, 0, len(data), "test") == (value, len(data))


@pytest.mark.parametrize("data", [b"\x02\x00", b"\x04\x01\x01", b"\x02\x0a" + bytes(10)])
def test_no_integers(data: bytes) -> None:
    with pytest.raises(ParseError, match="malformed_test"):
        ber.integer(data, 0, len(data), "test")


@given(st.binary(max_size=40), st.integers(0, 45))
def test_an_element_lies_within_its_bounds(data: bytes, position: int) -> None:
    try:
        _, start, end = ber.element(data, position, len(data), "test")
    except ParseError:
        return
    assert position < start <= end <= len(data)
