"""PostgreSQL's question for TLS."""

from __future__ import annotations

from netscope.engine.parse.postgresql import read_postgresql


def test_postgresql() -> None:
    assert read_postgresql(b"\0\0\0\x08\x04\xd2\x16\x2f", False).facts == (("tls", "requested"),)
    assert read_postgresql(b"S", True).tls_follows
    assert not read_postgresql(b"N", True).tls_follows
    assert not read_postgresql(b"R\0\0\0\x08", True).tls_follows
