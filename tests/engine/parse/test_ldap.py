"""LDAP binds and StartTLS."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse.ldap import looks_like_ldap, parse_ldap
from tests.engine.parse import plaintext_samples as samples


def test_ldap() -> None:
    bind = parse_ldap(samples.ldap_bind())
    assert bind.has_password
    assert bind.size == len(samples.ldap_bind())
    assert not parse_ldap(samples.ldap_bind(b"")).has_password
    assert parse_ldap(samples.LDAP_START_TLS).is_start_tls
    assert parse_ldap(samples.ldap_result(0x78)).succeeded
    assert not parse_ldap(samples.ldap_result(0x78, 52)).succeeded
    assert parse_ldap(b"\xff" + samples.LDAP_START_TLS, 1).is_start_tls
    assert looks_like_ldap(samples.ldap_bind()[:20])
    assert not looks_like_ldap(samples.snmp())


@given(st.binary(max_size=200))
def test_any_bytes_are_an_ldap_message_or_a_parse_error(raw: bytes) -> None:
    for data in (raw, samples.ldap(raw), samples.ldap_bind()[:10] + raw):
        message, slug = samples.outcome(parse_ldap, data)
        if message is None:
            assert slug in ("truncated_ldap", "malformed_ldap")
        else:
            assert 0 < message.size <= len(data)
