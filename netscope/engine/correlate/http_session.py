"""One TCP stream of HTTP/1.x: finds heads, leaves bodies out, pairs responses with requests (RFC 9112).

Head syntax is ``parse/http.py``'s. What a stream becomes after CONNECT or an upgrade to TLS is for the correlator to
recognise again: see REDETECT.
"""

from __future__ import annotations

import re
from typing import Final

from netscope.engine.correlate.http_findings import MAX_TEXT_CHARS, RequestFindings
from netscope.engine.correlate.session import DONE, DONE_DIRECTION, WANT, Count, Emit
from netscope.engine.parse.http import (
    BODIES_READ,
    MAX_FORM_BYTES,
    MAX_HEAD_BYTES,
    head_end,
    host_name,
    looks_like_request,
    looks_like_response,
    parse_request_head,
    parse_response_head,
    target_authority,
)
from netscope.engine.parse.program import PROGRAM_BYTES, program_kind
from netscope.model.errors import ParseError
from netscope.model.flow import DOWN, UP, Flow
from netscope.model.http import HttpRequestHead, HttpResponseHead
from netscope.model.records import HttpRequest

REDETECT: Final = -3
"""Another protocol begins here, in both directions (CONNECT, STARTTLS). The correlator lets this session go, takes the
bytes it had received but not read from ``leftover(direction)``, and recognises the stream anew from those and what
follows."""

MAX_PENDING: Final = 128
"""Requests waiting for an answer on one connection; browsers pipeline 8 at most. Beyond, the oldest stay unanswered."""

MAX_LOST_CHUNKS: Final = 4_096
"""Segments looked at for a new start after a gap, about 6 MB; then the direction is given up."""

MAX_HELD_BYTES: Final = 65_536
"""Client bytes behind a CONNECT not yet answered: a ClientHello is far smaller."""

_MAX_CHUNK_LINE_BYTES: Final = 4_096
_START_BYTES: Final = 40
"""Enough to tell a start line from other bytes: the longest method known is 15."""

_CHUNK_SIZE: Final = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;|\r|$)")

# States of one direction.
_HEAD: Final = 0
_BODY: Final = 1
_CHUNK_LINE: Final = 2
_CHUNK: Final = 3
_TRAILER: Final = 4
_LOST: Final = 5
_HELD: Final = 6


class _Side:
    """Reading position of one direction."""

    __slots__ = ("buffer", "form", "left", "lost_chunks", "message", "message_bytes", "opening", "state")

    def __init__(self) -> None:
        self.state = _HEAD
        self.buffer = bytearray()
        """Part of a head, a chunk line or a trailer line; bounded by MAX_HEAD_BYTES."""
        self.left = 0
        """Body or chunk bytes to leave out."""
        self.message: HttpRequest | None = None
        """Whose chunked body is being left out."""
        self.message_bytes = 0
        self.lost_chunks = 0
        self.opening: HttpRequest | None = None
        """Whose body's first bytes are still to be looked at."""
        self.form = ""
        """Of a request's body: its type, lower-case."""


