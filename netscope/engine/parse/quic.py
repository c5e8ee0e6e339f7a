"""QUIC long-header packets and their Initial protection (RFC 8999, 9000, 9001, 9369; drafts 22 to 34).

Initial packets are protected with keys anyone can derive; nothing else is ever opened. Which packets
belong together is `correlate.quic_session`'s business; Google's own crypto is in `gquic`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from enum import Enum
from struct import Struct
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from netscope.model.errors import ParseError

VERSION_1: Final = 0x00000001
VERSION_2: Final = 0x6B3343CF
GOOGLE_Q050: Final = 0x51303530
GOOGLE_T050: Final = 0x54303530
GOOGLE_T051: Final = 0x54303531

SALT_DRAFT_22: Final = bytes.fromhex("7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a")
SALT_DRAFT_23: Final = bytes.fromhex("c3eef712c72ebb5a11a7d2432bb46365bef9f502")
SALT_DRAFT_29: Final = bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899")
SALT_VERSION_1: Final = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
SALT_VERSION_2: Final = bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9")

INITIAL_SALTS: Final = {
    VERSION_1: SALT_VERSION_1,
    VERSION_2: SALT_VERSION_2,
    GOOGLE_Q050: bytes.fromhex("504574efd066fe2f9d945cfcdbd3a7f0d3b56b45"),
    GOOGLE_T050: bytes.fromhex("7ff579e5acd072915580304c43a2367c60488310"),
    GOOGLE_T051: bytes.fromhex("7a4edef4e7ccee5fa4506c19124fc8ccda6e033d"),
    0xFACEB001: SALT_DRAFT_22,  # mvfst
    0xFACEB002: SALT_DRAFT_23,
    0xFACEB00E: SALT_DRAFT_23,
    **{0xFF000000 | draft: SALT_DRAFT_22 for draft in (21, 22)},
    **{0xFF000000 | draft: SALT_DRAFT_23 for draft in range(23, 29)},
    **{0xFF000000 | draft: SALT_DRAFT_29 for draft in range(29, 33)},
    **{0xFF000000 | draft: SALT_VERSION_1 for draft in (33, 34)},
}

MAX_CONNECTION_ID_BYTES: Final = 20
MAX_COALESCED: Final = 16
"""Packets read of one datagram; senders put in at most four, one of each kind."""
MAX_FRAMES: Final = 1_024
"""Frames read of one packet; Chrome's deliberate shuffling makes about thirty."""

MAX_PAYLOAD_BYTES: Final = 16_384
"""Frames of a longer Initial are not read: UDP carries 1,500 bytes, on jumbo links 9,000."""
FIXED_BIT: Final = 0x40
"""May be greased later in a connection (RFC 9287), not in its first packets."""
SAMPLE_BYTES: Final = 16
TAG_BYTES: Final = 16
VERSION_AT: Final = Struct("!BI").unpack_from


class PacketKind(Enum):
    INITIAL = "initial"
    ZERO_RTT = "0-rtt"
    HANDSHAKE = "handshake"
    RETRY = "retry"
    VERSION_NEGOTIATION = "version negotiation"
    UNKNOWN_VERSION = "unknown version"


KINDS_VERSION_1: Final = (PacketKind.INITIAL, PacketKind.ZERO_RTT, PacketKind.HANDSHAKE, PacketKind.RETRY)
KINDS_VERSION_2: Final = (PacketKind.RETRY, PacketKind.INITIAL, PacketKind.ZERO_RTT, PacketKind.HANDSHAKE)
"""RFC 9369, section 3.2."""


class LongPacket(NamedTuple):
    kind: PacketKind
    version: int
    dcid: bytes
    scid: bytes
    token: bytes
    """Of an Initial or a Retry."""
    start: int
    number_offset: int
    """Where the protected packet number is; 0 for kinds that have none."""
    end: int


class InitialKeys(NamedTuple):
    mask: Callable[[bytes], bytes]
    """AES-ECB of a sample (RFC 9001, section 5.4.3)."""
    open: Callable[[bytes, bytes, bytes], bytes]
    """AEAD of (nonce, ciphertext, associated data)."""
    iv: int


def is_reserved_version(version: int) -> bool:
    """0x?a?a?a?a, sent to provoke version negotiation (RFC 9000, section 15)."""
    return version & 0x0F0F0F0F == 0x0A0A0A0A


def initial_salt(version: int) -> bytes | None:
    """Published salt, or None. Who greases the version protects as in version 1."""
    return SALT_VERSION_1 if is_reserved_version(version) else INITIAL_SALTS.get(version)


