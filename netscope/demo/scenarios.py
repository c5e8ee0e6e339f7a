"""Pieces of traffic someone should be told about: scans, beacons, spoofing, tunnels, floods, exfiltration.

Each yields frames in time order. The demo plays some of them; tests of detectors play any, against any device.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable
from random import Random
from typing import Final

from netscope.demo import conversations, messages
from netscope.demo.cast import LINUX, ROUTER, Device
from netscope.demo.household import Household
from netscope.demo.tcp import DOWN, UP, Connection
from netscope.demo.wire import (
    BROADCAST_MAC,
    MS,
    SECOND,
    US,
    End,
    Frames,
    ip_bytes,
    mac_bytes,
    multicast,
    udp,
)

COMMON_PORTS: Final = (
    21, 22, 23, 25, 53, 80, 81, 88, 110, 111, 135, 139, 143, 389, 443, 445, 465, 514, 548, 554, 587, 631, 873, 993, 995,
    1080, 1433, 1521, 1723, 1883, 2049, 2375, 3000, 3128, 3306, 3389, 5000, 5001, 5432, 5900, 5984, 6379, 6667, 8000,
    8008, 8080, 8081, 8443, 8888, 9000, 9090, 9100, 9200, 10000, 11211, 27017, 32400, 49152,
)  # fmt: skip
NTP_MONLIST_BYTES: Final = 468


def _local(
    home: Household, device: Device, target: Device, port: int, at_ns: int, rtt_ns: int = 300 * US
) -> Connection:
    rng = home.rng(f"{device.name} {target.name} {port} {at_ns}")
    near, far = device.end(), target.end()
    return Connection(
        near, home.port(device), far, port, start_ns=at_ns, rtt_ns=rtt_ns, stack=device.stack, rng=rng
    )  # fmt: skip


def _outside(home: Household, device: Device, address: str, port: int, at_ns: int, rtt_ns: int = 20 * MS) -> Connection:
    rng = home.rng(f"{device.name} {address} {port} {at_ns}")
    near, far = device.end(), conversations.far_end(address)
    return Connection(
        near, home.port(device), far, port, start_ns=at_ns, rtt_ns=rtt_ns, stack=device.stack, rng=rng
    )  # fmt: skip


def port_scan(
    home: Household,
    scanner: Device,
    target: Device,
    at_ns: int,
    *,
    ports: Iterable[int] = COMMON_PORTS,
    open_ports: Iterable[int] = (),
    gap_ns: int = 150 * MS,
) -> Frames:
    """SYNs to many ports of one device; the open ones answer and are reset at once (nmap -sS)."""
    listening = frozenset(open_ports)
    for port in ports:
        connection = _local(home, scanner, target, port, at_ns)
        if port in listening:
            frames = list(connection.open())
            yield from frames[:2]
            yield from connection.reset(UP)
        else:
            yield from connection.refused()
        at_ns += gap_ns


def host_sweep(
    home: Household, scanner: Device, addresses: Iterable[str], port: int, at_ns: int, *, gap_ns: int = 100 * MS
) -> Frames:
    """SYNs to one port of many addresses outside, none answered."""
    for address in addresses:
        yield from list(_outside(home, scanner, address, port, at_ns).unanswered())[:1]
        at_ns += gap_ns


def arp_sweep(scanner: Device, at_ns: int, *, hosts: Iterable[int] = range(1, 255), gap_ns: int = 20 * MS) -> Frames:
    """Who has 192.168.1.1, .2, .3 …"""
    prefix = scanner.address.rpartition(".")[0]
    for host in hosts:
        sender = (mac_bytes(scanner.mac), scanner.address)
        yield at_ns, messages.arp(1, sender, (b"\0" * 6, f"{prefix}.{host}"))
        at_ns += gap_ns


def beacon(
    home: Household,
    device: Device,
    address: str,
    at_ns: int,
    *,
    count: int,
    every_ns: int = 30 * SECOND,
    jitter: float = 0.02,
    port: int = 443,
    up_bytes: int = 320,
    down_bytes: int = 180,
) -> Frames:
    """Short connections to an address without a name, at even intervals."""
    rng = home.rng(f"beacon {device.name} {address} {port}")
    for index in range(count):
        start_ns = at_ns + index * every_ns + int(every_ns * jitter * rng.uniform(-1, 1))
        connection = _outside(home, device, address, port, start_ns, 38 * MS)
        yield from connection.open()
        yield from connection.send(UP, home.noise(up_bytes, rng))
        connection.turn()
        yield from connection.send(DOWN, home.noise(down_bytes, rng))
        yield from connection.close()


def arp_spoof(
    attacker: Device, victim: Device, impersonated: Device, at_ns: int, *, count: int, every_ns: int = 2 * SECOND
) -> Frames:
    """Unasked replies to both ends: each address is at the attacker's MAC."""
    mac = mac_bytes(attacker.mac)
    for _ in range(count):
        for owner, told in ((impersonated, victim), (victim, impersonated)):
            yield at_ns, messages.arp(2, (mac, owner.address), (mac_bytes(told.mac), told.address))
            at_ns += 1 * MS
        at_ns += every_ns - 2 * MS


