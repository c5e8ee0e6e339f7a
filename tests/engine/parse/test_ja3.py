"""JA3 and JA3S against published values and against a second writing of the rule."""

from __future__ import annotations

from hashlib import md5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse.ja3 import ja3, ja3s
from netscope.engine.parse.tls import parse_client_hello, parse_server_hello
from tests.engine.parse import tls_samples as samples

GREASE = {0x0A0A + 0x1010 * step for step in range(16)}


def test_published_example_of_the_ja3_readme():
    body = samples.client_hello(
        (47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4),
        (samples.server_name(b"example.org"), samples.groups(23, 24, 25), samples.point_formats(0)),
        version=769,
    )

    text, digest = ja3(parse_client_hello(body))

    assert text == "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"
    assert digest == "ada70206e40642a3e4461f35503241d5"


def test_published_example_without_extensions():
    text, digest = ja3(
        parse_client_hello(samples.client_hello((4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99), None, version=769))
    )

    assert text == "769,4-5-10-9-100-98-3-6-19-18-99,,,"
    assert digest == "de350869b8c85de67a350c8d186f11e6"


def test_grease_is_left_out_and_order_kept():
    text, _ = ja3(parse_client_hello(samples.chrome_hello()))

    assert text == (
        "771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,"
        "27-0-51-16-17513-23-45-13-5-35-18-43-65281-11-10-21,29-23-24,0"
    )


@pytest.mark.parametrize(
    "extension",
    [
        (10, b"\x00\x03\x00\x1d\x00"),  # an odd list, which pyja3 refuses with ValueError
        (10, b""),  # no length at all: struct.error inside pyja3
        (11, b""),
    ],
)
def test_lists_that_pyja3_refuses_still_have_a_fingerprint(extension):
    text, digest = ja3(parse_client_hello(samples.client_hello((0x1301,), (extension, samples.alpn(b"h2")))))

    assert text.startswith(f"771,4865,{extension[0]}-16,")
    assert digest == md5(text.encode()).hexdigest()


def test_thousands_of_groups_do_not_go_through_pyja3():
    values = tuple(range(0x4B00, 0x4B00 + 300))

    text, _ = ja3(parse_client_hello(samples.client_hello((0x1301,), (samples.groups(*values),))))

    assert text == f"771,4865,10,{'-'.join(map(str, values))},"


def test_ja3s_keeps_extension_order_and_needs_no_extensions():
    hello = parse_server_hello(samples.server_hello(0xC02F, ((0xFF01, b"\0"), (11, b"\x01\0"), (35, b""))))

    assert ja3s(hello)[0] == "771,49199,65281-11-35"
    assert ja3s(parse_server_hello(samples.server_hello(0x002F, None)))[0] == "771,47,"


def test_ja3s_of_a_tls13_server():
    """The value tshark gives for the same three fields."""
    assert ja3s(parse_server_hello(samples.server_hello(0x1302, ((51, b""), (43, b"\x03\x04"))))) == (
        "771,4866,51-43",
        "907bf3ecef1c987c889946b737b43de8",
    )


uint16 = st.integers(0, 0xFFFF)


@given(
    st.lists(uint16, min_size=1, max_size=30),
    st.lists(uint16.filter(lambda kind: kind not in (10, 11)), max_size=12),
    st.lists(uint16, max_size=20),
    st.lists(st.integers(0, 255), max_size=5),
)
def test_any_hello_follows_the_rule(suites, kinds, group_values, formats):
    extensions = (*((kind, b"") for kind in kinds), samples.groups(*group_values), samples.point_formats(*formats))
    body = samples.client_hello(suites, extensions)

    text, _ = ja3(parse_client_hello(body))

    def joined(values):
        return "-".join(str(value) for value in values if value not in GREASE)

    assert text == f"771,{joined(suites)},{joined([*kinds, 10, 11])},{joined(group_values)},{joined(formats)}"
