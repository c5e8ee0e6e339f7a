"""Valid messages of the link and naming protocols, built by hand from their RFCs; tests also cut and mutate them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable

from netscope.engine.parse import arp, dhcp, dhcpv6, dns, icmp, igmp, nbns, ndp

MAC = bytes.fromhex("0200c0ffee01")
MAC_TEXT = "02:00:c0:ff:ee:01"
IP = bytes((192, 0, 2, 7))
IP6 = bytes.fromhex("20010db8000000000000000000000007")
LINK_LOCAL = bytes.fromhex("fe800000000000000000c0fffeee0001")

A, NS, CNAME, SOA, PTR, HINFO, MX, TXT = 1, 2, 5, 6, 12, 13, 15, 16
AAAA, SRV, NAPTR, OPT, DS, SSHFP, RRSIG, NSEC = 28, 33, 35, 41, 43, 44, 46, 47
DNSKEY, NSEC3, NSEC3PARAM, TLSA, SVCB, HTTPS, URI, CAA = 48, 50, 51, 52, 64, 65, 256, 257


def name(text: str) -> bytes:
    labels = [label.encode() for label in text.split(".") if label]
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def pointer(offset: int) -> bytes:
    return struct.pack("!H", 0xC000 | offset)


def question(text: str, kind: int = A, dns_class: int = 1) -> bytes:
    return name(text) + struct.pack("!HH", kind, dns_class)


def record(owner: bytes, kind: int, rdata: bytes, ttl: int = 300, dns_class: int = 1) -> bytes:
    return owner + struct.pack("!HHIH", kind, dns_class, ttl, len(rdata)) + rdata


def message(
    questions: Iterable[bytes] = (),
    answers: Iterable[bytes] = (),
    authorities: Iterable[bytes] = (),
    additionals: Iterable[bytes] = (),
    *,
    flags: int = 0x8180,
    transaction_id: int = 0x1234,
) -> bytes:
    sections = [list(questions), list(answers), list(authorities), list(additionals)]
    header = struct.pack("!6H", transaction_id, flags, *(len(section) for section in sections))
    return header + b"".join(part for section in sections for part in section)


QUERY = message([question("www.example.com")], flags=0x0100)
RESPONSE = message(
    [question("www.example.com")],
    [
        record(pointer(12), CNAME, b"\3cdn" + pointer(16)),
        record(b"\3cdn" + pointer(16), A, IP),
        record(b"\3cdn" + pointer(16), AAAA, IP6),
    ],
    [record(pointer(16), NS, b"\2ns" + pointer(16))],
    [record(b"\0", OPT, b"", ttl=0, dns_class=1232)],
)
RECORDS = message(
    [question("example.com", 255)],
    [
        record(pointer(12), kind, rdata)
        for kind, rdata in (
            (MX, b"\0\x0a" + b"\4mail" + pointer(12)),
            (SOA, name("ns.example.com") + name("root.example.com") + struct.pack("!5I", 1, 2, 3, 4, 5)),
            (TXT, b"\x0bv=spf1 -all" + b"\0" + b'\2"\\'),
            (SRV, struct.pack("!HHH", 1, 2, 5060) + name("sip.example.com")),
            (CAA, b"\0\5issueletsencrypt.org"),
            (HTTPS, b"\0\1\0" + struct.pack("!HH", 1, 6) + b"\2h2\2h3" + struct.pack("!HH", 4, 4) + IP),
            (NAPTR, struct.pack("!HH", 100, 10) + b"\1u\7E2U+sip\0" + b"\0"),
            (HINFO, b"\4ARM6\5LINUX"),
            (DS, struct.pack("!HBB", 60485, 5, 1) + bytes(range(20))),
            (DNSKEY, struct.pack("!HBB", 256, 3, 5) + b"\1\3key"),
            (
                RRSIG,
                struct.pack("!HBBIIIH", A, 5, 3, 86400, 1048354263, 1045762263, 2642) + name("example.com") + b"sig",
            ),
            (NSEC, name("host.example.com") + bytes.fromhex("0006400100000003")),
            (NSEC3, b"\1\1\0\x0c\4\xaa\xbb\xcc\xdd\x14" + bytes(20) + bytes.fromhex("000122")),
            (TLSA, b"\3\1\1" + bytes(32)),
            (SSHFP, b"\4\2" + bytes(32)),
            (URI, struct.pack("!HH", 10, 1) + b"https://www.example.com/"),
            (65400, b"\1\2\3"),
        )
    ],
)
MDNS_POINTER = record(name("_ipp._tcp.local"), PTR, b"\x0eKitchen Prin.r" + pointer(12), ttl=4500)
MDNS_RESPONSE = message(
    answers=[
        MDNS_POINTER,
        record(name("printer.local"), A, IP, dns_class=0x8001, ttl=120),
        record(
            name("printer.local"),
            NSEC,
            pointer(12 + len(MDNS_POINTER)) + bytes.fromhex("000440000008"),
            dns_class=0x8001,
        ),
    ],
    flags=0x8400,
    transaction_id=0,
)
UPDATE = message(
    [question("example.com", SOA)],
    [record(name("host.example.com"), CNAME, b"", dns_class=254, ttl=0)],
    [record(name("host.example.com"), A, b"", dns_class=255, ttl=0), record(name("host.example.com"), A, IP)],
    flags=0x2800,
)


def netbios_label(text: str, suffix: int, padding: bytes = b" ") -> bytes:
    raw = text.encode("latin-1").ljust(15, padding) + bytes((suffix,))
    return b"\x20" + b"".join(bytes((0x41 + (byte >> 4), 0x41 + (byte & 15))) for byte in raw)


def netbios_name(text: str, suffix: int, padding: bytes = b" ") -> bytes:
    return netbios_label(text, suffix, padding) + b"\0"


NBNS_QUERY = message([netbios_name("FILESERVER", 0x20) + struct.pack("!HH", 32, 1)], flags=0x0110)
NBNS_RESPONSE = message(answers=[record(netbios_name("FILESERVER", 0x20), 32, b"\x60\0" + IP)], flags=0x8580)
NBNS_REGISTRATION = message(
    [netbios_name("WORKGROUP", 0) + struct.pack("!HH", 32, 1)],
    additionals=[record(pointer(12), 32, b"\xe0\0" + IP, ttl=300000)],
    flags=0x2910,
)
NBNS_STATUS = message(
    answers=[
        record(
            netbios_name("*", 0, b"\0"),
            33,
            b"\2" + b"ALICE-PC".ljust(15) + b"\0\x04\0" + b"HOME".ljust(15) + b"\0\x84\0" + MAC + bytes(40),
        )
    ],
    flags=0x8400,
)


def dhcp_option(code: int, value: bytes) -> bytes:
    return bytes((code, len(value))) + value


def dhcp_message(
    options: bytes,
    *,
    operation: int = 1,
    your_ip: bytes = bytes(4),
    relay_ip: bytes = bytes(4),
    sname: bytes = b"",
    file: bytes = b"",
    hardware: bytes = b"\1\6",
    chaddr: bytes = MAC,
) -> bytes:
    fixed = struct.pack("!B2sBIHH4s4s4s4s16s", operation, hardware, 0, 0x3903F326, 0, 0, bytes(4), your_ip, bytes(4),
                        relay_ip, chaddr)  # fmt: skip
    return fixed + sname.ljust(64, b"\0") + file.ljust(128, b"\0") + b"\x63\x82\x53\x63" + options


DHCP_DISCOVER = dhcp_message(
    dhcp_option(53, b"\1") + dhcp_option(61, b"\1" + MAC) + dhcp_option(50, IP) + dhcp_option(12, b"kitchen-tablet")
    + dhcp_option(60, b"android-dhcp-14") + dhcp_option(55, bytes((1, 3, 6, 15, 26, 28, 51, 58, 59, 43)))
    + dhcp_option(81, b"\5\0\0" + name("kitchen-tablet.home.arpa")) + b"\0\0" + b"\xff"
)  # fmt: skip
DHCP_ACK = dhcp_message(
    dhcp_option(53, b"\5") + dhcp_option(54, bytes((192, 0, 2, 1))) + dhcp_option(51, struct.pack("!I", 86400))
    + dhcp_option(1, bytes((255, 255, 255, 0))) + dhcp_option(3, bytes((192, 0, 2, 1)))
    + dhcp_option(6, bytes((192, 0, 2, 1, 192, 0, 2, 2))) + dhcp_option(15, b"home.arpa")
    + dhcp_option(82, b"\1\4port\2\6" + MAC) + b"\xff",
    operation=2,
    your_ip=IP,
    relay_ip=bytes((192, 0, 2, 254)),
)  # fmt: skip
DHCP_OVERLOADED = dhcp_message(
    dhcp_option(53, b"\3") + dhcp_option(52, b"\3") + b"\xff",
    file=dhcp_option(12, b"from-file") + b"\xff",
    sname=dhcp_option(60, b"from-sname") + b"\xff",
)


def dhcpv6_option(code: int, value: bytes) -> bytes:
    return struct.pack("!HH", code, len(value)) + value


DUID_LLT = bytes.fromhex("00010001") + struct.pack("!I", 0x1C39CF88) + MAC
DUID_LL = bytes.fromhex("00030001") + MAC
DHCPV6_SOLICIT = (
    b"\1\x10\x08\x74" + dhcpv6_option(1, DUID_LLT) + dhcpv6_option(6, b"\0\x17\0\x18") + dhcpv6_option(8, b"\0\0")
    + dhcpv6_option(39, b"\0" + name("kitchen-tablet")[:-1])
    + dhcpv6_option(16, struct.pack("!IH", 311, 8) + b"MSFT 5.0") + dhcpv6_option(3, bytes(12))
)  # fmt: skip
DHCPV6_REPLY = (
    b"\7\x10\x08\x74" + dhcpv6_option(1, DUID_LL) + dhcpv6_option(2, DUID_LL)
    + dhcpv6_option(3, bytes(12) + dhcpv6_option(5, IP6 + struct.pack("!II", 7200, 7500)))
    + dhcpv6_option(23, IP6) + dhcpv6_option(24, name("home.arpa") + name("example.com"))
)  # fmt: skip
DHCPV6_RELAYED = (
    b"\x0c\0" + IP6 + LINK_LOCAL + dhcpv6_option(18, b"eth1") + dhcpv6_option(37, b"\0\0\0\x09remote")
    + dhcpv6_option(79, b"\0\1" + MAC) + dhcpv6_option(9, DHCPV6_SOLICIT)
)  # fmt: skip

ARP_REQUEST = bytes.fromhex("0001080006040001") + MAC + IP + bytes(6) + bytes((192, 0, 2, 1))
ARP_REPLY = bytes.fromhex("0001080006040002") + MAC + IP + bytes.fromhex("020000000009") + bytes((192, 0, 2, 1))

NDP_SOLICITATION = b"\x87\0\0\0" + bytes(4) + IP6 + b"\1\1" + MAC
NDP_ADVERTISEMENT = b"\x88\0\0\0" + b"\xe0\0\0\0" + IP6 + b"\2\1" + MAC
NDP_ROUTER_SOLICITATION = b"\x85\0\0\0" + bytes(4) + b"\1\1" + MAC
NDP_ROUTER_ADVERTISEMENT = (
    b"\x86\0\0\0" + b"\x40\xc0" + struct.pack("!HII", 1800, 0, 0) + b"\1\1" + MAC
    + b"\3\4\x40\xc0" + struct.pack("!III", 86400, 14400, 0) + IP6[:8] + bytes(8)
    + b"\x19\3\0\0" + struct.pack("!I", 600) + IP6
)  # fmt: skip
NDP_REDIRECT = b"\x89\0\0\0" + bytes(4) + LINK_LOCAL + IP6 + b"\2\1" + MAC

QUOTED_IPV4 = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 60, 1, 0, 64, 17, 0, IP, bytes((198, 51, 100, 9)))
ICMP_UNREACHABLE = b"\3\3\0\0" + bytes(4) + QUOTED_IPV4 + struct.pack("!HHHH", 40000, 53, 40, 0)
QUOTED_IPV6 = struct.pack("!IHBB16s16s", 6 << 28, 40, 0, 64, IP6, LINK_LOCAL)
ICMPV6_TOO_BIG = (
    b"\2\0\0\0" + struct.pack("!I", 1280) + QUOTED_IPV6
    + b"\x2b\0" + bytes(6)  # hop-by-hop, then routing
    + b"\x33\0" + bytes(6)  # then authentication
    + b"\x2c\4" + bytes(22)  # then fragment
    + b"\x06\0" + struct.pack("!HI", 1, 7)
    + struct.pack("!HHI", 50000, 443, 1)
)  # fmt: skip

IGMP_V2_REPORT = b"\x16\0\0\0" + bytes((239, 255, 255, 250))
IGMP_V3_REPORT = (
    b"\x22\0\0\0\0\0\0\3"
    + b"\4\0\0\0" + bytes((224, 0, 0, 251))
    + b"\3\0\0\0" + bytes((239, 1, 1, 1))
    + b"\1\1\0\1" + bytes((232, 1, 1, 1)) + IP + bytes(4)
)  # fmt: skip
MLD_V1_DONE = b"\x84\0\0\0" + bytes(4) + bytes.fromhex("ff0200000000000000000000000000fb")
MLD_V2_REPORT = b"\x8f\0\0\0\0\0\0\1" + b"\4\0\0\0" + bytes.fromhex("ff0200000000000000000000000000fb")

SAMPLES: list[tuple[Callable[[bytes], object], bytes]] = [
    *((dns.parse_message, sample) for sample in (QUERY, RESPONSE, RECORDS, MDNS_RESPONSE, UPDATE)),
    *((nbns.parse_message, sample) for sample in (NBNS_QUERY, NBNS_RESPONSE, NBNS_REGISTRATION, NBNS_STATUS)),
    *((dhcp.parse, sample) for sample in (DHCP_DISCOVER, DHCP_ACK, DHCP_OVERLOADED)),
    *((dhcpv6.parse, sample) for sample in (DHCPV6_SOLICIT, DHCPV6_REPLY, DHCPV6_RELAYED)),
    *((arp.parse, sample) for sample in (ARP_REQUEST, ARP_REPLY)),
    *((ndp.parse, sample) for sample in (NDP_SOLICITATION, NDP_ADVERTISEMENT, NDP_ROUTER_SOLICITATION)),
    *((ndp.parse, sample) for sample in (NDP_ROUTER_ADVERTISEMENT, NDP_REDIRECT)),
    (icmp.parse_error, ICMP_UNREACHABLE),
    (icmp.parse_error_v6, ICMPV6_TOO_BIG),
    *((igmp.parse, sample) for sample in (IGMP_V2_REPORT, IGMP_V3_REPORT)),
    *((igmp.parse_mld, sample) for sample in (MLD_V1_DONE, MLD_V2_REPORT)),
]
"""Every parser with whole, valid messages for it."""
