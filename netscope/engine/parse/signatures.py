"""Protocols known by a few bytes at the start of a stream or datagram, of which nothing more is read.

Protocols with more to tell have a module each. Every function takes the first bytes of one direction.
"""

from __future__ import annotations

from typing import Final

_KERBEROS_VERSION: Final = (b"\xa1\x03\x02\x01\x05", b"\xa0\x03\x02\x01\x05")
"""pvno 5 as the first field of the message (RFC 4120, section 5.4)."""
_KERBEROS_TAGS: Final = frozenset((0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x7E))

_POSTGRESQL_CODES: Final = (b"\x00\x03\x00\x00", b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x2e", b"\x04\xd2\x16\x30")
"""Protocol 3.0, CancelRequest, SSLRequest, GSSENCRequest (PostgreSQL documentation, "Message Formats")."""
POSTGRESQL_SSL_REQUEST: Final = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"

_DCERPC_TYPES: Final = frozenset((0, 2, 3, 11, 12, 13, 14, 15, 16))
_RADIUS_CODES: Final = frozenset((1, 2, 3, 4, 5, 11, 12, 13, 40, 41, 42, 43, 44, 45))
_NETBIOS_DATAGRAM_TYPES: Final = range(0x10, 0x17)
_TPLINK_JSON: Final = b"\xd0\xf2"
"""``{"`` under the autokey cipher that begins with 171."""


def looks_like_kerberos(data: bytes) -> bool:
    if not data or data[0] not in _KERBEROS_TAGS:
        return False
    head = data[:24]
    return any(version in head for version in _KERBEROS_VERSION)


def looks_like_kerberos_stream(data: bytes) -> bool:
    """Over TCP behind a four-byte length (RFC 4120, section 7.2.2)."""
    return data[:2] == b"\0\0" and looks_like_kerberos(data[4:])


def looks_like_rtsp(data: bytes) -> bool:
    line = data[:512].partition(b"\n")[0].rstrip()
    return line.startswith(b"RTSP/1.0 ") or line.endswith((b" RTSP/1.0", b" RTSP/2.0"))


def looks_like_mysql_greeting(data: bytes) -> bool:
    """Packet 0 with protocol version 10 and a server version that begins with a digit."""
    return len(data) >= 6 and data[2:5] == b"\0\0\x0a" and data[5:6].isdigit()


def looks_like_postgresql(data: bytes) -> bool:
    return len(data) >= 8 and data[:2] == b"\0\0" and data[4:8] in _POSTGRESQL_CODES


def looks_like_redis(data: bytes) -> bool:
    """An array of bulk strings (RESP)."""
    return data[:1] == b"*" and data[1:2].isdigit() and b"\r\n$" in data[:8]


def looks_like_dcerpc(data: bytes) -> bool:
    """Version 5.0, known type, little-endian data, and a fragment length that is no nonsense (C706, section 12.6)."""
    return (
        len(data) >= 10
        and data[:2] == b"\x05\0"
        and data[2] in _DCERPC_TYPES
        and data[4:8] == b"\x10\0\0\0"
        and int.from_bytes(data[8:10], "little") >= 16
    )


def looks_like_dcerpc_datagram(data: bytes) -> bool:
    """Connectionless DCE/RPC, version 4, little-endian integers (C706, section 12.5)."""
    return len(data) >= 80 and data[0] == 4 and data[1] <= 10 and data[4:7] == b"\x10\0\0"


def looks_like_socks(data: bytes) -> bool:
    """A SOCKS5 greeting whose methods end the segment (RFC 1928), or a SOCKS4 request ended by a NUL."""
    if data[:1] == b"\x05":
        return 3 <= len(data) <= 12 and len(data) == 2 + data[1] and max(data[2:]) <= 9
    return (
        9 <= len(data) <= 512 and data[:1] == b"\x04" and data[1] in (1, 2) and data[-1] == 0 and data[2:4] != b"\0\0"
    )


def looks_like_bgp(data: bytes) -> bool:
    """The marker of 16 ones, then a length and a type (RFC 4271, section 4.1)."""
    return len(data) >= 19 and data[:16] == b"\xff" * 16 and 1 <= data[18] <= 5


def looks_like_rfb(data: bytes) -> bool:
    return data[:4] == b"RFB " and data[7:8] == b"."


def looks_like_irc(data: bytes) -> bool:
    return data.startswith((b"NICK ", b"CAP LS", b":irc.")) or (data[:1] == b":" and b" NOTICE " in data[:80])


def looks_like_adb(data: bytes) -> bool:
    """Android debug bridge: a CNXN message and its complement in the magic field."""
    return data[:4] == b"CNXN" and (len(data) < 24 or data[20:24] == b"\xbc\xb1\xa7\xb1")


def looks_like_stratum(data: bytes) -> bool:
    """Miners' JSON-RPC: a subscription or login first."""
    head = data[:512]
    return (
        head[:1] == b"{"
        and b'"method"' in head
        and (b'"mining.' in head or (b'"login"' in head and b'"agent"' in head))
    )


def looks_like_bitcoin(data: bytes) -> bool:
    return data[:4] == b"\xf9\xbe\xb4\xd9" and data[4:11] == b"version"


def looks_like_tplink_stream(data: bytes) -> bool:
    """TP-Link smart home: a length and obfuscated JSON."""
    return data[:2] == b"\0\0" and data[4:6] == _TPLINK_JSON


def looks_like_tplink(data: bytes) -> bool:
    return data[:2] == _TPLINK_JSON and len(data) >= 16


def looks_like_isakmp(data: bytes) -> bool:
    """IKE of version 1 or 2 whose length fits, with or without the non-ESP marker (RFC 7296, sections 3.1 and 3.6)."""
    if data[:4] == bytes(4):
        data = data[4:]
    return (
        len(data) >= 28
        and data[17] in (0x10, 0x20)
        and data[:8] != bytes(8)
        and int.from_bytes(data[24:28], "big") == len(data)
    )


def looks_like_radius(data: bytes) -> bool:
    return len(data) >= 20 and data[0] in _RADIUS_CODES and data[2] << 8 | data[3] == len(data)


def looks_like_netbios_datagram(data: bytes) -> bool:
    """Type, flags without reserved bits, and the sender's NetBIOS name (RFC 1002, section 4.4)."""
    return len(data) >= 14 and data[0] in _NETBIOS_DATAGRAM_TYPES and data[1] < 0x10


def looks_like_ws_discovery(data: bytes) -> bool:
    """SOAP of Web Services Dynamic Discovery."""
    return data[:1] == b"<" and b"/discovery" in data[:1024] and b"nvelope" in data[:512]


def looks_like_dropbox(data: bytes) -> bool:
    """Dropbox LAN sync announcements."""
    return data[:1] == b"{" and b'"host_int"' in data[:64]


def looks_like_coap(data: bytes) -> bool:
    """Version 1, a token of at most 8 bytes, a request method or response class (RFC 7252, section 3)."""
    return len(data) >= 4 and data[0] >> 6 == 1 and data[0] & 15 <= 8 and (data[1] <= 7 or data[1] >> 5 in (2, 4, 5))


def looks_like_vxlan(data: bytes) -> bool:
    """The I flag alone and both reserved fields zero (RFC 7348, section 5)."""
    return len(data) >= 22 and data[:4] == b"\x08\0\0\0" and data[7] == 0


def looks_like_geneve(data: bytes) -> bool:
    """Version 0 carrying Ethernet or IP (RFC 8926, section 3.4)."""
    return len(data) >= 22 and data[0] < 0x40 and data[2:4] in (b"\x65\x58", b"\x08\0", b"\x86\xdd") and data[7] == 0


def looks_like_gtp(data: bytes) -> bool:
    """GTP-U: version 1, protocol type GTP, a length that fits (3GPP TS 29.281, section 5.1)."""
    return len(data) >= 8 and data[0] & 0xF0 == 0x30 and (data[2] << 8 | data[3]) + 8 == len(data)


def looks_like_teredo(data: bytes) -> bool:
    """IPv6 behind an authentication or origin indication, or bare (RFC 4380, section 5.1.1)."""
    return len(data) >= 40 and (data[:2] in (b"\0\0", b"\0\1") or data[0] >> 4 == 6)


def looks_like_nat_pmp(data: bytes) -> bool:
    """NAT-PMP (RFC 6886) or PCP (RFC 6887)."""
    return (len(data) >= 2 and data[0] == 0 and data[1] & 0x7F <= 2) or (len(data) >= 24 and data[0] == 2)


def looks_like_bacnet(data: bytes) -> bool:
    """BACnet/IP: its type and its own length."""
    return len(data) >= 4 and data[0] == 0x81 and data[2] << 8 | data[3] == len(data)


def looks_like_mndp(data: bytes) -> bool:
    """MikroTik neighbour discovery: a request of zeros, or a MAC address of 6 bytes as first field."""
    return data[:4] == bytes(4) or (len(data) >= 14 and data[4:8] == b"\0\1\0\6")


def looks_like_ubiquiti(data: bytes) -> bool:
    return len(data) >= 4 and data[:2] in (b"\1\0", b"\2\6", b"\2\x0a") and data[2] << 8 | data[3] == len(data) - 4


def looks_like_spotify(data: bytes) -> bool:
    """Announcements of Spotify Connect on the local network."""
    return data[:7] == b"SpotUdp"


def looks_like_bjnp(data: bytes) -> bool:
    """Canon's printer discovery."""
    return data[:4] in (b"BJNP", b"BJNB", b"MFNP")


def looks_like_levin(data: bytes) -> bool:
    """Peers of Monero."""
    return data[:8] == b"\x01\x21\x01\x01\x01\x01\x01\x01"
