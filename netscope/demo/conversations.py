"""What devices do, one generator for each kind of exchange: look up a name, open a TLS, QUIC, HTTP, SSH … session.

Each yields frames in time order and returns the time of its end, so that exchanges can follow one another.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from random import Random
from typing import Final

from netscope.demo import hello, messages, quic
from netscope.demo.cast import ROUTER, SERVERS, Device, Server
from netscope.demo.hello import TLS12, TLS13, ClientProfile, record
from netscope.demo.household import Household
from netscope.demo.tcp import DOWN, UP, Connection
from netscope.demo.wire import MS, US, End, Timed, ip_bytes, udp

DNS_PORT: Final = 53
QUIC_PAYLOAD_BYTES: Final = 1210
LAN_RTT_NS: Final = 400 * US


def lookup(
    home: Household,
    device: Device,
    name: str,
    at_ns: int,
    *,
    types: Sequence[str] = ("A",),
    resolver: End | None = None,
) -> Timed:
    """Ask the router, or the resolver given, for each type, and hear the answers."""
    rng = home.rng(f"lookup {device.name} {name} {at_ns}")
    near, far = device.end(), resolver or ROUTER.end()
    ends_ns = at_ns
    pending = []
    for index, kind in enumerate(types):
        port, transaction = home.port(device), rng.getrandbits(16)
        asked_ns = at_ns + index * 150 * US
        # One answer in three comes from the router's cache.
        wait_ns = rng.randrange(300 * US, 900 * US) if rng.random() < 0.33 else rng.randrange(8 * MS, 40 * MS)
        query = messages.dns_query(transaction, name, kind)
        yield asked_ns, udp(near, port, far, DNS_PORT, query, identification=rng.randrange(1, 65536))
        pending.append((asked_ns + wait_ns, port, transaction, kind))
    for answered_ns, port, transaction, kind in sorted(pending):
        answer = (
            messages.dns_answer(transaction, SERVERS[name], kind)
            if name in SERVERS
            else messages.dns_nxdomain(transaction, name)
        )
        yield answered_ns, udp(far, DNS_PORT, near, port, answer)
        ends_ns = answered_ns
    return ends_ns + 500 * US


def lookup_types(device: Device, server: Server) -> tuple[str, ...]:
    if not device.ipv6:
        return ("A",)
    # Apple's resolver and Chrome ask for service parameters as well (RFC 9460).
    asks_https = server.address6 is not None and device.tls in (hello.CHROME, hello.SAFARI_IOS)
    return ("A", "AAAA", "HTTPS") if asks_https else ("A", "AAAA")


def fetch(
    home: Household,
    device: Device,
    name: str,
    at_ns: int,
    *,
    down_bytes: int = 12_000,
    up_bytes: int = 900,
    requests: int = 1,
    pause_ns: int = 400 * MS,
    version: int | None = None,
    profile: ClientProfile | None = None,
    port: int = 443,
    bits_per_s: int = 40_000_000,
) -> Timed:
    """Look up a name and talk TLS to it: ``requests`` times ``up_bytes`` up and ``down_bytes`` down."""
    server = SERVERS[name]
    at_ns = yield from lookup(home, device, name, at_ns, types=lookup_types(device, server))
    rng = home.rng(f"fetch {device.name} {name} {at_ns}")
    connection = connect(home, device, server, port, at_ns)
    yield from connection.open()
    connection.wait(rng.randrange(200 * US, 2 * MS))
    yield from greet(home, connection, name, profile or device.tls, version)
    for index in range(requests):
        if index:
            connection.wait(pause_ns + rng.randrange(pause_ns // 4 + 1))
        yield from connection.send(UP, home.records(up_bytes, rng))
        connection.turn()
        yield from connection.send(DOWN, home.records(down_bytes, rng), bits_per_s=bits_per_s, lost_share=0.002)
    connection.wait(rng.randrange(5 * MS, 2000 * MS))
    yield from connection.close(rng.choice((UP, UP, DOWN)))
    return connection.now_ns


def connect(home: Household, device: Device, server: Server, port: int, at_ns: int) -> Connection:
    rng = home.rng(f"connect {device.name} {server.name} {port} {at_ns}")
    near, far = home.ends(device, server, rng)
    rtt_ns = server.rtt_ms * MS + rng.randrange(3 * MS)
    return Connection(
        near, home.port(device), far, port, start_ns=at_ns, rtt_ns=rtt_ns, stack=device.stack, rng=rng
    )  # fmt: skip


def greet(
    home: Household,
    connection: Connection,
    name: str,
    profile: ClientProfile,
    version: int | None = None,
    chain: list[bytes] | None = None,
) -> Timed:
    """The handshake, in the highest version the client offers unless told otherwise."""
    rng = home.rng(f"greet {name} {connection.now_ns}")
    version = version or (TLS13 if TLS13 in profile.versions else TLS12)
    opening = hello.client_hello(profile, name, rng)
    yield from connection.send(UP, record(hello.CONTENT_HANDSHAKE, opening, 0x0301))
    connection.turn()
    change = record(hello.CONTENT_CHANGE_CIPHER_SPEC, b"\x01")
    if version == TLS13:
        answer = record(hello.CONTENT_HANDSHAKE, hello.server_hello(TLS13, 0x1301, rng))
        yield from connection.send(DOWN, answer + change + home.records(rng.randrange(2800, 4600), rng))
        yield from connection.send(UP, change + home.records(36, rng))
        return connection.now_ns
    suite = 0xC02B if 0xC02B in profile.suites else 0xC02F
    flight = (
        hello.server_hello(TLS12, suite, rng, alpn=profile.alpn[0] if profile.alpn else None)
        + hello.certificate(chain or home.authority.chain(name))
        + hello.server_key_exchange(rng)
        + hello.handshake(14, b"")
    )
    yield from connection.send(DOWN, record(hello.CONTENT_HANDSHAKE, flight))
    finished = change + record(hello.CONTENT_HANDSHAKE, home.noise(40, rng))
    exchange = record(hello.CONTENT_HANDSHAKE, hello.handshake(16, b"\x20" + rng.randbytes(32)))
    yield from connection.send(UP, exchange + finished)
    connection.turn()
    yield from connection.send(DOWN, finished)
    return connection.now_ns


def stream_quic(
    home: Household,
    device: Device,
    name: str,
    at_ns: int,
    *,
    down_bytes: Sequence[int],
    pause_ns: int,
    profile: ClientProfile,
    bits_per_s: int = 30_000_000,
) -> Timed:
    """Look up a name and fetch over QUIC: bursts of so many bytes with pauses between."""
    server = SERVERS[name]
    at_ns = yield from lookup(home, device, name, at_ns, types=lookup_types(device, server))
    rng = home.rng(f"quic {device.name} {name} {at_ns}")
    near, far = home.ends(device, server, rng)
    port, rtt_ns = home.port(device), server.rtt_ms * MS
    connection = quic.Connection(rng)

    def packet(from_client: bool, payload: bytes) -> bytes:
        return udp(near, port, far, 443, payload) if from_client else udp(far, 443, near, port, payload)

    for datagram in connection.client_initials(
        hello.client_hello(profile, name, rng, quic_id=connection.client_id)
    ):  # fmt: skip
        yield at_ns, packet(True, datagram)
        at_ns += 30 * US
    at_ns += rtt_ns
    yield at_ns, packet(False, connection.server_initial(hello.server_hello(TLS13, 0x1301, rng)))
    yield at_ns + 60 * US, packet(False, connection.handshake(False, 1150))
    at_ns += 1 * MS
    yield at_ns, packet(True, connection.client_finished())
    gap_ns = QUIC_PAYLOAD_BYTES * 8 * 1_000_000_000 // bits_per_s
    for size_bytes in down_bytes:
        at_ns += 2 * MS
        yield at_ns, packet(True, connection.short(True, rng.randrange(60, 400)))
        at_ns += rtt_ns
        for index in range(-(-size_bytes // QUIC_PAYLOAD_BYTES)):
            yield at_ns, packet(False, connection.short(False, QUIC_PAYLOAD_BYTES))
            at_ns += gap_ns
            if index % 10 == 9:
                yield at_ns, packet(True, connection.short(True, 28))
                at_ns += 20 * US
        at_ns += pause_ns + rng.randrange(pause_ns // 8 + 1)
    return at_ns


def http_get(
    home: Household,
    device: Device,
    name: str,
    path: str,
    at_ns: int,
    *,
    status: str = "200 OK",
    server_header: str = "nginx",
    content_type: str = "text/html",
    body_bytes: int = 400,
) -> Timed:
    """One request in clear, HTTP/1.1 (RFC 9112)."""
    server = SERVERS[name]
    at_ns = yield from lookup(home, device, name, at_ns, types=lookup_types(device, server))
    rng = home.rng(f"http {device.name} {name} {at_ns}")
    connection = connect(home, device, server, 80, at_ns)
    yield from connection.open()
    head = f"GET {path} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: {device.user_agent}\r\nAccept: */*\r\n\r\n"
    yield from connection.send(UP, head.encode())
    connection.turn()
    body = home.noise(body_bytes, rng)
    yield from connection.send(DOWN, _response(status, server_header, content_type, body))
    connection.wait(50 * MS)
    yield from connection.close()
    return connection.now_ns


def _response(status: str, server: str, content_type: str, body: bytes) -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Server: {server}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode() + body


def local_http(home: Household, device: Device, server: Device, port: int, path: str, body: bytes, at_ns: int) -> Timed:
    """A device asks another of the same network for a page, such as a UPnP description."""
    connection = connect_local(home, device, server, port, at_ns)
    yield from connection.open()
    head = f"GET {path} HTTP/1.1\r\nHost: {server.address}:{port}\r\nUser-Agent: {device.user_agent}\r\n\r\n"
    yield from connection.send(UP, head.encode())
    connection.turn()
    yield from connection.send(DOWN, _response("200 OK", server.user_agent, "text/xml", body))
    yield from connection.close()
    return connection.now_ns


def connect_local(home: Household, device: Device, server: Device, port: int, at_ns: int) -> Connection:
    rng = home.rng(f"local {device.name} {server.name} {port} {at_ns}")
    return Connection(
        device.end(),
        home.port(device),
        server.end(),
        port,
        start_ns=at_ns,
        rtt_ns=LAN_RTT_NS,
        stack=device.stack,
        rng=rng,
    )


def ssh(home: Household, device: Device, connection: Connection, *, keystrokes: int, banner: str) -> Timed:
    """Versions in clear, then key exchange and typing that is not (RFC 4253)."""
    rng = home.rng(f"ssh {device.name} {connection.now_ns}")
    yield from connection.open()
    yield from connection.send(UP, b"SSH-2.0-OpenSSH_9.8\r\n")
    connection.turn()
    yield from connection.send(DOWN, banner.encode() + b"\r\n")
    for direction, size_bytes in ((UP, 1536), (DOWN, 1080), (UP, 48), (DOWN, 564), (UP, 84), (DOWN, 500)):
        yield from connection.send(direction, home.noise(size_bytes, rng))
        connection.turn()
    for _ in range(keystrokes):
        yield from connection.send(UP, home.noise(36, rng))
        connection.turn()
        yield from connection.send(DOWN, home.noise(rng.choice((36, 36, 180, 1400)), rng))
        connection.wait(rng.randrange(80 * MS, 2500 * MS))
    yield from connection.close()
    return connection.now_ns


def mqtt(home: Household, device: Device, name: str, at_ns: int, *, client_id: str, every_ns: int, count: int) -> Timed:
    """A device that reports to its maker's broker in clear (MQTT 3.1.1)."""
    at_ns = yield from lookup(home, device, name, at_ns)
    connection = connect(home, device, SERVERS[name], 1883, at_ns)
    yield from connection.open()
    yield from connection.send(UP, messages.mqtt_connect(client_id, "device"))
    connection.turn()
    yield from connection.send(DOWN, b"\x20\x02\0\0")
    for index in range(count):
        connection.wait(every_ns)
        body = b'{"switch":true,"power_w":%d}' % (60 + index % 7)
        yield from connection.send(UP, messages.mqtt_publish(f"smart/device/{client_id}/state", body))
    connection.wait(1 * MS)
    yield from connection.reset(UP)
    return connection.now_ns


