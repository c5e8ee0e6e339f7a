"""JA4, the fingerprint of a TLS, QUIC or DTLS client: JA4.md by FoxIO (BSD 3-Clause).

Only the client fingerprint; JA4S, JA4H and the others of that family are under another licence.
"""

from __future__ import annotations

from hashlib import sha256
from struct import pack
from typing import Final

from netscope.engine.parse.tls import ALPN, SERVER_NAME, offered_version
from netscope.engine.parse.tls_names import GREASE
from netscope.model.tls import ClientHello

TRANSPORT_LETTERS: Final = {"tcp": "t", "quic": "q", "dtls": "d"}
VERSION_DIGITS: Final = {
    0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2",
    0xFEFF: "d1", 0xFEFD: "d2", 0xFEFC: "d3",
}  # fmt: skip
NO_VALUES: Final = "000000000000"


def ja4(hello: ClientHello, transport: str) -> str:
    """Such as ``t13d1516h2_8daaf6152771_e5627efa2ab1``; ``transport`` is tcp, quic or dtls."""
    suites = [suite for suite in hello.cipher_suites if suite not in GREASE]
    extensions = [kind for kind, _ in hello.extensions if kind not in GREASE]
    signatures = [scheme for scheme in hello.signature_algorithms if scheme not in GREASE]
    hashed = sorted([kind for kind in extensions if kind not in (SERVER_NAME, ALPN)])
    listed = _hex_list(hashed)
    if signatures:
        listed += "_" + _hex_list(signatures)
    return (
        f"{TRANSPORT_LETTERS[transport]}{VERSION_DIGITS.get(offered_version(hello), '00')}"
        f"{'d' if SERVER_NAME in extensions else 'i'}"
        f"{min(len(suites), 99):02d}{min(len(extensions), 99):02d}{_alpn_letters(hello.alpn)}"
        f"_{_short_hash(_hex_list(sorted(suites))) if suites else NO_VALUES}"
        f"_{_short_hash(listed) if hashed else NO_VALUES}"
    )


def _hex_list(values: list[int]) -> str:
    return pack(f"!{len(values)}H", *values).hex(",", 2)


def _short_hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def _alpn_letters(alpn: tuple[bytes, ...]) -> str:
    """First and last character of the first protocol, or of its hex form where either is not alphanumeric."""
    if not alpn or not alpn[0]:
        return "00"
    first = alpn[0]
    ends = first[:1] + first[-1:]
    if ends.isalnum():
        return ends.decode()
    digits = first.hex()
    return digits[0] + digits[-1]
