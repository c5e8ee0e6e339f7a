"""Certificates, versions and ciphers, listed fingerprints."""

from __future__ import annotations

from typing import Any

import pytest

from netscope.engine.analyze.certificate import CertificateFault
from netscope.engine.analyze.listed_fingerprint import ListedFingerprint
from netscope.engine.analyze.weak_tls import WeakTls
from tests.engine.analyze.samples import certificate, flow, hello, network


@pytest.mark.parametrize(
    ("wrong", "severity", "words"),
    [
        ({"days": (-90, -20)}, "medium", "expired 20 days ago"),
        ({"days": (20, 90)}, "medium", "valid only in 20 days"),
        ({"self_signed": True}, "medium", "self-signed"),
        ({"sans": ("other.org",)}, "medium", "not for www.example.org"),
        ({"key_bits": 512}, "medium", "RSA key of 512 bits"),
        ({"key_bits": 1024}, "low", "RSA key of 1024 bits"),
        ({"signature_algorithm": "md5WithRSAEncryption"}, "medium", "signed with md5WithRSAEncryption"),
        ({"signature_algorithm": "sha1WithRSAEncryption"}, "low", "signed with sha1WithRSAEncryption"),
        ({"key_type": "ec", "key_bits": 160}, "medium", "EC key of 160 bits"),
    ],
)
def test_each_fault(wrong: dict[str, Any], severity: str, words: str) -> None:
    connection = flow(server_name="www.example.org", name_source="sni")
    shown = certificate(of=connection, **({"sans": ("*.example.org",)} | wrong))
    (alert,) = CertificateFault(network()).observe(shown)
    assert (alert.severity, alert.evidence["observed"]["faults"]) == (severity, [words])


@pytest.mark.parametrize(
    ("name", "sans"),
    [
        ("www.example.org", ("*.example.org",)),
        ("example.org", ("*.example.org", "example.org")),
        ("WWW.Example.ORG", ("www.example.org",)),
    ],
)
def test_good_certificates(name: str, sans: tuple[str, ...]) -> None:
    connection = flow(server_name=name, name_source="sni")
    assert list(CertificateFault(network()).observe(certificate(of=connection, sans=sans))) == []


def test_a_star_stands_for_one_label() -> None:
    connection = flow(server_name="a.b.example.org", name_source="sni")
    (alert,) = CertificateFault(network()).observe(certificate(of=connection, sans=("*.example.org",)))
    assert alert.evidence["observed"]["faults"] == ["not for a.b.example.org"]


def test_a_printer_that_signs_for_itself_is_low() -> None:
    connection = flow(server="192.168.1.9")
    (alert,) = CertificateFault(network()).observe(certificate(of=connection, self_signed=True, days=(-99, -9)))
    assert alert.severity == "low"


def test_each_certificate_is_judged_once_and_only_the_leaf() -> None:
    detector, connection = CertificateFault(network()), flow()
    assert len(list(detector.observe(certificate(of=connection, self_signed=True)))) == 1
    assert list(detector.observe(certificate(of=connection, self_signed=True))) == []
    root = certificate(of=connection, self_signed=True, position=1, sha256="cd" * 32)
    assert list(detector.observe(root)) == []


@pytest.mark.parametrize(
    ("version", "cipher", "severity"),
    [
        ("SSLv3", "TLS_RSA_WITH_AES_128_CBC_SHA", "medium"),
        ("TLSv1.0", "TLS_RSA_WITH_AES_128_CBC_SHA", "low"),
        ("TLSv1.2", "TLS_RSA_WITH_NULL_SHA", "medium"),
        ("TLSv1.2", "TLS_DH_anon_WITH_AES_128_CBC_SHA", "medium"),
        ("TLSv1.2", "TLS_RSA_EXPORT_WITH_RC4_40_MD5", "medium"),
        ("TLSv1.2", "TLS_RSA_WITH_RC4_128_SHA", "low"),
        ("TLSv1.2", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "low"),
    ],
)
def test_weak_versions_and_ciphers(version: str, cipher: str, severity: str) -> None:
    (alert,) = WeakTls(network()).observe(hello(negotiated_version=version, cipher=cipher))
    assert alert.severity == severity


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_strong_ones_and_what_is_only_offered(version: str) -> None:
    detector = WeakTls(network())
    strong = hello(negotiated_version=version, cipher="TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
    assert list(detector.observe(strong)) == []
    assert list(detector.observe(hello(version="TLSv1.0"))) == []


def test_an_old_client_is_one_line_with_its_servers() -> None:
    detector = WeakTls(network())
    servers = [flow(server_name=f"s{n}.example.org") for n in range(5)]
    said = [alert for server in servers for alert in detector.observe(hello(of=server, negotiated_version="TLSv1.0"))]
    assert len({alert.key for alert in said}) == 1
    assert len(said[-1].evidence["servers"]) == 5


def test_listed_fingerprints_match_whatever_the_case() -> None:
    detector = ListedFingerprint({"abcdef": "Emotet", "ab" * 32: "bad", "cd" * 20: "by SHA-1"})
    (by_hello,) = detector.observe(hello(ja3_hash="abcdef"))
    (by_certificate,) = detector.observe(certificate())
    assert by_hello.title == "Listed ja3: Emotet"
    assert by_certificate.severity == "high"
    (by_sha1,) = detector.observe(certificate(sha256="00" * 32, sha1="CD" * 20))
    assert by_sha1.title == "Listed certificate: by SHA-1"
    assert list(detector.observe(hello(ja3_hash="fedcba"))) == []


def test_a_handshake_told_again_does_not_match_again() -> None:
    detector = ListedFingerprint({"aa": "x", "bb": "y"})
    assert len(list(detector.observe(hello(ja3_hash="aa")))) == 1
    assert list(detector.observe(hello(ja3_hash="aa", negotiated_version="TLSv1.2"))) == []
    assert len(list(detector.observe(hello(ja3_hash="aa", negotiated_version="TLSv1.2", ja3s_hash="bb")))) == 1
