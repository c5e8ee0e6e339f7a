"""QUIC packet protection against the vectors of RFC 9001, appendix A."""

from __future__ import annotations

from random import Random

import pytest

from netscope.demo import hello, quic

SERVER_HEADER = bytes.fromhex("c1000000010008f067a5502a4262b50040750001")
SERVER_PAYLOAD = bytes.fromhex(
    "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a1200130100002e00330024"
    "001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304"
)
SERVER_PACKET = bytes.fromhex(
    "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c"
    "3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f5889"
    "1850abbdca3d20398c276456cbc42158407dd074ee"
)


def test_server_initial_of_appendix_a3() -> None:
    keys = quic.InitialKeys(bytes.fromhex("8394c8f03e515708"))
    assert keys.protect(False, SERVER_HEADER, 1, SERVER_PAYLOAD) == SERVER_PACKET


def test_a_post_quantum_hello_takes_two_padded_datagrams() -> None:
    connection = quic.Connection(Random(1))
    opening = hello.client_hello(hello.QUIC_CHROME, "a.example", Random(2), quic_id=connection.client_id)
    datagrams = connection.client_initials(opening)
    assert len(opening) > 1200
    assert [len(datagram) for datagram in datagrams] == [1250, 1250]
    assert all(datagram[1:5] == quic.VERSION_1 for datagram in datagrams)


def test_the_servers_first_datagram_holds_an_initial_and_a_handshake_packet() -> None:
    connection = quic.Connection(Random(1))
    connection.client_initials(hello.client_hello(hello.QUIC_APPLE, "a.example", Random(2)))
    datagram = connection.server_initial(hello.server_hello(hello.TLS13, 0x1301, Random(3)))
    assert datagram[0] & 0xF0 == 0xC0
    length = int.from_bytes(datagram[24:26]) & 0x3FFF
    second = datagram[26 + length :]
    assert second[0] & 0xF0 == 0xE0
    assert second[1:5] == quic.VERSION_1


def test_short_packets_name_the_other_side() -> None:
    connection = quic.Connection(Random(1))
    up, down = connection.short(True, 50), connection.short(False, 50)
    assert (up[0] & 0xC0, up[1:9]) == (0x40, connection.server_id)
    assert (down[0] & 0xC0, down[1:9]) == (0x40, connection.client_id)


@pytest.mark.parametrize(
    ("value", "encoded"),
    [(37, "25"), (15293, "7bbd"), (494878333, "9d7f3e7d"), (151288809941952652, "c2197c5eff14e88c")],
)
def test_integers_of_rfc_9000_appendix_a1(value: int, encoded: str) -> None:
    assert hello.quic_integer(value).hex() == encoded


def test_an_integer_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        hello.quic_integer(1 << 62)
