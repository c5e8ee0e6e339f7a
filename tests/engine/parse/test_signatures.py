"""Protocols known by a few bytes: each by its own, not by its neighbours', never an exception."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse import signatures

SAMPLES: dict[str, bytes] = {
    "kerberos": b"\x6a\x81\xa5\x30\x81\xa2\xa1\3\2\1\5\xa2\3\2\1\x0a",
    "kerberos_stream": b"\0\0\0\xa8\x6c\x81\xa5\x30\x81\xa2\xa1\3\2\1\5\xa2\3\2\1\x0c",
    "rtsp": b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n",
    "mysql_greeting": b"\x4a\0\0\0\x0a8.0.36\0",
    "postgresql": b"\0\0\0\x29\0\3\0\0user\0bob\0\0",
    "redis": b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
    "dcerpc": b"\5\0\x0b\3\x10\0\0\0\x48\0\0\0",
    "dcerpc_datagram": b"\4\0\x08\0\x10\0\0" + bytes(73),
    "socks": b"\5\2\0\2",
    "bgp": b"\xff" * 16 + b"\0\x13\4",
    "rfb": b"RFB 003.008\n",
    "irc": b":irc.example NOTICE * :hello\r\n",
    "adb": b"CNXN" + bytes(16) + b"\xbc\xb1\xa7\xb1",
    "stratum": b'{"id":1,"method":"login","params":{"login":"x","agent":"xmrig"}}',
    "bitcoin": b"\xf9\xbe\xb4\xd9version\0\0\0\0\0",
    "tplink_stream": b"\0\0\0\x1d\xd0\xf2\x81\xf8",
    "tplink": b"\xd0\xf2\x81\xf8\x8b\xff\x9a\xf7\xd5\xef\x94\xb6\xd1\xb4\xc0\x9f",
    "isakmp": b"\1" * 8 + bytes(8) + b"\x21\x20\x22\x08" + bytes(4) + b"\0\0\0\x1c",
    "radius": b"\1\7\0\x14" + bytes(16),
    "netbios_datagram": b"\x11\x02\x12\x34\xc0\0\2\1\0\x8a\0\x20\0\0",
    "ws_discovery": b'<?xml?><soap:Envelope xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">',
    "dropbox": b'{"version": [2, 0], "host_int": 7}',
    "coap": b"\x44\1\x12\x34abcd\xb4core",
    "vxlan": b"\x08\0\0\0\0\0\x7b\0" + bytes(14),
    "geneve": b"\2\x40\x65\x58\0\0\x0a\0" + bytes(14),
    "gtp": b"\x30\xff\0\4\0\0\0\1\x45\0\0\0",
    "teredo": b"\x60" + bytes(39),
    "nat_pmp": b"\0\1\0\0\x12\x34\x30\x39\0\0\0\x3c",
    "bacnet": b"\x81\x0b\0\x0c\1\x20\xff\xff\0\xff\x10\x08",
    "mndp": b"\0\0\0\1\0\1\0\6\2\0\0\0\0\1",
    "ubiquiti": b"\1\0\0\0",
    "spotify": b"SpotUdp0\xdc\x15",
    "bjnp": b"BJNP\2\1" + bytes(10),
    "levin": b"\x01\x21\1\1\1\1\1\1" + bytes(8),
}

TESTS: dict[str, Callable[[bytes], bool]] = {
    name.removeprefix("looks_like_"): test for name, test in vars(signatures).items() if name.startswith("looks_like_")
}


# Too plain to be asked anywhere but on their port.
PORT_BOUND = {"nat_pmp", "teredo", "coap", "mndp", "radius", "netbios_datagram", "ubiquiti", "geneve", "vxlan", "gtp"}


def test_every_signature_has_a_sample() -> None:
    assert set(SAMPLES) == set(TESTS)


@pytest.mark.parametrize("name", SAMPLES)
def test_recognises_its_own(name: str) -> None:
    assert TESTS[name](SAMPLES[name])
    assert not TESTS[name](b"")


@pytest.mark.parametrize("name", sorted(SAMPLES.keys() - PORT_BOUND))
def test_recognises_no_text_and_no_tls(name: str) -> None:
    for other in (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\3\1\0\xc8\1\0\0\xc4\3\3" + bytes(50), b"220 ready\r\n"):
        assert not TESTS[name](other)


def test_strong_signatures_know_only_their_own_sample() -> None:
    for name in TESTS.keys() - PORT_BOUND:
        assert [other for other, data in SAMPLES.items() if TESTS[name](data)] == [name]


def test_with_non_esp_marker() -> None:
    assert signatures.looks_like_isakmp(bytes(4) + SAMPLES["isakmp"])


@given(st.sampled_from(sorted(TESTS)), st.binary(max_size=100), st.integers(0, 100))
def test_any_bytes(name: str, raw: bytes, cut: int) -> None:
    for data in (raw, SAMPLES[name][:cut], SAMPLES[name][:cut] + raw):
        assert TESTS[name](data) in (True, False)
