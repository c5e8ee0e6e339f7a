"""JA4 against the examples of its specification and its rules for odd hellos."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse.ja4 import ja4
from netscope.engine.parse.tls import parse_client_hello
from tests.engine.parse import tls_samples as samples


def of(suites=(0x1301,), extensions=(), transport="tcp", version=0x0303):
    return ja4(parse_client_hello(samples.client_hello(suites, extensions, version=version)), transport)


def test_published_example():
    assert ja4(parse_client_hello(samples.chrome_hello()), "tcp") == "t13d1516h2_8daaf6152771_e5627efa2ab1"


def test_published_example_without_signature_algorithms():
    """JA4.md: the same extensions with no list of signature algorithms hash to 6d807ffa2a79."""
    hello = parse_client_hello(samples.chrome_hello())
    hello.signature_algorithms = ()

    assert ja4(hello, "tcp").endswith("_6d807ffa2a79")


@pytest.mark.parametrize(("transport", "letter"), [("tcp", "t"), ("quic", "q"), ("dtls", "d")])
def test_transport_letter(transport, letter):
    assert of(transport=transport)[0] == letter


@pytest.mark.parametrize(
    ("version", "supported", "digits"),
    [
        (0x0303, (0x0304, 0x0303), "13"),
        (0x0303, (0x3A3A, 0x0303), "12"),
        (0x0303, (), "12"),
        (0x0302, (), "11"),
        (0x0301, (), "10"),
        (0x0300, (), "s3"),
        (0x0303, (0x7F1C, 0x0304), "00"),
        (0xFEFD, (), "d2"),
        (0xFEFF, (), "d1"),
        (0xFEFD, (0xFEFC, 0xFEFD), "d3"),
    ],
)
def test_version_digits(version, supported, digits):
    extensions = (samples.supported_versions(*supported),) if supported else ()

    assert of(extensions=extensions, version=version)[1:3] == digits


def test_name_extension_counts_as_domain_even_for_an_address():
    assert of(extensions=(samples.server_name(b"192.0.2.1"),))[3] == "d"
    assert of(extensions=((0, b""),))[3] == "d"
    assert of()[3] == "i"


@pytest.mark.parametrize(
    ("protocol", "letters"),
    [
        (b"h2", "h2"),
        (b"http/1.1", "h1"),
        (b"h3-29", "h9"),
        (b"x", "xx"),
        (b"\xab", "ab"),
        (b"\xab\xcd", "ad"),
        (b"\x30\xab", "3b"),
        (b"\x30\x31\xab\xcd", "3d"),
        (b"\x0a\x0a", "0a"),
    ],
)
def test_first_protocol_gives_two_letters(protocol, letters):
    assert of(extensions=(samples.alpn(protocol, b"other"),))[8:10] == letters


def test_no_protocol_is_two_zeros():
    assert of()[8:10] == "00"
    assert of(extensions=((16, b"\x00\x00"),))[8:10] == "00"


def test_nothing_to_hash_is_twelve_zeros():
    extensions = (samples.server_name(b"a.example"), samples.alpn(b"h2"))

    assert of((0x0A0A,), extensions) == "t12d0002h2_000000000000_000000000000"
    assert of((), None) == "t12i000000_000000000000_000000000000"


def test_counts_stop_at_99():
    suites = tuple(range(0x2000, 0x2000 + 120))

    assert of(suites, tuple((kind, b"") for kind in range(0x3000, 0x3000 + 150)))[4:8] == "9999"


@given(st.permutations(samples.CHROME_SUITES), st.permutations(samples.CHROME_EXTENSION_ORDER))
def test_order_of_suites_and_extensions_does_not_matter(suites, order):
    bodies = dict(parse_client_hello(samples.chrome_hello()).extensions)
    body = samples.client_hello(suites, tuple((kind, bodies[kind]) for kind in order))

    assert ja4(parse_client_hello(body), "tcp") == "t13d1516h2_8daaf6152771_e5627efa2ab1"


@given(st.lists(st.integers(0, 0xFFFF), max_size=8), st.lists(st.integers(0, 0xFFFF), max_size=6))
def test_parts_are_hashes_of_sorted_lists(suites, kinds):
    grease = {0x0A0A + 0x1010 * step for step in range(16)}
    kept = sorted(suite for suite in suites if suite not in grease)
    listed = sorted(kind for kind in kinds if kind not in grease and kind not in (0, 16))

    def digest(values):
        text = ",".join(f"{value:04x}" for value in values)
        return sha256(text.encode()).hexdigest()[:12] if values else "0" * 12

    assert of(suites, tuple((kind, b"") for kind in kinds)).split("_")[1:] == [digest(kept), digest(listed)]
