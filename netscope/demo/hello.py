"""TLS handshake messages as real clients send them: suites and extensions in each client's own order.

Only what travels in clear: hellos, certificates and the shapes of records (RFC 8446, 5246). Nothing is encrypted
with; records after the handshake carry random bytes of the right length.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

TLS12: Final = 0x0303
TLS13: Final = 0x0304

SERVER_NAME, STATUS_REQUEST, GROUPS, POINT_FORMATS, SIGNATURES, ALPN = 0, 5, 10, 11, 13, 16
PADDING, EXTENDED_MASTER_SECRET, COMPRESS_CERTIFICATE, RECORD_SIZE, TICKET = 21, 23, 27, 28, 35
VERSIONS, PSK_MODES, KEY_SHARE, QUIC_PARAMETERS, ECH, RENEGOTIATION = 43, 45, 51, 57, 65037, 65281
GREASE: Final = -1
"""A reserved value, another one in each hello (RFC 8701)."""

X25519, P256, P384, P521, MLKEM = 0x001D, 0x0017, 0x0018, 0x0019, 0x11EC
KEY_SHARE_BYTES: Final = {X25519: 32, P256: 65, MLKEM: 1216, GREASE: 1}

CONTENT_CHANGE_CIPHER_SPEC, CONTENT_ALERT, CONTENT_HANDSHAKE, CONTENT_APPLICATION = 20, 21, 22, 23


@dataclass(frozen=True, slots=True)
class ClientProfile:
    """How one TLS library, as built into one program, says hello."""

    suites: tuple[int, ...]
    extensions: tuple[int, ...]
    groups: tuple[int, ...]
    signatures: tuple[int, ...]
    alpn: tuple[str, ...] = ("h2", "http/1.1")
    versions: tuple[int, ...] = (TLS13, TLS12)
    key_shares: tuple[int, ...] = (X25519,)
    shuffled: bool = False
    """Extensions in another order each time, as Chrome has sent them since version 110."""
    session_id_bytes: int = 32
    bodies: dict[int, bytes] = field(default_factory=dict)
    """Extensions whose body is always the same."""


_COMMON_SIGNATURES: Final = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)
_FIXED_BODIES: Final = {
    STATUS_REQUEST: b"\x01\0\0\0\0",
    18: b"",  # signed certificate timestamps
    22: b"",  # encrypt-then-MAC
    34: b"\0\x08\x04\x03\x05\x03\x06\x03\x02\x03",  # delegated credentials
    PSK_MODES: b"\x01\x01",
    COMPRESS_CERTIFICATE: b"\x02\0\x02",
    RECORD_SIZE: b"\x40\x01",
    EXTENDED_MASTER_SECRET: b"",
    TICKET: b"",
    POINT_FORMATS: b"\x01\0",
    RENEGOTIATION: b"\0",
    17613: b"\0\x03\x02h2",  # application settings
    49: b"",  # post-handshake authentication
    15: b"\x01",  # heartbeat, in old OpenSSL
}

CHROME: Final = ClientProfile(
    suites=(
        GREASE, 0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014,
        0x009C, 0x009D, 0x002F, 0x0035,
    ),
    extensions=(
        SERVER_NAME, EXTENDED_MASTER_SECRET, RENEGOTIATION, GROUPS, POINT_FORMATS, TICKET, ALPN, STATUS_REQUEST,
        SIGNATURES, 18, KEY_SHARE, PSK_MODES, VERSIONS, COMPRESS_CERTIFICATE, 17613, ECH,
    ),
    groups=(GREASE, MLKEM, X25519, P256, P384),
    signatures=_COMMON_SIGNATURES,
    versions=(GREASE, TLS13, TLS12),
    key_shares=(GREASE, MLKEM, X25519),
    shuffled=True,
)  # fmt: skip
FIREFOX: Final = ClientProfile(
    suites=(
        0x1301, 0x1303, 0x1302, 0xC02B, 0xC02F, 0xCCA9, 0xCCA8, 0xC02C, 0xC030, 0xC00A, 0xC009, 0xC013, 0xC014,
        0x009C, 0x009D, 0x002F, 0x0035,
    ),
    extensions=(
        SERVER_NAME, EXTENDED_MASTER_SECRET, RENEGOTIATION, GROUPS, POINT_FORMATS, TICKET, ALPN, STATUS_REQUEST, 34,
        KEY_SHARE, VERSIONS, SIGNATURES, PSK_MODES, RECORD_SIZE, ECH,
    ),
    groups=(X25519, P256, P384, P521, 0x0100, 0x0101),
    signatures=(0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201),
    key_shares=(X25519, P256),
)  # fmt: skip
SAFARI_IOS: Final = ClientProfile(
    suites=(
        GREASE, 0x1301, 0x1302, 0x1303, 0xC02C, 0xC02B, 0xCCA9, 0xC030, 0xC02F, 0xCCA8, 0xC00A, 0xC009, 0xC014, 0xC013,
        0x009D, 0x009C, 0x0035, 0x002F, 0xC008, 0xC012, 0x000A,
    ),
    extensions=(
        GREASE, SERVER_NAME, EXTENDED_MASTER_SECRET, RENEGOTIATION, GROUPS, POINT_FORMATS, ALPN, STATUS_REQUEST,
        SIGNATURES, 18, KEY_SHARE, PSK_MODES, VERSIONS, COMPRESS_CERTIFICATE, GREASE, PADDING,
    ),
    groups=(GREASE, X25519, P256, P384, P521),
    signatures=(0x0403, 0x0804, 0x0401, 0x0503, 0x0203, 0x0805, 0x0805, 0x0501, 0x0806, 0x0601, 0x0201),
    versions=(GREASE, TLS13, TLS12, 0x0302, 0x0301),
    key_shares=(GREASE, X25519),
)  # fmt: skip
ANDROID: Final = ClientProfile(
    suites=(
        0x1301, 0x1302, 0x1303, 0xC02B, 0xC02C, 0xCCA9, 0xC02F, 0xC030, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D, 0x002F,
        0x0035,
    ),
    extensions=(
        SERVER_NAME, EXTENDED_MASTER_SECRET, RENEGOTIATION, GROUPS, POINT_FORMATS, TICKET, ALPN, STATUS_REQUEST,
        SIGNATURES, KEY_SHARE, PSK_MODES, VERSIONS, PADDING,
    ),
    groups=(X25519, P256, P384),
    signatures=(*_COMMON_SIGNATURES, 0x0201),
)  # fmt: skip
OPENSSL: Final = ClientProfile(
    suites=(
        0x1302, 0x1303, 0x1301, 0xC02C, 0xC030, 0x009F, 0xCCA9, 0xCCA8, 0xCCAA, 0xC02B, 0xC02F, 0x009E, 0xC024, 0xC028,
        0x006B, 0xC023, 0xC027, 0x0067, 0xC00A, 0xC014, 0x0039, 0xC009, 0xC013, 0x0033, 0x009D, 0x009C, 0x003D, 0x003C,
        0x0035, 0x002F, 0x00FF,
    ),
    extensions=(
        SERVER_NAME, POINT_FORMATS, GROUPS, TICKET, ALPN, 22, EXTENDED_MASTER_SECRET, 49, SIGNATURES, VERSIONS,
        PSK_MODES, KEY_SHARE,
    ),
    groups=(X25519, P256, 0x001E, P521, P384),
    signatures=(0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080A, 0x080B, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501),
    bodies={POINT_FORMATS: b"\x03\0\x01\x02"},
)  # fmt: skip
WINDOWS: Final = ClientProfile(
    suites=(
        0x1302, 0x1301, 0xC02C, 0xC02B, 0xC030, 0xC02F, 0x009F, 0x009E, 0xC024, 0xC023, 0xC028, 0xC027, 0xC00A, 0xC009,
        0xC014, 0xC013, 0x009D, 0x009C, 0x003D, 0x003C, 0x0035, 0x002F, 0x000A,
    ),
    extensions=(
        SERVER_NAME, STATUS_REQUEST, GROUPS, POINT_FORMATS, SIGNATURES, TICKET, ALPN, EXTENDED_MASTER_SECRET,
        RENEGOTIATION, VERSIONS, PSK_MODES, KEY_SHARE,
    ),
    groups=(X25519, P256, P384),
    signatures=(0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0201, 0x0403, 0x0503, 0x0203, 0x0202, 0x0601, 0x0603),
    alpn=("h2", "http/1.1"),
)  # fmt: skip
TELEVISION: Final = ClientProfile(
    suites=(
        0xC030, 0xC02C, 0xC028, 0xC024, 0xC014, 0xC00A, 0x009D, 0x003D, 0x0035, 0xC02F, 0xC02B, 0xC027, 0xC023, 0xC013,
        0xC009, 0x009C, 0x003C, 0x002F, 0x00FF,
    ),
    extensions=(SERVER_NAME, POINT_FORMATS, GROUPS, TICKET, SIGNATURES, 15),
    groups=(P256, P521, P384),
    signatures=(0x0601, 0x0603, 0x0501, 0x0503, 0x0401, 0x0403, 0x0301, 0x0303, 0x0201, 0x0203),
    alpn=(),
    versions=(TLS12,),
    session_id_bytes=0,
    bodies={POINT_FORMATS: b"\x03\0\x01\x02"},
)  # fmt: skip
EMBEDDED: Final = ClientProfile(
    suites=(0xC02C, 0xC030, 0x009F, 0xC0AD, 0xC02B, 0xC02F, 0x009E, 0xC0AC, 0x00FF),
    extensions=(SERVER_NAME, SIGNATURES, GROUPS, POINT_FORMATS, 22, EXTENDED_MASTER_SECRET, TICKET),
    groups=(X25519, P256, P384),
    signatures=(0x0603, 0x0601, 0x0503, 0x0501, 0x0403, 0x0401),
    alpn=(),
    versions=(TLS12,),
    session_id_bytes=0,
)
QUIC_CHROME: Final = ClientProfile(
    suites=(0x1301, 0x1302, 0x1303),
    extensions=(
        SERVER_NAME, GROUPS, SIGNATURES, ALPN, KEY_SHARE, PSK_MODES, VERSIONS, COMPRESS_CERTIFICATE, 17613,
        QUIC_PARAMETERS, ECH,
    ),
    groups=(MLKEM, X25519, P256, P384),
    signatures=(*_COMMON_SIGNATURES, 0x0201),
    alpn=("h3",),
    versions=(TLS13,),
    key_shares=(MLKEM, X25519),
    shuffled=True,
    session_id_bytes=0,
    bodies={17613: b"\0\x03\x02h3"},
)  # fmt: skip
QUIC_APPLE: Final = ClientProfile(
    suites=(GREASE, 0x1301, 0x1302, 0x1303),
    extensions=(
        GREASE, SERVER_NAME, GROUPS, ALPN, STATUS_REQUEST, SIGNATURES, 18, KEY_SHARE, PSK_MODES, VERSIONS,
        QUIC_PARAMETERS, COMPRESS_CERTIFICATE, GREASE,
    ),
    groups=(GREASE, X25519, P256, P384, P521),
    signatures=(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0805, 0x0501, 0x0806, 0x0601, 0x0201),
    alpn=("h3",),
    versions=(GREASE, TLS13),
    key_shares=(GREASE, X25519),
    session_id_bytes=0,
)  # fmt: skip


def client_hello(profile: ClientProfile, server_name: str | None, rng: Random, *, quic_id: bytes = b"") -> bytes:
    """A ClientHello message with its handshake header (RFC 8446, section 4.1.2)."""
    grease = Grease(rng)
    order = [code for code in profile.extensions if code != SERVER_NAME or server_name is not None]
    if profile.shuffled:
        rng.shuffle(order)
        order = [GREASE, *order, GREASE]
    suites = b"".join(code.to_bytes(2) for code in map(grease.suite, profile.suites))
    head = (
        TLS12.to_bytes(2)
        + rng.randbytes(32)
        + vector(1, rng.randbytes(profile.session_id_bytes))
        + vector(2, suites)
        + b"\x01\0"
    )
    body = b"".join(_extension(code, profile, server_name, quic_id, grease, rng) for code in order if code != PADDING)
    if PADDING in order:
        # RFC 7685: to 512 bytes, handshake header included.
        gap = 512 - (4 + len(head) + 2 + len(body))
        body += _framed(PADDING, b"\0" * max(gap - 4, 0)) if gap > 0 else b""
    return handshake(1, head + vector(2, body))


class Grease:
    """The reserved values one hello uses: different among themselves where the protocol compares them."""

    def __init__(self, rng: Random) -> None:
        self._first, self._second = ((nibble << 4 | 0xA) * 0x0101 for nibble in rng.sample(range(16), 2))
        self._used = 0

    def suite(self, code: int) -> int:
        return self._first if code == GREASE else code

    def extension(self) -> int:
        self._used += 1
        return self._first if self._used == 1 else self._second


def _extension(
    code: int, profile: ClientProfile, server_name: str | None, quic_id: bytes, grease: Grease, rng: Random
) -> bytes:
    if code == GREASE:
        value = grease.extension()
        return _framed(value, b"" if grease.suite(GREASE) == value else b"\0")
    if code == SERVER_NAME:
        name = (server_name or "").encode()
        return _framed(code, vector(2, b"\0" + vector(2, name)))
    if code == ALPN:
        return _framed(code, vector(2, b"".join(vector(1, name.encode()) for name in profile.alpn)))
    if code == QUIC_PARAMETERS:
        return _framed(code, _quic_parameters(quic_id, rng))
    if code == ECH:
        return _framed(code, _grease_ech(rng))
    lists: dict[int, Callable[[], bytes]] = {
        GROUPS: lambda: vector(2, b"".join(grease.suite(group).to_bytes(2) for group in profile.groups)),
        SIGNATURES: lambda: vector(2, b"".join(scheme.to_bytes(2) for scheme in profile.signatures)),
        VERSIONS: lambda: vector(1, b"".join(grease.suite(version).to_bytes(2) for version in profile.versions)),
        KEY_SHARE: lambda: vector(2, b"".join(_share(group, grease, rng) for group in profile.key_shares)),
    }
    if code in lists:
        return _framed(code, lists[code]())
    return _framed(code, profile.bodies.get(code, _FIXED_BODIES.get(code, b"")))


def _share(group: int, grease: Grease, rng: Random) -> bytes:
    return grease.suite(group).to_bytes(2) + vector(2, rng.randbytes(KEY_SHARE_BYTES[group]))


def _grease_ech(rng: Random) -> bytes:
    """An outer ECH whose inner hello nobody can read, which is what GREASE ECH looks like (RFC 9849, section 6.2)."""
    return b"\0\0\x01\0\x01" + rng.randbytes(1) + vector(2, rng.randbytes(32)) + vector(2, rng.randbytes(144))


def _quic_parameters(connection_id: bytes, rng: Random) -> bytes:
    """RFC 9000, section 18: idle timeout, UDP payload size, flow control windows, initial source connection id."""
    integers = {0x01: 30_000, 0x03: 1472, 0x04: 15_728_640, 0x05: 6_291_456, 0x08: 100, 0x09: 103}
    parts = [_parameter(code, quic_integer(value)) for code, value in integers.items()]
    parts.append(_parameter(0x0F, connection_id))
    parts.append(_parameter(31 * rng.randrange(1 << 20) + 27, rng.randbytes(4)))  # reserved, section 18.1
    rng.shuffle(parts)
    return b"".join(parts)


def _parameter(code: int, body: bytes) -> bytes:
    return quic_integer(code) + quic_integer(len(body)) + body


def server_hello(version: int, suite: int, rng: Random, *, alpn: str | None = None) -> bytes:
    """A ServerHello message with its handshake header (RFC 8446, section 4.1.3)."""
    if version == TLS13:
        share = X25519.to_bytes(2) + vector(2, rng.randbytes(32))
        extensions = _framed(VERSIONS, TLS13.to_bytes(2)) + _framed(KEY_SHARE, share)
    else:
        extensions = _framed(RENEGOTIATION, b"\0") + _framed(EXTENDED_MASTER_SECRET, b"")
        if alpn:
            extensions += _framed(ALPN, vector(2, vector(1, alpn.encode())))
    body = TLS12.to_bytes(2) + rng.randbytes(32) + vector(1, rng.randbytes(32)) + suite.to_bytes(2) + b"\0"
    return handshake(2, body + vector(2, extensions))


def certificate(chain: list[bytes]) -> bytes:
    """The Certificate message of TLS 1.2, leaf first (RFC 5246, section 7.4.2)."""
    return handshake(11, vector(3, b"".join(vector(3, der) for der in chain)))


def server_key_exchange(rng: Random) -> bytes:
    """X25519 with an ECDSA signature's place taken by random bytes (RFC 8422, section 5.4)."""
    return handshake(12, b"\x03\0\x1d" + vector(1, rng.randbytes(32)) + b"\x04\x03" + vector(2, rng.randbytes(71)))


def handshake(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + vector(3, body)


def record(content: int, body: bytes, version: int = TLS12) -> bytes:
    return struct.pack("!BHH", content, version, len(body)) + body


def vector(size_bytes: int, body: bytes) -> bytes:
    """A variable-length vector: its length, then its bytes (RFC 8446, section 3.4)."""
    return len(body).to_bytes(size_bytes) + body


def quic_integer(value: int) -> bytes:
    """RFC 9000, section 16."""
    for size_bytes, prefix in ((1, 0), (2, 1), (4, 2), (8, 3)):
        if value < 1 << (8 * size_bytes - 2):
            return (value | prefix << (8 * size_bytes - 2)).to_bytes(size_bytes)
    raise ValueError(f"{value} does not fit a QUIC integer")


def _framed(code: int, body: bytes) -> bytes:
    return code.to_bytes(2) + vector(2, body)
