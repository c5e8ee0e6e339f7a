"""Which application protocol is it? By content, in one ordered table a direction; ports only break ties.

The tables are read top to bottom among the rows of the first byte. What a protocol's bytes look like is known by its
own module. ``port_protocol`` is for flows whose content said nothing, and the caller says that only the port spoke.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from netscope.engine.parse import (
    backdoor,
    bittorrent,
    dhcp,
    dhcpv6,
    dns,
    dtls,
    ftp,
    gquic,
    http,
    ldap,
    mail,
    mqtt,
    nbns,
    ntp,
    openvpn,
    quic,
    rdp,
    rtp,
    signatures,
    sip,
    smb,
    snmp,
    ssdp,
    ssh,
    stun,
    syslog,
    telnet,
    tftp,
    tls,
    wireguard,
    xmpp,
)
from netscope.model.errors import ParseError

Matcher = Callable[[bytes], bool]
Row = tuple[bytes | None, Matcher, str]
"""First bytes that may begin the protocol (None: any), the test, the token."""

_CAPITALS: Final = bytes(range(0x41, 0x5B))
_LETTERS: Final = _CAPITALS + _CAPITALS.lower()

_NTP_STARTS: Final = bytes(byte for byte in range(256) if byte & 7 in (3, 4))
"""Modes client and server: off its port nothing else is believed."""

_FROM_CLIENT: Final[tuple[Row, ...]] = (
    (_CAPITALS, http.looks_like_request, "http"),
    (b"\x14\x15\x16\x17\x18" + bytes(range(0x80, 0x100)), tls.looks_like_tls, "tls"),
    (b"P", http.looks_like_http2, "http2"),
    (b"S", ssh.looks_like_ssh, "ssh"),
    (_CAPITALS, sip.looks_like_sip, "sip"),
    (_CAPITALS, signatures.looks_like_rtsp, "rtsp"),
    (_LETTERS, ftp.looks_like_ftp_command, "ftp"),
    (_LETTERS + bytes(range(0x30, 0x3A)), lambda data: mail.command_protocol(data) == "smtp", "smtp"),
    (_LETTERS, lambda data: mail.command_protocol(data) == "pop3", "pop3"),
    (_LETTERS + b".0123456789", lambda data: mail.command_protocol(data) == "imap", "imap"),
    (b"NC:", signatures.looks_like_irc, "irc"),
    (b"C", signatures.looks_like_adb, "adb"),
    (b"<", xmpp.looks_like_xmpp, "xmpp"),
    (b"\x10", mqtt.looks_like_mqtt, "mqtt"),
    (b"\x13", bittorrent.looks_like_bittorrent, "bittorrent"),
    (b"\x00", smb.looks_like_smb, "smb"),
    (b"\x81", smb.looks_like_netbios_session, "smb"),
    (b"\x03", rdp.looks_like_rdp, "rdp"),
    (b"\x30", ldap.looks_like_ldap, "ldap"),
    (b"\x00", signatures.looks_like_kerberos_stream, "kerberos"),
    (b"\x00", signatures.looks_like_postgresql, "postgresql"),
    (b"\x00", signatures.looks_like_tplink_stream, "tplink_smarthome"),
    (b"\x05", signatures.looks_like_dcerpc, "dcerpc"),
    (b"\x04\x05", signatures.looks_like_socks, "socks"),
    (b"*", signatures.looks_like_redis, "redis"),
    (b"{", signatures.looks_like_stratum, "stratum"),
    (b"\xf9", signatures.looks_like_bitcoin, "bitcoin"),
    (b"\x01", signatures.looks_like_levin, "monero"),
    (b"\xff", telnet.looks_like_telnet, "telnet"),
    (b"\xff", signatures.looks_like_bgp, "bgp"),
    (b"\x00", openvpn.looks_like_openvpn_stream, "openvpn"),
    (bytes(range(0x10)), dns.is_plausible_stream, "dns"),
    (b"\x00\x01", lambda data: len(data) >= 20 and stun.looks_like_stun(data), "stun"),
)

_FROM_SERVER: Final[tuple[Row, ...]] = (
    (b"HI", http.looks_like_response, "http"),
    (b"\x14\x15\x16\x17\x18" + bytes(range(0x80, 0x100)), tls.looks_like_tls, "tls"),
    (b"S", ssh.looks_like_ssh, "ssh"),
    (b"\xff", telnet.looks_like_telnet, "telnet"),
    (b"R", signatures.looks_like_rfb, "rfb"),
    (b"R", signatures.looks_like_rtsp, "rtsp"),
    (b"S", sip.looks_like_sip, "sip"),
    (b"<", xmpp.looks_like_xmpp, "xmpp"),
    (None, signatures.looks_like_mysql_greeting, "mysql"),
    (b"\x00", smb.looks_like_smb, "smb"),
    (b"\x03", rdp.looks_like_rdp, "rdp"),
    (b"\x30", ldap.looks_like_ldap, "ldap"),
    (b"\x13", bittorrent.looks_like_bittorrent, "bittorrent"),
    (b"\x05", signatures.looks_like_dcerpc, "dcerpc"),
    (b"\xff", signatures.looks_like_bgp, "bgp"),
    (b":", signatures.looks_like_irc, "irc"),
    (b"C", signatures.looks_like_adb, "adb"),
    (b"\x00", signatures.looks_like_kerberos_stream, "kerberos"),
    (b"\x00", openvpn.looks_like_openvpn_stream, "openvpn"),
    (bytes(range(0x10)), dns.is_plausible_stream, "dns"),
)

_DATAGRAM: Final[tuple[Row, ...]] = (
    (bytes(range(0x80, 0x100)), quic.looks_like_quic, "quic"),
    (bytes(range(0x40)), stun.looks_like_stun, "stun"),
    (b"\x14\x15\x16\x17\x18\x19", dtls.looks_like_dtls, "dtls"),
    (b"\x01\x02\x03\x04", wireguard.looks_like_wireguard, "wireguard"),
    (b"HMN", ssdp.looks_like_ssdp, "ssdp"),
    (b"\x38\x40\x50", openvpn.looks_like_openvpn, "openvpn"),
    (b"\x00\x41Bd", bittorrent.looks_like_bittorrent_datagram, "bittorrent"),
    (_CAPITALS, sip.looks_like_sip, "sip"),
    (b"\x30", snmp.looks_like_snmp, "snmp"),
    (b"\x30", ldap.looks_like_ldap, "ldap"),
    (bytes(range(0x40)), gquic.looks_like_gquic, "quic"),
    (b"\x01\x02", dhcp.is_plausible, "dhcp"),
    (b"\x00", tftp.looks_like_tftp, "tftp"),
    (bytes(range(0x6A, 0x7F)), signatures.looks_like_kerberos, "kerberos"),
    (b"<", signatures.looks_like_ws_discovery, "ws_discovery"),
    (b"<", syslog.looks_like_syslog, "syslog"),
    (b"{", signatures.looks_like_dropbox, "dropbox"),
    (b"S", signatures.looks_like_spotify, "spotify"),
    (b"BM", signatures.looks_like_bjnp, "bjnp"),
    (b"\xd0", signatures.looks_like_tplink, "tplink_smarthome"),
    (b"\x04", signatures.looks_like_dcerpc_datagram, "dcerpc"),
    (bytes(range(0x80, 0xC0)), rtp.looks_like_rtcp, "rtcp"),
    (_NTP_STARTS, lambda data: ntp.looks_like_ntp(data, False), "ntp"),
)

_BY_PORT: Final[dict[int, tuple[tuple[Matcher, str], ...]]] = {
    53: ((dns.is_plausible, "dns"),),
    5353: ((dns.is_plausible, "mdns"),),
    5355: ((dns.is_plausible, "llmnr"),),
    137: ((nbns.is_plausible, "nbns"), (dns.is_plausible, "nbns")),
    138: ((signatures.looks_like_netbios_datagram, "nbdgm"),),
    67: ((dhcp.is_plausible, "dhcp"),),
    68: ((dhcp.is_plausible, "dhcp"),),
    546: ((dhcpv6.is_plausible, "dhcpv6"),),
    547: ((dhcpv6.is_plausible, "dhcpv6"),),
    123: ((lambda data: ntp.looks_like_ntp(data, True), "ntp"),),
    500: ((signatures.looks_like_isakmp, "isakmp"),),
    4500: ((signatures.looks_like_isakmp, "isakmp"),),
    1645: ((signatures.looks_like_radius, "radius"),),
    1646: ((signatures.looks_like_radius, "radius"),),
    1812: ((signatures.looks_like_radius, "radius"),),
    1813: ((signatures.looks_like_radius, "radius"),),
    2152: ((signatures.looks_like_gtp, "gtp"),),
    3544: ((signatures.looks_like_teredo, "teredo"),),
    4789: ((signatures.looks_like_vxlan, "vxlan"),),
    5350: ((signatures.looks_like_nat_pmp, "nat_pmp"),),
    5351: ((signatures.looks_like_nat_pmp, "nat_pmp"),),
    5678: ((signatures.looks_like_mndp, "mndp"),),
    6081: ((signatures.looks_like_geneve, "geneve"),),
    10001: ((signatures.looks_like_ubiquiti, "ubiquiti_discovery"),),
    47808: ((signatures.looks_like_bacnet, "bacnet"),),
    5683: ((signatures.looks_like_coap, "coap"),),
    **{port: ((lambda data: stun.looks_like_stun(data, True), "stun"),) for port in stun.PORTS},
}
"""Datagram protocols whose content alone is too plain: on their port the content must still fit."""


_DNS_PORTS: Final = {53: "dns", 5353: "mdns", 5355: "llmnr"}


def _by_first_byte(rows: Iterable[Row]) -> tuple[tuple[tuple[Matcher, str], ...], ...]:
    return tuple(
        tuple((matches, token) for starts, matches, token in rows if starts is None or byte in starts)
        for byte in range(256)
    )


_CLIENT_TESTS: Final = _by_first_byte(_FROM_CLIENT)
_SERVER_TESTS: Final = _by_first_byte(_FROM_SERVER)
_DATAGRAM_TESTS: Final = _by_first_byte(_DATAGRAM)


def recognise_stream(first_up: bytes, first_down: bytes, client_port: int, server_port: int) -> str | None:
    """Token of a TCP stream's protocol from the first bytes of both directions; None when they do not tell yet."""
    if first_up:
        for matches, token in _CLIENT_TESTS[first_up[0]]:
            if matches(first_up):
                return token
    if first_down:
        for matches, token in _SERVER_TESTS[first_down[0]]:
            if matches(first_down):
                return token
        greeted = mail.greeting_protocol(first_down, server_port)
        if greeted:
            return greeted
    return (
        _login_protocol(first_up, first_down, server_port)
        or _swapped(first_up, first_down)
        or _dns_stream_by_port(first_up or first_down, client_port, server_port)
        or ("backdoor" if backdoor.backdoor_kind(first_up) or backdoor.backdoor_kind(first_down) else None)
    )