def looks_like_quic(data: bytes) -> bool:
    """Whether a datagram begins with a QUIC long header of a known version; a short header shows nothing."""
    if len(data) < 7 or not data[0] & 0x80:
        return False
    version = VERSION_AT(data)[1]
    if version and (initial_salt(version) is None or not data[0] & FIXED_BIT):
        return False
    try:
        packet = _pull_long_packet(data, 0)
    except ParseError:
        return False
    if packet.kind is PacketKind.VERSION_NEGOTIATION:
        return _lists_versions(data)
    if packet.kind is PacketKind.INITIAL:
        return packet.end - packet.number_offset >= 4 + SAMPLE_BYTES
    return not is_reserved_version(version) and bool(packet.dcid or packet.scid)


def _lists_versions(data: bytes) -> bool:
    """At least one version that somebody speaks (RFC 9000, section 17.2.1)."""
    return any(initial_salt(version) is not None for version in offered_versions(data))


def offered_versions(data: bytes) -> tuple[int, ...]:
    """The list of a Version Negotiation packet, its first 64 entries; ``malformed_quic_header``."""
    _, _, position = _connection_ids(data, 0)
    return tuple(int.from_bytes(data[at : at + 4], "big") for at in range(position, len(data) - 3, 4)[:64])


def pull_packets(data: bytes) -> Iterator[LongPacket]:
    """The coalesced long-header packets of a datagram (RFC 9000, section 12.2), up to a short header or padding.

    Raises ``malformed_quic_header`` after the good ones were given.
    """
    position, size = 0, len(data)
    for _ in range(MAX_COALESCED):
        if position >= size or not data[position] & 0x80:
            return
        packet = _pull_long_packet(data, position)
        yield packet
        position = packet.end


def _pull_long_packet(data: bytes, start: int) -> LongPacket:
    """RFC 9000, section 17.2."""
    dcid, scid, position = _connection_ids(data, start)
    version = VERSION_AT(data, start)[1]
    if version == 0:
        return LongPacket(PacketKind.VERSION_NEGOTIATION, 0, dcid, scid, b"", start, 0, len(data))
    if initial_salt(version) is None:
        return LongPacket(PacketKind.UNKNOWN_VERSION, version, dcid, scid, b"", start, 0, len(data))
    if len(dcid) > MAX_CONNECTION_ID_BYTES or len(scid) > MAX_CONNECTION_ID_BYTES:
        raise ParseError("malformed_quic_header", start)
    kind = (KINDS_VERSION_2 if version == VERSION_2 else KINDS_VERSION_1)[(data[start] >> 4) & 3]
    if kind is PacketKind.RETRY:
        return LongPacket(kind, version, dcid, scid, data[position : len(data) - TAG_BYTES], start, 0, len(data))
    token = b""
    if kind is PacketKind.INITIAL:
        length, position = pull_varint(data, position)
        token, position = data[position : position + length], position + length
    length, position = pull_varint(data, position)
    if position + length > len(data):
        raise ParseError("malformed_quic_header", position)
    return LongPacket(kind, version, dcid, scid, token, start, position, position + length)


def _connection_ids(data: bytes, start: int) -> tuple[bytes, bytes, int]:
    """The version-independent part (RFC 8999, section 5.1): both ids and where they end."""
    try:
        dcid_start = start + 6
        dcid_end = dcid_start + data[start + 5]
        scid_end = dcid_end + 1 + data[dcid_end]
    except IndexError:
        raise ParseError("malformed_quic_header", start) from None
    if scid_end > len(data):
        raise ParseError("malformed_quic_header", start)
    return data[dcid_start:dcid_end], data[dcid_end + 1 : scid_end], scid_end


def pull_varint(data: bytes, position: int) -> tuple[int, int]:
    """RFC 9000, section 16: (value, where it ends)."""
    if position >= len(data):
        raise ParseError("malformed_quic_varint", position)
    size = 1 << (data[position] >> 6)
    end = position + size
    if end > len(data):
        raise ParseError("malformed_quic_varint", position)
    if size == 1:
        return data[position], end
    return int.from_bytes(data[position:end], "big") & ((1 << (8 * size - 2)) - 1), end


def _label(name: bytes, size: int) -> bytes:
    """The HkdfLabel of RFC 8446, section 7.1, with HKDF-Expand's block counter; one block of SHA-256 suffices."""
    full = b"tls13 " + name
    return size.to_bytes(2, "big") + bytes((len(full),)) + full + b"\0\x01"