def ndp_spoof(
    attacker: Device, victim: Device, impersonated_ip: str, at_ns: int, *, count: int, every_ns: int = 2 * SECOND
) -> Frames:
    """Unasked neighbour advertisements with the override flag."""
    for _ in range(count):
        yield (
            at_ns,
            messages.neighbour_advertisement(attacker.link_end(), impersonated_ip, victim.link_end(), router=True),
        )
        at_ns += every_ns


def rogue_router(attacker: Device, at_ns: int, *, count: int, every_ns: int = 10 * SECOND) -> Frames:
    """Router advertisements from a device that is no router (RFC 6104)."""
    for _ in range(count):
        yield at_ns, messages.router_advertisement(source=attacker.link_end(), prefix="2001:db8:bad:1:")
        at_ns += every_ns


def dhcp_exchange(
    home: Household, device: Device, at_ns: int, *, server: Device = ROUTER, hostname: str | None = None
) -> Frames:
    """DISCOVER, OFFER, REQUEST, ACK, then the probes and the announcement of RFC 5227."""
    transaction = home.rng(f"dhcp {device.name} {at_ns}").getrandbits(32)
    nobody = End(mac_bytes(device.mac), b"\0\0\0\0", 64)
    everyone = End(BROADCAST_MAC, b"\xff\xff\xff\xff")
    for step, (kind, from_client) in enumerate(
        (("discover", True), ("offer", False), ("request", True), ("ack", False))
    ):
        body = messages.dhcp(
            device, kind, transaction, from_client=from_client, server=server.address, hostname=hostname,
            gateway=server.address,
        )  # fmt: skip
        source, target, ports = (nobody, everyone, (68, 67)) if from_client else (server.end(), everyone, (67, 68))
        yield at_ns + step * 40 * MS, udp(source, ports[0], target, ports[1], body, identification=step + 1)
    mac = mac_bytes(device.mac)
    at_ns += 300 * MS
    for sender_ip in ("0.0.0.0", device.address):
        yield at_ns, messages.arp(1, (mac, sender_ip), (b"\0" * 6, device.address))
        at_ns += 200 * MS


def dhcp_offer(device: Device, server: Device, at_ns: int, transaction: int = 0x5EED) -> Frames:
    """A second DHCP server makes itself heard."""
    body = messages.dhcp(
        device, "offer", transaction, from_client=False, server=server.address, gateway=server.address
    )  # fmt: skip
    yield at_ns, udp(server.end(), 67, End(BROADCAST_MAC, b"\xff\xff\xff\xff"), 68, body)


