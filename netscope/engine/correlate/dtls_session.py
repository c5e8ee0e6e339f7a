"""One DTLS association over UDP: its hellos, certificates and alerts, until epoch 1 begins."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from netscope.engine.correlate.offset_buffer import OffsetBuffer
from netscope.engine.correlate.session import DONE, DONE_DIRECTION, WANT, Count, Emit
from netscope.engine.correlate.tls_hello import (
    answer_handshake,
    begin_handshake,
    describe_server_hello,
    emit_certificates,
    is_tls13,
)
from netscope.engine.parse import dtls, tls
from netscope.model.errors import ParseError
from netscope.model.flow import DOWN, Flow
from netscope.model.records import TlsHandshake

MAX_MESSAGES: Final = 16
"""Handshake messages under way or remembered as read, each direction; a full handshake has six."""
MAX_DATAGRAMS: Final = 64
"""Datagrams looked at: a handshake takes ten, with large chains and losses some tens."""


class DtlsSession:
    """A `DatagramSession`: one `TlsHandshake` per ClientHello that is not a retransmission.

    A hello repeated with the server's cookie is a ClientHello of its own (RFC 6347, section 4.2.1).
    """

    __slots__ = ("_client", "_count", "_datagrams_left", "_done", "_emit", "_flow", "_handshake", "_messages", "_read")

    def __init__(self, flow: Flow, emit: Emit, count: Count) -> None:
        self._flow = flow
        self._emit = emit
        self._count = count
        self._client: int | None = None
        self._handshake: TlsHandshake | None = None
        self._messages: tuple[dict[int, OffsetBuffer], dict[int, OffsetBuffer]] = ({}, {})
        self._read: tuple[set[int], set[int]] = (set(), set())
        self._done = [False, False]
        self._datagrams_left = MAX_DATAGRAMS

    def datagram(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        self._datagrams_left -= 1
        if self._datagrams_left < 0:
            return DONE
        if not self._done[direction]:
            try:
                self._take_datagram(direction, data, timestamp_ns)
            except ParseError as problem:
                self._count(problem.slug)
        if all(self._done):
            return DONE
        return DONE_DIRECTION if self._done[direction] else WANT

    def close(self, timestamp_ns: int) -> None:
        """Records are handed on as soon as they are known; nothing is pending."""

    def _take_datagram(self, direction: int, data: bytes, timestamp_ns: int) -> None:
        for record in dtls.pull_records(data):
            self._flow.app_protocol, self._flow.app_protocol_source = "dtls", "content"
            if record.epoch or record.content_type == tls.APPLICATION_DATA:
                self._done[direction] = True
            elif record.content_type == tls.HANDSHAKE:
                for fragment in dtls.pull_fragments(record.fragment):
                    self._take_fragment(direction, fragment, timestamp_ns)
            elif record.content_type == tls.ALERT:
                self._take_alert(record.fragment)
        if data and dtls.is_unified_header(data[0]):
            self._done[direction] = True

    def _take_alert(self, fragment: bytes) -> None:
        alert = tls.parse_alert(fragment)
        if alert is not None and self._handshake is not None and self._handshake.alert is None:
            self._handshake.alert = alert
            self._emit(self._handshake)

    def _take_fragment(self, direction: int, fragment: dtls.HandshakeFragment, timestamp_ns: int) -> None:
        messages, read = self._messages[direction], self._read[direction]
        if fragment.sequence in read:
            return
        buffer = messages.get(fragment.sequence)
        if buffer is None:
            if len(messages) + len(read) >= MAX_MESSAGES:
                self._count("dtls_too_many_messages")
                return
            buffer = messages[fragment.sequence] = OffsetBuffer(fragment.length)
        if buffer.add(fragment.offset, fragment.body) and len(buffer.contiguous) >= fragment.length:
            del messages[fragment.sequence]
            read.add(fragment.sequence)
            self._take_message(direction, fragment.type, bytes(buffer.contiguous), timestamp_ns)

    def _take_message(self, direction: int, kind: int, body: bytes, timestamp_ns: int) -> None:
        if kind == tls.CLIENT_HELLO:
            self._begin(direction, body, timestamp_ns)
        elif kind == tls.SERVER_HELLO:
            self._answer(body)
        elif kind == tls.CERTIFICATE:
            self._take_chain(direction, tls.parse_certificate_chain(body), timestamp_ns)

    def _begin(self, direction: int, body: bytes, timestamp_ns: int) -> None:
        hello = tls.parse_client_hello(body, is_dtls=True)
        for slug in hello.problems:
            self._count(slug)
        self._client = direction
        self._handshake = begin_handshake(self._flow, hello, "dtls", timestamp_ns)
        self._emit(self._handshake)

    def _answer(self, body: bytes) -> None:
        hello = tls.parse_server_hello(body)
        describe_server_hello(self._flow, hello)
        if self._handshake is not None:
            answer_handshake(self._handshake, hello)
            self._emit(self._handshake)
            if is_tls13(hello.negotiated_version) and not hello.is_hello_retry_request:
                self._done[:] = (True, True)

    def _take_chain(self, direction: int, chain: list[bytes], timestamp_ns: int) -> None:
        emit_certificates(chain, self._flow, timestamp_ns, self._emit, self._count)
        server = DOWN if self._client is None else 1 - self._client
        if chain and direction == server and self._handshake is not None:
            self._handshake.certificate_sha256 = sha256(chain[0]).hexdigest()
            self._emit(self._handshake)
