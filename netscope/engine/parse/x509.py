"""What a certificate says (RFC 5280), read by `cryptography`. Whether to trust it is not decided here."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from datetime import datetime
from hashlib import sha1, sha256
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import SignatureAlgorithmOID

from netscope.model.errors import ParseError
from netscope.model.records import Certificate

CACHE_SIZE: Final = 4_096
"""Certificates remembered by SHA-256, the least recently seen forgotten first: about 6 MB when full."""

MAX_VERIFIED_KEY_BITS: Final = 4_096
"""Checking a self-signature with a larger key takes milliseconds; such a certificate is judged by its names."""

LATEST_NS: Final = 2**63 - 1
"""The year 2262: 9999-12-31, "no well-defined expiration" (RFC 5280, section 4.1.2.5), does not fit 64 bits."""

SIGNATURE_ALGORITHMS: Final = {
    "1.2.840.113549.1.1.2": "md2WithRSAEncryption",
    "1.2.840.113549.1.1.4": "md5WithRSAEncryption",
    "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
    "1.3.14.3.2.29": "sha1WithRSAEncryption",
    "1.2.840.113549.1.1.14": "sha224WithRSAEncryption",
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
    "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
    "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
    "1.2.840.113549.1.1.10": "rsassaPss",
    "1.2.840.10040.4.3": "dsa-with-SHA1",
    "2.16.840.1.101.3.4.3.1": "dsa-with-SHA224",
    "2.16.840.1.101.3.4.3.2": "dsa-with-SHA256",
    "1.2.840.10045.4.1": "ecdsa-with-SHA1",
    "1.2.840.10045.4.3.1": "ecdsa-with-SHA224",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
    "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
    "1.3.101.112": "ed25519",
    "1.3.101.113": "ed448",
    "2.16.840.1.101.3.4.3.17": "ml-dsa-44",
    "2.16.840.1.101.3.4.3.18": "ml-dsa-65",
    "2.16.840.1.101.3.4.3.19": "ml-dsa-87",
    "1.2.643.7.1.1.3.2": "gost2012-256",
    "1.2.643.2.2.3": "gost2001",
    "1.2.156.10197.1.501": "sm2-with-sm3",
}

# A serial number of zero or NULL parameters draw a warning on stderr, where the screen is; old devices have both.
# By what they say, not by module: compiled code has no frame of its own to be found by.
for _odd in ("Parsed a serial number", "The parsed certificate contains a NULL parameter"):
    warnings.filterwarnings("ignore", _odd, category=CryptographyDeprecationWarning)

_seen: OrderedDict[str, Certificate] = OrderedDict()


UNVERIFIED: Final = frozenset((
    SignatureAlgorithmOID.RSA_WITH_MD5, SignatureAlgorithmOID.RSA_WITH_SHA1, SignatureAlgorithmOID.ECDSA_WITH_SHA1,
    SignatureAlgorithmOID.DSA_WITH_SHA1,
))  # fmt: skip
"""Signatures that `cryptography` no longer checks."""


def parse_certificate(der: bytes) -> Certificate:
    """The certificate in ``der``; ``flow``, ``position`` and ``timestamp_ns`` are the caller's to set.

    Raises ``malformed_certificate``.
    """
    digest = sha256(der).hexdigest()
    known = _seen.get(digest)
    if known is None:
        known = _read(der, digest)
        if len(_seen) >= CACHE_SIZE:
            _seen.popitem(last=False)
        _seen[digest] = known
    else:
        _seen.move_to_end(digest)
    return _copy(known)


def _copy(known: Certificate) -> Certificate:
    """A record of its own for each sighting; ``copy.copy`` takes four times as long."""
    return Certificate(
        known.sha256,
        known.subject,
        known.issuer,
        known.sans,
        known.serial,
        known.not_before_ns,
        known.not_after_ns,
        known.key_type,
        known.key_bits,
        known.signature_algorithm,
        known.self_signed,
        sha1=known.sha1,
    )


def _read(der: bytes, digest: str) -> Certificate:
    try:
        certificate = x509.load_der_x509_certificate(der)
        key_type, key_bits = _key(certificate)
        algorithm = certificate.signature_algorithm_oid.dotted_string
        return Certificate(
            sha256=digest,
            subject=certificate.subject.rfc4514_string(),
            issuer=certificate.issuer.rfc4514_string(),
            sans=_alternative_names(certificate),
            serial=f"{certificate.serial_number:x}",
            not_before_ns=_nanoseconds(certificate.not_valid_before_utc),
            not_after_ns=_nanoseconds(certificate.not_valid_after_utc),
            key_type=key_type,
            key_bits=key_bits,
            signature_algorithm=SIGNATURE_ALGORITHMS.get(algorithm, algorithm),
            self_signed=_is_self_signed(certificate, key_bits),
            sha1=sha1(der).hexdigest(),
        )
    except (ValueError, TypeError, x509.InvalidVersion):
        raise ParseError("malformed_certificate") from None


def _nanoseconds(moment: datetime) -> int:
    return min(int(moment.timestamp()) * 1_000_000_000, LATEST_NS)


def _key(certificate: x509.Certificate) -> tuple[str, int]:
    """(kind, bits); a kind that `cryptography` cannot load is named by its OID, with 0 bits."""
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return certificate.public_key_algorithm_oid.dotted_string, 0
    if isinstance(key, rsa.RSAPublicKey):
        return "rsa", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ec", key.key_size
    if isinstance(key, dsa.DSAPublicKey):
        return "dsa", key.key_size
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "ed25519", 256
    if isinstance(key, ed448.Ed448PublicKey):
        return "ed448", 456
    return certificate.public_key_algorithm_oid.dotted_string, 0


def _alternative_names(certificate: x509.Certificate) -> tuple[str, ...]:
    """A certificate with an extension nobody can read still has all its other facts."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return ()
    return tuple(_general_name(name) for name in names)


def _general_name(name: x509.GeneralName) -> str:
    if isinstance(name, x509.DirectoryName):
        return name.value.rfc4514_string()
    if isinstance(name, x509.OtherName):
        return f"{name.type_id.dotted_string}:{name.value.hex()}"
    if isinstance(name, x509.RegisteredID):
        return name.value.dotted_string
    return str(name.value)


def _is_self_signed(certificate: x509.Certificate, key_bits: int) -> bool:
    """Issuer equals subject, and the signature is by the certificate's own key where that can be checked."""
    if certificate.issuer != certificate.subject:
        return False
    if key_bits > MAX_VERIFIED_KEY_BITS or certificate.signature_algorithm_oid in UNVERIFIED:
        return True
    try:
        certificate.verify_directly_issued_by(certificate)
    except UnsupportedAlgorithm:
        return True
    except (InvalidSignature, TypeError, ValueError):
        # Also raised where the signature is of another kind than the key; a key that cannot be loaded proves nothing.
        return key_bits == 0
    return True
