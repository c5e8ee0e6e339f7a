"""The bounded reader, the text of addresses, and the one law every parser here keeps: a result or a ParseError."""

from __future__ import annotations

import contextlib
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netscope.engine.parse.wire import Incomplete, ParseError, Reader, ip_text, mac_text, text_of
from tests.engine.parse.naming_samples import SAMPLES
from tests.speed import least_s

SAMPLE = st.sampled_from(SAMPLES)


def test_reads_in_network_order() -> None:
    reader = Reader(bytes.fromhex("01 0203 040506 0708090a 0b0c0d0e0f101112 ff"), "test")
    read = (reader.uint8(), reader.uint16(), reader.uint24(), reader.uint32(), reader.uint64())
    assert read == (0x01, 0x0203, 0x040506, 0x0708090A, 0x0B0C0D0E0F101112)
    assert reader.peek8() == 0xFF
    assert (reader.rest(), len(reader)) == (b"\xff", 0)


@pytest.mark.parametrize(
    "read", ["uint8", "uint16", "uint24", "uint32", "uint64", "peek8", "vector8", "vector16", "vector24"]
)
def test_reading_past_the_end_is_incomplete(read: str) -> None:
    reader = Reader(b"\xff" * 7 if read == "uint64" else b"", "test")
    with pytest.raises(Incomplete) as caught:
        getattr(reader, read)()
    assert caught.value.slug == "truncated_test"


def test_vectors_follow_their_length() -> None:
    reader = Reader(b"\2ab\0\1c\0\0\1d", "test")
    assert (reader.vector8(), reader.vector16(), reader.vector24()) == (b"ab", b"c", b"d")


@pytest.mark.parametrize("size", [-1, 3])
def test_take_refuses_sizes_that_do_not_fit(size: int) -> None:
    with pytest.raises(Incomplete):
        Reader(b"ab", "test").take(size)


def test_seek_stays_within_the_bytes() -> None:
    reader = Reader(b"abc", "test")
    reader.seek(3)
    assert len(reader) == 0
    for position in (-1, 4):
        with pytest.raises(Incomplete):
            reader.seek(position)


def test_restrict_hides_what_follows_and_blames_the_sender() -> None:
    reader = Reader(b"\1\2\3\4", "test")
    with pytest.raises(ParseError) as caught, reader.restrict(2):
        reader.uint24()
    assert not isinstance(caught.value, Incomplete)
    assert caught.value.slug == "malformed_test"
    assert len(reader) == 4


def test_restrict_must_be_read_whole() -> None:
    reader = Reader(b"\1\2\3", "test")
    with pytest.raises(ParseError), reader.restrict(2):
        reader.uint8()


def test_restrict_longer_than_the_bytes_is_incomplete() -> None:
    with pytest.raises(Incomplete), Reader(b"\1", "test").restrict(2):
        pass


@given(st.binary(min_size=16, max_size=16))
def test_ipv6_text_is_canonical(packed: bytes) -> None:
    if not packed.startswith(bytes(10) + b"\xff\xff"):
        assert ip_text(packed) == str(IPv6Address(packed))


@given(st.lists(st.sampled_from((b"\0\0", b"\0\1", b"\x0a\xbc")), min_size=8, max_size=8))
def test_ipv6_text_shortens_the_first_longest_run(groups: list[bytes]) -> None:
    packed = b"".join(groups)
    assert ip_text(packed) == str(IPv6Address(packed))


@given(st.binary(min_size=4, max_size=4))
def test_ipv4_text(packed: bytes) -> None:
    assert ip_text(packed) == str(IPv4Address(packed))


def test_ipv4_mapped_address_is_dotted() -> None:
    """RFC 5952, section 5: a well-known prefix tells that an IPv4 address is inside."""
    assert ip_text(bytes(10) + b"\xff\xff\xc0\0\2\1") == "::ffff:192.0.2.1"


@pytest.mark.parametrize("size", [0, 3, 5, 15, 17])
def test_address_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ParseError):
        ip_text(bytes(size))


def test_mac_text() -> None:
    assert mac_text(b"\0\x1a\xff\0\0\1") == "00:1a:ff:00:00:01"


def test_text_of_keeps_every_byte_visible() -> None:
    assert (text_of("Küche".encode() + b"\0"), text_of(b"K\xfcche")) == ("Küche", "Küche")


@pytest.mark.parametrize(("parse", "sample"), SAMPLES)
def test_every_truncation_gives_a_result_or_parse_error(parse, sample) -> None:  # type: ignore[no-untyped-def]
    parse(sample)
    for length in range(len(sample)):
        _parse_or_refuse(parse, sample[:length])


@settings(max_examples=2000, deadline=None)
@given(SAMPLE, st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=12))
def test_mutated_bytes_give_a_result_or_parse_error(sample, changes) -> None:  # type: ignore[no-untyped-def]
    parse, data = sample
    mutated = bytearray(data)
    for position, value in changes:
        mutated[position % len(mutated)] = value
    _parse_or_refuse(parse, bytes(mutated))


@settings(max_examples=1000, deadline=None)
@given(SAMPLE, SAMPLE, st.integers(0, 1 << 16), st.integers(0, 1 << 16), st.binary(max_size=40))
def test_spliced_messages_give_a_result_or_parse_error(one, other, cut, start, between) -> None:  # type: ignore[no-untyped-def]
    parse, data = one
    spliced = data[: cut % len(data)] + between + other[1][start % len(other[1]) :]
    _parse_or_refuse(parse, spliced)


@settings(max_examples=500, deadline=None)
@given(SAMPLE, st.binary(max_size=400))
def test_random_bytes_give_a_result_or_parse_error(sample, data) -> None:  # type: ignore[no-untyped-def]
    _parse_or_refuse(sample[0], data)


@pytest.mark.parametrize("fill", [b"\0", b"\xff", b"\1", b"\xc0\x0c", b"\x3fa", b"\0\0\0\1", b"\1\0"])
def test_full_datagrams_of_one_pattern_end_quickly(fill: bytes) -> None:
    """65,535 bytes of a pattern behind each message's first bytes; 10 ms is the law, thrice that the noise allowed."""
    for parse, sample in SAMPLES:
        for kept in (1, 4, 12, 24, 240):
            data = (sample[:kept] + fill * 65535)[:65535]
            assert least_s(lambda parse=parse, data=data: _parse_or_refuse(parse, data)) < 0.03, (
                parse.__module__,
                kept,
            )


def _parse_or_refuse(parse, data: bytes) -> None:  # type: ignore[no-untyped-def]
    """Any exception but ParseError fails the test that called this."""
    with contextlib.suppress(ParseError):
        parse(data)
