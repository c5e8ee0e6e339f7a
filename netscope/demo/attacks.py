"""One attack for each detector and, beside it, its near twin: ordinary traffic that looks much like it.

``netscope detect-test`` plays them, and so do the tests. Each starts after a short prologue in which the router and a
desktop make themselves known.
"""

from __future__ import annotations

import heapq
import struct
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Final, NamedTuple

from netscope.demo import conversations, hello, messages, scenarios
from netscope.demo.cast import (
    BEACON_SERVER,
    CAMERA,
    DESKTOP,
    GUEST,
    LAPTOP,
    LINUX,
    NAS,
    PLUG,
    PRINTER,
    ROUTER,
    SERVERS,
    Device,
    Server,
)
from netscope.demo.evening import Evening
from netscope.demo.hello import TLS12
from netscope.demo.household import Household
from netscope.demo.synthesis import DEFAULT_START_NS
from netscope.demo.tcp import DOWN, UP, Connection
from netscope.demo.wire import (
    ACK,
    BROADCAST_MAC,
    FIN,
    MINUTE,
    MS,
    PSH,
    SECOND,
    SYN,
    US,
    End,
    Frame,
    Frames,
    icmp,
    mac_bytes,
    tcp,
    udp,
)

HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
PROLOGUE_NS: Final = 10 * SECOND
STRANGER: Final = "198.51.100.77"
BIG_SEGMENT_BYTES: Final = 60_000
"""As captures on a machine with segmentation offload hold them."""
SNAPSHOT_BYTES: Final = 96
SEQUENCE_AT: Final = 38
"""Of TCP over IPv4 over Ethernet."""

Play = Callable[[Household, int], Iterable[Frame]]


class Scenario(NamedTuple):
    detector: str
    severity: str
    """The attack makes an alert of at least this; the twin none so severe."""
    attack: Play
    twin: Play
    twin_words: str
    listed: dict[str, str] | None = None
    """Fingerprints on the user's list."""


def play(home: Household, start_ns: int, what: Play) -> list[Frame]:
    """The prologue and what follows, in the order of time."""
    return sorted(chain(prologue(home, start_ns), what(home, start_ns + PROLOGUE_NS)), key=lambda frame: frame[0])


def prologue(home: Household, at_ns: int) -> Iterator[Frame]:
    yield from scenarios.dhcp_exchange(home, DESKTOP, at_ns)
    yield at_ns + 1 * SECOND, messages.router_advertisement()
    for device in (ROUTER, DESKTOP, NAS, PLUG):
        yield at_ns + 2 * SECOND, announce(device)
    yield from conversations.fetch(home, DESKTOP, "www.wikipedia.org", at_ns + 3 * SECOND)


def announce(device: Device, address: str | None = None, mac: str | None = None) -> bytes:
    """A gratuitous ARP (RFC 5227, section 3)."""
    own, address = mac_bytes(mac or device.mac), address or device.address
    return messages.arp(1, (own, address), (b"\0" * 6, address))


def answer(mac: str, address: str) -> bytes:
    """An ARP reply nobody asked for."""
    return messages.arp(2, (mac_bytes(mac), address), (mac_bytes(DESKTOP.mac), DESKTOP.address))


def tagged(frame: bytes, vlan: int) -> bytes:
    """With an 802.1Q tag."""
    return frame[:12] + b"\x81\x00" + vlan.to_bytes(2) + frame[12:]


def watching(at_ns: int, duration_ns: int, every_ns: int = 8 * MINUTE) -> Frames:
    """Nothing but a sign of life now and then, so that time is watched."""
    for moment_ns in range(at_ns, at_ns + duration_ns, every_ns):
        yield moment_ns, announce(PRINTER)


def contact(
    home: Household,
    device: Device,
    address: str,
    port: int,
    at_ns: int,
    data: bytes = b"\x16hello",
    reply: bytes = b"ok",
) -> Frames:
    """A short connection to an address outside, opened, used and closed."""
    connection = Connection(
        device.end(), home.port(device), conversations.far_end(address), port, start_ns=at_ns, rtt_ns=20 * MS,
        stack=device.stack, rng=home.rng(f"contact {device.name} {address} {port} {at_ns}"),
    )  # fmt: skip
    yield from connection.open()
    yield from connection.send(UP, data)
    connection.turn()
    yield from connection.send(DOWN, reply)
    yield from connection.close()


