"""Sessions of plaintext streams: what each side said first, and where TLS takes over."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.correlate.http_session import REDETECT
from netscope.engine.correlate.plaintext_session import (
    MAX_LDAP_MESSAGES,
    MAX_LOGIN_BYTES,
    MAX_OPENING_BYTES,
    STREAM_SESSIONS,
    LdapSession,
    TelnetSession,
    XmppSession,
)
from netscope.engine.correlate.session import DONE, WANT
from netscope.engine.parse.recognise import recognise_stream
from netscope.model.flow import DOWN, UP
from netscope.model.service import ClearCredential, LoginRefused, ServiceSeen
from tests.engine.correlate.session_replay import StreamReplay
from tests.engine.parse import plaintext_samples as samples
from tests.engine.parse.capture_streams import events

Conversation = list[tuple[int, bytes]]

CONVERSATIONS: dict[str, Conversation] = {
    "ssh": [(DOWN, b"SSH-2.0-OpenSSH_9.6\r\n"), (UP, b"SSH-2.0-PuTTY_0.80\r\n" + bytes(100))],
    "mqtt": [(UP, samples.mqtt_connect(level=5)), (DOWN, b"\x20\3\0\0\0")],
    "bittorrent": [(UP, samples.BITTORRENT), (DOWN, samples.BITTORRENT)],
    "smb": [(UP, samples.SMB2_NEGOTIATE), (DOWN, samples.SMB2_RESPONSE)],
    "rdp": [(UP, samples.RDP_REQUEST), (DOWN, samples.RDP_CONFIRM)],
    "sip": [(UP, samples.SIP_REGISTER), (DOWN, samples.SIP_OK)],
    "postgresql": [(UP, b"\0\0\0\x08\x04\xd2\x16\x2f"), (DOWN, b"S")],
    "ldap": [(UP, samples.LDAP_START_TLS), (DOWN, samples.ldap_result(0x78))],
    "xmpp": [
        (UP, samples.XMPP_OPEN),
        (DOWN, samples.XMPP_OPEN),
        (UP, samples.XMPP_STARTTLS),
        (DOWN, samples.XMPP_PROCEED),
    ],
    "telnet": [(DOWN, samples.TELNET_OPTIONS), (DOWN, b"\r\nlogin: "), (UP, b"bob\r\n"), (DOWN, b"Password: ")],
}


def play(protocol: str, conversation: Conversation) -> StreamReplay:
    replay = StreamReplay(STREAM_SESSIONS[protocol])
    for direction, data in conversation:
        replay.feed(direction, data)
    replay.close()
    return replay


def facts(replay: StreamReplay) -> list[tuple[str, str, str]]:
    return [(seen.attribute, seen.value, seen.side) for seen in replay.of(ServiceSeen)]


def credentials(replay: StreamReplay) -> list[str]:
    return [seen.field for seen in replay.of(ClearCredential)]


@pytest.mark.parametrize(
    ("protocol", "expected", "code"),
    [
        (
            "ssh",
            [("server_version", "SSH-2.0-OpenSSH_9.6", "server"), ("client_version", "SSH-2.0-PuTTY_0.80", "client")],
            DONE,
        ),
        ("mqtt", [("version", "5.0", "client"), ("client_id", "kitchen-lamp", "client")], DONE),
        ("bittorrent", [("client_peer", "-TR4050-", "client"), ("server_peer", "-TR4050-", "server")], DONE),
        ("smb", [("version", "2", "client"), ("dialect", "3.1.1", "server")], WANT),
        ("rdp", [("offered_security", "tls+credssp", "client"), ("security", "credssp", "server")], REDETECT),
        ("sip", [("user_agent", "Grandstream GXP2170", "client"), ("server", "Asterisk PBX 18.2", "server")], DONE),
        ("postgresql", [("tls", "requested", "client"), ("tls", "granted", "server")], REDETECT),
        ("ldap", [("starttls", "requested", "client")], REDETECT),
        ("xmpp", [("to", "chat.example.com", "client"), ("starttls", "requested", "client")], REDETECT),
        ("telnet", [], WANT),
    ],
)  # fmt: skip
def test_conversations(protocol: str, expected: list, code: int) -> None:
    replay = play(protocol, CONVERSATIONS[protocol])
    assert facts(replay) == expected
    assert replay.code == code
    assert replay.counted == []
    assert (replay.flow.app_protocol, replay.flow.app_protocol_source) == (protocol, "content")


@pytest.mark.parametrize("protocol", ["rdp", "postgresql", "ldap", "xmpp"])
def test_what_follows_the_consent_is_left_over(protocol: str) -> None:
    *before, (direction, last) = CONVERSATIONS[protocol]
    replay = play(protocol, [*before, (direction, last + b"\x16\x03\x03")])
    assert replay.code == REDETECT
    assert replay.session.leftover(DOWN) == b"\x16\x03\x03"
    assert replay.session.leftover(UP) == b""


@pytest.mark.parametrize(
    ("protocol", "conversation", "field"),
    [
        ("mqtt", [(UP, samples.mqtt_connect())], "password"),
        ("ldap", [(UP, samples.ldap_bind() * 2)], "simple_bind"),
        ("xmpp", [(UP, b"<auth mechanism='PLAIN'>AGI=</auth>")], "auth_plain"),
        ("telnet", CONVERSATIONS["telnet"], "password"),
    ],
)
def test_credentials_in_clear(protocol: str, conversation: Conversation, field: str) -> None:
    assert credentials(play(protocol, conversation)) == [field]


def test_ldap_start_tls_refused() -> None:
    replay = play("ldap", [(UP, samples.LDAP_START_TLS), (DOWN, samples.ldap_result(0x78, 52))])
    assert replay.code == 0
    replay.feed(UP, samples.ldap_bind())
    assert credentials(replay) == ["simple_bind"]


def test_ldap_ends_in_time() -> None:
    search = samples.ldap(samples.tlv(0x64, b"\4\0\x30\0"))
    assert play("ldap", [(DOWN, search * (MAX_LDAP_MESSAGES + 1))]).code == DONE
    assert play("ldap", [(UP, b"\0\0\1\0wrapped by SASL")]).code == DONE
    broken = play("ldap", [(UP, b"\x30\x80\0\0\0")])
    assert (broken.code, broken.counted) == (DONE, ["malformed_ldap"])
    hello = StreamReplay(LdapSession)
    hello.feed(UP, samples.CLIENT_HELLO_START)
    assert (hello.code, hello.session.leftover(UP)) == (REDETECT, samples.CLIENT_HELLO_START)


@pytest.mark.parametrize("protocol", ["ssh", "mqtt", "smb", "sip", "bittorrent", "rdp"])
def test_an_opening_that_never_ends_is_given_up(protocol: str) -> None:
    replay = StreamReplay(STREAM_SESSIONS[protocol])
    start = CONVERSATIONS[protocol][0]
    replay.feed(start[0], start[1][:8])
    for _ in range(MAX_OPENING_BYTES // 500):
        replay.feed(start[0], b"\xff" * 1000)
    assert not replay.open[start[0]]


def test_a_gap_ends_what_has_no_marks() -> None:
    replay = StreamReplay(STREAM_SESSIONS["ssh"])
    replay.feed(UP, b"SSH-2.0-Pu")
    replay.gap(UP, 10)
    replay.feed(UP, b"TTY\r\n")
    assert facts(replay) == []
    assert replay.open == [False, True]
    xmpp = StreamReplay(XmppSession)
    xmpp.gap(UP, 10)
    assert xmpp.code == DONE


def test_telnet_without_login() -> None:
    replay = StreamReplay(TelnetSession)
    for _ in range(100):
        replay.feed(DOWN, b"some text of a bulletin board\r\n" * 4)
    assert replay.code == DONE
    assert credentials(replay) == []


@given(st.sampled_from(sorted(CONVERSATIONS)), st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_whole_or_in_pieces_the_same(protocol: str, sizes: list[int]) -> None:
    conversation = CONVERSATIONS[protocol]
    pieces = []
    for direction, data in conversation:
        position = 0
        for size in sizes * len(data):
            if position >= len(data):
                break
            pieces.append((direction, data[position : position + size]))
            position += size
    whole, cut = play(protocol, conversation), play(protocol, pieces)
    assert (facts(cut), credentials(cut), cut.code) == (facts(whole), credentials(whole), whole.code)


@given(
    st.sampled_from(sorted(STREAM_SESSIONS)),
    st.lists(st.tuples(st.sampled_from([UP, DOWN]), st.binary(max_size=80), st.booleans()), max_size=10),
)
def test_no_bytes_raise(protocol: str, noise: list[tuple[int, bytes, bool]]) -> None:
    replay = StreamReplay(STREAM_SESSIONS[protocol])
    conversation = CONVERSATIONS.get(protocol, [])
    for index, (direction, data, lost) in enumerate(noise):
        if index < len(conversation):
            replay.feed(conversation[index][0], conversation[index][1][: 7 * len(data)])
        if lost:
            replay.gap(direction, 5)
        replay.feed(direction, data)
    replay.close()


def test_real_captures(captures_dir: Path) -> None:
    found: Counter = Counter()
    for name in ("zeek__tcp__ssh-dups.pcap", "zeek__tls__smtp-starttls.pcap", "ndpi__emotet.pcap"):
        replays: dict[tuple, StreamReplay] = {}
        for event in events(captures_dir / name):
            if event.kind != "data":
                continue
            if event.key not in replays:
                up, down = (event.data, b"") if event.direction == UP else (b"", event.data)
                maker = STREAM_SESSIONS.get(recognise_stream(up, down, event.key[2], event.key[4]) or "")
                if maker is None:
                    continue
                replays[event.key] = StreamReplay(maker)
            replays[event.key].feed(event.direction, event.data, event.timestamp_ns)
        for replay in replays.values():
            found.update((seen.attribute, seen.value) for seen in replay.of(ServiceSeen))
            found.update(("clear", seen.field) for seen in replay.of(ClearCredential))
            found[name, replay.code] += 1
    assert found["client_version", "SSH-2.0-OpenSSH_7.9"] == 1
    assert found["starttls", "requested"] >= 1
    assert found["zeek__tls__smtp-starttls.pcap", REDETECT] == 1


def test_telnet_refusals_are_told_each() -> None:
    refused = [(UP, b"secret\r\n"), (DOWN, b"\r\nLogin incorrect\r\nlogin: "), (UP, b"bob\r\n"), (DOWN, b"Password: ")]
    replay = play("telnet", [*CONVERSATIONS["telnet"], *refused * 3])
    assert len(replay.of(LoginRefused)) == 3
    assert credentials(replay) == ["password"]


@pytest.mark.parametrize("split", [1, 20, 200])
def test_refusals_of_a_data_base_are_told_each_however_they_are_cut(split: int) -> None:
    greeting = b"\x4a\0\0\0\x0a8.0.36\0"
    denied = b"\x48\0\0\2\xff\x15\x04#28000Access denied for user 'bob'"
    said = greeting + denied * 2
    replay = play("mysql", [(DOWN, said[start : start + split]) for start in range(0, len(said), split)])
    assert len(replay.of(LoginRefused)) == 2
    assert replay.code != DONE


def test_a_server_is_searched_for_refusals_at_the_start_only() -> None:
    replay = play(
        "mysql", [(DOWN, b"\x4a\0\0\0\x0a8.0.36\0" + bytes(MAX_LOGIN_BYTES)), (DOWN, b"\xff\x15\x04Access denied")]
    )
    assert replay.of(LoginRefused) == []
