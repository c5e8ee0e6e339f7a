"""Names for TLS code points: protocol versions, cipher suites, alerts. Unknown points keep their number.

The suites are those of the IANA "TLS Cipher Suites" registry, with the private ones seen in the wild.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

GREASE: Final = frozenset(0x0A0A + step * 0x1010 for step in range(16))
"""Values sent to keep peers tolerant (RFC 8701)."""

VERSION_NAMES: Final = {
    0x0002: "SSLv2",
    0x0300: "SSLv3",
    0x0301: "TLSv1.0",
    0x0302: "TLSv1.1",
    0x0303: "TLSv1.2",
    0x0304: "TLSv1.3",
    0x0100: "DTLSv0.9",  # OpenSSL before 0.9.8f, still spoken by AnyConnect
    0xFEFF: "DTLSv1.0",
    0xFEFD: "DTLSv1.2",
    0xFEFC: "DTLSv1.3",
}

ALERT_LEVELS: Final = {1: "warning", 2: "fatal"}

ALERT_NAMES: Final = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    21: "decryption_failed",
    22: "record_overflow",
    30: "decompression_failure",
    40: "handshake_failure",
    41: "no_certificate",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    52: "too_many_cids_requested",
    60: "export_restriction",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    100: "no_renegotiation",
    109: "missing_extension",
    110: "unsupported_extension",
    111: "certificate_unobtainable",
    112: "unrecognized_name",
    113: "bad_certificate_status_response",
    114: "bad_certificate_hash_value",
    115: "unknown_psk_identity",
    116: "certificate_required",
    117: "general_error",
    120: "no_application_protocol",
    121: "ech_required",
}


@lru_cache(maxsize=256)
def version_name(version: int) -> str:
    """``TLSv1.3``, ``SSLv3``, ``DTLSv1.2``, ``TLSv1.3-draft28``, or ``0x1234``."""
    name = VERSION_NAMES.get(version)
    if name is not None:
        return name
    if version >> 8 == 0x7F:
        return f"TLSv1.3-draft{version & 0xFF}"
    return f"0x{version:04x}"


@lru_cache(maxsize=256)
def version_label(version: int) -> str:
    """The short form for a column: ``TLS1.3``, ``DTLS1.2``, ``SSLv3``."""
    return version_name(version).replace("TLSv", "TLS").partition("-")[0]


def alert_name(level: int, description: int) -> str:
    """``fatal handshake_failure``."""
    return f"{ALERT_LEVELS.get(level, level)} {ALERT_NAMES.get(description, description)}"


@cache
def _cipher_suites() -> dict[int, str]:
    table = files(__package__).joinpath("tls_cipher_suites.tsv").read_text(encoding="ascii")
    rows = (line.split("\t") for line in table.splitlines())
    return {int(code, 16): name for code, name in rows}


@lru_cache(maxsize=1024)
def cipher_suite_name(suite: int) -> str:
    """The IANA name, or ``0x1234``."""
    return _cipher_suites().get(suite, f"0x{suite:04x}")
