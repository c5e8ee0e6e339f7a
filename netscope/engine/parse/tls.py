"""TLS on the wire: records, hellos, certificate lists and alerts (RFC 8446, 5246, 6101; SSL 2.0 hellos).

Stateless: whoever holds the stream calls this with contiguous bytes. Fingerprints are in `ja3` and
`ja4`, the contents of certificates in `x509`, DTLS framing in `dtls`.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct, error, unpack_from
from typing import Final, NamedTuple

from netscope.engine.parse.tls_names import GREASE, alert_name
from netscope.model.errors import ParseError
from netscope.model.tls import ClientHello, ServerHello

CHANGE_CIPHER_SPEC: Final = 20
ALERT: Final = 21
HANDSHAKE: Final = 22
APPLICATION_DATA: Final = 23
HEARTBEAT: Final = 24
HEARTBEAT_REQUEST: Final = 1
"""Of a heartbeat message (RFC 6520, section 3)."""

CLIENT_HELLO: Final = 1
SERVER_HELLO: Final = 2
HELLO_RETRY_REQUEST: Final = 6
"""Only in TLS 1.3 drafts up to 21; later a ServerHello with a fixed random."""
CERTIFICATE: Final = 11
SERVER_HELLO_DONE: Final = 14
CLIENT_KEY_EXCHANGE: Final = 16

SSL_2: Final = 0x0002
SSLV2_SERVER_HELLO: Final = 4

SERVER_NAME: Final = 0
SUPPORTED_GROUPS: Final = 10
EC_POINT_FORMATS: Final = 11
SIGNATURE_ALGORITHMS: Final = 13
ALPN: Final = 16
EARLY_DATA: Final = 42
SUPPORTED_VERSIONS: Final = 43
KEY_SHARE: Final = 51
ENCRYPTED_CLIENT_HELLO: Final = 0xFE0D
ENCRYPTED_SERVER_NAME: Final = 0xFFCE
"""draft-ietf-tls-esni-02 to -06."""

MAX_RECORD_BYTES: Final = 16_384 + 2_048
"""RFC 5246, section 6.2.3: the longest a protected fragment may be; TLS 1.3 allows 256 over 2^14."""
MAX_EXTENSIONS: Final = 1_024
"""More than any client sends, by far; keeps a hostile hello of empty extensions cheap."""
MAX_LIST_LENGTH: Final = 4_096
"""Cipher suites, groups or protocols in one list; the registries hold fewer than 500 of each."""
MAX_CHAIN_LENGTH: Final = 32
"""Certificates taken from one message."""

MAX_NAME_BYTES: Final = 255
"""No host name is longer (RFC 1035, section 2.3.4); longer ones are an attack on whoever keeps them."""

HELLO_RETRY_RANDOM: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""SHA-256 of "HelloRetryRequest" (RFC 8446, section 4.1.3)."""

UINT16: Final = Struct("!H").unpack_from
TYPE_AND_SIZE: Final = Struct("!HH").unpack_from
RECORD_HEADER: Final = Struct("!BHH").unpack_from
SSLV2_HELLO: Final = Struct("!HBHHHH").unpack_from

_new = tuple.__new__
"""A NamedTuple's own constructor goes through Python."""

_HANDSHAKE_TYPES: Final = frozenset((0, 1, 2, 3, 4, 5, 6, 8, 11, 12, 13, 14, 15, 16, 20, 21, 22, 23, 24, 25, 67))
_RECORD_TYPES: Final = frozenset((CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT))


class Record(NamedTuple):
    content_type: int
    version: int
    fragment: bytes
    end: int
    """Offset in the buffer just after this record."""


class HandshakeMessage(NamedTuple):
    type: int
    body: bytes
    end: int
    """Offset in the buffer just after this message."""


