"""STUN messages, old and new."""

from __future__ import annotations

from netscope.engine.parse.stun import looks_like_stun, read_stun
from netscope.model.service import Plaintext
from tests.engine.parse import plaintext_samples as samples


def test_stun() -> None:
    assert read_stun(samples.STUN_REQUEST, False).facts == (("software", "webrtc 1.0"),)
    assert read_stun(samples.STUN_RESPONSE, True).facts == (("mapped_address", "203.0.113.7"),)
    plain = samples.stun(0x0101, (0x0001, b"\0\1\x30\x39\xc6\x33\x64\x01"), cookie=b"\1\2\3\4")
    assert read_stun(plain, True).facts == (("mapped_address", "198.51.100.1"),)
    address6 = samples.stun(0x0101, (0x0001, b"\0\2\x30\x39\x20\x01\x0d\xb8" + bytes(11) + b"\1"))
    assert read_stun(address6, True).facts == (("mapped_address", "2001:db8::1"),)
    assert read_stun(b"\x40\0\0\4" + bytes(20), True) == Plaintext()


def test_stun_without_cookie_needs_its_port() -> None:
    old = samples.stun(cookie=b"\1\2\3\4")
    assert looks_like_stun(samples.STUN_REQUEST)
    assert not looks_like_stun(old)
    assert looks_like_stun(old, on_port=True)
    assert not looks_like_stun(samples.STUN_REQUEST[:-1])