def _dns_stream_by_port(data: bytes, client_port: int, server_port: int) -> str | None:
    """The same for a stream, once its first message is whole."""
    if (server_port != 53 and client_port != 53) or len(data) < 2:
        return None
    end = 2 + (data[0] << 8 | data[1])
    return _dns_by_port(data[2:end], client_port, server_port) if len(data) >= end else None


def _login_protocol(first_up: bytes, first_down: bytes, server_port: int) -> str | None:
    """``USER`` is FTP's behind a 220; without the greeting the port decides between FTP and POP3."""
    if first_up[:5].upper() != b"USER ":
        return None
    if first_down[:3] == b"220" or server_port in mail.FTP_PORTS:
        return "ftp"
    return "pop3" if server_port == 110 else None


def _swapped(first_up: bytes, first_down: bytes) -> str | None:
    """Joined midway, the meter may have taken the server for the client."""
    if first_up:
        for matches, token in _SERVER_TESTS[first_up[0]]:
            if matches(first_up):
                return token
    if first_down:
        for matches, token in _CLIENT_TESTS[first_down[0]]:
            if matches(first_down):
                return token
    return None


def recognise_datagram(data: bytes, client_port: int, server_port: int, previous: bytes = b"") -> str | None:
    """Token of a datagram's protocol, or None.

    RTP shows only with ``previous``, the datagram before it from the same side.
    """
    if not data:
        return None
    if server_port in _BY_PORT or client_port in _BY_PORT:
        for port in (server_port, client_port):
            for matches, token in _BY_PORT.get(port, ()):
                if matches(data):
                    return token
    for matches, token in _DATAGRAM_TESTS[data[0]]:
        if matches(data):
            return token
    if previous and rtp.follows(previous, data):
        return "rtp"
    return _dns_by_port(data, client_port, server_port)


