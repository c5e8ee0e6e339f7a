"""One TLS stream over TCP: its hellos, certificates and alerts, until everything else is encrypted.

Roles follow the ClientHello, not the ports: a flow whose ends were taken the wrong way round still reads.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from netscope.engine.correlate.session import DONE, DONE_DIRECTION, WANT, Count, Emit
from netscope.engine.correlate.tls_hello import (
    answer_handshake,
    begin_handshake,
    describe_server_hello,
    emit_certificates,
    is_tls13,
    may_start_missing,
)
from netscope.engine.parse import tls
from netscope.model.errors import ParseError
from netscope.model.flow import DOWN, UP, Flow
from netscope.model.records import TlsHandshake
from netscope.model.service import HeartbeatSeen
from netscope.model.tls import ClientHello, ServerHello

MAX_HANDSHAKE_BYTES: Final = 131_072
"""The longest handshake message kept, each direction. Chains of 60 KB are seen; 24 bits of length are not believed."""
MAX_UNITS: Final = 4_096
"""Records and messages looked at in one flow: a hello in one-byte records fits, an endless run of empty ones not."""
MAX_HELLOS: Final = 8
"""Hellos of one flow: two by HelloRetryRequest, a few more by renegotiation in clear."""


class _Side:
    """How far one direction was read. A flood may hold two for each flow of the table."""

    __slots__ = ("aligned", "ciphered", "done", "messages", "needed", "opened", "records")

    def __init__(self) -> None:
        self.records = bytearray()
        """A record that is not whole."""
        self.needed = 0
        """Bytes below which it is not."""
        self.messages = bytearray()
        """A handshake message that is not whole."""
        self.opened = False
        self.aligned = False
        """A record was read."""
        self.ciphered = False
        self.done = False


class TlsSession:
    """A `StreamSession`: one `TlsHandshake` per ClientHello, one `Certificate` per certificate in clear.

    Buffers at most one record (18 KB) and one handshake message (`MAX_HANDSHAKE_BYTES`) each direction.
    """

    __slots__ = (
        "_answers", "_changed", "_client", "_count", "_early_data", "_emit", "_flow", "_handshakes", "_leaf",
        "_overread", "_sides", "_units_left",
    )  # fmt: skip

    def __init__(self, flow: Flow, emit: Emit, count: Count) -> None:
        self._flow = flow
        self._emit = emit
        self._count = count
        self._sides = (_Side(), _Side())
        self._units_left = MAX_UNITS
        self._client: int | None = None
        self._handshakes: list[TlsHandshake] = []
        self._answers: list[ServerHello] = []
        self._changed: list[TlsHandshake] = []
        self._leaf: str | None = None
        self._early_data = False
        self._overread: tuple[int, int, int] | None = None
        """Of a heartbeat that asked for too much: its direction, what it asked for and what it sent."""

    def feed(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        side = self._sides[direction]
        if side.done:
            return self._verdict(direction)
        buffer = side.records
        if buffer:
            buffer += data
            if len(buffer) < side.needed:
                return WANT
            data = bytes(buffer)
            buffer.clear()
        consumed = 0
        try:
            if not side.opened:
                consumed = self._open(direction, data, timestamp_ns)
            if side.opened and not side.done:
                consumed = self._take_records(direction, data, consumed, timestamp_ns)
        except ParseError as problem:
            # A direction that never showed a record was joined in the middle of one: nobody broke the protocol.
            self._count(problem.slug if consumed or side.aligned else "tls_started_mid_record")
            side.done = True
        if consumed < len(data) and not side.done:
            buffer += data[consumed:]
            side.needed = tls.record_size(buffer) if side.opened else 0
        if self._changed:
            self._emit_changed()
        return self._verdict(direction)

    def gap(self, direction: int, missing_bytes: int, timestamp_ns: int) -> int:
        """Record boundaries are lost, so this direction is over."""
        side = self._sides[direction]
        if side.messages or side.records:
            self._count("tls_handshake_gap")
        side.done = True
        return self._verdict(direction)

    def close(self, timestamp_ns: int) -> None:
        if not self._handshakes and (self._sides[0].opened or self._sides[1].opened):
            may_start_missing(self._flow)

    def _verdict(self, direction: int) -> int:
        side = self._sides[direction]
        if not side.done:
            return WANT
        if self._sides[1 - direction].done:
            self.close(0)
            return DONE
        side.records.clear()
        side.messages.clear()
        return DONE_DIRECTION

    def _end(self) -> None:
        """Nothing more is read of either direction."""
        for side in self._sides:
            side.done = True

    def _emit_changed(self) -> None:
        for handshake in self._changed:
            self._emit(handshake)
        self._changed.clear()

    def _change(self, handshake: TlsHandshake) -> None:
        if handshake not in self._changed:
            self._changed.append(handshake)

    def _open(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        """The first bytes of a direction; returns how many were an SSL 2.0 hello."""
        if not data[0] & 0x80:
            self._sides[direction].opened = True
            return 0
        if len(data) < 11:
            return 0
        if data[2] == tls.SSLV2_SERVER_HELLO and self._handshakes:
            self._answer_sslv2(direction)
            return 0
        parsed = tls.parse_sslv2_client_hello(data)
        if parsed is None:
            return 0
        hello, end = parsed
        self._sides[direction].opened = True
        self._begin(direction, hello, timestamp_ns)
        # What follows an SSL 2.0 hello proper is SSL 2.0; after one for later versions come ordinary records.
        self._sides[direction].done = hello.legacy_version == tls.SSL_2
        return end

    def _answer_sslv2(self, direction: int) -> None:
        handshake = self._handshakes[-1]
        handshake.negotiated_version = self._flow.tls_version = "SSLv2"
        self._change(handshake)
        self._end()

    def _take_records(self, direction: int, data: bytes, start: int, timestamp_ns: int) -> int:
        """Returns where the first incomplete record begins."""
        side = self._sides[direction]
        for record in tls.pull_records(data, start):
            start = record.end
            if not side.aligned:
                self._flow.app_protocol, self._flow.app_protocol_source = "tls", "content"
                side.aligned = True
            self._take_record(direction, record, timestamp_ns)
            self._spend_unit()
            if side.done:
                break
        return start

    def _spend_unit(self) -> None:
        self._units_left -= 1
        if self._units_left <= 0:
            self._end()

    def _take_record(self, direction: int, record: tls.Record, timestamp_ns: int) -> None:
        kind = record.content_type
        if kind == tls.HANDSHAKE:
            self._take_handshake_record(direction, record.fragment, timestamp_ns)
        elif kind == tls.CHANGE_CIPHER_SPEC:
            self._sides[direction].ciphered = True
            if self._answers and not is_tls13(self._answers[-1].negotiated_version):
                self._sides[direction].done = True
        elif kind == tls.ALERT:
            self._take_alert(direction, record.fragment)
        elif kind == tls.HEARTBEAT and not self._sides[direction].ciphered:
            self._take_heartbeat(direction, record.fragment, timestamp_ns)
        elif kind == tls.APPLICATION_DATA and not self._expects_hello_after_data(direction):
            self._sides[direction].done = True

    def _expects_hello_after_data(self, direction: int) -> bool:
        """A client may send 0-RTT data before it is asked to repeat its hello (RFC 8446, section 4.2.10)."""
        if not self._early_data or direction != self._client:
            return False
        return not self._answers or self._answers[-1].is_hello_retry_request

    def _take_heartbeat(self, direction: int, fragment: bytes, timestamp_ns: int) -> None:
        """RFC 6520, section 4: a type, the payload's length, the payload, padding."""
        if len(fragment) < 3:
            return
        sent = len(fragment) - 3
        if fragment[0] == tls.HEARTBEAT_REQUEST:
            asked = int.from_bytes(fragment[1:3], "big")
            if asked > sent:
                self._overread = (direction, asked, sent)
                self._emit(HeartbeatSeen(self._flow, timestamp_ns, direction == UP, asked, sent, 0))
        elif self._overread is not None and self._overread[0] != direction and sent > self._overread[2]:
            asker, asked, had = self._overread
            self._emit(HeartbeatSeen(self._flow, timestamp_ns, asker == UP, asked, had, sent - had))

    def _take_alert(self, direction: int, fragment: bytes) -> None:
        alert = None if self._sides[direction].ciphered else tls.parse_alert(fragment)
        if alert is None or not self._handshakes:
            return
        if self._handshakes[-1].alert is None:
            self._handshakes[-1].alert = alert
            self._change(self._handshakes[-1])
        if alert.startswith("fatal"):
            self._end()

    def _take_handshake_record(self, direction: int, fragment: bytes, timestamp_ns: int) -> None:
        side = self._sides[direction]
        buffer = side.messages
        if side.ciphered and not buffer and not _is_hello_in_clear(fragment):
            side.done = True
            return
        if buffer:
            buffer += fragment
            if len(buffer) >= 4 and len(buffer) < 4 + int.from_bytes(buffer[1:4], "big"):
                self._check_length(buffer)
                return
            fragment = bytes(buffer)
            buffer.clear()
        consumed = 0
        for message in tls.pull_messages(fragment):
            consumed = message.end
            self._take_message(direction, message, timestamp_ns)
            self._spend_unit()
            if side.done:
                return
        if consumed < len(fragment):
            buffer += fragment[consumed:]
            self._check_length(buffer)

    @staticmethod
    def _check_length(buffer: bytearray) -> None:
        if len(buffer) >= 4 and int.from_bytes(buffer[1:4], "big") > MAX_HANDSHAKE_BYTES:
            raise ParseError("tls_handshake_too_long")

    def _take_message(self, direction: int, message: tls.HandshakeMessage, timestamp_ns: int) -> None:
        kind = message.type
        if kind == tls.CLIENT_HELLO:
            self._begin(direction, tls.parse_client_hello(message.body), timestamp_ns)
        elif kind == tls.SERVER_HELLO:
            self._answer(direction, tls.parse_server_hello(message.body))
        elif kind == tls.CERTIFICATE:
            self._take_chain(direction, tls.parse_certificate_chain(message.body), timestamp_ns)
        elif kind == tls.CLIENT_KEY_EXCHANGE:
            self._sides[direction].done = True

    def _begin(self, direction: int, hello: ClientHello, timestamp_ns: int) -> None:
        if len(self._handshakes) >= MAX_HELLOS:
            self._sides[direction].done = True
            return
        for slug in hello.problems:
            self._count(slug)
        self._client = direction
        self._flow.app_protocol, self._flow.app_protocol_source = "tls", "content"
        self._early_data = any(kind == tls.EARLY_DATA for kind, _ in hello.extensions)
        handshake = begin_handshake(self._flow, hello, "tcp", timestamp_ns)
        handshake.certificate_sha256 = self._leaf
        self._handshakes.append(handshake)
        self._change(handshake)
        if len(self._answers) >= len(self._handshakes):
            # The server's direction was delivered first.
            answer = self._answers[len(self._handshakes) - 1]
            self._apply(handshake, answer)

    def _answer(self, direction: int, hello: ServerHello) -> None:
        if len(self._answers) >= MAX_HELLOS:
            self._sides[direction].done = True
            return
        self._answers.append(hello)
        describe_server_hello(self._flow, hello)
        if is_tls13(hello.negotiated_version) and not hello.is_hello_retry_request:
            self._sides[direction].done = True
        if len(self._handshakes) >= len(self._answers):
            self._apply(self._handshakes[len(self._answers) - 1], hello)

    def _apply(self, handshake: TlsHandshake, hello: ServerHello) -> None:
        answer_handshake(handshake, hello)
        describe_server_hello(self._flow, hello)
        self._change(handshake)
        if is_tls13(hello.negotiated_version) and not hello.is_hello_retry_request:
            self._end()

    def _take_chain(self, direction: int, chain: list[bytes], timestamp_ns: int) -> None:
        emit_certificates(chain, self._flow, timestamp_ns, self._emit, self._count)
        server = DOWN if self._client is None else 1 - self._client
        if not chain or direction != server or self._leaf is not None:
            return
        self._leaf = sha256(chain[0]).hexdigest()
        if self._handshakes:
            self._handshakes[-1].certificate_sha256 = self._leaf
            self._change(self._handshakes[-1])


def _is_hello_in_clear(fragment: bytes) -> bool:
    """After ChangeCipherSpec only a second hello is in clear: its type, a believable length, its version."""
    return (
        len(fragment) >= 6
        and fragment[0] in (tls.CLIENT_HELLO, tls.SERVER_HELLO)
        and fragment[1] == 0
        and fragment[4] == 3
        and fragment[5] <= 4
    )
