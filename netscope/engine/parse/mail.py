"""SMTP, IMAP and POP3 lines (RFC 5321, 9051, 1939): who greets, what starts TLS, which command carries a password.

Functions say what a line is; the conversation is ``correlate/plaintext_session.py``'s.
"""

from __future__ import annotations

import re
from typing import Final

_SMTP_COMMANDS: Final = (b"EHLO ", b"HELO ", b"LHLO ", b"MAIL FROM:", b"STARTTLS")
_POP3_COMMANDS: Final = (b"CAPA", b"STLS", b"APOP ", b"UIDL", b"STAT")
_IMAP_COMMANDS: Final = frozenset(
    b"CAPABILITY LOGIN AUTHENTICATE STARTTLS ID NOOP SELECT EXAMINE LIST NAMESPACE ENABLE LOGOUT".split()
)
_IMAP_LINE: Final = re.compile(rb"([A-Za-z0-9.+-]{1,32}) (?:UID )?([A-Za-z]{2,15})(?=[ \r\n]|$)")
_IMAP_GREETING: Final = (b"* OK", b"* PREAUTH", b"* BYE")
_SMTP_WORDS: Final = re.compile(rb"\bE?SMTP\b|\bLMTP\b|sendmail|postfix|exim|\bmail", re.IGNORECASE)
_FTP_REPLIES: Final = (b"331 ", b"227 Entering", b"230 ", b"230-")
"""Codes SMTP does not have: a conversation joined midway."""
_FTP_WORDS: Final = re.compile(rb"FTP|FileZilla|vsFTPd|Pure-FTPd", re.IGNORECASE)

SMTP_PORTS: Final = (25, 465, 587, 2525)
FTP_PORTS: Final = (21, 2121)


def greeting_protocol(banner: bytes, server_port: int) -> str | None:
    """Which protocol a server's first line is of: ``smtp``, ``ftp``, ``imap``, ``pop3`` or None.

    ``220`` is SMTP's and FTP's alike (RFC 5321, 959): words in the line decide, then the port.
    """
    if banner.startswith(_IMAP_GREETING):
        return "imap"
    if banner.startswith((b"+OK", b"-ERR")):
        return "pop3"
    if banner.startswith(_FTP_REPLIES):
        return "ftp"
    if not banner.startswith((b"220 ", b"220-", b"421 ", b"554 ", b"120 ")):
        return None
    line = banner[:512]
    if _FTP_WORDS.search(line):
        return "ftp"
    if _SMTP_WORDS.search(line):
        return "smtp"
    if server_port in SMTP_PORTS:
        return "smtp"
    return "ftp" if server_port in FTP_PORTS else None


def command_protocol(line: bytes) -> str | None:
    """Which mail protocol a client's first line is of; None where several share it (USER, QUIT, NOOP)."""
    upper = line[:32].upper()
    if upper.startswith(_SMTP_COMMANDS):
        return "smtp"
    if upper.startswith(_POP3_COMMANDS):
        return "pop3"
    return "imap" if imap_command(line) in _IMAP_COMMANDS else None


def imap_command(line: bytes) -> bytes:
    """The command of a tagged line, in capitals; empty when it is none."""
    found = _IMAP_LINE.match(line)
    return found[2].upper() if found else b""


def smtp_clear_auth(line: bytes) -> str | None:
    """``auth_plain`` or ``auth_login`` (RFC 4954, RFC 4616)."""
    upper = line[:16].upper()
    if upper.startswith(b"AUTH PLAIN"):
        return "auth_plain"
    return "auth_login" if upper.startswith(b"AUTH LOGIN") else None


def imap_clear_auth(line: bytes) -> str | None:
    """``login``, or ``auth_plain`` and ``auth_login`` of AUTHENTICATE (RFC 9051, section 6.2)."""
    command = imap_command(line)
    if command == b"LOGIN":
        return "login"
    if command == b"AUTHENTICATE":
        mechanism = line[:80].upper().split()[2:3]
        if mechanism in ([b"PLAIN"], [b"LOGIN"]):
            return f"auth_{mechanism[0].decode().lower()}"
    return None


def pop3_clear_auth(line: bytes) -> str | None:
    """``pass``, or ``auth_plain`` and ``auth_login`` (RFC 1939, RFC 5034)."""
    upper = line[:16].upper()
    return "pass" if upper.startswith(b"PASS ") else smtp_clear_auth(line)