def _dns_by_port(data: bytes, client_port: int, server_port: int) -> str | None:
    """On its port, whatever nobody else claims and the parser can read is DNS, however odd; what it cannot is not."""
    token = _DNS_PORTS.get(server_port) or _DNS_PORTS.get(client_port)
    if token is None:
        return None
    try:
        message = dns.parse_message(data)
    except ParseError:
        return None
    return token if message.questions or message.answers else None


_TCP_PORTS: Final = {
    20: "ftp_data", 21: "ftp", 22: "ssh", 23: "telnet", 25: "smtp", 43: "whois", 53: "dns", 80: "http",
    88: "kerberos", 110: "pop3", 111: "rpcbind", 119: "nntp", 135: "dcerpc", 139: "smb", 143: "imap", 179: "bgp",
    194: "irc", 389: "ldap", 427: "slp", 443: "tls", 445: "smb", 465: "smtps", 502: "modbus", 515: "lpd",
    548: "afp", 554: "rtsp", 587: "smtp", 631: "ipp", 636: "ldaps", 853: "dot", 873: "rsync", 989: "ftps",
    990: "ftps", 992: "telnets", 993: "imaps", 995: "pop3s", 1080: "socks", 1194: "openvpn", 1433: "mssql",
    1521: "oracle", 1723: "pptp", 1883: "mqtt", 1935: "rtmp", 2049: "nfs", 3128: "http", 3268: "ldap",
    3306: "mysql", 3389: "rdp", 3690: "svn", 5060: "sip", 5061: "sips", 5222: "xmpp", 5223: "xmpp",
    5228: "google_fcm", 5432: "postgresql", 5555: "adb", 5900: "rfb", 5901: "rfb", 5985: "winrm", 5986: "winrm",
    6379: "redis", 6667: "irc", 6881: "bittorrent", 8080: "http", 8443: "tls", 8883: "mqtts", 9100: "jetdirect",
    9418: "git", 11211: "memcached", 27017: "mongodb",
}  # fmt: skip

