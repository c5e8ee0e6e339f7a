"""From a flow's first payload to the session that reads it: recognition by content, then the one table of sessions.

The only place that knows which protocol has which session.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from netscope.engine.correlate.datagram_session import DATAGRAM_SESSIONS
from netscope.engine.correlate.dhcp_session import DhcpSession
from netscope.engine.correlate.dns_session import DnsDatagramSession, DnsStreamSession, DnsTransactions
from netscope.engine.correlate.dtls_session import DtlsSession
from netscope.engine.correlate.http_session import REDETECT, HttpSession
from netscope.engine.correlate.plaintext_session import STREAM_SESSIONS
from netscope.engine.correlate.quic_session import QuicSession
from netscope.engine.correlate.session import (
    DONE,
    DONE_DIRECTION,
    WANT,
    Count,
    DatagramSession,
    Emit,
    StreamSession,
)
from netscope.engine.correlate.tls_session import TlsSession
from netscope.engine.parse.recognise import recognise_datagram, recognise_stream
from netscope.model.flow import DOWN, UP, Flow

MAX_HELD_BYTES: Final = 4096
"""Bytes of a direction held while its protocol is not known; every protocol known here shows itself sooner."""
MAX_HELD_PIECES: Final = 64
"""Segments held; bytes sent one by one must not cost a list entry each for ever."""
MAX_UNKNOWN_DATAGRAMS: Final = 6
"""Datagrams of a flow looked at before it is left alone."""
RECOGNISED_BYTES: Final = 64
"""Of a datagram kept to compare with the next: RTP shows by its counters."""
MAX_CHANGES: Final = 4
"""How often a stream may turn into another protocol (CONNECT, STARTTLS): more is a trick."""

Held = list[tuple[int, bytes, int]]
"""(direction, bytes, timestamp_ns), in the order seen."""


class Payloads:
    """Chooses sessions for flows and feeds them."""

    def __init__(self, emit: Emit, count: Count) -> None:
        self._emit = emit
        self._count = count
        transactions = DnsTransactions(emit, count)
        self._stream_sessions: dict[str, Callable[[Flow, Emit, Count], StreamSession]] = {
            **STREAM_SESSIONS,
            "http": HttpSession,
            "tls": TlsSession,
            "dns": lambda flow, emit, count: DnsStreamSession(flow, emit, count, transactions),
        }
        self._datagram_sessions: dict[str, Callable[[Flow, Emit, Count], DatagramSession]] = {
            **DATAGRAM_SESSIONS,
            "quic": QuicSession,
            "dtls": DtlsSession,
            "dhcp": DhcpSession,
            "dhcpv6": DhcpSession,
            **dict.fromkeys(
                ("dns", "mdns", "llmnr", "nbns"),
                lambda flow, emit, count: DnsDatagramSession(flow, emit, count, transactions),
            ),
        }

    def stream(self, flow: Flow, direction: int, data: bytes, timestamp_ns: int) -> int:
        session = flow.session
        if session is None:
            return self._first_bytes(flow, direction, data, timestamp_ns)
        code = session.feed(direction, data, timestamp_ns)  # type: ignore[attr-defined]
        return self._change(flow, direction, timestamp_ns) if code == REDETECT else code

    def gap(self, flow: Flow, direction: int, missing_bytes: int, timestamp_ns: int) -> int:
        session = flow.session
        if session is None:
            return WANT
        code = session.gap(direction, missing_bytes, timestamp_ns)  # type: ignore[attr-defined]
        return self._change(flow, direction, timestamp_ns) if code == REDETECT else code

    def datagram(self, flow: Flow, direction: int, data: bytes, timestamp_ns: int) -> int:
        session = flow.session
        if session is None:
            return self._first_datagram(flow, direction, data, timestamp_ns, UnknownDatagrams())
        if type(session) is UnknownDatagrams:
            return self._first_datagram(flow, direction, data, timestamp_ns, session)
        return session.datagram(direction, data, timestamp_ns)  # type: ignore[attr-defined, no-any-return]

    def close(self, flow: Flow) -> None:
        session = flow.session
        if session is not None:
            flow.session = None
            session.close(flow.last_seen_ns)  # type: ignore[attr-defined]

    def _first_datagram(
        self, flow: Flow, direction: int, data: bytes, timestamp_ns: int, unknown: UnknownDatagrams
    ) -> int:
        protocol = recognise_datagram(data, flow.client_port, flow.server_port, unknown.previous(direction))
        if protocol is None:
            unknown.seen += 1
            unknown.keep(direction, data[:RECOGNISED_BYTES])
            flow.session = unknown
            return DONE if unknown.seen >= MAX_UNKNOWN_DATAGRAMS else WANT
        flow.session = None
        make = self._datagram_sessions.get(protocol)
        if make is None:
            flow.app_protocol, flow.app_protocol_source = protocol, "content"
            return DONE
        session = make(flow, self._emit, self._count)
        flow.session = session
        return session.datagram(direction, data, timestamp_ns)

    def _first_bytes(self, flow: Flow, direction: int, data: bytes, timestamp_ns: int) -> int:
        if direction == UP:
            protocol = recognise_stream(data, b"", flow.client_port, flow.server_port)
        else:
            protocol = recognise_stream(b"", data, flow.client_port, flow.server_port)
        if protocol is None:
            flow.session = UnknownStream(self, flow, [(direction, data, timestamp_ns)])
            return WANT
        return self.begin(flow, protocol, [(direction, data, timestamp_ns)], direction)

    def begin(self, flow: Flow, protocol: str, held: Held, direction: int, changes: int = 0) -> int:
        """Give the flow its session and the bytes held for it; the answer is for ``direction``."""
        make = self._stream_sessions.get(protocol)
        if make is None:
            flow.app_protocol, flow.app_protocol_source = protocol, "content"
            flow.session = None
            return DONE
        session = make(flow, self._emit, self._count)
        if len(held) == 1 and not changes:
            flow.session = session
            code = session.feed(*held[0])
            return self._change(flow, direction, held[0][2]) if code == REDETECT else code
        resumed = ResumedStream(session, changes)
        flow.session = resumed
        for piece in held:
            code = resumed.feed(*piece)
            if code == REDETECT:
                return self._change(flow, direction, piece[2])
            if code == DONE:
                return DONE
        return resumed.state(direction)

    def _change(self, flow: Flow, direction: int, timestamp_ns: int) -> int:
        """The stream becomes another protocol: recognise what the old session left unread."""
        old = flow.session
        changes = old.changes + 1 if isinstance(old, ResumedStream) else 1
        inner = old.session if isinstance(old, ResumedStream) else old
        leftovers = [inner.leftover(way) for way in (UP, DOWN)]  # type: ignore[attr-defined]
        inner.close(timestamp_ns)  # type: ignore[attr-defined]
        held = [(way, data, timestamp_ns) for way, data in enumerate(leftovers) if data]
        if changes > MAX_CHANGES:
            flow.session = None
            self._count("stream_changes_too_many")
            return DONE
        flow.session = UnknownStream(self, flow, [], changes)
        for piece in held:
            if self._feed_current(flow, piece) == DONE:
                return DONE
        return self._state(flow, direction)

    def _feed_current(self, flow: Flow, piece: tuple[int, bytes, int]) -> int:
        """Feed what the stream's session is by now: recognised by a piece before, it is another one from then on."""
        session = flow.session
        return DONE if session is None else session.feed(*piece)  # type: ignore[attr-defined]

    def _state(self, flow: Flow, direction: int) -> int:
        session = flow.session
        return session.state(direction) if isinstance(session, ResumedStream) else WANT


