"""What is fuzzed: each target is a function of bytes that may raise nothing, and the seeds it starts from."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from netscope.engine.correlate.devices import DeviceTable
from netscope.engine.correlate.link import LinkMessages
from netscope.engine.correlate.networks import LocalNetworks
from netscope.engine.correlate.payload import Payloads
from netscope.engine.correlate.session import DONE, DONE_DIRECTION
from netscope.engine.parse import (
    arp,
    bittorrent,
    dhcp,
    dhcpv6,
    dns,
    dtls,
    ftp,
    gquic,
    http,
    icmp,
    igmp,
    ldap,
    mqtt,
    nbns,
    ndp,
    ntp,
    postgresql,
    quic,
    rdp,
    recognise,
    sip,
    smb,
    snmp,
    ssdp,
    ssh,
    stun,
    syslog,
    tftp,
    tls,
    x509,
)
from netscope.model.errors import ParseError
from tests.engine.correlate.session_replay import make_flow
from tests.engine.parse import frames
from tests.engine.parse import naming_samples as naming
from tests.engine.parse import plaintext_samples as plain
from tests.engine.parse import tls_samples as crypto
from tests.fuzz import frame_seeds
from tests.fuzz.meter_program import MeterProgram, frames_program


@dataclass(frozen=True)
class Target:
    """``run`` raises when an invariant is broken."""

    run: Callable[[bytes], object]
    seeds: Sequence[bytes]


def _all(generator: Callable[[bytes], Any], data: bytes) -> None:
    for _ in generator(data):
        pass


def _initials(data: bytes) -> None:
    for packet in quic.pull_packets(data):
        if packet.kind == "initial":
            quic.open_initial(data, packet, quic.derive_initial_keys(packet.version, packet.dcid, is_client=True))


def _both_ways(read: Callable[[bytes, bool], object], data: bytes) -> None:
    read(data, bool(len(data) & 1))


def _recognise(data: bytes) -> None:
    half = len(data) // 2
    recognise.recognise_stream(data[:half], data[half:], 40000, len(data))
    recognise.recognise_datagram(data[:half], 40000, len(data), data[half:])


HELLO = crypto.chrome_hello()
HELLO_RECORDS = crypto.records(22, crypto.handshake(1, HELLO), 300)
SERVER_RECORDS = crypto.record(22, crypto.handshake(2, crypto.server_hello())) + crypto.record(
    22, crypto.handshake(11, crypto.certificate_message(crypto.certificate()))
)
QUIC = crypto.quic_initial(crypto.crypto_frame(0, crypto.handshake(1, HELLO)))
DTLS = crypto.dtls_record(22, crypto.dtls_fragments(1, 0, crypto.client_hello(cookie=b"", version=0xFEFD))[0])
GQUIC = crypto.gquic_packet(crypto.gquic_chlo(((b"SNI\0", b"example.org"), (b"UAID", b"Chrome/70"))))

PARSERS: Final[list[tuple[Callable[[bytes], object], Sequence[bytes]]]] = [
    (dns.parse_message, (naming.QUERY, naming.RESPONSE, naming.RECORDS, naming.MDNS_RESPONSE, naming.UPDATE)),
    (dns.parse_tcp_stream, (struct.pack("!H", len(naming.QUERY)) + naming.QUERY,)),
    (nbns.parse_message, (naming.NBNS_QUERY, naming.NBNS_RESPONSE, naming.NBNS_REGISTRATION, naming.NBNS_STATUS)),
    (dhcp.parse, (naming.DHCP_DISCOVER, naming.DHCP_ACK, naming.DHCP_OVERLOADED)),
    (dhcpv6.parse, (naming.DHCPV6_SOLICIT, naming.DHCPV6_REPLY, naming.DHCPV6_RELAYED)),
    (arp.parse, (naming.ARP_REQUEST, naming.ARP_REPLY)),
    (ndp.parse, (naming.NDP_SOLICITATION, naming.NDP_ROUTER_ADVERTISEMENT, naming.NDP_REDIRECT)),
    (icmp.parse_error, (naming.ICMP_UNREACHABLE,)),
    (icmp.parse_error_v6, (naming.ICMPV6_TOO_BIG,)),
    (igmp.parse, (naming.IGMP_V2_REPORT, naming.IGMP_V3_REPORT)),
    (igmp.parse_mld, (naming.MLD_V1_DONE, naming.MLD_V2_REPORT)),
    (partial(_all, tls.pull_records), (HELLO_RECORDS, SERVER_RECORDS)),
    (partial(_all, tls.pull_messages), (crypto.handshake(1, HELLO),)),
    (tls.parse_client_hello, (HELLO, crypto.client_hello())),
    (partial(tls.parse_client_hello, is_dtls=True), (crypto.client_hello(cookie=b"cookie"),)),
    (tls.parse_sslv2_client_hello, (crypto.sslv2_hello(),)),
    (tls.parse_server_hello, (crypto.server_hello_13(), crypto.hello_retry_request())),
    (tls.parse_certificate_chain, (crypto.certificate_message(crypto.certificate()),)),
    (tls.parse_alert, (b"\x02\x28",)),
    (x509.parse_certificate, (crypto.certificate(),)),
    (_initials, (QUIC,)),
    (partial(_all, dtls.pull_records), (DTLS,)),
    (partial(_all, dtls.pull_fragments), (DTLS[13:],)),
    (gquic.find_chlo, (GQUIC,)),
    (gquic.parse_chlo, (crypto.gquic_chlo(((b"SNI\0", b"example.org"),)),)),
    (http.parse_request_head, (plain.request(Host="example.org", Cookie="a=b"),)),
    (http.parse_response_head, (plain.RESPONSE,)),
    (ldap.parse_ldap, (plain.LDAP_START_TLS, plain.ldap_bind())),
    (ssdp.parse_ssdp, (plain.ssdp("NOTIFY * HTTP/1.1", NT="upnp:rootdevice", SERVER="Linux UPnP/1.0"),)),
    (ftp.is_anonymous, (b"USER anonymous\r\n",)),
    (partial(_both_ways, bittorrent.read_bittorrent), (plain.BITTORRENT,)),
    (partial(_both_ways, mqtt.read_mqtt), (plain.mqtt_connect(),)),
    (partial(_both_ways, ntp.read_ntp), (plain.ntp(),)),
    (partial(_both_ways, postgresql.read_postgresql), (b"\0\0\0\x08\x04\xd2\x16\x2f",)),
    (partial(_both_ways, rdp.read_rdp), (plain.RDP_REQUEST, plain.RDP_CONFIRM)),
    (partial(_both_ways, sip.read_sip), (plain.SIP_REGISTER, plain.SIP_OK)),
    (partial(_both_ways, smb.read_smb), (plain.SMB1_NEGOTIATE, plain.SMB2_NEGOTIATE, plain.SMB2_RESPONSE)),
    (partial(_both_ways, snmp.read_snmp), (plain.snmp(), plain.SNMP_3)),
    (partial(_both_ways, ssh.read_ssh), (b"SSH-2.0-OpenSSH_9.6\r\n",)),
    (partial(_both_ways, stun.read_stun), (plain.STUN_REQUEST, plain.STUN_RESPONSE)),
    (partial(_both_ways, syslog.read_syslog), (plain.SYSLOG_5424, plain.SYSLOG_3164)),
    (partial(_both_ways, tftp.read_tftp), (plain.TFTP_READ,)),
    (_recognise, (plain.REQUEST + plain.RESPONSE, plain.UTP_SYN, plain.wireguard(), plain.OPENVPN_PLAIN, plain.RTCP)),
]
"""Every parser with whole, valid messages for it."""


def parse(data: bytes) -> None:
    """The first byte chooses the parser; ParseError is its one way to refuse."""
    if data:
        with suppress(ParseError):
            PARSERS[data[0] % len(PARSERS)][0](data[1:])


def _parser_seeds() -> list[bytes]:
    return [bytes((number,)) + seed for number, (_, seeds) in enumerate(PARSERS) for seed in seeds]


_PIECE: Final = struct.Struct("!BH")
"""Kind (direction in the lowest bit, a gap with the second) and length."""
DIALOGUES: Final[list[tuple[int, list[tuple[int, bytes]]]]] = [
    (
        80,
        [
            (0, plain.REQUEST),
            (1, plain.RESPONSE),
            (0, plain.REQUEST),
            (1, plain.response(200, plain.chunked(b"ab", b"c"))),
        ],
    ),
    (8080, [(0, b"CONNECT example.org:443 HTTP/1.1\r\n\r\n"), (1, b"HTTP/1.1 200 OK\r\n\r\n"), (0, HELLO_RECORDS)]),
    (443, [(0, HELLO_RECORDS), (1, SERVER_RECORDS), (0, crypto.CHANGE_CIPHER_SPEC), (1, crypto.APPLICATION_DATA)]),
    (443, [(0, crypto.sslv2_hello()), (1, crypto.record(21, b"\x02\x28"))]),
    (
        53,
        [
            (0, struct.pack("!H", len(naming.QUERY)) + naming.QUERY),
            (1, struct.pack("!H", len(naming.RESPONSE)) + naming.RESPONSE),
        ],
    ),
    (
        25,
        [
            (1, b"220 mail ESMTP Postfix\r\n"),
            (0, b"EHLO a\r\n"),
            (1, b"250-mail\r\n250 STARTTLS\r\n"),
            (0, b"STARTTLS\r\n"),
            (1, b"220 go\r\n"),
            (0, HELLO_RECORDS),
            (1, SERVER_RECORDS),
        ],
    ),
    (
        143,
        [(1, b"* OK IMAP4rev1 Dovecot\r\n"), (0, b"a LOGIN user secret\r\n"), (0, b"b STARTTLS\r\n"), (1, b"b OK\r\n")],
    ),
    (110, [(1, b"+OK POP3 ready\r\n"), (0, b"USER bob\r\nPASS secret\r\nSTLS\r\n"), (1, b"+OK\r\n")]),
    (21, [(1, b"220 ProFTPD\r\n"), (0, b"USER anonymous\r\nAUTH TLS\r\n"), (1, b"331 ok\r\n234 ok\r\n")]),
    (389, [(0, plain.LDAP_START_TLS), (1, plain.ldap_result(0x78)), (0, HELLO_RECORDS)]),
    (5222, [(0, plain.XMPP_OPEN), (1, plain.XMPP_OPEN), (0, plain.XMPP_STARTTLS), (1, plain.XMPP_PROCEED)]),
    (22, [(1, b"SSH-2.0-OpenSSH_9.6\r\n"), (0, b"SSH-2.0-PuTTY\r\n")]),
    (23, [(1, plain.TELNET_OPTIONS), (0, plain.TELNET_OPTIONS)]),
    (445, [(0, plain.SMB2_NEGOTIATE), (1, plain.SMB2_RESPONSE)]),
    (3389, [(0, plain.RDP_REQUEST), (1, plain.RDP_CONFIRM)]),
    (1883, [(0, plain.mqtt_connect())]),
    (6881, [(0, plain.BITTORRENT)]),
    (5060, [(0, plain.SIP_REGISTER)]),
]
DATAGRAMS: Final[list[tuple[int, list[tuple[int, bytes]]]]] = [
    (53, [(0, naming.QUERY), (1, naming.RESPONSE)]),
    (5353, [(0, naming.MDNS_RESPONSE)]),
    (137, [(0, naming.NBNS_QUERY)]),
    (67, [(0, naming.DHCP_DISCOVER), (1, naming.DHCP_ACK)]),
    (547, [(0, naming.DHCPV6_SOLICIT), (1, naming.DHCPV6_REPLY)]),
    (443, [(0, QUIC), (0, QUIC), (1, QUIC)]),
    (443, [(0, GQUIC)]),
    (443, [(0, DTLS)]),
    (123, [(0, plain.ntp())]),
    (3478, [(0, plain.STUN_REQUEST), (1, plain.STUN_RESPONSE)]),
    (161, [(0, plain.snmp()), (0, plain.SNMP_3)]),
    (1900, [(0, plain.ssdp("M-SEARCH * HTTP/1.1", ST="ssdp:all"))]),
    (514, [(0, plain.SYSLOG_5424)]),
    (69, [(0, plain.TFTP_READ)]),
    (51820, [(0, plain.wireguard())]),
    (6881, [(0, plain.DHT_QUERY), (0, plain.UTP_SYN)]),
]


def _program(port: int, pieces: Sequence[tuple[int, bytes]]) -> bytes:
    return struct.pack("!H", port) + b"".join(_PIECE.pack(way, len(data)) + data for way, data in pieces)


def _pieces(data: bytes) -> list[tuple[int, bytes]]:
    found = []
    at = 2
    while at + _PIECE.size <= len(data) and len(found) < 64:
        kind, length = _PIECE.unpack_from(data, at)
        at += _PIECE.size
        found.append((kind, data[at : at + length]))
        at += length
    return found


def _ignore(*_: object) -> None:
    pass


def converse(data: bytes) -> None:
    """A stream's pieces in both directions, with gaps, through recognition and the sessions."""
    if len(data) < 2:
        return
    payloads = Payloads(_ignore, _ignore)
    flow = make_flow(server_port=data[0] << 8 | data[1])
    skip, wanted = [0, 0], [True, True]
    for number, (kind, piece) in enumerate(_pieces(data)):
        way = kind & 1
        left_out = min(skip[way], len(piece))
        skip[way] -= left_out
        if not wanted[way] or left_out == len(piece):
            continue
        if kind & 2:
            code = payloads.gap(flow, way, len(piece) - left_out, number)
        else:
            code = payloads.stream(flow, way, piece[left_out:], number)
        assert -2 <= code < 1 << 63
        skip[way] = max(0, code)
        wanted[way] = wanted[way] and code not in (DONE, DONE_DIRECTION)
        wanted[1 - way] = wanted[1 - way] and code != DONE
    flow.last_seen_ns = 1 << 40
    payloads.close(flow)


