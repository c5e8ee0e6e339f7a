"""Telnet negotiation and prompts."""

from __future__ import annotations

from netscope.engine.parse import telnet
from tests.engine.parse import plaintext_samples as samples


def test_telnet() -> None:
    assert telnet.looks_like_telnet(samples.TELNET_OPTIONS)
    assert not telnet.looks_like_telnet(b"\xff" * 16)
    assert telnet.plain_text(samples.TELNET_OPTIONS + b"login: \xff\xfa\x18\x01\xff\xf0x\xff") == b"login: x"
    assert telnet.asks_for_password(b"router login: bob\r\nPassword: ")
    assert telnet.asks_for_password(b"password for bob:")
    assert not telnet.asks_for_password(b"Your password expires today\r\n$ ")
