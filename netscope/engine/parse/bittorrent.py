"""BitTorrent over TCP (BEP 3) and UDP: uTP (BEP 29), DHT (BEP 5), trackers (BEP 15), local discovery (BEP 14)."""

from __future__ import annotations

from typing import Final

from netscope.engine.parse.wire import text_of
from netscope.model.errors import Incomplete, ParseError
from netscope.model.service import Plaintext

PROTOCOL: Final = b"\x13BitTorrent protocol"
HANDSHAKE_BYTES: Final = 68
_TRACKER_CONNECT: Final = b"\x00\x00\x04\x17\x27\x10\x19\x80\x00\x00\x00\x00"
_DHT_OPENINGS: Final = (b"d1:ad2:id20:", b"d1:rd2:id20:", b"d2:ip", b"d1:el", b"d1:q", b"d1:t", b"d1:v")
_UTP_SYN: Final = b"\x41"


def looks_like_bittorrent(data: bytes) -> bool:
    return data.startswith(PROTOCOL)


def looks_like_bittorrent_datagram(data: bytes) -> bool:
    first = data[:1]
    if first == b"d":
        return data.startswith(_DHT_OPENINGS) and (b"1:y1:" in data or data.startswith(_DHT_OPENINGS[:2]))
    if first == _UTP_SYN:
        # SYN: no or one extension, some connection id, no round trip known, sequence number 1, nothing acknowledged.
        return (
            len(data) in (20, 30)
            and data[1] in (0, 2)
            and data[8:12] == bytes(4)
            and data[16:18] == b"\0\1"
            and data[18:20] == b"\0\0"
        )
    return data.startswith((_TRACKER_CONNECT, b"BT-SEARCH * HTTP/1.1\r\n"))


def read_bittorrent(data: bytes, from_server: bool) -> Plaintext:
    """The client's mark in the peer id (BEP 20), as ``-TR4050-``.

    Raises Incomplete ``truncated_bittorrent``, ParseError ``malformed_bittorrent``.
    """
    if not PROTOCOL.startswith(data[: len(PROTOCOL)]):
        raise ParseError("malformed_bittorrent")
    if len(data) < HANDSHAKE_BYTES:
        raise Incomplete("truncated_bittorrent", len(data))
    mark = data[48:56]
    if mark[:1] != b"-" or mark[7:] != b"-":
        return Plaintext()
    return Plaintext((("server_peer" if from_server else "client_peer", text_of(mark)),))
