"""Certificates for the demo's servers: the same bytes from the same seed, dated around the demo's start."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

# Ed25519 signatures are deterministic (RFC 8032); a public authority would sign with ECDSA or RSA.
AUTHORITY_NAME: Final = "Demo Home Trust CA"
P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Authority:
    """Signs a leaf for each name it is asked for, once."""

    def __init__(self, start_ns: int) -> None:
        self._today = datetime.fromtimestamp(start_ns // 1_000_000_000, UTC).replace(hour=0, minute=0, second=0)
        self._key = ed25519.Ed25519PrivateKey.from_private_bytes(_digest(AUTHORITY_NAME))
        self._name = _name(AUTHORITY_NAME, "Demo Home Trust")
        self._own = self._signed(self._name, AUTHORITY_NAME, (), self._key.public_key(), 3650)
        self._leaves: dict[str, list[bytes]] = {}

    def chain(self, host: str, organization: str = "Demo Services Inc.") -> list[bytes]:
        """DER certificates for a host, leaf first."""
        if host not in self._leaves:
            parent = host.partition(".")[2]
            sans = (host, f"*.{parent}") if "." in parent else (host,)
            key = _leaf_key(host)
            self._leaves[host] = [
                self._signed(_name(host, organization), host, sans, key.public_key(), 90),
                self._own,
            ]
        return self._leaves[host]

    def self_signed(self, host: str, organization: str, valid_days: int) -> list[bytes]:
        """A device's own certificate, issued by itself and possibly no longer valid (negative days)."""
        key = ed25519.Ed25519PrivateKey.from_private_bytes(_digest(f"self {host}"))
        name = _name(host, organization)
        builder = self._builder(name, name, host, (host,), valid_days).public_key(key.public_key())
        return [builder.sign(key, None).public_bytes(Encoding.DER)]

    def _signed(
        self,
        subject: x509.Name,
        host: str,
        sans: tuple[str, ...],
        public_key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey,
        valid_days: int,
    ) -> bytes:
        builder = self._builder(subject, self._name, host, sans, valid_days).public_key(public_key)
        if not sans:
            builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        return builder.sign(self._key, None).public_bytes(Encoding.DER)

    def _builder(
        self, subject: x509.Name, issuer: x509.Name, host: str, sans: tuple[str, ...], valid_days: int
    ) -> x509.CertificateBuilder:
        ends = self._today + timedelta(days=valid_days)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .serial_number(int.from_bytes(_digest(f"serial {host}")[:16]) >> 1)
            .not_valid_before(min(self._today, ends) - timedelta(days=30))
            .not_valid_after(ends)
        )
        if sans:
            names = x509.SubjectAlternativeName([x509.DNSName(name) for name in sans])
            builder = builder.add_extension(names, critical=False)
        return builder


def _leaf_key(host: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(_digest(f"leaf {host}")) % (P256_ORDER - 1) + 1, ec.SECP256R1())


def _name(common_name: str, organization: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _digest(text: str) -> bytes:
    return hashlib.sha256(f"netscope demo {text}".encode()).digest()
