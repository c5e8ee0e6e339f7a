"""SIP heads."""

from __future__ import annotations

from netscope.engine.parse.sip import looks_like_sip, read_sip, read_sip_stream
from tests.engine.parse import plaintext_samples as samples


def test_sip_says_the_program_and_nobody_s_number() -> None:
    assert read_sip(samples.SIP_REGISTER, False).facts == (("user_agent", "Grandstream GXP2170"),)
    assert read_sip(samples.SIP_OK, True).facts == (("server", "Asterisk PBX 18.2"),)
    assert looks_like_sip(b"INVITE sip:1000@" + b"a" * 2000)
    assert not looks_like_sip(b"OPTIONS * HTTP/1.1\r\n")
    assert not looks_like_sip(b"INVITE http")


def test_over_tcp_the_head_must_be_whole() -> None:
    assert samples.outcome(read_sip_stream, samples.SIP_OK[:-1], True) == (None, "truncated_sip")
    assert read_sip_stream(samples.SIP_OK + b"v=0", True) == read_sip(samples.SIP_OK, True)