class HttpSession:
    """Emits each HttpRequest with its head, again with the response's head, and again when a chunked body has ended."""

    def __init__(self, flow: Flow, emit: Emit, count: Count) -> None:
        self.flow = flow
        flow.app_protocol, flow.app_protocol_source = "http", "content"
        self.emit = emit
        self.count = count
        self._sides = (_Side(), _Side())
        self._pending: list[HttpRequest] = []
        """At most MAX_PENDING, the oldest first. No deque: one without an entry is ten times as large, and a flood may
        hold a session for each flow of the table."""
        self._order_lost = False
        self._request_direction = UP
        """DOWN where the capture began mid-stream and the meter took the server for the client."""
        self._roles_known = False
        self._findings = RequestFindings(flow, emit)
        self._silent = [True, True]

    def feed(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        side = self._sides[direction]
        self._silent[direction] = False
        if side.state == _HELD:
            return self._hold(direction, side, data)
        if side.buffer:
            side.buffer += data
            if len(data) < _START_BYTES and not self._worth_reading(side, len(data)):
                return WANT
            data = bytes(side.buffer)
            side.buffer.clear()
        elif not self._roles_known:
            self._find_roles(direction, data)
        return self._read(direction, side, data, timestamp_ns)

    def _find_roles(self, direction: int, data: bytes) -> None:
        if looks_like_request(data):
            self._request_direction = direction
            self._roles_known = True
        elif looks_like_response(data):
            self._request_direction = 1 - direction
            self._roles_known = True

    @staticmethod
    def _worth_reading(side: _Side, added: int) -> bool:
        """Whether the last few bytes can complete anything: keeps a head sent byte by byte linear."""
        return b"\n" in side.buffer[-added:] or len(side.buffer) >= MAX_HEAD_BYTES

    def _read(self, direction: int, side: _Side, data: bytes, timestamp_ns: int) -> int:
        position, size = 0, len(data)
        while position < size:
            state = side.state
            if state == _HEAD:
                end = head_end(data, position)
                if end < 0:
                    return self._wait_for_head(direction, side, data[position:])
                head = data if end == size and not position else data[position:end]
                code = self._head(direction, side, head, timestamp_ns)
                position = end
                if code:
                    if side.opening is not None and position < size:
                        self._look_at_body(side, data, position)
                    if code == REDETECT:
                        side.state = _HELD
                        side.buffer += data[position:]
                    return code
            elif state in (_BODY, _CHUNK):
                if side.opening is not None:
                    self._look_at_body(side, data, position)
                left = side.left
                side.left = 0
                side.state = _HEAD if state == _BODY else _CHUNK_LINE
                if self._unasked_body_is_a_head(direction, state, data, position):
                    left = 0
                position += left
                if position > size:
                    return position - size
            elif state == _LOST:
                # Messages nearly always begin with a segment: nothing is sought further in.
                return WANT if position else self._resync(direction, side, data, timestamp_ns)
            elif state == _HELD:
                return self._hold(direction, side, data[position:])
            else:
                position = self._framing_line(side, data, position)
                if position < 0:
                    return WANT
        return WANT

    # --- heads -----------------------------------------------------------------------------------------------------

    def _wait_for_head(self, direction: int, side: _Side, data: bytes) -> int:
        is_request = direction == self._request_direction
        start = data.lstrip(b"\r\n")
        if start and not start[:1].isalpha():
            # The single zero byte of a keep-alive before a stream joined midway, for one.
            return self._lose(side)
        if (len(start) >= _START_BYTES or b"\n" in start) and not (
            looks_like_request(start) or _long_target(start) if is_request else looks_like_response(start)
        ):
            return self._lose(side)
        if len(data) > MAX_HEAD_BYTES:
            self.count("http_head_too_long")
            return self._lose(side)
        side.buffer += data
        return WANT

    def _head(self, direction: int, side: _Side, head: bytes, timestamp_ns: int) -> int:
        if head[0] in b"\r\n":
            # RFC 9112, section 2.2: empty lines before a message are ignored.
            head = head.lstrip(b"\r\n")
            if not head:
                return WANT
        is_request = direction == self._request_direction
        try:
            if is_request:
                parsed = parse_request_head(head)
                code = self._request(side, parsed, timestamp_ns)
                self._findings.attacks(self._pending[-1], head)
                return code
            return self._response(side, parse_response_head(head))
        except ParseError as error:
            if looks_like_request(head) if is_request else looks_like_response(head):
                self.count(error.slug)
            return self._lose(side)

    def _request(self, side: _Side, head: HttpRequestHead, timestamp_ns: int) -> int:
        host = head.host or target_authority(head.method, head.target)
        request = HttpRequest(
            self.flow,
            timestamp_ns,
            head.method,
            host[:MAX_TEXT_CHARS] if host else None,
            self._findings.storable_uri(head.target, timestamp_ns),
            head.user_agent[:MAX_TEXT_CHARS] if head.user_agent else None,
            head.head_bytes,
        )
        if head.authorization_scheme:
            request.authorization_scheme = head.authorization_scheme
            self._findings.authorization(head, timestamp_ns)
        self._name_flow(head, host)
        if len(self._pending) >= MAX_PENDING:
            del self._pending[0]
            self._order_lost = True
        self._pending.append(request)
        if head.chunked:
            self._begin_chunks(side, request, head.head_bytes)
        elif head.content_length:
            request.request_bytes += head.content_length
            side.state, side.left = _BODY, head.content_length
        elif head.method == "CONNECT":
            side.state = _HELD
        side.form = (head.content_type or "").lower() if side.state != _HEAD else ""
        if side.form.startswith(BODIES_READ):
            side.opening = request
        self.emit(request)
        return WANT

    def _response(self, side: _Side, head: HttpResponseHead) -> int:
        status = head.status
        if status < 200 and status != 101:
            # Interim: the final response is still to come (RFC 9110, section 15.2).
            return WANT
        request = self._match()
        if request is not None:
            request.status = status
            request.server = head.server[:MAX_TEXT_CHARS] if head.server else None
            request.content_type = head.content_type[:MAX_TEXT_CHARS] if head.content_type else None
        code = self._response_body(side, head, request)
        if request is not None:
            side.opening = request if status == 200 else None
            if not side.message:
                request.response_bytes = None if code == DONE_DIRECTION else head.head_bytes + side.left
            self.emit(request)
        return code

    def _match(self) -> HttpRequest | None:
        pending = self._pending
        if not pending:
            return None
        if self._order_lost:
            # Without pipelining, which hardly anyone uses, an answer is to the latest request.
            del pending[:-1]
            self._order_lost = False
        return pending.pop(0)

    def _response_body(self, side: _Side, head: HttpResponseHead, request: HttpRequest | None) -> int:
        """RFC 9112, section 6.3, in its order."""
        status = head.status
        method = request.method if request is not None else None
        if status == 101:
            return self._upgraded(head.upgrade)
        if method == "CONNECT":
            if 200 <= status < 300:
                return REDETECT
            self._release_held()
        if method == "HEAD" or status in (204, 304):
            return WANT
        if head.chunked:
            self._begin_chunks(side, request, head.head_bytes)
        elif head.content_length is not None:
            side.state, side.left = _BODY, head.content_length
        else:
            return DONE_DIRECTION
        return WANT

    def _look_at_body(self, side: _Side, data: bytes, position: int) -> None:
        """Whether it is a program, or a form with a password, whatever its name says; nothing of it is kept."""
        request, side.opening = side.opening, None
        assert request is not None
        if side.form:
            self._findings.body(request, side.form, data[position : position + MAX_FORM_BYTES])
            return
        request.program = program_kind(data[position : position + PROGRAM_BYTES])
        if request.program is not None:
            self.emit(request)

    def _unasked_body_is_a_head(self, direction: int, state: int, data: bytes, position: int) -> bool:
        """A response to an unseen HEAD announces a length and has no body: the next status line follows at once."""
        return (
            state == _BODY
            and direction != self._request_direction
            and data.startswith(b"HTTP/1.", position)
            and looks_like_response(data[position : position + 12])
        )

    # --- bodies ----------------------------------------------------------------------------------------------------

    @staticmethod
    def _begin_chunks(side: _Side, message: HttpRequest | None, head_bytes: int) -> None:
        side.state = _CHUNK_LINE
        side.message = message
        side.message_bytes = head_bytes

    def _framing_line(self, side: _Side, data: bytes, position: int) -> int:
        """Read a chunk line or a trailer line; returns the index behind it, -1 when it is kept for more to come."""
        end = data.find(b"\n", position)
        if end < 0:
            if len(data) - position > _MAX_CHUNK_LINE_BYTES:
                self._lose(side)
                self.count("malformed_http_chunk")
            else:
                side.buffer += data[position:]
            return -1
        line = data[position:end].rstrip(b"\r")
        side.message_bytes += end + 1 - position
        if side.state == _TRAILER:
            if not line:
                self._end_chunks(side, data, end)
            return end + 1
        if line:
            return self._chunk_line(side, data, position, end)
        return end + 1

    def _chunk_line(self, side: _Side, data: bytes, position: int, end: int) -> int:
        found = _CHUNK_SIZE.match(data, position, end)
        if found is None:
            self.count("malformed_http_chunk")
            self._lose(side)
            return position
        size = int(found[1], 16)
        side.left = size
        side.message_bytes += size
        side.state = _CHUNK if size else _TRAILER
        return end + 1

    def _end_chunks(self, side: _Side, data: bytes, end: int) -> None:
        side.state = _HEAD
        request, side.message = side.message, None
        if request is None:
            return
        if side is self._sides[self._request_direction]:
            request.request_bytes = side.message_bytes
        else:
            request.response_bytes = side.message_bytes
        self.emit(request)

    # --- tunnels and upgrades --------------------------------------------------------------------------------------

    def _upgraded(self, upgrade: str | None) -> int:
        protocol = (upgrade or "").partition(",")[0].strip().lower()
        if protocol.startswith("tls/"):
            # RFC 2817, section 4.
            return REDETECT
        if protocol == "websocket":
            self.flow.app_protocol = "websocket"
        elif protocol in ("h2c", "h2"):
            self.flow.app_protocol = "http2"
        return DONE

    def _hold(self, direction: int, side: _Side, data: bytes) -> int:
        """Client bytes behind CONNECT wait for the answer: a refusal means they are a request like any other."""
        side.buffer += data
        if len(side.buffer) > MAX_HELD_BYTES:
            return REDETECT
        held = len(side.buffer)
        if self._silent[1 - direction] and held >= _START_BYTES and not looks_like_request(bytes(side.buffer)):
            # Only this direction was captured: what cannot be a request is the tunnel's content.
            return REDETECT
        return WANT

    def _release_held(self) -> None:
        side = self._sides[self._request_direction]
        if side.state == _HELD:
            side.state = _HEAD

    def leftover(self, direction: int) -> bytes:
        """Bytes received and not read, once REDETECT was returned."""
        return bytes(self._sides[direction].buffer)

    # --- gaps and the end ------------------------------------------------------------------------------------------

    def gap(self, direction: int, missing_bytes: int, timestamp_ns: int) -> int:
        self._flush_cut_head(direction, timestamp_ns)
        side = self._sides[direction]
        if direction != self._request_direction:
            self._order_lost = True
        if side.state == _HELD:
            return REDETECT
        return self._lose(side)

    def close(self, timestamp_ns: int) -> None:
        for direction in (UP, DOWN):
            side = self._sides[direction]
            if side.state == _HEAD and side.buffer:
                data = bytes(side.buffer)
                side.buffer.clear()
                self._read(direction, side, data, timestamp_ns)
            self._flush_cut_head(direction, timestamp_ns)

    def _flush_cut_head(self, direction: int, timestamp_ns: int) -> None:
        """A head that never ended still has its first line."""
        side = self._sides[direction]
        if side.state != _HEAD or not side.buffer:
            return
        head = bytes(side.buffer).lstrip(b"\r\n")
        side.buffer.clear()
        if b"\n" in head:
            # The last line is not whole: its value would be half a value.
            head = head[: head.rindex(b"\n") + 1]
        elif direction == self._request_direction and looks_like_request(head) and head.count(b" ") > 1:
            # Only the version is cut.
            head = head[: head.rindex(b" ")] + b" HTTP/1.1\r\n"
        else:
            return
        self.count("truncated_http_head")
        self._head(direction, side, head, timestamp_ns)

    @staticmethod
    def _lose(side: _Side) -> int:
        side.state = _LOST
        side.buffer.clear()
        side.left = 0
        side.message = None
        return WANT

    def _resync(self, direction: int, side: _Side, data: bytes, timestamp_ns: int) -> int:
        is_request = direction == self._request_direction
        if looks_like_request(data) if is_request else looks_like_response(data):
            side.state = _HEAD
            side.lost_chunks = 0
            return self._read(direction, side, data, timestamp_ns)
        side.lost_chunks += 1
        return DONE_DIRECTION if side.lost_chunks > MAX_LOST_CHUNKS else WANT

    # --- what is learned -------------------------------------------------------------------------------------------

    def _name_flow(self, head: HttpRequestHead, host: str | None) -> None:
        flow = self.flow
        if flow.user_agent is None and head.user_agent:
            flow.user_agent = head.user_agent[:MAX_TEXT_CHARS]
        if flow.name_source == "http" or not host:
            return
        name = host_name(host)
        if name:
            flow.server_name = name[:MAX_TEXT_CHARS]
            flow.name_source = "http"
            flow.name_missing_reason = None
        elif flow.server_name is None:
            flow.name_missing_reason = "address_only"


def _long_target(start: bytes) -> bool:
    """A first line longer than the segment whose method is not a known one."""
    return b"\n" not in start and start[:1].isupper() and start.find(b" ", 0, _START_BYTES) > 0
