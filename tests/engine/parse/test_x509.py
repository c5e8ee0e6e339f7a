"""Certificates made here, read back; broken ones refused."""

from __future__ import annotations

import shutil
import subprocess
from hashlib import sha1, sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netscope.engine.parse.x509 import LATEST_NS, parse_certificate
from netscope.model.errors import ParseError
from tests.engine.parse import tls_samples as samples


def test_every_field_of_a_self_signed_certificate():
    der = samples.certificate("rsa")

    certificate = parse_certificate(der)

    assert certificate.sha256 == sha256(der).hexdigest()
    assert (certificate.subject, certificate.issuer) == ("CN=example.org", "CN=example.org")
    assert certificate.sans == ("example.org", "www.example.org")
    assert certificate.serial == "1234abcd"
    assert certificate.not_before_ns == 1_577_934_245_000_000_000
    assert certificate.not_after_ns == 1_893_456_000_000_000_000
    assert (certificate.key_type, certificate.key_bits) == ("rsa", 2048)
    assert certificate.signature_algorithm == "sha256WithRSAEncryption"
    assert certificate.self_signed is True


@pytest.mark.parametrize(("kind", "bits", "algorithm"), [("ec", 256, "ecdsa-with-SHA256"), ("ed25519", 256, "ed25519")])
def test_key_kinds(kind, bits, algorithm):
    certificate = parse_certificate(samples.certificate(kind))

    assert (certificate.key_type, certificate.key_bits, certificate.signature_algorithm) == (kind, bits, algorithm)
    assert certificate.self_signed is True


def test_issued_by_another_is_not_self_signed():
    assert parse_certificate(samples.certificate("ec", issuer="Some CA")).self_signed is False


def test_same_names_but_another_signer_is_not_self_signed():
    assert parse_certificate(samples.certificate("ec", signer="rsa")).self_signed is False


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl, which still signs with MD5")
@pytest.mark.parametrize("digest", ["md5", "sha1"])
def test_a_signature_that_nobody_checks_any_more_leaves_the_names_to_decide(tmp_path, digest):
    made = ["req", "-x509", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=old.example", "-keyout", tmp_path / "key"]
    subprocess.run(
        ["openssl", *made, f"-{digest}", "-outform", "DER", "-out", tmp_path / "der"], check=True, capture_output=True
    )
    certificate = parse_certificate((tmp_path / "der").read_bytes())
    assert (certificate.self_signed, certificate.key_bits) == (True, 1024)
    assert certificate.sha1 == sha1((tmp_path / "der").read_bytes()).hexdigest()


def test_certificate_without_alternative_names():
    assert parse_certificate(samples.certificate("ec", sans=())).sans == ()


def test_no_expiration_fits_the_recording():
    assert parse_certificate(samples.certificate("ec", year_after=9999)).not_after_ns == LATEST_NS


def test_each_reading_is_an_object_of_its_own():
    first, second = (parse_certificate(samples.certificate("ec")) for _ in range(2))
    first.position = 3

    assert (second.position, second.sha256) == (0, first.sha256)


def test_every_truncation_is_malformed():
    der = samples.certificate("ec")
    for size in range(0, len(der), 7):
        with pytest.raises(ParseError, match="malformed_certificate"):
            parse_certificate(der[:size])


@settings(max_examples=300)
@given(st.integers(0, len(samples.certificate("ec")) - 1), st.integers(0, 255))
def test_changed_byte_parses_or_is_malformed(position, value):
    der = bytearray(samples.certificate("ec"))
    der[position] = value
    try:
        certificate = parse_certificate(bytes(der))
    except ParseError:
        return
    assert certificate.sha256 == sha256(der).hexdigest()