def exchange(data: bytes) -> None:
    """Datagrams of one flow in both directions."""
    if len(data) < 2:
        return
    payloads = Payloads(_ignore, _ignore)
    flow = make_flow(protocol="udp", server_port=data[0] << 8 | data[1])
    for number, (kind, piece) in enumerate(_pieces(data)):
        code = payloads.datagram(flow, kind & 1, piece, number)
        assert code in (0, -1, -2)
        if code == DONE:
            break
    payloads.close(flow)


def control(data: bytes) -> None:
    """A control message of the link, as the meter hands it on."""
    if len(data) < 2:
        return
    networks = LocalNetworks()
    messages = LinkMessages(networks, DeviceTable(networks, _ignore, _ignore), _ignore, _ignore)
    hop_limit = 255 if data[1] < 0xC0 else data[1]
    messages.control(
        data[0] % 6,
        data[2:1502],
        "02:00:00:00:00:01",
        None,
        "fe80::1" if data[1] & 1 else "192.0.2.1",
        "192.0.2.2",
        hop_limit,
        None,
        1,
    )


def _control_seeds() -> list[bytes]:
    return [
        bytes((kind, 1)) + message
        for kind, message in (
            (0, naming.ARP_REQUEST),
            (0, naming.ARP_REPLY),
            (1, naming.NDP_ADVERTISEMENT),
            (1, naming.NDP_ROUTER_ADVERTISEMENT),
            (1, naming.NDP_REDIRECT),
            (2, naming.ICMP_UNREACHABLE),
            (3, naming.ICMPV6_TOO_BIG),
            (4, naming.IGMP_V3_REPORT),
        )
    ]


