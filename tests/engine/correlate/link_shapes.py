"""Frames of a link in the shapes that captures come in: one direction, routed VLANs, PPPoE, cooked, Wi-Fi …

Made with scapy, which knows nothing of this program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.dot11 import Dot11, RadioTap
from scapy.layers.inet import IP, TCP, UDP, fragment
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import LLC, SNAP, CookedLinux, Dot1Q, Ether, Loopback
from scapy.layers.ppp import PPP, PPPoE
from scapy.packet import Packet, Raw

UP, DOWN = "up", "down"
Directed = tuple[str, Packet]
REQUEST = b"GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
ETHERNET, RAW, SLL, NULL, RADIOTAP = 1, 101, 113, 0, 127


def talk(client: str, server: str, *, ttls: tuple[int, int] = (64, 55), port: int = 40001) -> list[Directed]:
    """A web page over IPv4 or IPv6; ``ttls`` as seen here, of the client's and of the server's packets."""

    def segment(direction: str, flags: str, seq: int, ack: int, data: bytes = b"") -> Directed:
        ends, ports = ((client, server), (port, 80)) if direction == UP else ((server, client), (80, port))
        ttl = ttls[0] if direction == UP else ttls[1]
        network = IPv6(src=ends[0], dst=ends[1], hlim=ttl) if ":" in client else IP(src=ends[0], dst=ends[1], ttl=ttl)
        return direction, network / TCP(sport=ports[0], dport=ports[1], flags=flags, seq=seq, ack=ack) / Raw(data)

    asked, said = 101 + len(REQUEST), 301 + len(RESPONSE)
    return [
        segment(UP, "S", 100, 0),
        segment(DOWN, "SA", 300, 101),
        segment(UP, "PA", 101, 301, REQUEST),
        segment(DOWN, "PA", 301, asked, RESPONSE),
        segment(UP, "FA", asked, said),
        segment(DOWN, "FA", said, asked + 1),
        segment(UP, "A", asked + 1, said + 1),
    ]


def lookup(client: str, resolver: str, *, ttls: tuple[int, int] = (64, 64)) -> list[Directed]:
    question = DNSQR(qname="www.example.org", qtype="A")
    ask = UDP(sport=5555, dport=53) / DNS(id=7, rd=1, qd=question)
    answer = DNSRR(rrname="www.example.org", type="A", ttl=300, rdata="93.184.216.34")
    tell = UDP(sport=53, dport=5555) / DNS(id=7, qr=1, rd=1, ra=1, qd=question, an=answer)
    if ":" in client:
        return [
            (UP, IPv6(src=client, dst=resolver, hlim=ttls[0]) / ask),
            (DOWN, IPv6(src=resolver, dst=client, hlim=ttls[1]) / tell),
        ]
    return [
        (UP, IP(src=client, dst=resolver, ttl=ttls[0]) / ask),
        (DOWN, IP(src=resolver, dst=client, ttl=ttls[1]) / tell),
    ]


def fragments(source: str, destination: str, ttl: int) -> list[Directed]:
    """A large answer of a DNS server, of which nothing else is seen."""
    whole = IP(src=source, dst=destination, ttl=ttl, id=9) / UDP(sport=53, dport=56680) / Raw(b"x" * 2000)
    return [(DOWN, piece) for piece in fragment(whole, 1400)]


def only(direction: str, packets: Iterable[Directed]) -> list[Directed]:
    return [packet for packet in packets if packet[0] == direction]


def _ends(direction: str, client_mac: str, server_mac: str) -> tuple[str, str]:
    return (client_mac, server_mac) if direction == UP else (server_mac, client_mac)


def ethernet(
    packets: Iterable[Directed], client_mac: str, server_mac: str, vlans: tuple[int | None, int | None] = (None, None)
) -> Iterator[bytes]:
    """``vlans``: the tag of what goes up and of what comes down."""
    for direction, packet in packets:
        source, destination = _ends(direction, client_mac, server_mac)
        tag = vlans[0] if direction == UP else vlans[1]
        inner = packet if tag is None else Dot1Q(vlan=tag) / packet
        yield bytes(Ether(src=source, dst=destination) / inner)


def pppoe(packets: Iterable[Directed], client_mac: str, server_mac: str) -> Iterator[bytes]:
    for direction, packet in packets:
        source, destination = _ends(direction, client_mac, server_mac)
        session = PPPoE(sessionid=5) / PPP(proto=0x21) / packet
        yield bytes(Ether(src=source, dst=destination, type=0x8864) / session)


def cooked(packets: Iterable[Directed], client_mac: str, server_mac: str) -> Iterator[bytes]:
    """As captured on ``any``: each packet with the MAC of its sender only."""
    for direction, packet in packets:
        source = bytes.fromhex(_ends(direction, client_mac, server_mac)[0].replace(":", ""))
        kind = 4 if direction == UP else 0
        yield bytes(CookedLinux(pkttype=kind, lladdrtype=1, lladdrlen=6, src=source + b"\0\0", proto=0x800) / packet)


def wifi(packets: Iterable[Directed], station: str, access_point: str, router: str) -> Iterator[bytes]:
    """In clear, as in monitor mode."""
    for direction, packet in packets:
        if direction == UP:
            head = Dot11(type=2, subtype=0, FCfield="to_DS", addr1=access_point, addr2=station, addr3=router)
        else:
            head = Dot11(type=2, subtype=0, FCfield="from_DS", addr1=station, addr2=access_point, addr3=router)
        snap = LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(OUI=0, code=0x800)
        yield bytes(RadioTap() / head / snap / packet)


def bare(packets: Iterable[Directed]) -> Iterator[bytes]:
    """Of a tunnel's interface: no link layer at all."""
    for _, packet in packets:
        yield bytes(packet)


def loopback(packets: Iterable[Directed]) -> Iterator[bytes]:
    for _, packet in packets:
        yield bytes(Loopback(type=30 if packet.version == 6 else 2) / packet)