def ntp(home: Household, device: Device, name: str, at_ns: int) -> Timed:
    at_ns = yield from lookup(home, device, name, at_ns)
    rng = home.rng(f"ntp {device.name} {at_ns}")
    near, far = home.ends(device, SERVERS[name], rng)
    port, answered_ns = home.port(device), at_ns + SERVERS[name].rtt_ms * MS
    yield at_ns, udp(near, port, far, 123, messages.ntp(3, at_ns), identification=1)
    yield answered_ns, udp(far, 123, near, port, messages.ntp(4, answered_ns))
    return answered_ns


def smb(home: Household, device: Device, server: Device, at_ns: int, *, bursts: Sequence[int], pause_ns: int) -> Timed:
    """Files to a network drive: SMB2 NEGOTIATE in clear, then writes that are encrypted (MS-SMB2, section 2.2.3)."""
    rng = home.rng(f"smb {device.name} {at_ns}")
    connection = connect_local(home, device, server, 445, at_ns)
    yield from connection.open()
    guid = rng.randbytes(16)
    yield from connection.send(UP, _smb2(0, struct.pack("<HHHHI16s8xHH", 36, 2, 1, 0, 0x7F, guid, 0x0300, 0x0302)))
    connection.turn()
    sizes = (1 << 20,) * 3
    yield from connection.send(
        DOWN, _smb2(1, struct.pack("<HHHH16sIIII16xHHI", 65, 1, 0x0302, 0, guid, 0x7F, *sizes, 128, 0, 0) + b"\0")
    )
    for size_bytes in bursts:
        yield from connection.send(UP, _smb_sealed(home.noise(size_bytes, rng), rng), bits_per_s=200_000_000)
        connection.turn()
        yield from connection.send(DOWN, _smb_sealed(home.noise(128, rng), rng))
        connection.wait(pause_ns)
    yield from connection.close()
    return connection.now_ns


def _smb2(flags: int, body: bytes) -> bytes:
    """A NEGOTIATE message behind its transport length (MS-SMB2, section 2.1 and 2.2.1.2)."""
    message = struct.pack("<4sHHIHHIIQ32x", b"\xfeSMB", 64, 0, 0, 0, 1, flags, 0, 0) + body
    return len(message).to_bytes(4) + message


def _smb_sealed(body: bytes, rng: Random) -> bytes:
    """An encrypted message (MS-SMB2, section 2.2.41)."""
    head = struct.pack("<4s32sIHHQ", b"\xfdSMB", rng.randbytes(32), len(body), 0, 1, 0x1D)
    return (len(head) + len(body)).to_bytes(4) + head + body


def far_end(address: str, ttl: int = 50) -> End:
    """An address outside, as the router's MAC brings it."""
    return End(ROUTER.end().mac, ip_bytes(address), ttl)
