"""The first packets of RDP."""

from __future__ import annotations

from netscope.engine.parse.rdp import looks_like_rdp, read_rdp
from netscope.model.service import Plaintext
from tests.engine.parse import plaintext_samples as samples


def test_rdp() -> None:
    said = read_rdp(samples.RDP_REQUEST, False)
    assert said.facts == (("offered_security", "tls+credssp"),)
    assert "alice" not in repr(said)
    confirm = read_rdp(samples.RDP_CONFIRM, True)
    assert confirm == Plaintext((("security", "credssp"),), tls_follows=True, size_bytes=19)
    old_server = read_rdp(b"\x03\0\0\x0b\x06\xd0\0\0\x12\x34\0", True)
    assert old_server == Plaintext((("security", "rdp"),))


def test_other_iso_on_tcp_is_not_rdp() -> None:
    assert looks_like_rdp(samples.RDP_REQUEST)
    assert looks_like_rdp(samples.RDP_CONFIRM)
    s7 = b"\x03\0\0\x16\x11\xe0\0\0\0\1\0\xc0\1\x0a\xc1\2\1\0\xc2\2\1\2"
    assert not looks_like_rdp(s7)
