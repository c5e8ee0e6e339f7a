"""The CHLO of Google QUIC, in clear and cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse import gquic
from netscope.model.errors import ParseError
from tests.engine.parse import tls_samples as samples

CHLO = samples.gquic_chlo(
    ((b"PAD\0", b"-" * 100), (b"SNI\0", b"www.example.org"), (b"VER\0", b"Q043"), (b"UAID", b"beta Chrome/83"))
)


def test_chlo_in_clear():
    packet = samples.gquic_packet(CHLO)

    assert gquic.looks_like_gquic(packet)
    assert gquic.public_version(packet) == 43
    assert gquic.find_chlo(packet) == ("www.example.org", "beta Chrome/83", "Q043")


def test_chlo_cut_by_the_packet_gives_what_is_there():
    cut = CHLO[: CHLO.index(b"www.example.org") + 15]

    assert gquic.parse_chlo(cut) == ("www.example.org", None, "")


@pytest.mark.parametrize(
    "message",
    [b"", b"CHLO", b"REJ\0\0\0\0\0", b"CHLO\xff\xff\0\0", b"CHLO\x02\0\0\0" + b"SNI\0\x09\0\0\0VER\0\x01\0\0\0"],
)
def test_malformed_chlo(message):
    with pytest.raises(ParseError, match="malformed_gquic_chlo"):
        gquic.parse_chlo(message)


def test_crypto_frames_in_googles_numbering():
    assert gquic.crypto_frames(bytes(3) + b"\x07\x08\x00\x03abc\x08\x03\x01d\x40\x99") == [(0, b"abc"), (3, b"d")]


@pytest.mark.parametrize("data", [b"", b"\x09" + bytes(12), b"\x01" + bytes(8) + b"Q043" + bytes(20), bytes(40)])
def test_others_are_not_taken_for_google_quic(data):
    assert not gquic.looks_like_gquic(data)


@given(st.integers(0, 120), st.binary(max_size=40))
def test_any_bytes_raise_nothing_but_parse_errors(position, noise):
    packet = samples.gquic_packet(CHLO)
    for data in (noise, packet[:position] + noise + packet[position + len(noise) :], CHLO[:position] + noise):
        gquic.looks_like_gquic(data)
        for parse in (gquic.find_chlo, gquic.parse_chlo, gquic.crypto_frames):
            try:
                parse(data)
            except ParseError:
                continue
