"""Traffic of attacks on the link, by scans and by names, and of their harmless look-alikes.

The building blocks of attacks.py, which says what belongs together.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from netscope.demo import conversations, hello, messages, scenarios
from netscope.demo.cast import (
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
from netscope.demo.household import Household
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


def after(quiet_ns: int, what: Play) -> Play:
    """When the network has been watched for so long."""

    def frames(home: Household, at_ns: int) -> Iterator[Frame]:
        yield from watching(at_ns, quiet_ns)
        yield from what(home, at_ns + quiet_ns)

    return frames


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
            yield (
                at_ns + MS,
                tcp(far, 443, device.end(), port, sequence=499, acknowledgment=1_001, flags=back, window=65535),
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


# -- the link ----------------------------------------------------------------------------------------------------------


def arrives(after_ns: int) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        yield from watching(at_ns, after_ns)
        yield at_ns + after_ns, announce(CAMERA)

    return frames


def arp_spoof(home: Household, at_ns: int) -> Frames:
    for index, frame in enumerate(scenarios.arp_spoof(GUEST, DESKTOP, ROUTER, at_ns, count=10)):
        yield frame
        if index % 4 == 0:
            # The true router goes on asking for its clients.
            router = mac_bytes(ROUTER.mac), ROUTER.address
            yield frame[0] + 500 * MS, messages.arp(1, router, (b"\0" * 6, NAS.address))


def virtual_router(home: Household, at_ns: int) -> Frames:
    for index in range(10):
        yield at_ns + index * SECOND, answer("00:00:5e:00:01:05", ROUTER.address)
        yield at_ns + index * SECOND + 400 * MS, announce(ROUTER)


def two_claim(home: Household, at_ns: int) -> Frames:
    for index in range(8):
        yield at_ns + index * 5 * SECOND, answer((CAMERA, PLUG)[index % 2].mac, "192.168.1.77")


def roams(home: Household, at_ns: int) -> Frames:
    """A phone's frames come with the repeater's MAC after it roams, and with its own when it is back."""
    repeater = "c4:12:f5:77:00:01"
    for mac, begins_s in ((CAMERA.mac, 0), (repeater, 120), (CAMERA.mac, 300)):
        for index in range(4):
            yield at_ns + (begins_s + index * 20) * SECOND, announce(CAMERA, mac=mac)


def flaps(vlans: tuple[int, ...]) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        for index, vlan in enumerate(vlans):
            yield at_ns + index * 5 * SECOND, tagged(announce(CAMERA), vlan)

    return frames


def returns(days: int) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        yield at_ns, announce(CAMERA)
        yield from watching(at_ns, days * DAY, 6 * HOUR)
        yield at_ns + days * DAY, announce(CAMERA)

    return frames


def rogue_dhcp(server: Device) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        for index in range(3):
            yield from scenarios.dhcp_offer(CAMERA, server, at_ns + index * SECOND, 0x5EED + index)

    return frames


def dhcp_clients(count: int) -> Play:
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


def own_router(home: Household, at_ns: int) -> Frames:
    for index in range(5):
        yield at_ns + index * 10 * SECOND, messages.router_advertisement()


# -- scans and floods --------------------------------------------------------------------------------------------------


def busy_browser(home: Household, at_ns: int) -> Frames:
    """A page from everywhere, while a program tries one dead service of the NAS again and again."""
    for index, name in enumerate(sorted(SERVERS)[:30]):
        yield from conversations.fetch(home, DESKTOP, name, at_ns + index * 300 * MS, down_bytes=3_000)
    for index in range(40):
        connection = conversations.connect_local(home, DESKTOP, NAS, 8080, at_ns + index * SECOND)
        yield from connection.refused()


def sweep(home: Household, at_ns: int) -> Frames:
    return scenarios.host_sweep(home, GUEST, [f"203.0.113.{host}" for host in range(1, 60)], 445, at_ns)


def named_and_dead(home: Household, at_ns: int) -> Frames:
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


def unreachable(sender: Device, refused: bytes, to: End) -> bytes:
    """Port unreachable with the header and eight bytes of what it answers (RFC 792)."""
    return icmp(sender.end(), to, 3, 3, b"\0" * 4 + refused[14:42])


def udp_scan(home: Household, at_ns: int) -> Frames:
    source_port = home.port(GUEST)
    for port in range(100, 160):
        probe = udp(GUEST.end(), source_port, NAS.end(), port, b"\0" * 8, identification=1)
        yield at_ns, probe
        yield at_ns + 200 * US, unreachable(NAS, probe, GUEST.end())
        at_ns += 100 * MS


def late_answers(home: Household, at_ns: int) -> Frames:
    """The resolver answers a client that has closed its ports: the client refuses, port after port."""
    for index in range(40):
        server = SERVERS["github.com"]
        late = udp(ROUTER.end(), 53, DESKTOP.end(), 50_000 + index, messages.dns_answer(index, server))
        yield at_ns, late
        yield at_ns + 100 * US, unreachable(DESKTOP, late, ROUTER.end())
        at_ns += 100 * MS


def stealth(home: Household, at_ns: int) -> Frames:
    for port in range(20, 60):
        yield at_ns, tcp(GUEST.end(), 44_321, NAS.end(), port, sequence=7, acknowledgment=0, flags=0, window=1024)
        at_ns += 50 * MS


def odd_segments(flags: tuple[int, ...]) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        for index, probe in enumerate(flags * 2):
            port = 40_000 + index
            yield (
                at_ns + index * 100 * MS,
                tcp(GUEST.end(), port, NAS.end(), 445, sequence=7, acknowledgment=0, flags=probe, window=1024),
            )

    return frames


def old_ends(home: Household, at_ns: int) -> Frames:
    """A laptop wakes and ends what it had open at thirty servers."""
    for index, name in enumerate(sorted(SERVERS)[:30]):
        far = conversations.far_end(SERVERS[name].address)
        yield (
            at_ns + index * 20 * MS,
            tcp(LAPTOP.end(), home.port(LAPTOP), far, 443, sequence=9, acknowledgment=9, flags=FIN | ACK, window=1024),
        )


def busy_server(home: Household, at_ns: int) -> Frames:
    """Four hundred visits in ten seconds, each completed."""
    for index in range(400):
        connection = conversations.connect_local(home, LAPTOP, NAS, 80, at_ns + index * 25 * MS)
        yield from connection.open()
        yield from connection.send(UP, b"GET / HTTP/1.1\r\nHost: nas\r\n\r\n")
        yield from connection.close()


def pings(count: int, gap_ns: int) -> Play:
    def frames(home: Household, at_ns: int) -> Frames:
        for index in range(count):
            body = struct.pack("!HH", 7, index & 0xFFFF) + b"\0" * 40
            yield at_ns + index * gap_ns, icmp(GUEST.end(), NAS.end(), 8, 0, body)
            yield at_ns + index * gap_ns + 100 * US, icmp(NAS.end(), GUEST.end(), 0, 0, body)

    return frames


def pings_with_data(sizes: tuple[int, int], count: int) -> Play:
    """Requests and replies of these sizes, to a server outside."""

    def frames(home: Household, at_ns: int) -> Frames:
        far = conversations.far_end(STRANGER)
        for index in range(count):
            head = struct.pack("!HH", 9, index & 0xFFFF)
            yield at_ns + index * 200 * MS, icmp(GUEST.end(), far, 8, 0, head + b"\0" * sizes[0])
            yield at_ns + index * 200 * MS + 20 * MS, icmp(far, GUEST.end(), 0, 0, head + b"\0" * sizes[1])

    return frames


def datagrams(count: int, gap_ns: int, *, answered: bool) -> Play:
    """From one port of the guest to one of the NAS; ``answered``: a call, in which both speak."""

    def frames(home: Household, at_ns: int) -> Frames:
        for index in range(count):
            yield at_ns + index * gap_ns, udp(GUEST.end(), 40_000, NAS.end(), 9_000, b"\0" * 160, identification=1)
            if answered and not index % 2:
                yield at_ns + index * gap_ns + MS, udp(NAS.end(), 9_000, GUEST.end(), 40_000, b"\0" * 160)

    return frames


def asks_for_ten(home: Household, at_ns: int) -> Frames:
    return scenarios.arp_sweep(DESKTOP, at_ns, hosts=range(1, 11))


# -- names -------------------------------------------------------------------------------------------------------------


def mistyped(home: Household, at_ns: int) -> Frames:
    words = ("garden", "river", "stone", "paper", "window", "summer", "market", "orange", "silver", "bakery")
    for index, word in enumerate(words):
        yield from conversations.lookup(home, LAPTOP, f"{word}{words[-index]}s.com", at_ns + index * 10 * SECOND)


def resolves(name: str, addresses: Iterable[str], gap_ns: int = 30 * SECOND, resolver: End | None = None) -> Play:
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


def spread(home: Household, at_ns: int) -> Iterable[Frame]:
    addresses = [f"{20 + index * 3}.{index * 3 + 1}.7.{index + 1}" for index in range(60)]
    return resolves("shop.example-flux.net", addresses)(home, at_ns)


def content_network(home: Household, at_ns: int) -> Iterable[Frame]:
    addresses = [f"23.{55 + index % 2}.{index}.{index + 7}" for index in range(60)]
    return resolves("cdn.example-content.net", addresses)(home, at_ns)
