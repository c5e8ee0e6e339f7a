"""XMPP stream openings."""

from __future__ import annotations

from netscope.engine.parse import xmpp
from tests.engine.parse import plaintext_samples as samples


def test_xmpp() -> None:
    assert xmpp.looks_like_xmpp(samples.XMPP_OPEN)
    assert not xmpp.looks_like_xmpp(b"<?xml version='1.0'?><soap:Envelope>")
    assert xmpp.stream_to(samples.XMPP_OPEN) == "chat.example.com"
    assert xmpp.asks_for_tls(samples.XMPP_STARTTLS)
    assert xmpp.tls_begins_at(samples.XMPP_PROCEED + b"\x16") == len(samples.XMPP_PROCEED)
    assert xmpp.tls_begins_at(b"<failure/>") == -1
    assert xmpp.clear_auth_mechanism(b"<auth xmlns='x' mechanism='PLAIN'>AGI=</auth>") == "plain"
    assert xmpp.clear_auth_mechanism(b"<auth mechanism='SCRAM-SHA-1'>") is None