def _frame_seeds() -> list[bytes]:
    return [
        frames_program(1, sequence, answers)
        for sequence in frame_seeds.ETHERNET
        for answers in (bytes(4), b"\0\xc0\xe2\xf9")
    ] + [frames_program(link_type, [frame]) for link_type, frame in frame_seeds.OTHER_LINKS]


def _pcap_seeds() -> list[bytes]:
    return [
        *(frames.pcap(sequence) for sequence in frame_seeds.ETHERNET),
        *(frames.pcap([frame], link_type, order=">") for link_type, frame in frame_seeds.OTHER_LINKS),
        frames.pcap(frame_seeds.STREAM, magic=0xA1B23C4D),
    ]


def _pcapng_seeds() -> list[bytes]:
    options = frames.option(9, b"\x09") + frames.option(14, struct.pack("<q", 3600)) + frames.option(0, b"")
    mixed = frames.section() + frames.interface(1, options) + frames.interface(101)
    return [
        *(frames.pcapng(sequence) for sequence in frame_seeds.ETHERNET),
        *(frames.pcapng([frame], link_type, ">") for link_type, frame in frame_seeds.OTHER_LINKS),
        mixed + frames.enhanced(frame_seeds.STREAM[0], 5) + frames.enhanced(frame_seeds.INNER, 6, 1),
        mixed + frames.block(3, struct.pack("<I", 60) + frame_seeds.STREAM[0]) + frames.block(10, bytes(8)),
        mixed + frames.block(2, struct.pack("<HHIIII", 1, 0, 0, 9, 60, 60) + frame_seeds.INNER),
    ]


def all_targets() -> dict[str, Target]:
    """By name; the meter's keep state between inputs, so each call starts afresh."""
    return {
        "parsers": Target(parse, _parser_seeds()),
        "streams": Target(converse, [_program(port, pieces) for port, pieces in DIALOGUES]),
        "datagrams": Target(exchange, [_program(port, pieces) for port, pieces in DATAGRAMS]),
        "control": Target(control, _control_seeds()),
        "frames": Target(MeterProgram().frames, _frame_seeds()),
        "pcap": Target(MeterProgram().capture, _pcap_seeds()),
        "pcapng": Target(MeterProgram().capture, _pcapng_seeds()),
    }
