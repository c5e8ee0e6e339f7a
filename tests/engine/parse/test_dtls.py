"""DTLS records and handshake fragments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse import dtls
from netscope.model.errors import ParseError
from tests.engine.parse import tls_samples as samples

HELLO = samples.client_hello(version=0xFEFD, cookie=b"")
FRAGMENTS = samples.dtls_fragments(1, 0, HELLO, 40)
DATAGRAM = samples.dtls_record(22, FRAGMENTS[0]) + samples.dtls_record(22, FRAGMENTS[1], sequence=1)


def test_records_of_a_datagram():
    records = list(dtls.pull_records(DATAGRAM + samples.dtls_record(23, b"secret", epoch=1, version=0xFEFD)))

    assert [(r.content_type, r.version, r.epoch) for r in records] == [
        (22, 0xFEFD, 0),
        (22, 0xFEFD, 0),
        (23, 0xFEFD, 1),
    ]
    assert records[0].fragment == FRAGMENTS[0]


def test_fragments_carry_their_place():
    (fragment,) = dtls.pull_fragments(FRAGMENTS[1])

    assert (fragment.type, fragment.length, fragment.sequence, fragment.offset) == (1, len(HELLO), 0, 40)
    assert fragment.body == HELLO[40:80]


def test_reading_stops_at_an_encrypted_record_of_dtls13():
    assert len(list(dtls.pull_records(DATAGRAM + b"\x2f\x01\x02\x03"))) == 2


@pytest.mark.parametrize("tail", [b"\x16\xfe\xfd", samples.dtls_record(22, b"ab")[:-1], b"\x99" + bytes(20)])
def test_malformed_record(tail):
    with pytest.raises(ParseError, match="malformed_dtls_record"):
        list(dtls.pull_records(DATAGRAM + tail))


@pytest.mark.parametrize(
    "fragment",
    [
        b"\x01\x00\x00",
        FRAGMENTS[0][:-1],
        b"\x01\x00\x00\x04\x00\x00\x00\x00\x02\x00\x00\x03abc",
        b"\x01\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00",
    ],
)
def test_malformed_fragment(fragment):
    with pytest.raises(ParseError, match="malformed_dtls_handshake"):
        list(dtls.pull_fragments(fragment))


def test_dtls_is_recognised():
    assert dtls.looks_like_dtls(DATAGRAM)
    assert dtls.looks_like_dtls(samples.dtls_record(23, bytes(30), epoch=1))
    assert dtls.looks_like_dtls(samples.dtls_record(21, b"\x02\x28", version=0xFEFF))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        DATAGRAM[:13],
        DATAGRAM[:20],
        samples.record(22, samples.handshake(1, samples.chrome_hello())),
        samples.quic_initial(samples.crypto_frame(0, b"x")),
        samples.dtls_record(22, b"\x63" + bytes(20)),
        bytes(100),
        b"\x16" * 60,
    ],
)
def test_others_are_not_taken_for_dtls(data):
    assert not dtls.looks_like_dtls(data)


@given(st.binary(max_size=200), st.integers(0, len(DATAGRAM)))
def test_any_bytes_raise_nothing_but_parse_errors(noise, cut):
    for data in (noise, DATAGRAM[:cut] + noise):
        dtls.looks_like_dtls(data)
        try:
            for record in dtls.pull_records(data):
                list(dtls.pull_fragments(record.fragment))
        except ParseError:
            continue
