"""The nouns of plaintext services."""

from __future__ import annotations

from dataclasses import fields

from netscope.model.service import ClearCredential, Plaintext


def test_a_message_says_nothing_unless_told() -> None:
    assert Plaintext() == Plaintext((), None, tls_follows=False, size_bytes=0)


def test_a_clear_credential_has_no_place_for_its_value() -> None:
    assert {field.name for field in fields(ClearCredential)} == {"flow", "timestamp_ns", "protocol", "field"}
