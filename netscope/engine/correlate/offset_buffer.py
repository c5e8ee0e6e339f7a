"""Bytes that arrive in pieces with an offset, in any order: QUIC CRYPTO frames, DTLS handshake fragments."""

from __future__ import annotations

from typing import Final

MAX_PENDING_PIECES: Final = 512
"""Pieces kept ahead of a hole; a post-quantum ClientHello shuffled by Chrome has about thirty."""


class OffsetBuffer:
    """The contiguous beginning, and what waits ahead of a hole. The first copy of a byte wins.

    Bounded by ``limit_bytes``, twice that for what waits (retransmissions are cut differently and overlap), and by
    `MAX_PENDING_PIECES`; what exceeds them is refused.
    """

    __slots__ = ("_limit_bytes", "_pending", "_pending_bytes", "contiguous")

    def __init__(self, limit_bytes: int) -> None:
        self.contiguous = bytearray()
        self._limit_bytes = limit_bytes
        self._pending: dict[int, bytes] = {}
        self._pending_bytes = 0

    def add(self, offset: int, piece: bytes) -> bool:
        """False where the piece was refused."""
        here = len(self.contiguous)
        if offset + len(piece) > self._limit_bytes:
            return False
        if offset > here:
            return self._keep(offset, piece)
        self.contiguous += piece[here - offset :]
        if self._pending:
            self._join()
        return True

    def _keep(self, offset: int, piece: bytes) -> bool:
        known = self._pending.get(offset, b"")
        if len(piece) <= len(known):
            return True
        grown = self._pending_bytes + len(piece) - len(known)
        if grown > 2 * self._limit_bytes or (not known and len(self._pending) >= MAX_PENDING_PIECES):
            return False
        self._pending[offset] = known + piece[len(known) :]
        self._pending_bytes = grown
        return True

    def _join(self) -> None:
        for offset in sorted(self._pending):
            if offset > len(self.contiguous):
                return
            piece = self._pending.pop(offset)
            self._pending_bytes -= len(piece)
            self.contiguous += piece[len(self.contiguous) - offset :]
