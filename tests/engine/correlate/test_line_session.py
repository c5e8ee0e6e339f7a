"""SMTP, IMAP, POP3 and FTP conversations: banners, clear credentials, TLS taking over; whole or in pieces the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.correlate.http_session import REDETECT
from netscope.engine.correlate.line_session import (
    MAX_LINE_BYTES,
    MAX_LINES,
    FtpSession,
    ImapSession,
    LineSession,
    Pop3Session,
    SmtpSession,
)
from netscope.engine.correlate.session import DONE
from netscope.model.flow import DOWN, UP
from netscope.model.service import ClearCredential, LoginRefused, ServiceSeen
from tests.engine.correlate.session_replay import StreamReplay
from tests.engine.parse.plaintext_samples import CLIENT_HELLO_START

Conversation = list[tuple[int, bytes]]

SMTP: Conversation = [
    (DOWN, b"220 mx.example ESMTP Postfix\r\n"),
    (UP, b"EHLO laptop.lan\r\n"),
    (DOWN, b"250-mx.example\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"),
    (UP, b"AUTH PLAIN AGJvYgBodW50ZXIy\r\n"),
    (DOWN, b"235 ok\r\n"),
    (UP, b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"),
    (DOWN, b"250 ok\r\n250 ok\r\n354 go\r\n"),
    (UP, b"Subject: STARTTLS\r\n"),
]
SMTP_TLS: Conversation = [
    *SMTP[:3],
    (UP, b"STARTTLS\r\n"),
    (DOWN, b"220 2.0.0 Ready to start TLS\r\n"),
]
IMAP: Conversation = [
    (DOWN, b"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n"),
    (UP, b'a1 ID ("name" "Thunderbird" "version" "115")\r\n'),
    (DOWN, b'* ID ("name" "Dovecot")\r\na1 OK\r\n'),
    (UP, b"a2 LOGIN bob hunter2\r\n"),
]
IMAP_TLS: Conversation = [
    IMAP[0],
    (UP, b"a1 STARTTLS\r\n"),
    (DOWN, b"* OK still here\r\na1 OK Begin TLS\r\n"),
]
POP3: Conversation = [
    (DOWN, b"+OK POP3 ready\r\n"),
    (UP, b"USER bob\r\n"),
    (DOWN, b"+OK\r\n"),
    (UP, b"PASS hunter2\r\n"),
]
POP3_TLS: Conversation = [POP3[0], (UP, b"STLS\r\n"), (DOWN, b"+OK begin\r\n")]
FTP: Conversation = [
    (DOWN, b"220-Welcome\r\n220 ProFTPD 1.3.5\r\n"),
    (UP, b"CLNT FileZilla\r\nUSER bob\r\n"),
    (DOWN, b"200 ok\r\n331 Password\r\n"),
    (UP, b"PASS hunter2\r\nSYST\r\n"),
    (DOWN, b"230 in\r\n215 UNIX Type: L8\r\n"),
]
FTP_TLS: Conversation = [FTP[0], (UP, b"AUTH TLS\r\n"), (DOWN, b"234 go\r\n")]

ALL: list[tuple[type[LineSession], Conversation]] = [
    (SmtpSession, SMTP),
    (SmtpSession, SMTP_TLS),
    (ImapSession, IMAP),
    (ImapSession, IMAP_TLS),
    (Pop3Session, POP3),
    (Pop3Session, POP3_TLS),
    (FtpSession, FTP),
    (FtpSession, FTP_TLS),
]


def play(session_class: type[LineSession], conversation: Conversation) -> StreamReplay:
    replay = StreamReplay(session_class)
    for direction, data in conversation:
        replay.feed(direction, data)
    replay.close()
    return replay


def facts(replay: StreamReplay) -> list[tuple[str, str, str]]:
    return [(seen.attribute, seen.value, seen.side) for seen in replay.of(ServiceSeen)]


def credentials(replay: StreamReplay) -> list[str]:
    return [seen.field for seen in replay.of(ClearCredential)]


def test_smtp() -> None:
    replay = play(SmtpSession, SMTP)
    assert facts(replay) == [
        ("banner", "220 mx.example ESMTP Postfix", "server"),
        ("client_name", "laptop.lan", "client"),
    ]
    assert credentials(replay) == ["auth_plain"]
    assert replay.code == DONE
    assert (replay.flow.app_protocol, replay.flow.app_protocol_source) == ("smtp", "content")


def test_imap() -> None:
    replay = play(ImapSession, IMAP)
    assert facts(replay) == [
        ("banner", "* OK [CAPABILITY IMAP4rev1] Dovecot ready.", "server"),
        ("client_id", '"name" "Thunderbird" "version" "115"', "client"),
        ("server_id", '"name" "Dovecot"', "server"),
    ]
    assert credentials(replay) == ["login"]


def test_pop3() -> None:
    replay = play(Pop3Session, POP3)
    assert facts(replay) == [("banner", "+OK POP3 ready", "server")]
    assert credentials(replay) == ["pass"]


def test_ftp() -> None:
    replay = play(FtpSession, FTP)
    assert facts(replay) == [
        ("banner", "220-Welcome", "server"),
        ("client", "FileZilla", "client"),
        ("system", "UNIX Type: L8", "server"),
    ]
    assert credentials(replay) == ["pass"]


def test_an_anonymous_login_is_no_credential() -> None:
    assert credentials(play(FtpSession, [(UP, b"USER anonymous\r\nPASS me@example.com\r\n")])) == []


@pytest.mark.parametrize(("session_class", "conversation"), ALL)
def test_no_name_or_password_is_in_any_record(session_class: type[LineSession], conversation: Conversation) -> None:
    said = repr(play(session_class, conversation).records)
    assert "hunter2" not in said
    assert "bob" not in said
    assert "AGJvYg" not in said


@pytest.mark.parametrize(
    ("session_class", "conversation"), [pair for pair in ALL if pair[1] in (SMTP_TLS, IMAP_TLS, POP3_TLS, FTP_TLS)]
)
def test_tls_takes_over(session_class: type[LineSession], conversation: Conversation) -> None:
    replay = play(session_class, [*conversation[:-1], (DOWN, conversation[-1][1] + b"\x16\x03\x03")])
    assert replay.code == REDETECT
    assert replay.session.leftover(DOWN) == b"\x16\x03\x03"
    assert ("starttls", "requested", "client") in facts(replay)
    assert credentials(replay) == []


@pytest.mark.parametrize(
    ("session_class", "asked", "refused"),
    [
        (SmtpSession, b"STARTTLS\r\n", b"454 TLS not available\r\n220 not this\r\n"),
        (ImapSession, b"a1 STARTTLS\r\n", b"a1 BAD no\r\na1 OK late\r\n"),
        (Pop3Session, b"STLS\r\n", b"-ERR no\r\n+OK other\r\n"),
        (FtpSession, b"AUTH TLS\r\n", b"502 no\r\n234 late\r\n"),
    ],
)
def test_tls_refused(session_class: type[LineSession], asked: bytes, refused: bytes) -> None:
    assert play(session_class, [(UP, asked), (DOWN, refused)]).code == 0


@pytest.mark.parametrize("session_class", [SmtpSession, ImapSession, Pop3Session, FtpSession])
def test_a_client_hello_whose_consent_was_not_seen(session_class: type[LineSession]) -> None:
    replay = play(session_class, [(UP, CLIENT_HELLO_START)])
    assert replay.code == REDETECT
    assert replay.session.leftover(UP) == CLIENT_HELLO_START


def test_behind_a_gap_reading_goes_on_with_the_next_line() -> None:
    replay = StreamReplay(Pop3Session)
    replay.feed(UP, b"USER bo")
    replay.gap(UP, 100)
    replay.feed(UP, b"PASS in the middle\r\nPASS x\r\n")
    assert credentials(replay) == ["pass"]
    replay = StreamReplay(Pop3Session)
    replay.gap(UP, 100)
    replay.feed(UP, b"PASS in the middle\r\n")
    assert credentials(replay) == []


def test_bounds() -> None:
    replay = play(SmtpSession, [(UP, b"NOOP\r\n" * (MAX_LINES + 5))])
    assert replay.code == DONE
    replay = StreamReplay(SmtpSession)
    for _ in range(30):
        replay.feed(UP, b"x" * 1000)
    assert len(replay.session.leftover(UP)) <= MAX_LINE_BYTES
    replay = play(SmtpSession, [(UP, b"EHLO " + b"x" * 1000 + b"\r\n")])
    assert facts(replay) == [("client_name", "x" * 256, "client")]


@given(st.sampled_from(ALL), st.lists(st.integers(1, 30), min_size=1, max_size=8))
def test_whole_or_in_pieces_the_same(pair: tuple[type[LineSession], Conversation], sizes: list[int]) -> None:
    session_class, conversation = pair
    pieces = []
    for direction, data in conversation:
        position = 0
        for size in sizes * len(data):
            if position >= len(data):
                break
            pieces.append((direction, data[position : position + size]))
            position += size
    whole, cut = play(session_class, conversation), play(session_class, pieces)
    assert (facts(cut), credentials(cut), cut.code) == (facts(whole), credentials(whole), whole.code)


@given(st.sampled_from(ALL), st.lists(st.tuples(st.sampled_from([UP, DOWN]), st.binary(max_size=60)), max_size=12))
def test_no_bytes_raise(pair: tuple[type[LineSession], Conversation], noise: Conversation) -> None:
    session_class, conversation = pair
    mixed = [piece for couple in zip(conversation, noise, strict=False) for piece in couple]
    play(session_class, mixed)
    play(session_class, noise)


@pytest.mark.parametrize(
    ("session", "conversation"),
    [
        (FtpSession, [(UP, b"USER bob\r\nPASS x\r\n"), (DOWN, b"331 go on\r\n530 Login incorrect.\r\n")]),
        (SmtpSession, [(UP, b"AUTH PLAIN AGJvYgB4\r\n"), (DOWN, b"535 5.7.8 failed\r\n")]),
        (Pop3Session, [(UP, b"PASS x\r\n"), (DOWN, b"-ERR no\r\n")]),
        (ImapSession, [(UP, b"a2 LOGIN bob x\r\n"), (DOWN, b"* BYE\r\na2 NO no\r\n")]),
    ],
)
def test_each_refused_log_in_is_told(session: type[LineSession], conversation: Conversation) -> None:
    replay = StreamReplay(session)
    for direction, data in conversation * 3:
        replay.feed(direction, data)
    assert len(replay.of(LoginRefused)) == 3
    assert replay.code != DONE


def test_a_refusal_of_a_command_is_no_refused_log_in() -> None:
    replay = StreamReplay(FtpSession)
    for direction, data in [(UP, b"LIST\r\n"), (DOWN, b"530 Please login with USER and PASS.\r\n")]:
        replay.feed(direction, data)
    assert replay.of(LoginRefused) == []
