"""Lines of SMTP, IMAP and POP3."""

from __future__ import annotations

import pytest

from netscope.engine.parse import mail


@pytest.mark.parametrize(
    ("banner", "port", "protocol"),
    [
        (b"220 mail.example ESMTP Postfix\r\n", 4000, "smtp"),
        (b"220 ProFTPD Server ready.\r\n", 25, "ftp"),
        (b"220 hello\r\n", 25, "smtp"),
        (b"220 hello\r\n", 21, "ftp"),
        (b"220 hello\r\n", 4000, None),
        (b"+OK ready <1.2@x>\r\n", 110, "pop3"),
        (b"* OK IMAP4rev1 ready\r\n", 143, "imap"),
        (b"331 Password required\r\n", 4000, "ftp"),
        (b"HTTP/1.1 200 OK\r\n", 25, None),
    ],
)
def test_greetings(banner: bytes, port: int, protocol: str | None) -> None:
    assert mail.greeting_protocol(banner, port) == protocol


@pytest.mark.parametrize(
    ("line", "protocol"),
    [
        (b"EHLO laptop\r\n", "smtp"),
        (b"mail from:<a@b>", "smtp"),
        (b"CAPA\r\n", "pop3"),
        (b"a001 CAPABILITY\r\n", "imap"),
        (b"1.1 LOGIN a b\r\n", "imap"),
        (b"GET / HTTP/1.1\r\n", None),
        (b"USER bob\r\n", None),
    ],
)
def test_commands(line: bytes, protocol: str | None) -> None:
    assert mail.command_protocol(line) == protocol


def test_commands_with_credentials() -> None:
    assert mail.smtp_clear_auth(b"AUTH PLAIN AGEAYg==") == "auth_plain"
    assert mail.smtp_clear_auth(b"auth login") == "auth_login"
    assert mail.smtp_clear_auth(b"AUTH CRAM-MD5") is None
    assert mail.imap_clear_auth(b'a1 LOGIN "bob" "x"') == "login"
    assert mail.imap_clear_auth(b"a1 authenticate plain") == "auth_plain"
    assert mail.imap_clear_auth(b"a1 AUTHENTICATE SCRAM-SHA-256") is None
    assert mail.pop3_clear_auth(b"PASS x") == "pass"
    assert mail.pop3_clear_auth(b"APOP bob 1234") is None
