"""The demo's certificates are real ones: signed, dated around the start, the same each time."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509

from netscope.demo.certificates import Authority

START = datetime(2026, 1, 1, 18, tzinfo=UTC)
START_NS = int(START.timestamp()) * 1_000_000_000


def test_a_chain_verifies_up_to_its_authority() -> None:
    leaf, authority = (x509.load_der_x509_certificate(der) for der in Authority(START_NS).chain("www.example.org"))
    leaf.verify_directly_issued_by(authority)
    authority.verify_directly_issued_by(authority)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["www.example.org", "*.example.org"]
    assert leaf.not_valid_before_utc < START < leaf.not_valid_after_utc


def test_the_same_bytes_every_time() -> None:
    assert Authority(START_NS).chain("a.example") == Authority(START_NS).chain("a.example")
    assert Authority(START_NS).chain("a.example") != Authority(START_NS).chain("b.example")


def test_a_self_signed_certificate_may_have_expired() -> None:
    (der,) = Authority(START_NS).self_signed("nas.fritz.box", "Synology Inc.", -40)
    certificate = x509.load_der_x509_certificate(der)
    certificate.verify_directly_issued_by(certificate)
    assert certificate.not_valid_before_utc < certificate.not_valid_after_utc < START