_UDP_PORTS: Final = {
    53: "dns", 67: "dhcp", 68: "dhcp", 69: "tftp", 88: "kerberos", 111: "rpcbind", 123: "ntp", 137: "nbns",
    138: "nbdgm", 161: "snmp", 162: "snmp", 389: "ldap", 427: "slp", 443: "quic", 500: "isakmp", 514: "syslog",
    520: "rip", 521: "ripng", 546: "dhcpv6", 547: "dhcpv6", 623: "ipmi", 853: "doq", 1194: "openvpn", 1434: "mssql",
    1701: "l2tp", 1812: "radius", 1813: "radius", 1900: "ssdp", 2049: "nfs", 2055: "netflow", 2152: "gtp",
    3478: "stun", 3544: "teredo", 3702: "ws_discovery", 4500: "ipsec_nat_t", 4789: "vxlan", 5060: "sip",
    5246: "capwap", 5247: "capwap", 5350: "nat_pmp", 5351: "nat_pmp", 5353: "mdns", 5355: "llmnr", 5678: "mndp",
    5683: "coap", 6081: "geneve", 6343: "sflow", 6771: "bittorrent", 6881: "bittorrent",
    10001: "ubiquiti_discovery", 17500: "dropbox", 41641: "tailscale", 47808: "bacnet", 51820: "wireguard",
}  # fmt: skip


def port_protocol(protocol: str, server_port: int) -> str | None:
    """What usually speaks on a port of ``tcp`` or ``udp``: a guess to be shown as one."""
    if protocol == "tcp":
        return _TCP_PORTS.get(server_port)
    return _UDP_PORTS.get(server_port) if protocol == "udp" else None