CLIENT_IN: Final = _label(b"client in", 32)
SERVER_IN: Final = _label(b"server in", 32)
LABELS_VERSION_1: Final = (_label(b"quic key", 16), _label(b"quic iv", 12), _label(b"quic hp", 16))
LABELS_VERSION_2: Final = (_label(b"quicv2 key", 16), _label(b"quicv2 iv", 12), _label(b"quicv2 hp", 16))
_ECB: Final = modes.ECB()  # noqa: S305 - header protection is one block (RFC 9001, section 5.4.3)


def derive_initial_keys(version: int, dcid: bytes, *, is_client: bool) -> InitialKeys:
    """Keys of the Initial packets one side sends (RFC 9001, section 5.2).

    ``dcid`` is the Destination Connection ID of the client's first Initial, or of its first after a Retry.
    Raises ``unknown_quic_version``.
    """
    salt = initial_salt(version)
    if salt is None:
        raise ParseError("unknown_quic_version")
    digest = hmac.digest
    initial = digest(salt, dcid, "sha256")
    secret = digest(initial, CLIENT_IN if is_client else SERVER_IN, "sha256")
    key, iv, hp = LABELS_VERSION_2 if version == VERSION_2 else LABELS_VERSION_1
    return InitialKeys(
        Cipher(algorithms.AES(digest(secret, hp, "sha256")[:16]), _ECB).encryptor().update,
        AESGCM(digest(secret, key, "sha256")[:16]).decrypt,
        int.from_bytes(digest(secret, iv, "sha256")[:12], "big"),
    )


def open_initial(data: bytes, packet: LongPacket, keys: InitialKeys) -> bytes:
    """The frames of an Initial packet: header protection off, AEAD open (RFC 9001, sections 5.3 and 5.4).

    Raises ``malformed_quic_initial``, or ``undecryptable_quic_initial`` for other keys or changed bytes.
    """
    start, number_offset = packet.start, packet.number_offset
    sample = data[number_offset + 4 : number_offset + 4 + SAMPLE_BYTES]
    if number_offset + 4 + SAMPLE_BYTES > packet.end:
        raise ParseError("malformed_quic_initial", start)
    mask = keys.mask(sample)
    first = data[start] ^ (mask[0] & 0x0F)
    size = (first & 3) + 1
    end = number_offset + size
    # Initial packet numbers start at 0 and are few: the truncated number is the whole one.
    number = int.from_bytes(data[number_offset:end], "big") ^ int.from_bytes(mask[1 : 1 + size], "big")
    header = bytes((first,)) + data[start + 1 : number_offset] + number.to_bytes(size, "big")
    try:
        return keys.open((keys.iv ^ number).to_bytes(12, "big"), data[end : packet.end], header)
    except InvalidTag:
        raise ParseError("undecryptable_quic_initial", start) from None


def crypto_frames(payload: bytes) -> list[tuple[int, bytes]]:
    """(offset, bytes) of the CRYPTO frames among the frames an Initial may hold (RFC 9000, sections 12.4 and 19).

    Raises ``malformed_quic_frame``.
    """
    frames: list[tuple[int, bytes]] = []
    position, size = 0, len(payload)
    if size > MAX_PAYLOAD_BYTES:
        raise ParseError("quic_initial_too_long")
    for _ in range(MAX_FRAMES):
        if position < size and payload[position] <= 1:
            # PADDING and PING are one byte each; there may be a thousand in a row.
            position = size - len(payload[position:].lstrip(b"\x00\x01"))
        if position >= size:
            return frames
        kind = payload[position]
        if kind == 0x06:
            offset, position = pull_varint(payload, position + 1)
            length, position = pull_varint(payload, position)
            if position + length > size:
                raise ParseError("malformed_quic_frame", position)
            frames.append((offset, payload[position : position + length]))
            position += length
        elif kind in (0x02, 0x03):
            position = _skip_ack(payload, position)
        elif kind == 0x1C:
            return frames
        else:
            raise ParseError("malformed_quic_frame", position)
    raise ParseError("too_many_quic_frames", position)


def _skip_ack(payload: bytes, position: int) -> int:
    """RFC 9000, section 19.3."""
    has_counts = payload[position] == 0x03
    _, position = pull_varint(payload, position + 1)
    _, position = pull_varint(payload, position)
    ranges, position = pull_varint(payload, position)
    if ranges > MAX_FRAMES:
        raise ParseError("malformed_quic_frame", position)
    for _ in range(1 + 2 * ranges + (3 if has_counts else 0)):
        _, position = pull_varint(payload, position)
    return position
