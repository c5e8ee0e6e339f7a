"""SMTP, IMAP, POP3 and FTP conversations: banners, credentials in clear, and the command after which TLS takes over.

Each line is looked at and dropped; user names, passwords and mail are never kept.
"""

from __future__ import annotations

from typing import Final

from netscope.engine.correlate.http_session import REDETECT
from netscope.engine.correlate.service_facts import ServiceFacts
from netscope.engine.correlate.session import DONE, WANT, Count, Emit
from netscope.engine.parse import ftp, mail
from netscope.engine.parse.wire import text_of
from netscope.model.flow import DOWN, UP, Flow

MAX_LINE_BYTES: Final = 4_096
"""RFC 5321 allows 512, IMAP 8,192 with literals; of a longer line only the start matters."""

MAX_LINES: Final = 256
"""Lines read a flow, both sides: login and STARTTLS come within the first dozens."""


class LineSession:
    """What the four share: cutting lines, noticing TLS, ending in time. Subclasses say what a line means."""

    protocol = ""

    def __init__(self, flow: Flow, emit: Emit, count: Count) -> None:
        self.facts = ServiceFacts(flow, emit, self.protocol)
        self.tls_requested = False
        self._buffers = [b"", b""]
        self._skipping = [False, False]
        """Behind a gap, before the next line end."""
        self._lines = 0
        self._greeted = False

    def client_line(self, line: bytes, timestamp_ns: int) -> int:
        raise NotImplementedError

    def server_line(self, line: bytes, timestamp_ns: int) -> int:
        raise NotImplementedError

    def feed(self, direction: int, data: bytes, timestamp_ns: int) -> int:
        held = self._buffers[direction]
        data = held + data if held else data
        if direction == UP and data[:2] == b"\x16\x03":
            # A ClientHello where a command should be: the server's consent was not captured or comes later in the file.
            self._buffers[UP] = data
            return REDETECT
        position = 0
        while (end := data.find(b"\n", position)) >= 0:
            code = self._line(
                direction, data[position : min(end, position + MAX_LINE_BYTES)].rstrip(b"\r"), timestamp_ns
            )
            position = end + 1
            if code:
                self._buffers[direction] = data[position:]
                return code
        self._buffers[direction] = data[position : position + MAX_LINE_BYTES]
        return WANT

    def _line(self, direction: int, line: bytes, timestamp_ns: int) -> int:
        if self._skipping[direction]:
            self._skipping[direction] = False
            return WANT
        self._lines += 1
        if direction == UP:
            code = self.client_line(line, timestamp_ns)
        else:
            if not self._greeted and line:
                self._greeted = True
                self._greet(line, timestamp_ns)
            code = self.server_line(line, timestamp_ns)
        return DONE if not code and self._lines >= MAX_LINES else code

    def _greet(self, line: bytes, timestamp_ns: int) -> None:
        if mail.greeting_protocol(line, 0) is not None or line[:3] == b"220":
            self.facts.fact("banner", text_of(line), DOWN, timestamp_ns)

    def request_tls(self, timestamp_ns: int) -> int:
        self.tls_requested = True
        self.facts.fact("starttls", "requested", UP, timestamp_ns)
        return WANT

    def leftover(self, direction: int) -> bytes:
        return self._buffers[direction]

    def gap(self, direction: int, missing_bytes: int, timestamp_ns: int) -> int:
        """Reading goes on with the next line end."""
        self._buffers[direction] = b""
        self._skipping[direction] = True
        return WANT

    def close(self, timestamp_ns: int) -> None:
        """Nothing is pending: half a line says nothing."""


class SmtpSession(LineSession):
    """RFC 5321, STARTTLS of RFC 3207, AUTH of RFC 4954. Ends where mail begins."""

    protocol = "smtp"

    def client_line(self, line: bytes, timestamp_ns: int) -> int:
        upper = line[:16].upper()
        if upper.startswith((b"EHLO ", b"HELO ")):
            self.facts.fact("client_name", text_of(line[5:].strip()), UP, timestamp_ns)
        elif upper.startswith(b"STARTTLS"):
            return self.request_tls(timestamp_ns)
        elif upper.startswith(b"BDAT "):
            return DONE
        elif field := mail.smtp_clear_auth(line):
            self.facts.credential(field, timestamp_ns)
        return WANT

    def server_line(self, line: bytes, timestamp_ns: int) -> int:
        if line[:3] == b"354":
            return DONE
        if line[:3] == b"535":
            # RFC 4954, section 6: authentication credentials invalid.
            self.facts.refused(timestamp_ns)
        if self.tls_requested and line[:4] == b"220 ":
            return REDETECT
        if self.tls_requested and line[:1] in b"45":
            self.tls_requested = False
        return WANT


