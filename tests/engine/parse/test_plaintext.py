"""The small plaintext protocols: what each says, and that any other bytes give a ParseError and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse import ftp, mail, telnet, xmpp
from netscope.engine.parse.bittorrent import looks_like_bittorrent_datagram, read_bittorrent
from netscope.engine.parse.ldap import looks_like_ldap, parse_ldap
from netscope.engine.parse.mqtt import looks_like_mqtt, read_mqtt
from netscope.engine.parse.ntp import looks_like_ntp, read_ntp
from netscope.engine.parse.openvpn import looks_like_openvpn, looks_like_openvpn_stream
from netscope.engine.parse.postgresql import read_postgresql
from netscope.engine.parse.rdp import looks_like_rdp, read_rdp
from netscope.engine.parse.rtp import could_be_rtp, follows, looks_like_rtcp
from netscope.engine.parse.sip import looks_like_sip, read_sip
from netscope.engine.parse.smb import looks_like_smb, read_smb
from netscope.engine.parse.snmp import looks_like_snmp, read_snmp
from netscope.engine.parse.ssh import looks_like_ssh, read_ssh
from netscope.engine.parse.stun import looks_like_stun, read_stun
from netscope.engine.parse.syslog import looks_like_syslog, read_syslog
from netscope.engine.parse.tftp import looks_like_tftp, read_tftp
from netscope.engine.parse.wireguard import looks_like_wireguard
from netscope.model.errors import Incomplete, ParseError
from netscope.model.service import Plaintext
from tests.engine.parse import plaintext_samples as samples

READERS: dict[str, tuple[Callable[[bytes, bool], Plaintext], bytes, bool]] = {
    "ssh": (read_ssh, b"SSH-2.0-OpenSSH_9.6\r\n", True),
    "ntp": (read_ntp, samples.ntp(4, stratum=1, reference=b"GPS\0"), True),
    "stun": (read_stun, samples.STUN_RESPONSE, True),
    "bittorrent": (read_bittorrent, samples.BITTORRENT, False),
    "mqtt": (read_mqtt, samples.mqtt_connect(), False),
    "sip": (read_sip, samples.SIP_REGISTER, False),
    "smb1": (read_smb, samples.SMB1_NEGOTIATE, False),
    "smb2": (read_smb, samples.SMB2_RESPONSE, True),
    "rdp": (read_rdp, samples.RDP_REQUEST, False),
    "rdp_confirm": (read_rdp, samples.RDP_CONFIRM, True),
    "snmp": (read_snmp, samples.snmp(), False),
    "snmp3": (read_snmp, samples.SNMP_3, False),
    "syslog": (read_syslog, samples.SYSLOG_5424, False),
    "tftp": (read_tftp, samples.TFTP_READ, False),
    "postgresql": (read_postgresql, b"\0\0\0\x08\x04\xd2\x16\x2f", False),
}


def test_ssh_versions() -> None:
    assert read_ssh(b"SSH-2.0-OpenSSH_9.6p1 Debian-3\r\n", True).facts == (
        ("server_version", "SSH-2.0-OpenSSH_9.6p1 Debian-3"),
    )
    assert read_ssh(b"SSH-2.0-PuTTY\n\0\0\1", False).facts == (("client_version", "SSH-2.0-PuTTY"),)
    assert read_ssh(b"Welcome\r\nto this\r\nSSH-1.99-x\r\n", True).facts == (("server_version", "SSH-1.99-x"),)
    with pytest.raises(Incomplete):
        read_ssh(b"SSH-2.0-half", True)
    with pytest.raises(ParseError, match="malformed_ssh"):
        read_ssh(b"GET / HTTP/1.1\r\n", False)
    assert looks_like_ssh(b"SSH-2.0")
    assert not looks_like_ssh(b"SSH-3.0")


def test_ntp() -> None:
    assert read_ntp(samples.ntp(3), False).facts == (("version", "4"), ("mode", "client"))
    assert dict(read_ntp(samples.ntp(4, stratum=1, reference=b"GPS\0"), True).facts)["reference"] == "GPS"
    assert dict(read_ntp(samples.ntp(4, stratum=2, reference=b"\xc0\0\2\1"), True).facts)["reference"] == "192.0.2.1"


def test_ntp_off_its_port_must_be_stricter() -> None:
    assert looks_like_ntp(samples.ntp(), on_port=False)
    assert looks_like_ntp(samples.ntp() + bytes(20), on_port=True)
    assert not looks_like_ntp(samples.ntp() + bytes(20), on_port=False)
    assert looks_like_ntp(b"\x16\2\0\1" + bytes(8), on_port=True)
    assert not looks_like_ntp(b"\x16\2\0\1" + bytes(8), on_port=False)
    assert not looks_like_ntp(b"", on_port=True)


def test_stun() -> None:
    assert read_stun(samples.STUN_REQUEST, False).facts == (("software", "webrtc 1.0"),)
    assert read_stun(samples.STUN_RESPONSE, True).facts == (("mapped_address", "203.0.113.7"),)
    plain = samples.stun(0x0101, (0x0001, b"\0\1\x30\x39\xc6\x33\x64\x01"), cookie=b"\1\2\3\4")
    assert read_stun(plain, True).facts == (("mapped_address", "198.51.100.1"),)
    address6 = samples.stun(0x0101, (0x0001, b"\0\2\x30\x39\x20\x01\x0d\xb8" + bytes(11) + b"\1"))
    assert read_stun(address6, True).facts == (("mapped_address", "2001:db8::1"),)
    assert read_stun(b"\x40\0\0\4" + bytes(20), True) == Plaintext()


def test_stun_without_cookie_needs_its_port() -> None:
    old = samples.stun(cookie=b"\1\2\3\4")
    assert looks_like_stun(samples.STUN_REQUEST)
    assert not looks_like_stun(old)
    assert looks_like_stun(old, on_port=True)
    assert not looks_like_stun(samples.STUN_REQUEST[:-1])


def test_bittorrent() -> None:
    assert read_bittorrent(samples.BITTORRENT, False).facts == (("client_peer", "-TR4050-"),)
    assert read_bittorrent(samples.BITTORRENT, True).facts == (("server_peer", "-TR4050-"),)
    assert looks_like_bittorrent_datagram(samples.DHT_QUERY)
    assert looks_like_bittorrent_datagram(samples.UTP_SYN)
    assert not looks_like_bittorrent_datagram(samples.UTP_SYN[:-1])
    assert not looks_like_bittorrent_datagram(b"d3:foo3:bare")


@pytest.mark.parametrize(("level", "version"), [(3, "3.1"), (4, "3.1.1"), (5, "5.0")])
def test_mqtt(level: int, version: str) -> None:
    said = read_mqtt(samples.mqtt_connect(level=level), False)
    assert said.facts == (("version", version), ("client_id", "kitchen-lamp"))
    assert said.credential == "password"
    assert looks_like_mqtt(samples.mqtt_connect(level=level, tail=bytes(300)))


def test_mqtt_without_password_or_client_id() -> None:
    assert read_mqtt(samples.mqtt_connect(b"", flags=0x02), False) == Plaintext((("version", "3.1.1"),))


def test_sip_says_the_program_and_nobody_s_number() -> None:
    assert read_sip(samples.SIP_REGISTER, False).facts == (("user_agent", "Grandstream GXP2170"),)
    assert read_sip(samples.SIP_OK, True).facts == (("server", "Asterisk PBX 18.2"),)
    assert looks_like_sip(b"INVITE sip:1000@" + b"a" * 2000)
    assert not looks_like_sip(b"OPTIONS * HTTP/1.1\r\n")
    assert not looks_like_sip(b"INVITE http")


def test_rtp_is_two_packets_of_a_row() -> None:
    first, second = samples.rtp(65535, 160), samples.rtp(0, 320)
    assert follows(first, second)
    assert not follows(second, first)
    assert not follows(first, samples.rtp(0, 320, source=1))
    assert not follows(first, samples.rtp(0, 320, kind=8))
    assert not follows(first, first)
    assert not could_be_rtp(samples.RTCP)


def test_rtcp() -> None:
    assert looks_like_rtcp(samples.RTCP)
    assert not looks_like_rtcp(samples.RTCP[:-1])
    assert not looks_like_rtcp(samples.rtp(1, 1))


def test_smb() -> None:
    assert read_smb(samples.SMB1_NEGOTIATE, False).facts == (("offered_dialects", "NT LM 0.12, SMB 2.???"),)
    assert read_smb(samples.SMB2_NEGOTIATE, False).facts == (("version", "2"),)
    assert read_smb(samples.SMB2_RESPONSE, True).facts == (("dialect", "3.1.1"),)
    behind_session = b"\x81\0\0\x44" + b" " + b"A" * 67 + samples.SMB1_NEGOTIATE
    assert read_smb(behind_session, False) == read_smb(samples.SMB1_NEGOTIATE, False)
    assert looks_like_smb(samples.SMB2_NEGOTIATE)


def test_rdp() -> None:
    said = read_rdp(samples.RDP_REQUEST, False)
    assert said.facts == (("offered_security", "tls+credssp"),)
    assert "alice" not in repr(said)
    confirm = read_rdp(samples.RDP_CONFIRM, True)
    assert confirm == Plaintext((("security", "credssp"),), tls_follows=True, size_bytes=19)
    old_server = read_rdp(b"\x03\0\0\x0b\x06\xd0\0\0\x12\x34\0", True)
    assert old_server == Plaintext((("security", "rdp"),))


def test_other_iso_on_tcp_is_not_rdp() -> None:
    assert looks_like_rdp(samples.RDP_REQUEST)
    assert looks_like_rdp(samples.RDP_CONFIRM)
    s7 = b"\x03\0\0\x16\x11\xe0\0\0\0\1\0\xc0\1\x0a\xc1\2\1\0\xc2\2\1\2"
    assert not looks_like_rdp(s7)


@pytest.mark.parametrize(("number", "version"), [(0, "1"), (1, "2c")])
def test_snmp_community_is_a_fact_without_its_value(number: int, version: str) -> None:
    said = read_snmp(samples.snmp(number, b"hunter2"), False)
    assert said.facts == (("version", version), ("pdu", "get-request"))
    assert said.credential == "community"
    assert "hunter2" not in repr(said)


def test_snmp_without_community_and_version_3() -> None:
    assert read_snmp(samples.snmp(1, b""), False).credential is None
    assert read_snmp(samples.SNMP_3, False) == Plaintext((("version", "3"),))
    assert looks_like_snmp(samples.snmp())
    assert not looks_like_snmp(samples.snmp(2))
    assert not looks_like_snmp(samples.ldap_bind())


def test_ldap() -> None:
    bind = parse_ldap(samples.ldap_bind())
    assert bind.has_password
    assert bind.size == len(samples.ldap_bind())
    assert not parse_ldap(samples.ldap_bind(b"")).has_password
    assert parse_ldap(samples.LDAP_START_TLS).is_start_tls
    assert parse_ldap(samples.ldap_result(0x78)).succeeded
    assert not parse_ldap(samples.ldap_result(0x78, 52)).succeeded
    assert parse_ldap(b"\xff" + samples.LDAP_START_TLS, 1).is_start_tls
    assert looks_like_ldap(samples.ldap_bind()[:20])
    assert not looks_like_ldap(samples.snmp())


def test_syslog() -> None:
    assert read_syslog(samples.SYSLOG_5424, False).facts == (("host", "router.lan"), ("program", "su"))
    assert read_syslog(samples.SYSLOG_3164, False).facts == (("host", "switch1"), ("program", "sshd"))
    assert read_syslog(b"<0>anything", False) == Plaintext()
    assert not looks_like_syslog(b"<192>x")
    assert not looks_like_syslog(b"<?xml version")


def test_tftp() -> None:
    assert read_tftp(samples.TFTP_READ, False).facts == (("read", "pxelinux.0"),)
    assert read_tftp(b"\0\2up.cfg\0NetASCII\0", False).facts == (("write", "up.cfg"),)
    assert looks_like_tftp(samples.TFTP_READ)
    assert not looks_like_tftp(b"\0\1name\0ebcdic\0")
    assert not looks_like_tftp(b"\0\3\0\1data")


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_wireguard(kind: int) -> None:
    message = samples.wireguard(kind)
    assert looks_like_wireguard(message)
    assert not looks_like_wireguard(message + b"\0")
    assert not looks_like_wireguard(message[:1] + b"\1" + message[2:])


@pytest.mark.parametrize(
    "packet",
    [samples.OPENVPN_PLAIN, samples.OPENVPN_TLS_AUTH, samples.OPENVPN_TLS_CRYPT, samples.OPENVPN_SERVER],
)
def test_openvpn(packet: bytes) -> None:
    assert looks_like_openvpn(packet)
    assert not looks_like_openvpn(packet[:-1] + b"\1") or packet is samples.OPENVPN_TLS_CRYPT
    assert not looks_like_openvpn(b"\x39" + packet[1:])
    assert looks_like_openvpn_stream(len(packet).to_bytes(2, "big") + packet)


def test_postgresql() -> None:
    assert read_postgresql(b"\0\0\0\x08\x04\xd2\x16\x2f", False).facts == (("tls", "requested"),)
    assert read_postgresql(b"S", True).tls_follows
    assert not read_postgresql(b"N", True).tls_follows
    assert not read_postgresql(b"R\0\0\0\x08", True).tls_follows


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


def test_ftp_commands() -> None:
    assert ftp.looks_like_ftp_command(b"FEAT\r\n")
    assert not ftp.looks_like_ftp_command(b"USER bob\r\n")
    assert ftp.is_anonymous(b"user Anonymous")
    assert not ftp.is_anonymous(b"USER anonymouse")
    assert ftp.asks_for_tls(b"AUTH TLS")
    assert not ftp.asks_for_tls(b"AUTH GSSAPI")


def test_telnet() -> None:
    assert telnet.looks_like_telnet(samples.TELNET_OPTIONS)
    assert not telnet.looks_like_telnet(b"\xff" * 16)
    assert telnet.plain_text(samples.TELNET_OPTIONS + b"login: \xff\xfa\x18\x01\xff\xf0x\xff") == b"login: x"
    assert telnet.asks_for_password(b"router login: bob\r\nPassword: ")
    assert telnet.asks_for_password(b"password for bob:")
    assert not telnet.asks_for_password(b"Your password expires today\r\n$ ")


def test_xmpp() -> None:
    assert xmpp.looks_like_xmpp(samples.XMPP_OPEN)
    assert not xmpp.looks_like_xmpp(b"<?xml version='1.0'?><soap:Envelope>")
    assert xmpp.stream_to(samples.XMPP_OPEN) == "chat.example.com"
    assert xmpp.asks_for_tls(samples.XMPP_STARTTLS)
    assert xmpp.tls_begins_at(samples.XMPP_PROCEED + b"\x16") == len(samples.XMPP_PROCEED)
    assert xmpp.tls_begins_at(b"<failure/>") == -1
    assert xmpp.clear_auth_mechanism(b"<auth xmlns='x' mechanism='PLAIN'>AGI=</auth>") == "plain"
    assert xmpp.clear_auth_mechanism(b"<auth mechanism='SCRAM-SHA-1'>") is None


@pytest.mark.parametrize("name", READERS)
def test_every_truncation_of_every_sample(name: str) -> None:
    read, whole, from_server = READERS[name]
    expected = read(whole, from_server)
    for size in range(len(whole)):
        try:
            said = read(whole[:size], from_server)
        except ParseError as error:
            assert error.slug.startswith(("truncated_", "malformed_"))
        else:
            # What a cut message says must not contradict the whole one: attributes are the same or fewer.
            assert {name for name, _ in said.facts} <= {name for name, _ in expected.facts}


@given(st.sampled_from(sorted(READERS)), st.binary(max_size=200), st.booleans())
def test_any_bytes_give_a_parse_error_or_facts(name: str, raw: bytes, from_server: bool) -> None:
    read, whole, _ = READERS[name]
    cut = min(len(raw), len(whole) // 2)
    for data in (raw, whole[:cut] + raw, raw[:cut] + whole[cut:]):
        try:
            said = read(data, from_server)
        except ParseError as error:
            assert error.slug.startswith(("truncated_", "malformed_"))
        else:
            assert all(isinstance(value, str) for fact in said.facts for value in fact)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_ldap_message_or_a_parse_error(raw: bytes) -> None:
    for data in (raw, samples.ldap(raw), samples.ldap_bind()[:10] + raw):
        try:
            message = parse_ldap(data)
        except ParseError as error:
            assert error.slug in ("truncated_ldap", "malformed_ldap")
        else:
            assert 0 < message.size <= len(data)


@pytest.mark.parametrize(
    "unit",
    [b"<auth ", b"<stream:stream ", b"<starttls ", b"password", b"\xff\xfa", b"\xff\xff\xfb", b"d1:", b" NOTICE ", b"a "],
)
def test_repetition_costs_no_more_than_10_ms(unit: bytes) -> None:
    data = unit * (65_536 // len(unit))
    tests = (
        xmpp.stream_to, xmpp.asks_for_tls, xmpp.tls_begins_at, xmpp.clear_auth_mechanism, telnet.asks_for_password,
        lambda data: telnet.plain_text(data[:512]), lambda data: mail.greeting_protocol(b"220 " + data, 0),
        mail.command_protocol, mail.imap_clear_auth, looks_like_bittorrent_datagram,
    )  # fmt: skip
    for test in tests:
        started = time.perf_counter()
        test(data)
        assert time.perf_counter() - started < 0.01
