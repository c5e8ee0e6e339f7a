"""Streams of plaintext protocols: what each side says of itself first, credentials in clear, and where TLS takes over.

What the bytes mean is known by ``parse/<protocol>.py``; conversations in lines are in ``line_session.py``, HTTP in
``http_session.py``, datagrams in ``datagram_session.py``. ``STREAM_SESSIONS`` is the table of them all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from netscope.engine.correlate.http_session import REDETECT
from netscope.engine.correlate.line_session import FtpSession, ImapSession, Pop3Session, SmtpSession
from netscope.engine.correlate.service_facts import ServiceFacts
from netscope.engine.correlate.session import DONE, DONE_DIRECTION, WANT, Count, Emit, StreamSession
from netscope.engine.parse import ber, ldap, refusals, telnet, xmpp
from netscope.engine.parse.backdoor import read_backdoor
from netscope.engine.parse.bittorrent import read_bittorrent
from netscope.engine.parse.mqtt import read_mqtt
from netscope.engine.parse.postgresql import read_postgresql
from netscope.engine.parse.rdp import read_rdp
from netscope.engine.parse.sip import read_sip_stream
from netscope.engine.parse.smb import read_smb
from netscope.engine.parse.ssh import read_ssh
from netscope.model.errors import Incomplete, ParseError
from netscope.model.flow import DOWN, UP, Flow
from netscope.model.service import Plaintext

Read = Callable[[bytes, bool], Plaintext]
"""(first bytes of a side, whether it is the server's) -> what they say; Incomplete when more is needed."""

MAX_OPENING_BYTES: Final = 16_384
"""Held per direction until the opening is whole; the longest met is a CONNECT of MQTT with a will."""

MAX_LDAP_MESSAGES: Final = 32
"""Binds and StartTLS come first; a directory search goes on for ever."""

MAX_LOGIN_BYTES: Final = 16_384
"""Of a server, searched for refused log-ins."""

MAX_TELNET_BYTES: Final = 8_192
"""Server text searched for a password prompt and refusals: they come at the start."""


class BannerSession:
    """Reads the first message of each side, then lets the flow go."""

    def __init__(self, flow: Flow, emit: Emit, count: Count, *, protocol: str, read: Read) -> None:
        self._facts = ServiceFacts(flow, emit, protocol)
        self._count = count
        self._read = read
        self._buffers: list[bytes | None] = [b"", b""]
        """None once that side has been read."""

    def feed(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        held = self._buffers[direction]
        if held is None:
            return DONE_DIRECTION
        data = held + data if held else data
        try:
            said = self._read(data, direction == DOWN)
        except Incomplete as waiting:
            if len(data) < MAX_OPENING_BYTES:
                self._buffers[direction] = data
                return WANT
            self._count(waiting.slug)
            return self._side_done(direction)
        except ParseError as error:
            self._count(error.slug)
            return self._side_done(direction)
        self._facts.add(said, direction, timestamp_ns)
        if said.tls_follows:
            self._buffers[direction] = data[said.size_bytes :]
            return REDETECT
        return self._side_done(direction)

    def _side_done(self, direction: int) -> int:
        self._buffers[direction] = None
        return DONE if self._buffers[1 - direction] is None else DONE_DIRECTION

    def leftover(self, direction: int) -> bytes:
        return self._buffers[direction] or b""

    def gap(self, direction: int, missing_bytes: int, timestamp_ns: int) -> int:
        return self._side_done(direction)

    def close(self, timestamp_ns: int) -> None:
        """Nothing is pending: an opening that never ended says nothing."""


class LoginSession(BannerSession):
    """The same, and how often the server refuses a log-in, within its first MAX_LOGIN_BYTES."""

    def __init__(
        self, flow: Flow, emit: Emit, count: Count, *, protocol: str, read: Read, refusal: re.Pattern[bytes]
    ) -> None:
        super().__init__(flow, emit, count, protocol=protocol, read=read)
        self._refusal = refusal
        self._left_bytes = MAX_LOGIN_BYTES
        self._tail = b""

    def feed(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        code = super().feed(direction, data, timestamp_ns)
        if code == REDETECT:
            return code
        if direction == UP:
            return DONE_DIRECTION if code else WANT
        text, end = self._tail + data, 0
        for found in self._refusal.finditer(text):
            self._facts.refused(timestamp_ns)
            end = found.end()
        self._tail = text[end:][-refusals.LONGEST_BYTES :]
        self._left_bytes -= len(data)
        return WANT if self._left_bytes > 0 else DONE_DIRECTION

    def gap(self, direction: int, missing_bytes: int, timestamp_ns: int) -> int:
        super().gap(direction, missing_bytes, timestamp_ns)
        self._tail = b""
        return DONE_DIRECTION if direction == UP else WANT


class LdapSession:
    """Simple binds in clear, and StartTLS."""

    def __init__(self, flow: Flow, emit: Emit, count: Count) -> None:
        self._facts = ServiceFacts(flow, emit, "ldap")
        self._count = count
        self._buffers = [b"", b""]
        self._tls_requested = False
        self._messages = 0

    def feed(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        data = self._buffers[direction] + data
        self._buffers[direction] = b""
        position = 0
        while position < len(data):
            try:
                message = ldap.parse_ldap(data, position)
            except Incomplete as waiting:
                return self._wait(direction, data[position:], waiting.slug)
            except ParseError as error:
                return self._foreign(direction, data[position:], error.slug)
            position += message.size
            self._messages += 1
            if self._take(direction, message, timestamp_ns):
                self._buffers[direction] = data[position:]
                return REDETECT
        return DONE if self._messages >= MAX_LDAP_MESSAGES else WANT

    def _foreign(self, direction: int, rest: bytes, slug: str) -> int:
        """Bytes that are no message: TLS whose start was not seen, or what SASL wraps (RFC 4513, section 5.2)."""
        if rest[:2] == b"\x16\x03":
            self._buffers[direction] = rest
            return REDETECT
        if rest[0] == ber.SEQUENCE:
            self._count(slug)
        return DONE

    def _take(self, direction: int, message: ldap.LdapMessage, timestamp_ns: int) -> bool:
        """Whether TLS begins behind this message."""
        if message.has_password:
            self._facts.credential("simple_bind", timestamp_ns)
        if message.is_start_tls:
            self._tls_requested = True
            self._facts.fact("starttls", "requested", direction, timestamp_ns)
        elif message.operation == ldap.EXTENDED_RESPONSE and self._tls_requested:
            self._tls_requested = False
            return message.succeeded
        return False

    def _wait(self, direction: int, rest: bytes, slug: str) -> int:
        if len(rest) > MAX_OPENING_BYTES:
            self._count(slug)
            return DONE_DIRECTION
        self._buffers[direction] = rest
        return WANT

    def leftover(self, direction: int) -> bytes:
        return self._buffers[direction]

    def gap(self, direction: int, missing_bytes: int, timestamp_ns: int) -> int:
        """Messages have no mark to find the next one by."""
        self._buffers[direction] = b""
        return DONE_DIRECTION

    def close(self, timestamp_ns: int) -> None:
        """Nothing is pending."""


class XmppSession:
    """The domain a client asks for, STARTTLS, and SASL PLAIN without it."""

    def __init__(self, flow: Flow, emit: Emit, count: Count) -> None:
        self._facts = ServiceFacts(flow, emit, "xmpp")
        self._buffers = [b"", b""]
        self._tls_requested = False

    def feed(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        data = self._buffers[direction] + data
        self._buffers[direction] = data[: xmpp.MAX_STANZA_BYTES]
        if direction == UP:
            return self._client(data, timestamp_ns)
        end = xmpp.tls_begins_at(data) if self._tls_requested else -1
        if end >= 0:
            self._buffers[DOWN] = data[end:]
            self._buffers[UP] = b""
            return REDETECT
        return DONE_DIRECTION if len(data) >= xmpp.MAX_STANZA_BYTES else WANT

    def _client(self, data: bytes, timestamp_ns: int) -> int:
        to = xmpp.stream_to(data)
        if to:
            self._facts.fact("to", to, UP, timestamp_ns)
        if not self._tls_requested and xmpp.asks_for_tls(data):
            self._tls_requested = True
            self._facts.fact("starttls", "requested", UP, timestamp_ns)
        mechanism = xmpp.clear_auth_mechanism(data)
        if mechanism:
            self._facts.credential(f"auth_{mechanism}", timestamp_ns)
            return DONE
        return DONE if len(data) >= xmpp.MAX_STANZA_BYTES else WANT

    def leftover(self, direction: int) -> bytes:
        return self._buffers[direction]

    def gap(self, direction: int, missing_bytes: int, timestamp_ns: int) -> int:
        return DONE

    def close(self, timestamp_ns: int) -> None:
        """Nothing is pending."""


class TelnetSession:
    """Whether the server asked for a password, and how often it said no."""

    def __init__(self, flow: Flow, emit: Emit, count: Count) -> None:
        self._facts = ServiceFacts(flow, emit, "telnet")
        self._seen_bytes = 0
        self._tail = b""

    def feed(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        if direction == UP:
            return DONE_DIRECTION
        self._seen_bytes += len(data)
        text = (self._tail + data)[-512:]
        plain = telnet.plain_text(text)
        self._tail = text[-64:]
        if telnet.asks_for_password(plain):
            self._facts.credential("password", timestamp_ns)
        if telnet.refuses(plain):
            self._facts.refused(timestamp_ns)
            self._tail = b""
        return DONE if self._seen_bytes >= MAX_TELNET_BYTES else WANT

    def leftover(self, direction: int) -> bytes:
        return b""

    def gap(self, direction: int, missing_bytes: int, timestamp_ns: int) -> int:
        self._tail = b""
        return WANT

    def close(self, timestamp_ns: int) -> None:
        """Nothing is pending."""


def _read_nothing(data: bytes, from_server: bool) -> Plaintext:
    return Plaintext()


StreamSessionMaker = Callable[[Flow, Emit, Count], StreamSession]

STREAM_SESSIONS: Final[Mapping[str, StreamSessionMaker]] = {
    "ssh": partial(BannerSession, protocol="ssh", read=read_ssh),
    "mqtt": partial(BannerSession, protocol="mqtt", read=read_mqtt),
    "bittorrent": partial(BannerSession, protocol="bittorrent", read=read_bittorrent),
    "smb": partial(LoginSession, protocol="smb", read=read_smb, refusal=refusals.SMB),
    "mysql": partial(LoginSession, protocol="mysql", read=_read_nothing, refusal=refusals.MYSQL),
    "rdp": partial(BannerSession, protocol="rdp", read=read_rdp),
    "sip": partial(BannerSession, protocol="sip", read=read_sip_stream),
    "postgresql": partial(LoginSession, protocol="postgresql", read=read_postgresql, refusal=refusals.POSTGRESQL),
    "backdoor": partial(BannerSession, protocol="backdoor", read=read_backdoor),
    "smtp": SmtpSession,
    "imap": ImapSession,
    "pop3": Pop3Session,
    "ftp": FtpSession,
    "ldap": LdapSession,
    "xmpp": XmppSession,
    "telnet": TelnetSession,
}
"""Token of ``parse/recognise.py`` -> the session for a stream of it. Recognised protocols without one tell no more."""
