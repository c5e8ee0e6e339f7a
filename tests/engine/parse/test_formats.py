"""The compiled formats at their edges; what they mean is tested with http.py, ssdp.py, sip.py and dns.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse.formats import FieldNames, escape_label, head_end, read_name
from netscope.model.errors import ParseError

FIELDS = FieldNames("Host", "x-very-long-name")


def test_fields_come_in_the_order_of_their_names() -> None:
    head = b"GET / HTTP/1.1 \r\nX-Very-Long-Name:\t1 \r\nHostess: no\r\nhOST :  a.example \r\nHost: second\r\n\r\n"
    assert FIELDS.names == ("Host", "x-very-long-name")
    assert FIELDS.read(head) == ("GET / HTTP/1.1", ["a.example", "1"])


def test_a_value_that_is_not_utf8_leaves_the_others_alone() -> None:
    assert FIELDS.read("x\nHost: é\n".encode() + b"X-Very-Long-Name: \xe9\n\n") == ("x", ["é", "é"])


def test_a_line_without_a_colon_is_no_field() -> None:
    assert FIELDS.read(b"x\nHost\nHost:") == ("x", ["", None])


def test_no_line_end_no_head() -> None:
    assert FIELDS.read(b"") is None
    assert FIELDS.read(b"GET / HTTP/1.1") is None


def test_a_fold_is_undone_once() -> None:
    assert FIELDS.read(b"x\r\nHost: a\r\n\t b\r\n\r\n") == ("x", ["a b", None])
    assert FIELDS.read(b"x\n\n \nHost: a") == ("x", ["a", None])


def test_as_many_names_as_there_is_room() -> None:
    FieldNames(*"abcdefghijklmnop")
    with pytest.raises(ValueError, match="at most 16"):
        FieldNames(*"abcdefghijklmnopq")


@pytest.mark.parametrize("start", [-1, 4, 5, 99])
def test_a_head_that_begins_nowhere_has_no_end(start: int) -> None:
    assert head_end(b"a\n\n\n", start) == -1


def test_a_label_of_any_length_is_escaped() -> None:
    assert escape_label(b"a.\\\xff" * 200) == r"a\.\\\255" * 200
    assert escape_label(b"") == ""


@given(st.binary(max_size=300), st.integers(-2, 310))
def test_a_name_is_read_or_refused(data: bytes, position: int) -> None:
    try:
        name, after = read_name(data, position, {})
    except ParseError:
        return
    assert name.isascii()
    assert position < after <= len(data)


@given(st.binary(max_size=300))
def test_fields_of_any_bytes(data: bytes) -> None:
    found = FIELDS.read(data)
    assert (found is None) == (b"\n" not in data)
    assert -1 <= head_end(data) <= len(data)
