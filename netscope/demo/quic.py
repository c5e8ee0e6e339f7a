"""QUIC version 1 packets a passive reader can open: Initials protected with the keys everyone can derive.

RFC 9000 for the packets, RFC 9001, sections 5.2 and 5.4, for the keys and the header protection. Handshake and 1-RTT
packets carry random bytes behind real headers, as they look to anyone but the two ends.
"""

from __future__ import annotations

import hmac
from itertools import pairwise
from random import Random
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from netscope.demo.hello import quic_integer, vector

VERSION_1: Final = b"\0\0\0\x01"
INITIAL_SALT: Final = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
MIN_INITIAL_DATAGRAM_BYTES: Final = 1200
"""RFC 9000, section 14.1."""
TAG_BYTES: Final = 16
PACKET_NUMBER_BYTES: Final = 2
CRYPTO_PER_DATAGRAM_BYTES: Final = 1100


def _expand(secret: bytes, label: str, length: int) -> bytes:
    """HKDF-Expand-Label with an empty context, for at most one block (RFC 8446, section 7.1)."""
    labelled = length.to_bytes(2) + vector(1, b"tls13 " + label.encode()) + b"\0"
    return hmac.digest(secret, labelled + b"\x01", "sha256")[:length]


class InitialKeys:
    """What both directions of a connection protect their Initials with; from the client's first destination id."""

    def __init__(self, destination_id: bytes) -> None:
        secret = hmac.digest(INITIAL_SALT, destination_id, "sha256")
        self._client = _DirectionKeys(_expand(secret, "client in", 32))
        self._server = _DirectionKeys(_expand(secret, "server in", 32))

    def protect(self, from_client: bool, header: bytes, number: int, payload: bytes) -> bytes:
        return (self._client if from_client else self._server).protect(header, number, payload)


class _DirectionKeys:
    def __init__(self, secret: bytes) -> None:
        self._aead = AESGCM(_expand(secret, "quic key", 16))
        self._iv = int.from_bytes(_expand(secret, "quic iv", 12))
        self._mask = Cipher(algorithms.AES(_expand(secret, "quic hp", 16)), modes.ECB()).encryptor()  # noqa: S305

    def protect(self, header: bytes, number: int, payload: bytes) -> bytes:
        """``header`` ends with the packet number in clear; the packet comes back protected."""
        sealed = self._aead.encrypt((self._iv ^ number).to_bytes(12), payload, header)
        # RFC 9001, section 5.4.2: the sample starts four bytes after the start of the packet number.
        sample = sealed[4 - PACKET_NUMBER_BYTES : 20 - PACKET_NUMBER_BYTES]
        mask = self._mask.update(sample)
        protected = bytearray(header)
        protected[0] ^= mask[0] & 0x0F
        for index in range(PACKET_NUMBER_BYTES):
            protected[len(header) - PACKET_NUMBER_BYTES + index] ^= mask[1 + index]
        return bytes(protected) + sealed


class Connection:
    """One connection's ids and packet numbers; makes the UDP payloads of either side."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self.first_destination_id = rng.randbytes(8)
        self.client_id = rng.randbytes(8)
        self.server_id = rng.randbytes(8)
        self._keys = InitialKeys(self.first_destination_id)
        self._client_number = 0
        self._padding = rng.randbytes(4096)

    def client_initials(self, hello: bytes) -> list[bytes]:
        """The ClientHello in as many datagrams as it needs, each padded (RFC 9000, section 14.1)."""
        datagrams = []
        for start in range(0, len(hello), CRYPTO_PER_DATAGRAM_BYTES):
            frames = self._crypto_frames(hello, start, min(start + CRYPTO_PER_DATAGRAM_BYTES, len(hello)))
            datagrams.append(self._initial(True, self._client_number, frames, MIN_INITIAL_DATAGRAM_BYTES + 50))
            self._client_number += 1
        return datagrams

    def _crypto_frames(self, hello: bytes, start: int, end: int) -> bytes:
        """CRYPTO frames in shuffled order with padding between, as Chrome sends them."""
        cuts = sorted({start, end, *(self._rng.randrange(start + 1, end) for _ in range(3))})
        pieces = [_crypto(offset, hello[offset:stop]) for offset, stop in pairwise(cuts)]
        self._rng.shuffle(pieces)
        return b"\x01" + b"".join(piece + b"\0" * self._rng.randrange(6) for piece in pieces)

    def server_initial(self, hello: bytes) -> bytes:
        """ACK and ServerHello, then a Handshake packet in the same datagram (coalesced, RFC 9000, section 12.2)."""
        ack = b"\x02" + quic_integer(self._client_number - 1) + quic_integer(10) + b"\0\0"
        initial = self._initial(False, 0, ack + _crypto(0, hello), 0)
        return initial + self.handshake(False, MIN_INITIAL_DATAGRAM_BYTES - len(initial) - 40)

    def client_finished(self) -> bytes:
        initial = self._initial(True, self._client_number, b"\x02\0\x0a\0\0" + b"\0" * 20, 0)
        return (initial + self.handshake(True, 60)).ljust(MIN_INITIAL_DATAGRAM_BYTES, b"\0")

    def handshake(self, from_client: bool, body_bytes: int) -> bytes:
        target, source = (self.server_id, self.client_id) if from_client else (self.client_id, self.server_id)
        head = bytes([0xE0 | self._rng.randrange(16)]) + VERSION_1 + vector(1, target) + vector(1, source)
        return head + _length(body_bytes) + self._rng.randbytes(body_bytes)

    def short(self, from_client: bool, body_bytes: int) -> bytes:
        """A 1-RTT packet (RFC 9000, section 17.3.1)."""
        target = self.server_id if from_client else self.client_id
        start = self._rng.randrange(len(self._padding) - body_bytes)
        return bytes([0x40 | self._rng.randrange(64)]) + target + self._padding[start : start + body_bytes]

    def _initial(self, from_client: bool, number: int, frames: bytes, pad_to_bytes: int) -> bytes:
        if from_client:
            target, source = self.first_destination_id, self.client_id
        else:
            target, source = self.client_id, self.server_id
        first = bytes([0xC0 | PACKET_NUMBER_BYTES - 1])
        head = first + VERSION_1 + vector(1, target) + vector(1, source) + b"\0"
        overhead = len(head) + 2 + PACKET_NUMBER_BYTES + TAG_BYTES
        frames = frames.ljust(max(pad_to_bytes - overhead, 4), b"\0")
        head += _length(PACKET_NUMBER_BYTES + len(frames) + TAG_BYTES) + number.to_bytes(PACKET_NUMBER_BYTES)
        return self._keys.protect(from_client, head, number, frames)


def _crypto(offset: int, data: bytes) -> bytes:
    return b"\x06" + quic_integer(offset) + quic_integer(len(data)) + data


def _length(value: int) -> bytes:
    """Always two bytes, so that padding can be reckoned before (RFC 9000, section 16)."""
    return (0x4000 | value).to_bytes(2)
