"""Builders and samples of plaintext protocols for tests: written from the specifications, not taken from captures."""

from __future__ import annotations

from collections.abc import Callable
from struct import pack
from typing import Any

from netscope.model.errors import ParseError

REQUEST = (
    b"GET /index.html?lang=en HTTP/1.1\r\nHost: www.example.com:8080\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n"
)
RESPONSE = b"HTTP/1.1 200 OK\r\nServer: nginx/1.24.0\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello"


def outcome(parse: Callable[..., Any], *arguments: object) -> tuple[Any, str]:
    """(result, "") or (None, slug of the ParseError); any other exception fails the test."""
    try:
        return parse(*arguments), ""
    except ParseError as error:
        return None, error.slug


def request(method: str = "GET", target: str = "/", *, body: bytes = b"", **fields: str) -> bytes:
    """An HTTP/1.1 request; underscores in field names become hyphens."""
    fields = {"Host": "example.com", **fields}
    if body:
        fields["Content_Length"] = str(len(body))
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body


def response(status: int = 200, body: bytes | None = b"", **fields: str) -> bytes:
    """An HTTP/1.1 response; body None leaves the length out."""
    if body is not None:
        fields["Content_Length"] = str(len(body))
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Reason\r\n{head}\r\n".encode() + (body or b"")


def chunked(*chunks: bytes, trailer: bytes = b"") -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n" + trailer + b"\r\n"


def ssdp(first: str, **fields: str) -> bytes:
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"{first}\r\n{head}\r\n".encode()


def tlv(tag: int, body: bytes) -> bytes:
    """A BER element; the long form of the length from 128 bytes on."""
    if len(body) < 128:
        return bytes((tag, len(body))) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + body


def snmp(version: int = 1, community: bytes = b"public", pdu: int = 0xA0) -> bytes:
    bindings = tlv(0x30, tlv(0x30, tlv(0x06, b"\x2b\x06\x01\x02\x01\x01\x01\x00") + b"\x05\x00"))
    body = tlv(2, b"\x01") + tlv(2, b"\x00") + tlv(2, b"\x00") + bindings
    return tlv(0x30, tlv(2, bytes((version,))) + tlv(4, community) + tlv(pdu, body))


SNMP_3 = tlv(
    0x30,
    tlv(2, b"\x03")
    + tlv(0x30, tlv(2, b"\x01\x02") + tlv(2, b"\x00\xff\xe3") + tlv(4, b"\x04") + tlv(2, b"\x03"))
    + tlv(4, tlv(0x30, b""))
    + tlv(0x30, b""),
)


def ldap(operation: bytes, message_id: int = 1) -> bytes:
    return tlv(0x30, tlv(2, bytes((message_id,))) + operation)


def ldap_bind(password: bytes = b"secret") -> bytes:
    return ldap(tlv(0x60, tlv(2, b"\x03") + tlv(4, b"cn=admin,dc=example") + tlv(0x80, password)))


LDAP_START_TLS = ldap(tlv(0x77, tlv(0x80, b"1.3.6.1.4.1.1466.20037")))


def ldap_result(tag: int, code: int = 0) -> bytes:
    return ldap(tlv(tag, tlv(0x0A, bytes((code,))) + tlv(4, b"") + tlv(4, b"")))


def mqtt_connect(client_id: bytes = b"kitchen-lamp", *, level: int = 4, flags: int = 0xC2, tail: bytes = b"") -> bytes:
    properties = b"\x05\x11\x00\x00\x00\x3c" if level == 5 else b""
    name = b"\x00\x06MQIsdp" if level == 3 else b"\x00\x04MQTT"
    body = name + bytes((level, flags)) + b"\x00\x3c" + properties + pack("!H", len(client_id)) + client_id + tail
    size, remaining = b"", len(body)
    while True:
        remaining, digit = divmod(remaining, 128)
        size += bytes((digit | (0x80 if remaining else 0),))
        if not remaining:
            return b"\x10" + size + body


def stun(kind: int = 0x0001, *attributes: tuple[int, bytes], cookie: bytes = b"\x21\x12\xa4\x42") -> bytes:
    body = b"".join(pack("!HH", t, len(v)) + v + bytes(-len(v) % 4) for t, v in attributes)
    return pack("!HH", kind, len(body)) + cookie + bytes(range(12)) + body


