"""FTP lines (RFC 959, RFC 4217): anonymous or named login, and what starts TLS. Names and paths are not kept."""

from __future__ import annotations

from typing import Final

_COMMANDS: Final = (
    b"USER ",
    b"FEAT",
    b"AUTH TLS",
    b"AUTH SSL",
    b"SYST",
    b"OPTS ",
    b"PASV",
    b"EPSV",
    b"PORT ",
    b"EPRT ",
    b"CLNT ",
)
_ANONYMOUS: Final = (b"USER ANONYMOUS", b"USER FTP")


def looks_like_ftp_command(line: bytes) -> bool:
    """A command FTP has and POP3 and SMTP do not (USER alone is POP3's too)."""
    return line[:16].upper().startswith(_COMMANDS[1:])


def is_anonymous(line: bytes) -> bool:
    return line[:32].upper().strip() in _ANONYMOUS


def asks_for_tls(line: bytes) -> bool:
    return line[:8].upper() in (b"AUTH TLS", b"AUTH SSL")