def dns_tunnel(
    home: Household,
    device: Device,
    zone: str,
    at_ns: int,
    *,
    queries: int,
    gap_ns: int = 1 * SECOND,
    label_chars: int = 50,
) -> Frames:
    """Data in the names asked for, and back in TXT answers."""
    rng = home.rng(f"tunnel {device.name} {zone}")
    near, far = device.end(), ROUTER.end()
    for _ in range(queries):
        label = base64.b32encode(rng.randbytes(math.ceil(label_chars * 5 / 8))).decode().lower()[:label_chars]
        name, transaction, port = f"{label}.{zone}", rng.getrandbits(16), home.port(device)
        yield at_ns, udp(near, port, far, 53, messages.dns_query(transaction, name, "TXT"))
        answer = messages.dns_text(transaction, name, "TXT", base64.b64encode(rng.randbytes(90)))
        yield at_ns + min(35 * MS, gap_ns // 2), udp(far, 53, near, port, answer)
        at_ns += gap_ns


def generated_domains(home: Household, device: Device, at_ns: int, *, count: int, gap_ns: int = 500 * MS) -> Frames:
    """Look-ups of names no person would choose; none exists."""
    rng = home.rng(f"generated {device.name}")
    for name in random_names(rng, count):
        yield from conversations.lookup(home, device, name, at_ns)
        at_ns += gap_ns


def random_names(rng: Random, count: int) -> list[str]:
    letters = "bcdfghjklmnpqrstvwxzaeiouy0123456789"
    return [f"{''.join(rng.choices(letters, k=rng.randrange(14, 22)))}.com" for _ in range(count)]


def login_attempts(
    home: Household,
    attacker: Device,
    target: Device,
    at_ns: int,
    *,
    count: int,
    port: int = 22,
    gap_ns: int = 1 * SECOND,
) -> Frames:
    """SSH sessions that end before anyone is in."""
    for _ in range(count):
        connection = _local(home, attacker, target, port, at_ns)
        yield from conversations.ssh(home, attacker, connection, keystrokes=0, banner="SSH-2.0-OpenSSH_9.2p1")
        at_ns += gap_ns


def upload(
    home: Household,
    device: Device,
    address: str,
    at_ns: int,
    *,
    total_bytes: int,
    bits_per_s: int = 8_000_000,
    port: int = 443,
) -> Frames:
    """Many bytes to one place outside, in one connection."""
    rng = home.rng(f"upload {device.name} {address}")
    connection = _outside(home, device, address, port, at_ns)
    yield from connection.open()
    sent_bytes = 0
    while sent_bytes < total_bytes:
        piece = min(1 << 17, total_bytes - sent_bytes)
        yield from connection.send(UP, home.noise(piece, rng), bits_per_s=bits_per_s)
        sent_bytes += piece
    yield from connection.close()


def syn_flood(
    home: Household, target: Device, at_ns: int, *, count: int, port: int = 80, gap_ns: int = 500 * US
) -> Frames:
    """SYNs from addresses that do not exist, never completed."""
    rng = home.rng(f"flood {target.name}")
    for _ in range(count):
        source = End(ROUTER.end().mac, ip_bytes(f"198.51.100.{rng.randrange(1, 255)}"), 50)
        connection = Connection(
            source, rng.randrange(1024, 65536), target.end(), port, start_ns=at_ns, rtt_ns=1 * MS, stack=LINUX, rng=rng
        )  # fmt: skip
        yield next(connection.unanswered())
        at_ns += gap_ns


def amplification(home: Household, reflector: Device, victim: str, at_ns: int, *, count: int) -> Frames:
    """A device of the network answers forged NTP requests with much more than it was asked."""
    rng = home.rng(f"amplification {reflector.name}")
    outside = conversations.far_end(victim)
    for _ in range(count):
        yield at_ns, udp(outside, 80, reflector.end(), 123, b"\x17\0\x03\x2a" + b"\0" * 4)
        for index in range(4):
            body = b"\xd7\0\x03\x2a" + home.noise(NTP_MONLIST_BYTES, rng)
            yield at_ns + (index + 1) * 100 * US, udp(reflector.end(), 123, outside, 80, body)
        at_ns += 5 * MS


def clear_text_login(home: Household, device: Device, address: str, at_ns: int) -> Frames:
    """A name and a password over FTP, in clear (RFC 959)."""
    connection = _outside(home, device, address, 21, at_ns)
    yield from connection.open()
    for direction, line in (
        (DOWN, "220 FTP server ready"),
        (UP, "USER demo"),
        (DOWN, "331 Password required"),
        (UP, "PASS not-a-real-password"),
        (DOWN, "230 Logged in"),
        (UP, "QUIT"),
        (DOWN, "221 Goodbye"),
    ):
        connection.turn()
        yield from connection.send(direction, f"{line}\r\n".encode())
    yield from connection.close()


def multicast_frame(
    device: Device, group: str, port: int, payload: bytes, at_ns: int, *, ttl: int = 255, source_port: int = 0
) -> tuple[int, bytes]:
    """One datagram to a group; from the same port, as mDNS is sent, unless told otherwise."""
    source = device.end()._replace(ttl=ttl)
    return at_ns, udp(source, source_port or port, multicast(group), port, payload, identification=1)