def looks_like_tls(data: bytes) -> bool:
    """Whether a stream that begins with these bytes is TLS or SSL; wants 6 bytes, is surer with 11.

    All types of records count, so a flow whose start was missed is recognised too.
    """
    size = len(data)
    if size < 6:
        return False
    content_type, version, length = RECORD_HEADER(data)
    if content_type not in _RECORD_TYPES or version >> 8 != 3 or version > 0x0304:
        return looks_like_sslv2_hello(data)
    if not 0 < length <= MAX_RECORD_BYTES:
        return False
    if size >= length + 8 and not _is_record_start(data, length + 5):
        return False
    if content_type == HANDSHAKE:
        return _looks_like_handshake(data, length)
    if content_type == ALERT:
        return length > 2 or (length == 2 and data[5] in (1, 2))
    return content_type != CHANGE_CIPHER_SPEC or (length == 1 and data[5] == 1)


def _is_record_start(data: bytes, offset: int) -> bool:
    return data[offset] in _RECORD_TYPES and data[offset + 1] == 3 and data[offset + 2] <= 4


def _looks_like_handshake(data: bytes, record_length: int) -> bool:
    """An encrypted Finished (after a session was resumed) has any first byte, but then a short record."""
    if data[5] not in _HANDSHAKE_TYPES:
        return 40 <= record_length <= 96
    if data[5] not in (CLIENT_HELLO, SERVER_HELLO) or len(data) < 11:
        return True
    return record_length < 6 or data[9] in (3, 0x7F)


def looks_like_sslv2_hello(data: bytes) -> bool:
    """An SSL 2.0 ClientHello, or a later hello in its frame (RFC 5246, appendix E.2)."""
    if len(data) < 11:
        return False
    length, kind, version, suites, session, challenge = SSLV2_HELLO(data)
    return (
        length & 0x8000 != 0
        and kind == CLIENT_HELLO
        and (version == 0x0002 or 0x0300 <= version <= 0x0303)
        and suites > 0
        and suites % 3 == 0
        and session in (0, 16, 32)
        and 16 <= challenge <= 32
        and (length & 0x7FFF) == 9 + suites + session + challenge
    )


def pull_records(buffer: bytes | bytearray, start: int = 0) -> Iterator[Record]:
    """The complete records from ``start`` on; ends quietly where the next one is cut.

    Raises ``malformed_tls_record`` where no record header is, after the good ones were given.
    """
    size = len(buffer)
    while start + 5 <= size:
        content_type, version, length = RECORD_HEADER(buffer, start)
        if content_type not in _RECORD_TYPES or version >> 8 != 3 or length > MAX_RECORD_BYTES:
            raise ParseError("malformed_tls_record", start)
        end = start + 5 + length
        if end > size:
            return
        yield _new(Record, (content_type, version, bytes(buffer[start + 5 : end]), end))
        start = end


def record_size(begun: bytes | bytearray) -> int:
    """Bytes of the record that begins here, header included; of a header not yet whole, its own five."""
    return 5 + UINT16(begun, 3)[0] if len(begun) >= 5 else 5


def pull_messages(buffer: bytes | bytearray, start: int = 0) -> Iterator[HandshakeMessage]:
    """The complete handshake messages from ``start`` on (RFC 8446, section 4)."""
    size = len(buffer)
    while start + 4 <= size:
        end = start + 4 + int.from_bytes(buffer[start + 1 : start + 4], "big")
        if end > size:
            return
        yield _new(HandshakeMessage, (buffer[start], bytes(buffer[start + 4 : end]), end))
        start = end


def parse_client_hello(body: bytes, *, is_dtls: bool = False) -> ClientHello:
    """The ClientHello in ``body``, the message without its 4-byte header (RFC 8446, section 4.1.2).

    A malformed extension costs its own field only and is named in ``problems``.
    Raises ``malformed_tls_client_hello``.
    """
    try:
        legacy_version = UINT16(body)[0]
        position = 35 + body[34]
        if is_dtls:
            position += 1 + body[position]
        size = UINT16(body, position)[0]
        suites = unpack_from(f"!{size // 2}H", body, position + 2)
        position += 2 + size
        position += 1 + body[position]
    except (error, IndexError):
        raise ParseError("malformed_tls_client_hello") from None
    if size % 2 or size > 2 * MAX_LIST_LENGTH or position > len(body):
        raise ParseError("malformed_tls_client_hello", position)
    return _with_extensions(legacy_version, suites, _pull_extensions(body, position, "malformed_tls_client_hello"))


