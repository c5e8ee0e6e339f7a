"""TLS, DTLS and QUIC messages built field by field for tests, independently of the parsers."""

from __future__ import annotations

import datetime
import struct
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

RANDOM = bytes(range(32))
HELLO_RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")

# Chrome 113 with its GREASE, as in JA4.md: t13d1516h2_8daaf6152771_e5627efa2ab1.
CHROME_SUITES = (
    0x6A6A, 0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8,
    0xC013, 0xC014, 0x009C, 0x009D, 0x002F, 0x0035,
)  # fmt: skip
CHROME_EXTENSION_ORDER = (
    0x4A4A, 0x001B, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002D, 0x000D, 0x0005,
    0x0023, 0x0012, 0x002B, 0xFF01, 0x000B, 0x000A, 0x0015, 0xAAAA,
)  # fmt: skip
CHROME_SIGNATURES = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)


def vector8(data: bytes) -> bytes:
    return bytes((len(data),)) + data


def vector16(data: bytes) -> bytes:
    return struct.pack("!H", len(data)) + data


def vector24(data: bytes) -> bytes:
    return len(data).to_bytes(3, "big") + data


def uint16s(*values: int) -> bytes:
    return struct.pack(f"!{len(values)}H", *values)


def server_name(name: bytes) -> tuple[int, bytes]:
    return 0, vector16(b"\0" + vector16(name))


def alpn(*protocols: bytes) -> tuple[int, bytes]:
    return 16, vector16(b"".join(vector8(protocol) for protocol in protocols))


def supported_versions(*versions: int) -> tuple[int, bytes]:
    return 43, vector8(uint16s(*versions))


def groups(*values: int) -> tuple[int, bytes]:
    return 10, vector16(uint16s(*values))


def point_formats(*values: int) -> tuple[int, bytes]:
    return 11, vector8(bytes(values))


def signatures(*values: int) -> tuple[int, bytes]:
    return 13, vector16(uint16s(*values))


def key_share(*shares: tuple[int, int]) -> tuple[int, bytes]:
    return 51, vector16(b"".join(struct.pack("!H", group) + vector16(bytes(size)) for group, size in shares))


def extension_block(extensions: tuple[tuple[int, bytes], ...]) -> bytes:
    return vector16(b"".join(struct.pack("!H", kind) + vector16(body) for kind, body in extensions))


PLAIN_EXTENSIONS = (server_name(b"example.org"), groups(29, 23), point_formats(0))


def client_hello(
    suites=(0x1301, 0xC02F),
    extensions=PLAIN_EXTENSIONS,
    version=0x0303,
    session_id=b"",
    cookie=None,
) -> bytes:
    """The body of the message; ``extensions`` None leaves the block out, ``cookie`` makes it DTLS."""
    body = struct.pack("!H", version) + RANDOM + vector8(session_id)
    if cookie is not None:
        body += vector8(cookie)
    body += vector16(uint16s(*suites)) + b"\x01\x00"
    return body + (extension_block(extensions) if extensions is not None else b"")


def chrome_hello(name: bytes = b"clientservices.googleapis.com") -> bytes:
    bodies = dict(
        (
            server_name(name),
            alpn(b"h2", b"http/1.1"),
            supported_versions(0x9A9A, 0x0304, 0x0303),
            groups(0x2A2A, 29, 23, 24),
            point_formats(0),
            signatures(*CHROME_SIGNATURES),
            key_share((0x2A2A, 1), (29, 32)),
        )
    )
    return client_hello(CHROME_SUITES, tuple((kind, bodies.get(kind, b"")) for kind in CHROME_EXTENSION_ORDER))


def server_hello(suite=0x1301, extensions=(), version=0x0303, random=RANDOM[::-1], session_id=b"") -> bytes:
    body = struct.pack("!H", version) + random + vector8(session_id) + struct.pack("!HB", suite, 0)
    return body + (extension_block(extensions) if extensions is not None else b"")


def server_hello_13(suite: int = 0x1301) -> bytes:
    return server_hello(suite, ((43, b"\x03\x04"), (51, uint16s(29) + vector16(bytes(32)))))


def hello_retry_request() -> bytes:
    return server_hello(0x1302, ((43, b"\x03\x04"), (51, b"\x00\x17")), random=HELLO_RETRY_RANDOM)


