"""Seed frames of every link type, tunnel and transport the meter decodes."""

from __future__ import annotations

import struct
from itertools import islice

from netscope.demo.synthesis import synthesise
from tests.engine.parse import frames as f
from tests.engine.parse import naming_samples as naming

DNS = f.udp(naming.QUERY, 40000, 53)
INNER = f.ipv4(DNS, 17, "10.1.0.1", "10.1.0.2")
STREAM = [
    f.ethernet(f.ipv4(f.tcp(f.SYN, 1000, options=b"\2\4\5\xb4\1\3\3\7"), 6)),
    f.ethernet(f.ipv4(f.tcp(f.SYN | f.ACK, 5000, 1001, source=9999, target=40000), 6, f.SERVER, f.CLIENT), up=False),
    f.ethernet(f.ipv4(f.tcp(f.ACK, 1001, 5001), 6)),
    f.ethernet(f.ipv4(f.tcp(f.ACK, 1011, 5001, b"second part"), 6)),
    f.ethernet(f.ipv4(f.tcp(f.ACK, 1001, 5001, b"first part"), 6)),
    f.ethernet(f.ipv4(f.tcp(f.ACK, 5101, 1022, b"after a hole", source=9999, target=40000), 6, f.SERVER, f.CLIENT)),
    f.ethernet(f.ipv4(f.tcp(f.ACK, 1022, 5201), 6)),
    f.ethernet(f.ipv4(f.tcp(f.FIN | f.ACK, 1022, 5201), 6)),
    f.ethernet(f.ipv4(f.tcp(f.RST, 5201, source=9999, target=40000), 6, f.SERVER, f.CLIENT)),
]
LONG = f.udp(bytes(range(256)) * 12)
FRAGMENTS = [
    f.ethernet(f.ipv4(LONG[at : at + 800], fragment=at, more=at + 800 < len(LONG), ident=9))
    for at in range(0, len(LONG), 800)
]
FRAGMENTS6 = [
    f.ethernet(f.ipv6_fragment(LONG[at : at + 800], 17, at, more=at + 800 < len(LONG)), 0x86DD)
    for at in range(0, len(LONG), 800)
]
GRE = struct.pack("!HH", 0, 0x0800) + INNER
VXLAN = f.udp(b"\x08\0\0\0\0\0\x01\0" + f.ethernet(INNER), 50000, 4789)
GENEVE = f.udp(b"\x01\0\x65\x58\0\0\x01\0" + bytes(4) + f.ethernet(INNER), 50000, 6081)
GTP = f.udp(b"\x34\xff" + struct.pack("!HI", len(INNER) + 8, 1) + b"\0\0\0\x85\1\0\0\0" + INNER, 2152, 2152)
TEREDO = f.udp(bytes(8) + f.ipv6(DNS), 50000, 3544)
EXTENSIONS = b"\x2b\0" + bytes(6) + b"\x3c\0" + bytes(6) + b"\x11\0" + bytes(6)
MPLS = b"\0\x01\0\x40\0\x02\x01\x40" + INNER
WIFI = (
    b"\x08\x01" + bytes(2) + f.SERVER_MAC + f.CLIENT_MAC + f.SERVER_MAC + bytes(2) + b"\xaa\xaa\x03\0\0\0\x08\0" + INNER
)
NFLOG = b"\x02\0\0\x64" + struct.pack("<HH", 8, 1) + bytes(4) + struct.pack("<HH", 4 + len(INNER), 9) + INNER

ETHERNET: list[list[bytes]] = [
    STREAM,
    FRAGMENTS,
    FRAGMENTS6,
    [f.ethernet(f.ipv4(DNS)), f.ethernet(f.ipv6(DNS), 0x86DD), f.ethernet(naming.ARP_REQUEST, 0x0806)],
    [f.ethernet(f.vlan(5, 0x8100, f.vlan(6, 0x0800, INNER)), 0x88A8), f.ethernet(MPLS, 0x8847)],
    [f.ethernet(b"\x11\0\0\1" + struct.pack("!HH", len(INNER) + 2, 0x21) + INNER, 0x8864)],
    [f.ethernet(f.ipv4(part, protocol)) for part, protocol in ((INNER, 4), (GRE, 47), (f.ipv6(DNS), 41))],
    [f.ethernet(f.ipv4(part)) for part in (VXLAN, GENEVE, GTP, TEREDO)],
    [f.ethernet(f.ipv6(EXTENSIONS + DNS, 0), 0x86DD), f.ethernet(f.ipv6(naming.NDP_SOLICITATION, 58), 0x86DD)],
    [f.ethernet(f.ipv4(naming.ICMP_UNREACHABLE, 1)), f.ethernet(f.ipv4(naming.IGMP_V3_REPORT, 2))],
    [frame for _, frame in islice(synthesise(), 40)],
]
OTHER_LINKS: list[tuple[int, bytes]] = [
    (0, struct.pack("<I", 2) + INNER),
    (9, b"\xff\x03\0\x21" + INNER),
    (51, bytes(6) + b"\0\x21" + INNER),
    (101, INNER),
    (104, b"\x0f\0\x08\0" + INNER),
    (105, WIFI),
    (127, b"\0\0\x08\0\0\0\0\0" + WIFI),
    (108, b"\0\0\0\x02" + INNER),
    (113, b"\0\0\0\1\0\6" + f.CLIENT_MAC + bytes(2) + b"\x08\0" + INNER),
    (239, NFLOG),
    (276, b"\x08\0\0\0\0\0\0\1\0\1\0\6" + f.CLIENT_MAC + bytes(2) + INNER),
]