def _pull_extensions(body: bytes, position: int, slug: str) -> tuple[tuple[int, bytes], ...]:
    """SSL 3.0 and early TLS 1.0 peers send no extension block at all."""
    size = len(body)
    if position == size:
        return ()
    if position + 2 > size:
        raise ParseError(slug, position)
    stop = position + 2 + UINT16(body, position)[0]
    position += 2
    if stop > size:
        raise ParseError(slug, position)
    extensions = []
    while position + 4 <= stop:
        kind, length = TYPE_AND_SIZE(body, position)
        start, position = position + 4, position + 4 + length
        if position > stop:
            raise ParseError(slug, start)
        extensions.append((kind, body[start:position]))
    if position != stop or len(extensions) > MAX_EXTENSIONS:
        raise ParseError(slug, position)
    return tuple(extensions)


def _with_extensions(
    legacy_version: int, suites: tuple[int, ...], extensions: tuple[tuple[int, bytes], ...]
) -> ClientHello:
    hello = ClientHello(legacy_version, suites, extensions, None, (), (), (), (), (), False, False)
    for kind, body in extensions:
        if kind in _EXTENSIONS_READ:
            try:
                _read_extension(hello, kind, body)
            except (error, IndexError, ParseError):
                hello.problems += (f"malformed_tls_extension_{kind}",)
    return hello


_EXTENSIONS_READ: Final = frozenset((
    SERVER_NAME, SUPPORTED_GROUPS, EC_POINT_FORMATS, SIGNATURE_ALGORITHMS, ALPN, SUPPORTED_VERSIONS,
    ENCRYPTED_CLIENT_HELLO, ENCRYPTED_SERVER_NAME,
))  # fmt: skip


def _read_extension(hello: ClientHello, kind: int, body: bytes) -> None:
    if kind == SERVER_NAME:
        hello.sni = _pull_server_name(body)
    elif kind == SUPPORTED_GROUPS:
        hello.supported_groups = _pull_uint16s(body, 2)
    elif kind == EC_POINT_FORMATS:
        hello.ec_point_formats = tuple(body[1 : 1 + body[0]])
    elif kind == SIGNATURE_ALGORITHMS:
        hello.signature_algorithms = _pull_uint16s(body, 2)
    elif kind == ALPN:
        hello.alpn = _pull_protocol_names(body)
    elif kind == SUPPORTED_VERSIONS:
        hello.supported_versions = _pull_uint16s(body, 1)
    elif kind == ENCRYPTED_CLIENT_HELLO:
        hello.ech = body[0] == 0
    else:
        hello.esni = True


def _pull_uint16s(body: bytes, length_size: int) -> tuple[int, ...]:
    """A vector of 16-bit values behind a length of one or two bytes."""
    size = body[0] if length_size == 1 else UINT16(body)[0]
    if size > 2 * MAX_LIST_LENGTH:
        raise ParseError("malformed_tls_extension_list")
    return unpack_from(f"!{size // 2}H", body, length_size)


def _pull_server_name(body: bytes) -> str | None:
    """The first host_name (RFC 6066, section 3); servers answer with an empty body."""
    if len(body) < 5:
        if body in (b"", b"\0\0"):
            return None
        raise ParseError("malformed_tls_extension_0")
    length = UINT16(body, 3)[0]
    if body[2] != 0 or length > MAX_NAME_BYTES or 5 + length > len(body):
        raise ParseError("malformed_tls_extension_0", 3)
    return body[5 : 5 + length].decode("utf-8", "backslashreplace") or None


def _pull_protocol_names(body: bytes) -> tuple[bytes, ...]:
    """RFC 7301, section 3.1."""
    names: list[bytes] = []
    position, stop = 2, 2 + UINT16(body)[0]
    if stop > len(body):
        raise ParseError("malformed_tls_extension_16")
    while position < stop:
        start, position = position + 1, position + 1 + body[position]
        if position > stop or len(names) >= MAX_LIST_LENGTH:
            raise ParseError("malformed_tls_extension_16", start)
        names.append(body[start:position])
    return tuple(names)