class Pop3Session(LineSession):
    """RFC 1939, STLS of RFC 2595. Ends with a password that is taken."""

    protocol = "pop3"

    def __init__(self, flow: Flow, emit: Emit, count: Count) -> None:
        super().__init__(flow, emit, count)
        self._logs_in = False

    def client_line(self, line: bytes, timestamp_ns: int) -> int:
        if line[:4].upper() == b"STLS":
            return self.request_tls(timestamp_ns)
        field = mail.pop3_clear_auth(line)
        if field:
            self.facts.credential(field, timestamp_ns)
        self._logs_in = self._logs_in or bool(field)
        return WANT

    def server_line(self, line: bytes, timestamp_ns: int) -> int:
        if self.tls_requested and line[:3] == b"+OK":
            return REDETECT
        if self.tls_requested and line[:4] == b"-ERR":
            self.tls_requested = False
        if not self._logs_in:
            return WANT
        if line[:3] == b"+OK":
            return DONE
        if line[:4] == b"-ERR":
            self._logs_in = False
            self.facts.refused(timestamp_ns)
        return WANT


class ImapSession(LineSession):
    """RFC 9051; ID of RFC 2971. Ends with a password that is taken."""

    protocol = "imap"

    def __init__(self, flow: Flow, emit: Emit, count: Count) -> None:
        super().__init__(flow, emit, count)
        self._tls_tag = b""
        self._login_tag = b""
        """Of the command whose answer says whether the password was right."""

    def client_line(self, line: bytes, timestamp_ns: int) -> int:
        command = mail.imap_command(line)
        if command == b"STARTTLS":
            self._tls_tag = line.partition(b" ")[0]
            return self.request_tls(timestamp_ns)
        if command == b"ID":
            self.facts.fact("client_id", text_of(line.partition(b"(")[2].rstrip(b")")), UP, timestamp_ns)
        field = mail.imap_clear_auth(line)
        if field:
            self.facts.credential(field, timestamp_ns)
            self._login_tag = line.partition(b" ")[0]
        return WANT

    def server_line(self, line: bytes, timestamp_ns: int) -> int:
        if line[:6].upper() == b"* ID (":
            self.facts.fact("server_id", text_of(line[6:].rstrip(b")")), DOWN, timestamp_ns)
        if self.tls_requested and line.startswith(self._tls_tag + b" "):
            self.tls_requested = False
            return REDETECT if line[len(self._tls_tag) + 1 :][:2].upper() == b"OK" else WANT
        if self._login_tag and line.startswith(self._login_tag + b" "):
            answer = line[len(self._login_tag) + 1 :][:2].upper()
            self._login_tag = b""
            if answer == b"OK":
                return DONE
            self.facts.refused(timestamp_ns)
        return WANT


class FtpSession(LineSession):
    """RFC 959, AUTH TLS of RFC 4217."""

    protocol = "ftp"

    def __init__(self, flow: Flow, emit: Emit, count: Count) -> None:
        super().__init__(flow, emit, count)
        self._anonymous = False
        self._logs_in = False

    def client_line(self, line: bytes, timestamp_ns: int) -> int:
        upper = line[:5].upper()
        if upper == b"USER ":
            self._anonymous = ftp.is_anonymous(line)
        elif upper == b"PASS ":
            self._logs_in = True
            # The password of an anonymous login is by custom a mail address (RFC 1635): no secret.
            if not self._anonymous:
                self.facts.credential("pass", timestamp_ns)
        elif upper == b"CLNT ":
            self.facts.fact("client", text_of(line[5:].strip()), UP, timestamp_ns)
        elif ftp.asks_for_tls(line):
            return self.request_tls(timestamp_ns)
        return WANT

    def server_line(self, line: bytes, timestamp_ns: int) -> int:
        if line[:4] == b"215 ":
            self.facts.fact("system", text_of(line[4:]), DOWN, timestamp_ns)
        if self._logs_in and line[:1] in (b"2", b"4", b"5"):
            self._logs_in = False
            if line[:3] == b"530":
                self.facts.refused(timestamp_ns)
        if self.tls_requested:
            if line[:4] == b"234 ":
                return REDETECT
            self.tls_requested = False
        return WANT