def handshake(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + vector24(body)


def record(content_type: int, fragment: bytes, version: int = 0x0301) -> bytes:
    return struct.pack("!BH", content_type, version) + vector16(fragment)


def records(content_type: int, data: bytes, size: int) -> bytes:
    return b"".join(record(content_type, data[at : at + size]) for at in range(0, len(data), size))


def certificate_message(*chain: bytes) -> bytes:
    return vector24(b"".join(vector24(der) for der in chain))


CHANGE_CIPHER_SPEC = record(20, b"\x01")
APPLICATION_DATA = record(23, bytes(40), 0x0303)
FINISHED = record(22, bytes.fromhex("9c") + bytes(39), 0x0303)


def sslv2_hello(version: int = 0x0301, suites: tuple[int, ...] = (0x00002F, 0x0700C0)) -> bytes:
    listed = b"".join(suite.to_bytes(3, "big") for suite in suites)
    body = struct.pack("!BHHHH", 1, version, len(listed), 0, 16) + listed + RANDOM[:16]
    return struct.pack("!H", 0x8000 | len(body)) + body


@cache
def private_key(kind: str):
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else ed25519.Ed25519PrivateKey.generate()


@cache
def certificate(
    kind: str = "ec",
    subject: str = "example.org",
    issuer: str = "example.org",
    sans: tuple[str, ...] = ("example.org", "www.example.org"),
    signer: str | None = None,
    year_after: int = 2030,
) -> bytes:
    """DER of a certificate; signed by its own key unless ``signer`` names another kind of key."""
    key = private_key(kind)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(0x1234ABCD)
        .not_valid_before(datetime.datetime(2020, 1, 2, 3, 4, 5))
        .not_valid_after(datetime.datetime(year_after, 1, 1))
    )
    if sans:
        names = [x509.DNSName(name) for name in sans]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    signing = private_key(signer or kind)
    algorithm = None if isinstance(signing, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(signing, algorithm).public_bytes(serialization.Encoding.DER)


def dtls_record(content_type: int, fragment: bytes, *, epoch=0, sequence=0, version=0xFEFD) -> bytes:
    return struct.pack("!BHHHI", content_type, version, epoch, sequence >> 32, sequence) + vector16(fragment)


def dtls_fragments(kind: int, sequence: int, body: bytes, size: int = 4096) -> list[bytes]:
    """The handshake message in fragments of at most ``size`` bytes."""
    return [
        bytes((kind,))
        + len(body).to_bytes(3, "big")
        + struct.pack("!H", sequence)
        + at.to_bytes(3, "big")
        + vector24(body[at : at + size])
        for at in range(0, len(body), size)
    ]


def varint(value: int) -> bytes:
    if value < 0x40:
        return bytes((value,))
    return struct.pack("!H", 0x4000 | value) if value < 0x4000 else struct.pack("!I", 0x80000000 | value)


def crypto_frame(offset: int, data: bytes) -> bytes:
    return b"\x06" + varint(offset) + varint(len(data)) + data


SALTS = {
    0x00000001: "38762cf7f55934b34d179ae6a4c80cadccbb7f0a",
    0x6B3343CF: "0dede3def700a6db819381be6e269dcbf9bd2ed9",
    0xFF00001D: "afbfec289993d24c9e9786f19c6111e04390a899",
    0xFF00001B: "c3eef712c72ebb5a11a7d2432bb46365bef9f502",
    0xFF000016: "7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a",
    0x51303530: "504574efd066fe2f9d945cfcdbd3a7f0d3b56b45",
}


def _expand(secret: bytes, label: str, size: int) -> bytes:
    info = struct.pack("!H", size) + vector8(b"tls13 " + label.encode()) + b"\0"
    return HKDFExpand(hashes.SHA256(), size, info).derive(secret)


def initial_secrets(version: int, dcid: bytes, side: str) -> tuple[bytes, bytes, bytes]:
    """(key, iv, hp) by the HKDF of `cryptography`; ``side`` is client or server."""
    extract = HMAC(bytes.fromhex(SALTS[version]), hashes.SHA256())
    extract.update(dcid)
    secret = _expand(extract.finalize(), f"{side} in", 32)
    prefix = "quicv2" if version == 0x6B3343CF else "quic"
    return (
        _expand(secret, f"{prefix} key", 16),
        _expand(secret, f"{prefix} iv", 12),
        _expand(secret, f"{prefix} hp", 16),
    )


def seal(header: bytes, number: int, payload: bytes, secrets: tuple[bytes, bytes, bytes]) -> bytes:
    """AEAD and header protection of a packet whose ``header`` ends with a 4-byte packet number."""
    key, iv, hp = secrets
    nonce = (int.from_bytes(iv, "big") ^ number).to_bytes(12, "big")
    sealed = AESGCM(key).encrypt(nonce, payload, header)
    mask = Cipher(algorithms.AES(hp), modes.ECB()).encryptor().update(sealed[:16])  # noqa: S305 - one block
    protected = bytearray(header)
    protected[0] ^= mask[0] & 0x0F
    for index in range(4):
        protected[len(header) - 4 + index] ^= mask[1 + index]
    return bytes(protected) + sealed


def quic_initial(
    payload: bytes,
    *,
    version=1,
    dcid=b"\x11\x22\x33\x44\x55\x66\x77\x88",
    scid=b"client",
    key_dcid: bytes | None = None,
    side="client",
    number=0,
    token=b"",
    pad_to=1200,
) -> bytes:
    """A protected Initial packet; keys come from ``key_dcid``, or ``dcid``."""
    first = 0xD3 if version == 0x6B3343CF else 0xC3
    head = bytes((first,)) + struct.pack("!I", version) + vector8(dcid) + vector8(scid) + varint(len(token)) + token
    payload += bytes(max(0, pad_to - len(head) - len(payload) - 22))
    header = head + struct.pack("!H", 0x4000 | (4 + len(payload) + 16)) + struct.pack("!I", number)
    return seal(header, number, payload, initial_secrets(version, key_dcid or dcid, side))


def gquic_chlo(tags: tuple[tuple[bytes, bytes], ...]) -> bytes:
    ends, end = b"", 0
    for tag, value in tags:
        end += len(value)
        ends += struct.pack("<4sI", tag, end)
    return struct.pack("<4sHH", b"CHLO", len(tags), 0) + ends + b"".join(value for _, value in tags)


def gquic_packet(chlo: bytes) -> bytes:
    """Q043: public header with version, packet number, hash, a STREAM frame of stream 1."""
    public = b"\x09" + bytes(8) + b"Q043" + b"\x01"
    return public + bytes(12) + b"\xa0\x01" + struct.pack("<H", len(chlo)) + chlo