STUN_REQUEST = stun(0x0001, (0x8022, b"webrtc 1.0"))
STUN_RESPONSE = stun(
    0x0101, (0x0020, b"\x00\x01" + pack("!H", 50000 ^ 0x2112) + bytes((203 ^ 0x21, 0x12, 113 ^ 0xA4, 7 ^ 0x42)))
)


def ntp(mode: int = 3, version: int = 4, stratum: int = 0, reference: bytes = bytes(4)) -> bytes:
    head = bytes((version << 3 | mode, stratum, 6, 0xEC)) + bytes(8) + reference
    return head + bytes(24) + b"\xe9\x01\x02\x03\x04\x05\x06\x07"


def wireguard(kind: int = 1) -> bytes:
    size = {1: 148, 2: 92, 3: 64, 4: 96}[kind]
    if kind == 4:
        return b"\x04\0\0\0" + b"\x11\x22\x33\x44" + b"\x05" + bytes(7) + b"\xab" * 80
    return bytes((kind,)) + b"\0\0\0" + b"\x5a" * (size - 4)


OPENVPN_PLAIN = b"\x38" + b"sessioni" + bytes(5)
OPENVPN_TLS_AUTH = b"\x38" + b"sessioni" + b"\xaa" * 20 + pack("!II", 1, 0x66000000) + bytes(5)
OPENVPN_TLS_CRYPT = b"\x38" + b"sessioni" + pack("!II", 1, 0x66000000) + b"\xaa" * 37
OPENVPN_SERVER = b"\x40" + b"sessioni" + b"\x01" + bytes(4) + b"sessionc" + bytes(4)

BITTORRENT = b"\x13BitTorrent protocol" + bytes(8) + b"\x77" * 20 + b"-TR4050-abcdefghijkl"
DHT_QUERY = b"d1:ad2:id20:" + b"\x42" * 20 + b"e1:q4:ping1:t2:aa1:y1:qe"
UTP_SYN = b"\x41\x00\x12\x34" + pack("!II", 123456789, 0) + pack("!I", 1 << 20) + b"\0\1\0\0"

SIP_REGISTER = (
    b"REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nFrom: <sip:100@example.com>\r\n"
    b"User-Agent: Grandstream GXP2170\r\nContent-Length: 0\r\n\r\n"
)
SIP_OK = b"SIP/2.0 200 OK\r\nServer: Asterisk PBX 18.2\r\n\r\n"


def rtp(sequence: int, time: int, *, source: int = 0x0BADF00D, kind: int = 0) -> bytes:
    return pack("!BBHII", 0x80, kind, sequence, time, source) + b"\xd5" * 160


RTCP = b"\x80\xc8\x00\x06" + b"\x01" * 24 + b"\x81\xca\x00\x02" + b"\x02" * 8


def netbios(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(3, "big") + message


SMB1_NEGOTIATE = netbios(
    b"\xffSMB\x72" + bytes(4) + b"\x18" + bytes(22) + b"\0" + pack("<H", 24) + b"\x02NT LM 0.12\0\x02SMB 2.???\0"
)
SMB2_NEGOTIATE = netbios(b"\xfeSMB" + b"\x40\0" + bytes(58) + b"\x24\0\x01\0" + bytes(32) + b"\x11\x03")
SMB2_RESPONSE = netbios(
    b"\xfeSMB"
    + b"\x40\0"
    + bytes(6)
    + b"\0\0"
    + b"\x01\0"
    + b"\x01\0\0\0"
    + bytes(44)
    + b"\x41\0\x01\0"
    + b"\x11\x03"
    + bytes(60)
)

RDP_REQUEST = b"\x03\0\0\x2b\x26\xe0\0\0\0\0\0Cookie: mstshash=alice\r\n" + b"\x01\0\x08\0\x03\0\0\0"
RDP_CONFIRM = b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0" + b"\x02\x1f\x08\0\x02\0\0\0"

SYSLOG_5424 = b"<34>1 2003-10-11T22:14:15.003Z router.lan su - ID47 - 'su root' failed"
SYSLOG_3164 = b"<13>Feb  5 17:32:18 switch1 sshd[99]: Accepted"
TFTP_READ = b"\0\x01pxelinux.0\0octet\0blksize\0001432\0"

XMPP_OPEN = (
    b"<?xml version='1.0'?><stream:stream to='chat.example.com' xmlns='jabber:client' "
    b"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
)
XMPP_STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
XMPP_PROCEED = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

TELNET_OPTIONS = b"\xff\xfd\x18\xff\xfd\x20\xff\xfb\x03"
CLIENT_HELLO_START = b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03" + bytes(range(40))
