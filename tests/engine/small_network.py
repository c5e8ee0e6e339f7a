"""A phone, a laptop, a router and a server on the internet, and the frames they exchange, for tests of whole stages."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from random import Random
from socket import AF_INET, inet_pton

from netscope.demo.cast import LINUX
from netscope.demo.hello import CHROME, client_hello, record
from netscope.demo.tcp import DOWN, UP, Connection
from netscope.demo.wire import BROADCAST_MAC, ETHERTYPE_ARP, SECOND, End, Frame, ethernet, ip_bytes, mac_bytes, udp

START_NS = 1_700_000_000 * SECOND
PHONE = End(mac_bytes("a4:83:e7:00:00:31"), ip_bytes("192.168.1.31"))
LAPTOP = End(mac_bytes("3c:22:fb:00:00:61"), ip_bytes("192.168.1.61"))
ROUTER_MAC = mac_bytes("2c:91:ab:00:00:01")
ROUTER = End(ROUTER_MAC, ip_bytes("192.168.1.1"))
SERVER = End(ROUTER_MAC, ip_bytes("93.184.216.34"), 55)


def name_wire(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def dns_question(number: int, name: str) -> bytes:
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + name_wire(name) + struct.pack("!2H", 1, 1)


def dns_answer(number: int, name: str, address: str, ttl_s: int = 60, rcode: int = 0) -> bytes:
    answers = 0 if rcode else 1
    message = struct.pack("!6H", number, 0x8180 | rcode, 1, answers, 0, 0) + name_wire(name) + struct.pack("!2H", 1, 1)
    if answers:
        message += struct.pack("!HHHIH", 0xC00C, 1, 1, ttl_s, 4) + inet_pton(AF_INET, address)
    return message


def lookup(client: End, name: str, address: str, at_ns: int, *, port: int = 40000, rcode: int = 0) -> list[Frame]:
    return [
        (at_ns, udp(client, port, ROUTER, 53, dns_question(port & 0xFFF, name))),
        (at_ns + 20_000_000, udp(ROUTER, 53, client, port, dns_answer(port & 0xFFF, name, address, rcode=rcode))),
    ]


def conversation(
    client: End, server: End, port: int, request: bytes, response: bytes, at_ns: int, *, client_port: int = 50000
) -> list[Frame]:
    """A whole TCP connection: handshake, request, response, FIN both ways."""
    connection = Connection(
        client, client_port, server, port, start_ns=at_ns, rtt_ns=30_000_000, stack=LINUX, rng=Random(client_port)
    )
    frames = list(connection.open())
    frames += connection.send(UP, request)
    connection.turn()
    frames += connection.send(DOWN, response)
    frames += connection.close()
    return frames


def tls_hello(name: str) -> bytes:
    return record(22, client_hello(CHROME, name, Random(7)))


def arp_reply(mac: bytes, ip: str, at_ns: int, *, target: bytes = BROADCAST_MAC) -> Frame:
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2) + mac + ip_bytes(ip) + target + ip_bytes(ip)
    return at_ns, ethernet(mac, target, ETHERTYPE_ARP, body)


def in_order(*parts: Iterable[Frame]) -> list[Frame]:
    return sorted((frame for part in parts for frame in part), key=lambda frame: frame[0])