def visit(home: Household, address: str, target: Device, port: int, at_ns: int, *, accepted: bool) -> Frames:
    """Somebody outside connects to a device of the network."""
    connection = Connection(
        conversations.far_end(address), 50_000 + at_ns // SECOND % 10_000, target.end(), port, start_ns=at_ns,
        rtt_ns=1 * MS, stack=LINUX, rng=home.rng(f"visit {address} {port} {at_ns}"),
    )  # fmt: skip
    if not accepted:
        yield from connection.refused()
        return
    yield from connection.open()
    yield from connection.send(DOWN, b"SSH-2.0-OpenSSH_9.2p1\r\n")
    yield from connection.send(UP, b"SSH-2.0-probe\r\n")
    yield from connection.close()


def big_upload(home: Household, device: Device, address: str, at_ns: int, megabytes: int) -> Frames:
    """Few, very large segments, cut after their headers: many bytes without many frames."""
    far, port = conversations.far_end(address), home.port(device)
    sequence, piece = 1_000, home.noise(BIG_SEGMENT_BYTES, home.rng("big upload"))
    for flags, back in ((SYN, SYN | ACK), (ACK, None)):
        yield at_ns, tcp(device.end(), port, far, 443, sequence=sequence, acknowledgment=500, flags=flags, window=65535)
        if back is not None:
            yield at_ns + MS, tcp(
                far, 443, device.end(), port, sequence=499, acknowledgment=1_001, flags=back, window=65535
            )
            sequence += 1
        at_ns += 2 * MS
    whole = tcp(
        device.end(), port, far, 443, sequence=0, acknowledgment=500, flags=ACK | PSH, window=65535, payload=piece
    )
    for _ in range(megabytes * 1_000_000 // BIG_SEGMENT_BYTES):
        yield at_ns, whole[:SEQUENCE_AT] + sequence.to_bytes(4) + whole[SEQUENCE_AT + 4 : SNAPSHOT_BYTES]
        sequence = sequence + BIG_SEGMENT_BYTES & 0xFFFFFFFF
        at_ns += 20 * MS


def quiet_evening(seed: int, minutes: int) -> Iterator[Frame]:
    """The demo's evening without its troubles: people, habits and the noise of a network."""
    home = Household(seed, DEFAULT_START_NS)
    evening = Evening(home, minutes)
    strands = (*evening.arrivals(), *evening.neighbourhood(), *evening.habits(), *evening.people())
    return heapq.merge(*strands)


# -- the link ----------------------------------------------------------------------------------------------------------


def _arrives(after_ns: int) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        yield from watching(at_ns, after_ns)
        yield at_ns + after_ns, announce(CAMERA)

    return frames


def _arp_spoof(home: Household, at_ns: int) -> Frames:
    for index, frame in enumerate(scenarios.arp_spoof(GUEST, DESKTOP, ROUTER, at_ns, count=10)):
        yield frame
        if index % 4 == 0:
            # The true router goes on asking for its clients.
            router = mac_bytes(ROUTER.mac), ROUTER.address
            yield frame[0] + 500 * MS, messages.arp(1, router, (b"\0" * 6, NAS.address))


def _virtual_router(home: Household, at_ns: int) -> Frames:
    for index in range(10):
        yield at_ns + index * SECOND, answer("00:00:5e:00:01:05", ROUTER.address)
        yield at_ns + index * SECOND + 400 * MS, announce(ROUTER)


def _two_claim(home: Household, at_ns: int) -> Frames:
    for index in range(8):
        yield at_ns + index * 5 * SECOND, answer((CAMERA, PLUG)[index % 2].mac, "192.168.1.77")


def _roams(home: Household, at_ns: int) -> Frames:
    """A phone's frames come with the repeater's MAC after it roams, and with its own when it is back."""
    repeater = "c4:12:f5:77:00:01"
    for mac, begins_s in ((CAMERA.mac, 0), (repeater, 120), (CAMERA.mac, 300)):
        for index in range(4):
            yield at_ns + (begins_s + index * 20) * SECOND, announce(CAMERA, mac=mac)


def _flaps(vlans: tuple[int, ...]) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        for index, vlan in enumerate(vlans):
            yield at_ns + index * 5 * SECOND, tagged(announce(CAMERA), vlan)

    return frames


def _returns(days: int) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        yield at_ns, announce(CAMERA)
        yield from watching(at_ns, days * DAY, 6 * HOUR)
        yield at_ns + days * DAY, announce(CAMERA)

    return frames


def _rogue_dhcp(server: Device) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        for index in range(3):
            yield from scenarios.dhcp_offer(CAMERA, server, at_ns + index * SECOND, 0x5EED + index)

    return frames


def _dhcp_clients(count: int) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        rng = home.rng("dhcp clients")
        everyone = End(BROADCAST_MAC, b"\xff" * 4)
        for index in range(count):
            mac = "02:" + ":".join(f"{byte:02x}" for byte in rng.randbytes(5))
            client = CAMERA.__class__("client", mac, 200, LINUX, hello.EMBEDDED, None, (1, 3, 6))
            body = messages.dhcp(client, "discover", rng.getrandbits(32), from_client=True)
            near = End(mac_bytes(mac), b"\0" * 4, 64)
            yield at_ns + index * 100 * MS, udp(near, 68, everyone, 67, body, identification=1)

    return frames


def _own_router(home: Household, at_ns: int) -> Frames:
    for index in range(5):
        yield at_ns + index * 10 * SECOND, messages.router_advertisement()


# -- scans and floods --------------------------------------------------------------------------------------------------


def _busy_browser(home: Household, at_ns: int) -> Frames:
    """A page from everywhere, while a program tries one dead service of the NAS again and again."""
    for index, name in enumerate(sorted(SERVERS)[:30]):
        yield from conversations.fetch(home, DESKTOP, name, at_ns + index * 300 * MS, down_bytes=3_000)
    for index in range(40):
        connection = conversations.connect_local(home, DESKTOP, NAS, 8080, at_ns + index * SECOND)
        yield from connection.refused()


def _sweep(home: Household, at_ns: int) -> Frames:
    return scenarios.host_sweep(home, GUEST, [f"203.0.113.{host}" for host in range(1, 60)], 445, at_ns)


def _named_and_dead(home: Household, at_ns: int) -> Frames:
    """Forty hosts whose names were looked up first, and none answers: the network is down."""
    rng = home.rng("named and dead")
    near, far = DESKTOP.end(), ROUTER.end()
    for host in range(1, 41):
        server = Server(f"host{host}.example.org", f"203.0.113.{host}")
        transaction, port = rng.getrandbits(16), home.port(DESKTOP)
        yield at_ns, udp(near, port, far, 53, messages.dns_query(transaction, server.name))
        yield at_ns + 10 * MS, udp(far, 53, near, port, messages.dns_answer(transaction, server))
        sweep = scenarios.host_sweep(home, DESKTOP, (server.address,), 443, at_ns + 20 * MS)
        yield from sweep
        at_ns += 200 * MS


def _unreachable(sender: Device, refused: bytes, to: End) -> bytes:
    """Port unreachable with the header and eight bytes of what it answers (RFC 792)."""
    return icmp(sender.end(), to, 3, 3, b"\0" * 4 + refused[14:42])


def _udp_scan(home: Household, at_ns: int) -> Frames:
    source_port = home.port(GUEST)
    for port in range(100, 160):
        probe = udp(GUEST.end(), source_port, NAS.end(), port, b"\0" * 8, identification=1)
        yield at_ns, probe
        yield at_ns + 200 * US, _unreachable(NAS, probe, GUEST.end())
        at_ns += 100 * MS


def _late_answers(home: Household, at_ns: int) -> Frames:
    """The resolver answers a client that has closed its ports: the client refuses, port after port."""
    for index in range(40):
        server = SERVERS["github.com"]
        late = udp(ROUTER.end(), 53, DESKTOP.end(), 50_000 + index, messages.dns_answer(index, server))
        yield at_ns, late
        yield at_ns + 100 * US, _unreachable(DESKTOP, late, ROUTER.end())
        at_ns += 100 * MS


def _stealth(home: Household, at_ns: int) -> Frames:
    for port in range(20, 60):
        yield at_ns, tcp(GUEST.end(), 44_321, NAS.end(), port, sequence=7, acknowledgment=0, flags=0, window=1024)
        at_ns += 50 * MS


def _odd_segments(flags: tuple[int, ...]) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        for index, probe in enumerate(flags * 2):
            port = 40_000 + index
            yield at_ns + index * 100 * MS, tcp(
                GUEST.end(), port, NAS.end(), 445, sequence=7, acknowledgment=0, flags=probe, window=1024
            )

    return frames


def _old_ends(home: Household, at_ns: int) -> Frames:
    """A laptop wakes and ends what it had open at thirty servers."""
    for index, name in enumerate(sorted(SERVERS)[:30]):
        far = conversations.far_end(SERVERS[name].address)
        yield at_ns + index * 20 * MS, tcp(
            LAPTOP.end(), home.port(LAPTOP), far, 443, sequence=9, acknowledgment=9, flags=FIN | ACK, window=1024
        )


def _busy_server(home: Household, at_ns: int) -> Frames:
    """Four hundred visits in ten seconds, each completed."""
    for index in range(400):
        connection = conversations.connect_local(home, LAPTOP, NAS, 80, at_ns + index * 25 * MS)
        yield from connection.open()
        yield from connection.send(UP, b"GET / HTTP/1.1\r\nHost: nas\r\n\r\n")
        yield from connection.close()


def _pings(count: int, gap_ns: int) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        for index in range(count):
            body = struct.pack("!HH", 7, index & 0xFFFF) + b"\0" * 40
            yield at_ns + index * gap_ns, icmp(GUEST.end(), NAS.end(), 8, 0, body)
            yield at_ns + index * gap_ns + 100 * US, icmp(NAS.end(), GUEST.end(), 0, 0, body)

    return frames


def _asks_for_ten(home: Household, at_ns: int) -> Frames:
    return scenarios.arp_sweep(DESKTOP, at_ns, hosts=range(1, 11))


# -- names -------------------------------------------------------------------------------------------------------------


def _mistyped(home: Household, at_ns: int) -> Frames:
    words = ("garden", "river", "stone", "paper", "window", "summer", "market", "orange", "silver", "bakery")
    for index, word in enumerate(words):
        yield from conversations.lookup(home, LAPTOP, f"{word}{words[-index]}s.com", at_ns + index * 10 * SECOND)


def _resolves(name: str, addresses: Iterable[str], gap_ns: int = 30 * SECOND, resolver: End | None = None) -> Play:
    """The same name again and again, each time another address that holds for seconds."""

    def frames(home: Household, at_ns: int) -> Frames:
        rng = home.rng(f"resolves {name}")
        near, far = DESKTOP.end(), resolver or ROUTER.end()
        for index, address in enumerate(addresses):
            transaction, port, asked_ns = rng.getrandbits(16), home.port(DESKTOP), at_ns + index * gap_ns
            yield asked_ns, udp(near, port, far, 53, messages.dns_query(transaction, name))
            reply = messages.dns_answer(transaction, Server(name, address), ttl=5)
            yield asked_ns + 20 * MS, udp(far, 53, near, port, reply)

    return frames


def _spread(home: Household, at_ns: int) -> Iterable[Frame]:
    addresses = [f"{20 + index * 3}.{index * 3 + 1}.7.{index + 1}" for index in range(60)]
    return _resolves("shop.example-flux.net", addresses)(home, at_ns)


def _content_network(home: Household, at_ns: int) -> Iterable[Frame]:
    addresses = [f"23.{55 + index % 2}.{index}.{index + 7}" for index in range(60)]
    return _resolves("cdn.example-content.net", addresses)(home, at_ns)


# -- behaviour ---------------------------------------------------------------------------------------------------------


def _beacon(home: Household, at_ns: int) -> Frames:
    return scenarios.beacon(home, PLUG, BEACON_SERVER, at_ns, count=30, port=4444)


def _clock(home: Household, at_ns: int) -> Frames:
    for index in range(30):
        yield from conversations.ntp(home, PLUG, "pool.ntp.org", at_ns + index * 64 * SECOND)


def _uploads(megabytes: int) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        for hour in range(0, 30, 6):
            yield from contact(home, NAS, STRANGER, 443, at_ns + hour * HOUR)
        yield from big_upload(home, NAS, STRANGER, at_ns + 31 * HOUR, megabytes)

    return frames


def _after_a_week(before: Play, after: Play) -> Play:
    def frames(home: Household, at_ns: int) -> Iterator[Frame]:
        yield from before(home, at_ns)
        yield from watching(at_ns, 8 * DAY)
        yield from after(home, at_ns + 8 * DAY)

    return frames


def _calls(device: Device, address: str) -> Play:
    return lambda home, at_ns: contact(home, device, address, 443, at_ns)


def _serves(port: int) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        connection = conversations.connect_local(home, DESKTOP, PRINTER, port, at_ns)
        yield from connection.open()
        yield from connection.send(UP, b"\x01ask")
        yield from connection.send(DOWN, b"\x02answer")
        yield from connection.close()

    return frames


def _greets(profile: hello.ClientProfile) -> Play:
    return lambda home, at_ns: conversations.fetch(home, PLUG, "a1.tuyaeu.com", at_ns, profile=profile)


def _mails(servers: int) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        for index in range(24):
            address = f"203.0.113.{index % servers + 1}"
            yield from contact(home, PLUG, address, 25, at_ns + index * SECOND, b"EHLO plug\r\n", b"220 mx ready\r\n")

    return frames


def _stays(port: int) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        far, own = conversations.far_end(STRANGER), home.port(PLUG)
        connection = Connection(
            PLUG.end(), own, far, port, start_ns=at_ns, rtt_ns=20 * MS, stack=PLUG.stack, rng=home.rng("stays")
        )
        yield from connection.open()
        for _ in range(75):
            yield from connection.send(UP, b"\x17\x03still here")
            yield from connection.send(DOWN, b"\x17\x03good")
            connection.wait(5 * MINUTE)
        yield from connection.close()

    return frames


def _evenings(usual_megabytes: int, last_megabytes: int) -> Play:
    """Fifteen days with so much at the same hour, then one."""

    def frames(home: Household, at_ns: int) -> Frames:
        yield from watching(at_ns, 16 * DAY, 30 * MINUTE)
        for day in range(16):
            megabytes = last_megabytes if day == 15 else usual_megabytes
            if megabytes:
                yield from big_upload(home, LAPTOP, STRANGER, at_ns + day * DAY, megabytes)
            else:
                yield at_ns + day * DAY, announce(LAPTOP)

    return frames


def _holes(share: int) -> Play:
    """Sixty connections in a quarter of an hour; every so many misses a segment."""

    def frames(home: Household, at_ns: int) -> Frames:
        request = b"GET / HTTP/1.1\r\nHost: nas\r\nCookie: " + b"c" * 6000 + b"\r\n\r\n"
        for index in range(60):
            connection = conversations.connect_local(home, LAPTOP, NAS, 80, at_ns + index * SECOND)
            yield from connection.open()
            sent = list(connection.send(UP, request))
            yield from sent[:1] if index % share == 0 else sent
            yield from sent[2:] if index % share == 0 else ()
            yield from connection.close()
        yield at_ns + 20 * MINUTE, announce(PRINTER)
        yield at_ns + 40 * MINUTE, announce(PRINTER)

    return frames


# -- encryption and exposure -------------------------------------------------------------------------------------------


def _certificate(own: bool) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        server = SERVERS["api.roku.com"]
        connection = conversations.connect(home, PLUG, server, 443, at_ns)
        yield from connection.open()
        chain_shown = home.authority.self_signed(server.name, "Nobody", -40) if own else None
        yield from conversations.greet(home, connection, server.name, hello.WINDOWS, TLS12, chain_shown)
        yield from connection.close()

    return frames


def _cipher(suite: int) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        server, rng = SERVERS["api.roku.com"], home.rng(f"cipher {suite}")
        connection = conversations.connect(home, PLUG, server, 443, at_ns)
        yield from connection.open()
        opening = hello.client_hello(hello.EMBEDDED, server.name, rng)
        yield from connection.send(UP, hello.record(hello.CONTENT_HANDSHAKE, opening, 0x0301))
        connection.turn()
        reply = hello.server_hello(TLS12, suite, rng)
        yield from connection.send(DOWN, hello.record(hello.CONTENT_HANDSHAKE, reply))
        yield from connection.close()

    return frames


def _login(home: Household, at_ns: int) -> Frames:
    return scenarios.clear_text_login(home, DESKTOP, STRANGER, at_ns)


def _sealed(home: Household, at_ns: int) -> Frames:
    return conversations.fetch(home, DESKTOP, "github.com", at_ns)


def _asks(paths: Iterable[str], status: str = "200 OK", **body: object) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        for index, path in enumerate(paths):
            yield from conversations.http_get(
                home, LAPTOP, "detectportal.firefox.com", path, at_ns + index * SECOND, status=status,
                **body,  # type: ignore[arg-type]
            )

    return frames


def _fetches(name: str) -> Play:
    return lambda home, at_ns: conversations.http_get(
        home, LAPTOP, name, "/pool/setup.exe", at_ns, content_type="application/x-msdownload", body_bytes=50_000
    )


def _posts(paths: Iterable[str]) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        for index, path in enumerate(paths):
            head = f"POST {path} HTTP/1.1\r\nHost: shop.example.org\r\nContent-Length: 4\r\n\r\nabcd"
            reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            yield from contact(home, LAPTOP, STRANGER, 80, at_ns + index * 3 * SECOND, head.encode(), reply)

    return frames


def _logins(home: Household, at_ns: int) -> Frames:
    return scenarios.login_attempts(home, GUEST, NAS, at_ns, count=40)


def _works(home: Household, at_ns: int) -> Frames:
    for index in range(5):
        connection = conversations.connect_local(home, LAPTOP, NAS, 22, at_ns + index * MINUTE)
        yield from conversations.ssh(home, LAPTOP, connection, keystrokes=30, banner="SSH-2.0-OpenSSH_9.2p1")


def _speaks(data: bytes) -> Play:
    reply = b'{"id":1,"result":true,"error":null}\n'
    return lambda home, at_ns: contact(home, PLUG, STRANGER, 3333, at_ns, data, reply)


STRATUM: Final = b'{"id":1,"jsonrpc":"2.0","method":"mining.subscribe","params":["miner/1.0"]}\n'

EMBEDDED_JA3: Final = "b59e6a3d9e338a108b4f875f5da21392"
"""Of the plug's hello."""

SCENARIOS: Final = (
    Scenario("new_device", "medium", _arrives(130 * MINUTE), _arrives(5 * MINUTE), "who is met while learning"),
    Scenario("gateway_spoof", "critical", _arp_spoof, _virtual_router, "routers that share a virtual MAC"),
    Scenario("address_conflict", "medium", _two_claim, _roams, "a phone that roams to a repeater and back"),
    Scenario("port_scan", "high", lambda h, t: scenarios.port_scan(h, GUEST, NAS, t, open_ports=(22,)), _busy_browser,
             "a busy browser and one dead service"),
    Scenario("host_sweep", "high", _sweep, _named_and_dead, "forty servers by name, all down"),
    Scenario("arp_sweep", "medium", lambda h, t: scenarios.arp_sweep(GUEST, t), _asks_for_ten, "a device that wakes"),
    Scenario("udp_scan", "high", _udp_scan, _late_answers, "answers to a client that has gone"),
    Scenario("stealth_scan", "high", _stealth, _old_ends, "the ends of old connections"),
    Scenario("os_probe", "medium", _odd_segments((0, SYN | FIN, FIN | PSH)), _odd_segments((FIN, FIN | ACK)),
             "an old connection that ends"),
    Scenario("syn_flood", "high", lambda h, t: scenarios.syn_flood(h, NAS, t, count=3000, gap_ns=5 * MS), _busy_server,
             "a busy server"),
    Scenario("icmp_flood", "high", _pings(4000, 5 * MS), _pings(60, SECOND), "a person's ping"),
    Scenario("rogue_dhcp", "high", _rogue_dhcp(GUEST), _rogue_dhcp(ROUTER), "the router's own server"),
    Scenario("dhcp_flood", "high", _dhcp_clients(150), _dhcp_clients(12), "a household that comes home"),
    Scenario("rogue_router", "high", lambda h, t: scenarios.rogue_router(GUEST, t, count=3), _own_router, "the router"),
    Scenario("mac_flapping", "medium", _flaps((10, 20) * 6), _flaps((10, 10, 20, 20)), "a device that is moved"),
    Scenario("device_returned", "low", _returns(40), _returns(10), "back from a holiday"),
    Scenario("dns_tunnel", "high",
             lambda h, t: scenarios.dns_tunnel(h, GUEST, "t.example.net", t, queries=200),
             lambda h, t: scenarios.dns_tunnel(h, GUEST, "avqs.mcafee.com", t, queries=200), "antivirus look-ups"),
    Scenario("nxdomain_storm", "high", lambda h, t: scenarios.generated_domains(h, GUEST, t, count=40), _mistyped,
             "mistyped names"),
    Scenario("dns_rebinding", "high", _resolves("evil.example-page.net", ("203.0.113.9", "192.168.1.1")),
             _resolves("192-168-1-5.abcd.plex.direct", ("192.168.1.5",) * 2), "a maker's name for a device at home"),
    Scenario("resolver_bypass", "medium",
             _resolves("www.example.org", ("93.184.215.14",), resolver=conversations.far_end("203.0.113.53")),
             _resolves("www.example.org", ("93.184.215.14",)), "the router's resolver"),
    Scenario("fast_flux", "medium", _spread, _content_network, "a content network"),
    Scenario("beacon", "high", _beacon, _clock, "setting the clock"),
    Scenario("certificate", "medium", _certificate(own=True), _certificate(own=False), "a good certificate"),
    Scenario("weak_tls", "medium", _cipher(0x0001), _cipher(0xC02B), "a strong cipher"),
    Scenario("listed_fingerprint", "high", _greets(hello.EMBEDDED), _greets(hello.FIREFOX), "another program",
             {EMBEDDED_JA3: "test entry"}),
    Scenario("clear_credentials", "medium", _login, _sealed, "a log-in under TLS"),
    Scenario("personal_url", "low", _asks(("/w?lat=52.5163&lon=13.3777",)), _asks(("/w?city=berlin",)), "a city"),
    Scenario("brute_force", "high", _logins, _works, "someone who works by SSH"),
    Scenario("web_scan", "high", _asks([f"/admin{index}.php" for index in range(30)], "404 Not Found"),
             _asks([f"/page{index}" for index in range(30)]), "someone who reads"),
    Scenario("program_download", "medium", _fetches("a1.tuyaeu.com"), _fetches("deb.debian.org"), "an update service"),
    Scenario("http_callback", "high", _posts([f"/x9k2mq7tz.php?k=r{index}tz8qwx4kpl" for index in range(4)]),
             _posts(["/api/telemetry"] * 4), "a program's telemetry"),
    Scenario("mining", "medium", _speaks(STRATUM), _speaks(b'{"cmd":"status"}\n'), "another program's JSON"),
    Scenario("inbound", "medium", lambda h, t: visit(h, STRANGER, NAS, 22, t, accepted=True),
             lambda h, t: visit(h, STRANGER, NAS, 22, t, accepted=False), "a closed door"),
    Scenario("upload", "medium", _uploads(160), _uploads(20), "an ordinary evening"),
    Scenario("new_place", "low", _after_a_week(_calls(PLUG, "3.121.31.200"), _calls(PLUG, BEACON_SERVER)),
             _after_a_week(_calls(PLUG, "3.121.31.200"), _calls(PLUG, "3.121.31.201")), "the same maker's network"),
    Scenario("new_service", "medium", _after_a_week(_serves(631), _serves(2323)),
             _after_a_week(_serves(631), _serves(631)), "the service it always had"),
    Scenario("hello_change", "low", _after_a_week(_greets(hello.EMBEDDED), _greets(hello.FIREFOX)),
             _after_a_week(_greets(hello.EMBEDDED), _greets(hello.EMBEDDED)), "the program it always had"),
    Scenario("fan_out", "high", _mails(20), _mails(1), "one mail server"),
    Scenario("long_connection", "low", _stays(4444), _stays(8883), "a line for push messages"),
    Scenario("unusual_traffic", "low", _evenings(0, 90), _evenings(60, 90), "an hour that is always busy"),
    Scenario("sensor", "medium", _holes(2), _holes(30), "a hole now and then"),
)  # fmt: skip