class UnknownDatagrams:
    """Counts the datagrams of a flow that nobody recognised, and keeps the start of the last of each side.

    A flood may hold one for each flow of the table: no list, no dict.
    """

    __slots__ = ("_down", "_up", "seen")

    def __init__(self) -> None:
        self.seen = 0
        self._up = b""
        self._down = b""

    def previous(self, direction: int) -> bytes:
        return self._up if direction == UP else self._down

    def keep(self, direction: int, start: bytes) -> None:
        if direction == UP:
            self._up = start
        else:
            self._down = start

    def close(self, timestamp_ns: int) -> None:
        """Nothing is pending."""


class UnknownStream:
    """Holds the first bytes of a stream, at most MAX_HELD_BYTES a direction, until they are recognised."""

    def __init__(self, payloads: Payloads, flow: Flow, held: Held, changes: int = 0) -> None:
        self._payloads = payloads
        self._flow = flow
        self._held = held
        self._changes = changes
        self._heads = [b"", b""]
        for direction, data, _ in held:
            self._heads[direction] += data

    def feed(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        self._held.append((direction, data, timestamp_ns))
        self._heads[direction] += data
        flow = self._flow
        protocol = recognise_stream(self._heads[UP], self._heads[DOWN], flow.client_port, flow.server_port)
        if protocol is not None:
            return self._payloads.begin(flow, protocol, self._held, direction, self._changes)
        if len(self._heads[direction]) > MAX_HELD_BYTES or len(self._held) > MAX_HELD_PIECES:
            flow.session = None
            return DONE
        return WANT

    def gap(self, direction: int, missing_bytes: int, timestamp_ns: int) -> int:
        """What is held no longer joins what follows; recognition starts over behind the gap."""
        self._held = [piece for piece in self._held if piece[0] != direction]
        self._heads[direction] = b""
        return WANT

    def close(self, timestamp_ns: int) -> None:
        """Nothing is pending."""


class ResumedStream:
    """A session that was given held bytes of both directions at once: remembers, for each, what it answered."""

    def __init__(self, session: StreamSession, changes: int) -> None:
        self.session = session
        self.changes = changes
        self._skip = [0, 0]
        self._done = [False, False]

    def state(self, direction: int) -> int:
        """The answer that stands for a direction."""
        if self._done[direction]:
            return DONE_DIRECTION
        skip, self._skip[direction] = self._skip[direction], 0
        return skip

    def feed(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        if self._done[direction]:
            return DONE_DIRECTION
        skip = self._skip[direction]
        if skip >= len(data):
            self._skip[direction] = 0
            return skip - len(data)
        self._skip[direction] = 0
        return self._note(direction, self.session.feed(direction, data[skip:], timestamp_ns))

    def gap(self, direction: int, missing_bytes: int, timestamp_ns: int) -> int:
        if self._done[direction]:
            return DONE_DIRECTION
        skip = self._skip[direction]
        self._skip[direction] = 0
        if skip >= missing_bytes:
            return skip - missing_bytes
        return self._note(direction, self.session.gap(direction, missing_bytes - skip, timestamp_ns))

    def _note(self, direction: int, code: int) -> int:
        if code == DONE_DIRECTION:
            self._done[direction] = True
        return code

    def leftover(self, direction: int) -> bytes:
        return self.session.leftover(direction)  # type: ignore[attr-defined, no-any-return]

    def close(self, timestamp_ns: int) -> None:
        self.session.close(timestamp_ns)
