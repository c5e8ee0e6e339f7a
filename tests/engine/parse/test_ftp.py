"""FTP commands."""

from __future__ import annotations

from netscope.engine.parse import ftp


def test_ftp_commands() -> None:
    assert ftp.looks_like_ftp_command(b"FEAT\r\n")
    assert not ftp.looks_like_ftp_command(b"USER bob\r\n")
    assert ftp.is_anonymous(b"user Anonymous")
    assert not ftp.is_anonymous(b"USER anonymouse")
    assert ftp.asks_for_tls(b"AUTH TLS")
    assert not ftp.asks_for_tls(b"AUTH GSSAPI")
