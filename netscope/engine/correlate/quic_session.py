"""One QUIC connection's opening: the ClientHello out of its Initial packets, and the server's choice.

Google QUIC's CHLO gives a name too. Once both hellos are read nothing of the flow is of interest.
"""

from __future__ import annotations

from typing import Final

from netscope.engine.correlate.offset_buffer import OffsetBuffer
from netscope.engine.correlate.session import DONE, WANT, Count, Emit
from netscope.engine.correlate.tls_hello import (
    answer_handshake,
    begin_handshake,
    describe_server_hello,
    may_start_missing,
)
from netscope.engine.parse import gquic, quic, tls
from netscope.model.errors import ParseError
from netscope.model.flow import Flow
from netscope.model.records import TlsHandshake

MAX_CRYPTO_BYTES: Final = 65_536
"""CRYPTO bytes kept, each direction; post-quantum hellos have 2 to 4 KB."""
MAX_DATAGRAMS: Final = 32
"""Datagrams looked at: a hello takes one to three, loss and Retry double that."""
MAX_HELLOS: Final = 4
MAX_MESSAGES: Final = 64
"""Handshake messages looked at in one flow; a hello is the only one of interest."""
MAX_OPENINGS: Final = 64
"""Initial packets tried in one flow; each costs up to two key derivations."""

GOOGLE_FRAMES: Final = frozenset((quic.GOOGLE_Q050, quic.GOOGLE_T050, quic.GOOGLE_T051))


class QuicSession:
    """A `DatagramSession`: one `TlsHandshake` per ClientHello, in whatever order its pieces arrive."""

    __slots__ = (
        "_client", "_count", "_datagrams_left", "_dcid", "_emit", "_flow", "_handshake", "_hellos", "_is_done",
        "_keys", "_last_hello", "_messages_left", "_openings_left", "_read_bytes", "_streams",
    )  # fmt: skip

    def __init__(self, flow: Flow, emit: Emit, count: Count) -> None:
        self._flow = flow
        self._emit = emit
        self._count = count
        self._datagrams_left = MAX_DATAGRAMS
        self._messages_left = MAX_MESSAGES
        self._openings_left = MAX_OPENINGS
        self._client: int | None = None
        self._dcid: bytes | None = None
        self._keys: dict[tuple[int, bool], quic.InitialKeys] = {}
        self._handshake: TlsHandshake | None = None
        self._hellos = 0
        self._last_hello = b""
        self._is_done = False
        self._restart()

    def _restart(self) -> None:
        self._streams = (OffsetBuffer(MAX_CRYPTO_BYTES), OffsetBuffer(MAX_CRYPTO_BYTES))
        self._read_bytes = [0, 0]

    def datagram(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        self._datagrams_left -= 1
        if self._is_done or self._datagrams_left < 0 or not data:
            return self._end()
        try:
            if gquic.looks_like_gquic(data):
                self._take_gquic(data)
            elif data[0] & 0x80:
                self._take_packets(direction, data, timestamp_ns)
            elif self._handshake is not None:
                # Short headers: the handshake is over, the server's hello was missed.
                self._is_done = True
        except ParseError as problem:
            self._count(problem.slug)
        return self._end() if self._is_done else WANT

    def close(self, timestamp_ns: int) -> None:
        if self._hellos == 0:
            may_start_missing(self._flow)

    def _end(self) -> int:
        self._is_done = True
        self.close(0)
        return DONE

    def _take_gquic(self, data: bytes) -> None:
        chlo = gquic.find_chlo(data)
        self._flow.app_protocol, self._flow.app_protocol_source = "quic", "content"
        if chlo is not None:
            self._take_chlo(chlo)

    def _take_chlo(self, chlo: gquic.ClientHelloMessage) -> None:
        self._hellos += 1
        self._is_done = True
        if chlo.sni is not None:
            self._flow.server_name, self._flow.name_source = chlo.sni, "quic"
        if chlo.user_agent is not None:
            self._flow.user_agent = chlo.user_agent

    def _take_packets(self, direction: int, data: bytes, timestamp_ns: int) -> None:
        for packet in quic.pull_packets(data):
            if packet.kind is quic.PacketKind.INITIAL:
                self._take_initial(direction, data, packet, timestamp_ns)
            if self._is_done:
                return

    def _take_initial(self, direction: int, data: bytes, packet: quic.LongPacket, timestamp_ns: int) -> None:
        payload = self._open(direction, data, packet)
        self._flow.app_protocol, self._flow.app_protocol_source = "quic", "content"
        frames = gquic.crypto_frames if packet.version in GOOGLE_FRAMES else quic.crypto_frames
        stream = self._streams[direction]
        for offset, piece in frames(payload):
            if not stream.add(offset, piece):
                self._count("quic_crypto_too_long")
        if packet.version == quic.GOOGLE_Q050:
            if stream.contiguous.startswith(b"CHLO"):
                self._take_chlo(gquic.parse_chlo(bytes(stream.contiguous)))
        else:
            self._take_messages(direction, timestamp_ns)

    def _open(self, direction: int, data: bytes, packet: quic.LongPacket) -> bytes:
        """Tries the connection's keys, then those of a new connection or a Retry, which take a new DCID."""
        self._openings_left -= 1
        if self._openings_left < 0:
            self._is_done = True
            raise ParseError("too_many_quic_initials")
        if self._dcid is not None:
            try:
                return quic.open_initial(data, packet, self._keys_for(packet.version, direction == self._client))
            except ParseError:
                if packet.dcid == self._dcid or direction != self._client:
                    raise
        keys = quic.derive_initial_keys(packet.version, packet.dcid, is_client=True)
        payload = quic.open_initial(data, packet, keys)
        self._dcid, self._client = packet.dcid, direction
        self._keys = {(packet.version, True): keys}
        self._restart()
        return payload

    def _keys_for(self, version: int, is_client: bool) -> quic.InitialKeys:
        """The server may answer in another version than the client began with (RFC 9368, section 4.1)."""
        keys = self._keys.get((version, is_client))
        if keys is None:
            assert self._dcid is not None
            keys = self._keys[version, is_client] = quic.derive_initial_keys(version, self._dcid, is_client=is_client)
        return keys

    def _take_messages(self, direction: int, timestamp_ns: int) -> None:
        contiguous = self._streams[direction].contiguous
        for message in tls.pull_messages(contiguous, self._read_bytes[direction]):
            self._read_bytes[direction] = message.end
            self._messages_left -= 1
            if self._messages_left < 0:
                self._is_done = True
                return
            if message.type == tls.CLIENT_HELLO and direction == self._client:
                self._begin(message.body, timestamp_ns)
            elif message.type == tls.SERVER_HELLO:
                self._answer(message.body)

    def _begin(self, body: bytes, timestamp_ns: int) -> None:
        if body == self._last_hello:
            return  # Sent again after a Retry (RFC 9000, section 17.2.5.2): the same ClientHello.
        if self._hellos >= MAX_HELLOS:
            self._is_done = True
            return
        self._last_hello = body
        hello = tls.parse_client_hello(body)
        self._hellos += 1
        for slug in hello.problems:
            self._count(slug)
        self._handshake = begin_handshake(self._flow, hello, "quic", timestamp_ns)
        self._emit(self._handshake)

    def _answer(self, body: bytes) -> None:
        if self._handshake is None:
            return
        hello = tls.parse_server_hello(body)
        describe_server_hello(self._flow, hello)
        answer_handshake(self._handshake, hello)
        self._emit(self._handshake)
        self._is_done = not hello.is_hello_retry_request
