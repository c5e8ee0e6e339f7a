"""Recognition by content: each protocol by its own bytes, none by another's, and agreement with other tools."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.parse.http import HTTP2_PREFACE
from netscope.engine.parse.recognise import port_protocol, recognise_datagram, recognise_stream
from tests.engine.parse import plaintext_samples as samples
from tests.engine.parse.capture_streams import events

DNS_QUERY = bytes.fromhex("1234 0100 0001 0000 0000 0000") + b"\3www\7example\3com\0\0\1\0\1"
DHCP = b"\1\1\6\0" + bytes(232) + b"\x63\x82\x53\x63\x35\1\1\xff"

CLIENT_FIRST = {
    "http": samples.REQUEST,
    "http2": HTTP2_PREFACE,
    "tls": samples.CLIENT_HELLO_START,
    "ssh": b"SSH-2.0-OpenSSH_9.6\r\n",
    "smtp": b"EHLO laptop\r\n",
    "imap": b"a1 CAPABILITY\r\n",
    "pop3": b"CAPA\r\n",
    "ftp": b"AUTH TLS\r\n",
    "xmpp": samples.XMPP_OPEN,
    "mqtt": samples.mqtt_connect(),
    "bittorrent": samples.BITTORRENT,
    "smb": samples.SMB2_NEGOTIATE,
    "rdp": samples.RDP_REQUEST,
    "ldap": samples.ldap_bind(),
    "sip": samples.SIP_REGISTER,
    "rtsp": b"DESCRIBE rtsp://cam.example/1 RTSP/1.0\r\nCSeq: 1\r\n\r\n",
    "socks": b"\5\1\0",
    "postgresql": b"\0\0\0\x08\x04\xd2\x16\x2f",
    "redis": b"*1\r\n$4\r\nPING\r\n",
    "telnet": samples.TELNET_OPTIONS,
    "bgp": b"\xff" * 16 + b"\0\x1d\1\4" + bytes(20),
    "irc": b"NICK bot\r\nUSER bot 0 * :bot\r\n",
    "adb": b"CNXN" + bytes(16) + b"\xbc\xb1\xa7\xb1",
    "stratum": b'{"id":1,"method":"mining.subscribe","params":[]}\n',
    "dcerpc": b"\5\0\x0b\3\x10\0\0\0\x48\0\0\0\1\0\0\0",
    "kerberos": b"\0\0\0\xa8" + b"\x6a\x81\xa5\x30\x81\xa2\xa1\3\2\1\5\xa2\3\2\1\x0a",
    "dns": len(DNS_QUERY).to_bytes(2, "big") + DNS_QUERY,
    "openvpn": b"\0\x0e" + samples.OPENVPN_PLAIN,
    "tplink_smarthome": b"\0\0\0\x1d\xd0\xf2\x81\xf8\x8b",
}

SERVER_FIRST = {
    "ssh": b"SSH-2.0-dropbear\r\n",
    "smtp": b"220 mx.example ESMTP\r\n",
    "ftp": b"220 (vsFTPd 3.0.5)\r\n",
    "imap": b"* OK ready\r\n",
    "pop3": b"+OK ready\r\n",
    "rfb": b"RFB 003.008\n",
    "telnet": samples.TELNET_OPTIONS,
    "mysql": b"\x4a\0\0\0\x0a8.0.36\0" + bytes(40),
    "http": samples.RESPONSE,
    "smb": samples.SMB2_RESPONSE,
}

DATAGRAMS = {
    "dns": (DNS_QUERY, 53),
    "mdns": (DNS_QUERY, 5353),
    "llmnr": (DNS_QUERY, 5355),
    "dhcp": (DHCP, 67),
    "ntp": (samples.ntp(), 123),
    "ssdp": (samples.ssdp("M-SEARCH * HTTP/1.1", ST="ssdp:all"), 1900),
    "stun": (samples.STUN_REQUEST, 19302),
    "wireguard": (samples.wireguard(), 4444),
    "openvpn": (samples.OPENVPN_TLS_AUTH, 4444),
    "bittorrent": (samples.DHT_QUERY, 4444),
    "sip": (samples.SIP_REGISTER, 5080),
    "snmp": (samples.snmp(), 4444),
    "syslog": (samples.SYSLOG_3164, 514),
    "tftp": (samples.TFTP_READ, 69),
    "ldap": (samples.ldap(b"\x63\x02\x04\x00"), 389),
    "rtcp": (samples.RTCP, 5005),
    "ws_discovery": (
        b'<?xml version="1.0"?><soap:Envelope xmlns:wsd="http://schemas.xmlsoap.org/ws/2005/04/discovery">',
        3702,
    ),
    "dropbox": (b'{"host_int": 1, "version": [2, 0]}', 17500),
    "isakmp": (b"\1" * 8 + bytes(8) + b"\x21\x20\x22\x08" + bytes(4) + b"\0\0\0\x1c", 500),
    "dtls": (b"\x16\xfe\xff" + bytes(8) + b"\0\x20\1\0\0\x14" + bytes(28), 4444),
    "tplink_smarthome": (b"\xd0\xf2\x81\xf8\x8b\xff\x9a\xf7\xd5\xef\x94\xb6\xd1\xb4\xc0\x9f\xec", 9999),
}


@pytest.mark.parametrize("protocol", CLIENT_FIRST)
def test_streams_by_what_the_client_says(protocol: str) -> None:
    assert recognise_stream(CLIENT_FIRST[protocol], b"", 50000, 40000) == protocol


@pytest.mark.parametrize("protocol", SERVER_FIRST)
def test_streams_by_what_the_server_says(protocol: str) -> None:
    assert recognise_stream(b"", SERVER_FIRST[protocol], 50000, 40000) == protocol


@pytest.mark.parametrize("protocol", ["ssh", "rfb", "telnet", "mysql", "http", "smb"])
def test_streams_joined_midway_with_roles_swapped(protocol: str) -> None:
    assert recognise_stream(SERVER_FIRST[protocol], b"", 50000, 40000) == protocol


@pytest.mark.parametrize("protocol", DATAGRAMS)
def test_datagrams(protocol: str) -> None:
    data, port = DATAGRAMS[protocol]
    assert recognise_datagram(data, 50000, port) == protocol


def test_the_port_alone_is_not_content() -> None:
    noise = bytes(range(7, 250, 3))
    for port in range(1, 2000):
        assert recognise_stream(noise, noise[::-1], 50000, port) is None
        assert recognise_datagram(b"\xc3" + noise, 50000, port) is None


def test_login_shared_by_ftp_and_pop3() -> None:
    assert recognise_stream(b"USER bob\r\n", b"", 50000, 110) == "pop3"
    assert recognise_stream(b"USER bob\r\n", b"", 50000, 21) == "ftp"
    assert recognise_stream(b"USER bob\r\n", b"", 50000, 4000) is None
    assert recognise_stream(b"USER bob\r\n", b"220 ready\r\n", 50000, 4000) == "ftp"
    assert recognise_stream(b"USER bob\r\n", b"+OK\r\n", 50000, 4000) == "pop3"


def test_rtp_needs_two_datagrams() -> None:
    first, second = samples.rtp(7, 160), samples.rtp(8, 320)
    assert recognise_datagram(first, 40000, 40002) is None
    assert recognise_datagram(second, 40000, 40002, first) == "rtp"


def test_ports() -> None:
    assert port_protocol("tcp", 443) == "tls"
    assert port_protocol("udp", 443) == "quic"
    assert port_protocol("tcp", 12345) is None
    assert port_protocol("icmp", 443) is None


@given(st.binary(max_size=120), st.binary(max_size=120), st.sampled_from([21, 25, 53, 80, 110, 443, 40000]))
def test_any_bytes(up: bytes, down: bytes, port: int) -> None:
    for token in (recognise_stream(up, down, 50000, port), recognise_datagram(up, 50000, port, down)):
        assert token is None or token.islower()


@given(st.sampled_from(sorted(CLIENT_FIRST)), st.integers(0, 200))
def test_a_cut_start_is_never_another_protocol(protocol: str, size: int) -> None:
    assert recognise_stream(CLIENT_FIRST[protocol][:size], b"", 50000, 40000) in (None, protocol)


NDPI_NAMES = {
    "bgp": {"BGP"},
    "dhcp": {"DHCP"},
    "dhcpv6": {"DHCPV6"},
    "dns": {"DNS", "MDNS"},
    "dropbox": {"Dropbox"},
    "dtls": {"DTLS"},
    "http": {"HTTP", "HTTP_Proxy", "HTTP_Connect", "FTP_DATA"},
    "http2": {"HTTP2"},
    "kerberos": {"Kerberos"},
    "ldap": {"LDAP"},
    "llmnr": {"LLMNR"},
    "mdns": {"MDNS"},
    "nbns": {"NetBIOS"},
    "ntp": {"NTP"},
    "quic": {"QUIC"},
    "sip": {"SIP"},
    "ssdp": {"SSDP"},
    "ssh": {"SSH"},
    "telnet": {"Telnet"},
    "tls": {"TLS", "IMAPS", "POPS", "SMTPS"},
    "tplink_smarthome": {"TPLINK_SHP"},
}
"""What nDPI calls a protocol; FTP_DATA is its misfire on one HTTP POST with a hole in it."""


@pytest.fixture(scope="module")
def confusion(captures_dir: Path, truth_dir: Path) -> dict[tuple[str | None, str], list[str]]:
    """(our token, nDPI's protocol) -> the conversations of all captures with payload that were named so."""
    named = {}
    with (truth_dir / "ndpi_flows.tsv").open() as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            ends = frozenset(((row["src"], row["sport"]), (row["dst"], row["dport"])))
            named[row["file"], row["proto"], ends] = row["app"].partition(".")[0]
    table = defaultdict(list)
    for path in sorted(captures_dir.glob("*.pcap*")):
        for key, token in _recognised(path).items():
            ends = frozenset(((key[1], str(key[2])), (key[3], str(key[4]))))
            ndpi = named.get((path.name, "6" if key[0] == "tcp" else "17", ends))
            if ndpi is not None:
                table[token, ndpi].append(f"{path.name} {key}")
    return table


def _recognised(path: Path) -> dict[tuple, str | None]:
    """Every conversation's token, from at most 8 payloads."""
    heads: dict[tuple, list] = {}
    for event in events(path):
        if event.kind not in ("data", "datagram"):
            continue
        state = heads.setdefault(event.key, [None, 0, b"", b""])
        state[1] += 1
        if state[0] is not None or state[1] > 8:
            continue
        client_port, server_port = event.key[2], event.key[4]
        before = state[2 + event.direction]
        if event.kind == "data":
            state[2 + event.direction] = before + event.data
            state[0] = recognise_stream(state[2], state[3], client_port, server_port)
        else:
            state[2 + event.direction] = event.data
            state[0] = recognise_datagram(event.data, client_port, server_port, before)
    return {key: state[0] for key, state in heads.items()}


def test_no_conversation_of_the_captures_is_taken_for_another_protocol(confusion: dict) -> None:
    wrong = {
        pair: flows[:3]
        for pair, flows in confusion.items()
        if pair[0] in NDPI_NAMES and pair[1] not in NDPI_NAMES[pair[0]]
    }
    assert wrong == {}


@pytest.mark.parametrize(
    "protocol", ["dhcp", "dhcpv6", "dns", "http", "kerberos", "ldap", "llmnr", "mdns", "ntp", "ssdp", "ssh", "tls"]
)
def test_conversations_other_tools_name_are_found(confusion: dict, protocol: str) -> None:
    theirs = {ndpi: flows for (_, ndpi), flows in confusion.items() if ndpi in NDPI_NAMES[protocol]}
    ours = sum(len(flows) for (token, ndpi), flows in confusion.items() if token == protocol and ndpi in theirs)
    total = sum(len(flows) for (_, ndpi), flows in confusion.items() if ndpi in theirs)
    if protocol == "dns":
        ours += sum(len(flows) for (token, ndpi), flows in confusion.items() if token == "mdns" and ndpi in theirs)
    assert total > 0
    # A capture mutated by a fuzzer and streams joined at a keep-alive byte account for the rest.
    assert ours >= 0.97 * total