def key_shares(hello: ClientHello) -> tuple[tuple[int, int], ...]:
    """(group, bytes of the key) the client sent (RFC 8446, section 4.2.8); a post-quantum one has over 1,000 bytes."""
    shares: list[tuple[int, int]] = []
    body = dict(hello.extensions).get(KEY_SHARE, b"")
    position = 2
    while position + 4 <= len(body) and len(shares) < MAX_EXTENSIONS:
        group, size = TYPE_AND_SIZE(body, position)
        shares.append((group, size))
        position += 4 + size
    return tuple(shares)


def offered_version(hello: ClientHello) -> int:
    """The highest version offered, GREASE aside; of DTLS, whose numbers fall, the lowest number."""
    versions = [version for version in hello.supported_versions if version not in GREASE]
    if not versions:
        return hello.legacy_version
    return min(versions) if hello.legacy_version >= 0xFE00 else max(versions)


def parse_sslv2_client_hello(data: bytes) -> tuple[ClientHello, int] | None:
    """A hello in the SSL 2.0 frame and where it ends, or None while bytes are missing.

    The three-byte suites of SSL 2.0 proper stay 24-bit numbers. Raises ``malformed_sslv2_hello``.
    """
    if not looks_like_sslv2_hello(data):
        raise ParseError("malformed_sslv2_hello")
    length, _, version, suites_bytes, _, _ = SSLV2_HELLO(data)
    end = 2 + (length & 0x7FFF)
    if len(data) < end:
        return None
    suites = tuple(int.from_bytes(data[at : at + 3], "big") for at in range(11, 11 + suites_bytes, 3))
    return ClientHello(version, suites, (), None, (), (), (), (), (), False, False, is_sslv2=True), end


def parse_server_hello(body: bytes) -> ServerHello:
    """The ServerHello in ``body`` (RFC 8446, section 4.1.3). Raises ``malformed_tls_server_hello``."""
    try:
        legacy_version = UINT16(body)[0]
        if 0x7F00 <= legacy_version < 0x7F16:
            # Drafts before 22 have neither a session id nor a compression method.
            position = 34
            suite = UINT16(body, position)[0]
            position += 2
        else:
            position = 35 + body[34]
            suite = UINT16(body, position)[0]
            position += 3
    except (error, IndexError):
        raise ParseError("malformed_tls_server_hello") from None
    if position > len(body):
        raise ParseError("malformed_tls_server_hello", position)
    extensions = _pull_extensions(body, position, "malformed_tls_server_hello")
    return _server_hello(legacy_version, suite, extensions, body[2:34] == HELLO_RETRY_RANDOM)


def _server_hello(
    legacy_version: int, suite: int, extensions: tuple[tuple[int, bytes], ...], is_hello_retry_request: bool
) -> ServerHello:
    hello = ServerHello(legacy_version, legacy_version, suite, extensions, None, is_hello_retry_request)
    for kind, body in extensions:
        if kind == SUPPORTED_VERSIONS and len(body) == 2:
            hello.negotiated_version = UINT16(body)[0]
        elif kind == ALPN and len(body) > 3:
            hello.alpn = body[3 : 3 + body[2]]
    return hello


def parse_certificate_chain(body: bytes) -> list[bytes]:
    """The DER certificates of a Certificate message up to TLS 1.2, leaf first (RFC 5246, section 7.4.2).

    Raises ``malformed_tls_certificate``.
    """
    stop = 3 + int.from_bytes(body[:3], "big")
    if len(body) < 3 or stop > len(body):
        raise ParseError("malformed_tls_certificate")
    chain: list[bytes] = []
    position = 3
    while position < stop and len(chain) < MAX_CHAIN_LENGTH:
        start = position + 3
        position = start + int.from_bytes(body[position:start], "big")
        if position > stop:
            raise ParseError("malformed_tls_certificate", start)
        chain.append(body[start:position])
    return chain


def parse_alert(fragment: bytes) -> str | None:
    """``fatal handshake_failure`` where the alert is in clear; an encrypted one is longer than two bytes."""
    if len(fragment) != 2 or fragment[0] not in (1, 2):
        return None
    return alert_name(fragment[0], fragment[1])
