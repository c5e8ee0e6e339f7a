"""The demo's programme: which device does what, and when, in the minutes an evening at home is shown.

Habits repeat from the tables in habits.py; the rest is told here. Times are seconds from the start.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netscope.demo import conversations, hello, messages, scenarios
from netscope.demo.cast import (
    ANNA_IPHONE,
    BEACON_SERVER,
    DESKTOP,
    DEVICES,
    GUEST,
    LAPTOP,
    NAS,
    PIXEL,
    PLUG,
    PRINTER,
    ROKU,
    ROUTER,
    ROUTER_IPV6,
    SERVERS,
    SPEAKER,
    TELEVISION,
    Device,
)
from netscope.demo.habits import ANNOUNCERS, CLOCKS, HABITS, PAGES, UPNP, Page
from netscope.demo.hello import TLS12
from netscope.demo.household import Household
from netscope.demo.tcp import DOWN, UP
from netscope.demo.wire import MS, SECOND, End, Frames, ip_bytes, mac_bytes, udp

GUEST_JOINS_S: Final = 270
SCAN_S: Final = 305
LEAVES_S: Final = 15
"""Long sessions end this long before the programme does, so that each playing ends what it began."""
LAST_START_S: Final = 2


def programme(home: Household, minutes: int) -> list[Frames]:
    """Every strand of the evening, each in time order; merge them."""
    evening = Evening(home, minutes)
    return [*evening.arrivals(), *evening.neighbourhood(), *evening.habits(), *evening.people(), *evening.troubles()]


class Evening:
    def __init__(self, home: Household, minutes: int) -> None:
        self._home = home
        self._seconds = minutes * 60

    def _at(self, seconds: float) -> int:
        return self._home.start_ns + int(seconds * SECOND)

    def _times(self, first_s: float, every_s: float, key: str) -> Iterator[int]:
        """Start times of something that is repeated, give or take an eighth."""
        rng = self._home.rng(f"times {key}")
        at_s = first_s
        while at_s < self._seconds - LAST_START_S:
            yield self._at(at_s)
            at_s += every_s * rng.uniform(0.875, 1.125)

    def arrivals(self) -> Iterator[Frames]:
        """Leases: of those at home in the first seconds, of the guest when the guest comes."""
        rng = self._home.rng("arrivals")
        for device in DEVICES[1:]:
            at_s = GUEST_JOINS_S if device is GUEST else rng.uniform(0.2, 12)
            if at_s < self._seconds - LEAVES_S:
                yield scenarios.dhcp_exchange(self._home, device, self._at(at_s))
        yield iter([(self._at(3), self._dhcp6())])

    def _dhcp6(self) -> bytes:
        near = DESKTOP.link_end()
        group = End(b"\x33\x33\0\x01\0\x02", ip_bytes("ff02::1:2"))
        return udp(near, 546, group, 547, messages.dhcp6_solicit(DESKTOP, 0x3A51, DESKTOP.name))

    def neighbourhood(self) -> Iterator[Frames]:
        """What is said to everyone: router advertisements, ARP, NDP, mDNS, SSDP, NetBIOS, LLMNR, IGMP."""
        yield ((at, messages.router_advertisement()) for at in self._times(1, 60, "ra"))
        for device in DEVICES[1:]:
            first_s = GUEST_JOINS_S + 2 if device is GUEST else 2.5
            yield self._arp(device, first_s)
            if device.ipv6:
                yield self._neighbours(device)
        for device, instance, host, model, services in ANNOUNCERS:
            body = messages.mdns_announcement(instance, host, device.address, services, model=model)
            yield self._multicast(device, messages.MDNS_GROUP, 5353, body, 4, 110)
        for device, kind in ((PIXEL, "_googlecast"), (LAPTOP, "_airplay"), (DESKTOP, "_ipp")):
            body = messages.mdns_query([(f"{kind}._tcp.local", "PTR")])
            yield self._multicast(device, messages.MDNS_GROUP, 5353, body, 9, 70)
        for device, port, path, target, server in UPNP:
            body = messages.ssdp_notify(f"http://{device.address}:{port}/{path}", target, server, f"demo-{device.host}")
            yield self._multicast(device, "239.255.255.250", 1900, body, 6, 95, ttl=4)
        search = messages.ssdp_search("urn:dial-multiscreen-org:service:dial:1")
        yield self._multicast(DESKTOP, "239.255.255.250", 1900, search, 15, 120, ttl=4, source_port=58_211)
        wpad = messages.llmnr_query(0x7A11, "wpad")
        yield self._multicast(DESKTOP, "224.0.0.252", 5355, wpad, 20, 100, ttl=1, source_port=61_004)
        yield self._netbios()
        for device in (TELEVISION, SPEAKER, DESKTOP):
            yield self._memberships(device)

    def _memberships(self, device: Device) -> Frames:
        for at in self._times(3, 125, f"igmp {device.name}"):
            yield at, messages.group_report(device.end(), ["239.255.255.250", "224.0.0.251"])

    def _arp(self, device: Device, first_s: float) -> Frames:
        router = (mac_bytes(ROUTER.mac), ROUTER.address)
        own = (mac_bytes(device.mac), device.address)
        for at in self._times(first_s, 62, f"arp {device.name}"):
            yield at, messages.arp(1, own, (b"\0" * 6, ROUTER.address))
            yield at + 1 * MS, messages.arp(2, router, own)

    def _neighbours(self, device: Device) -> Frames:
        for at in self._times(5, 97, f"ndp {device.name}"):
            yield at, messages.neighbour_solicitation(device.link_end(), ROUTER_IPV6)
            answerer = End(mac_bytes(ROUTER.mac), ip_bytes(ROUTER_IPV6), 255)
            yield at + 1 * MS, messages.neighbour_advertisement(answerer, ROUTER_IPV6, device.link_end(), router=True)
            yield at + 5 * MS, messages.neighbour_solicitation(answerer, device.address6)
            asker = device.link_end()
            yield at + 6 * MS, messages.neighbour_advertisement(asker, device.address6, answerer)

    def _multicast(
        self,
        device: Device,
        group: str,
        port: int,
        body: bytes,
        first_s: float,
        every_s: float,
        *,
        ttl: int = 255,
        source_port: int = 0,
    ) -> Frames:
        key = f"{device.name} {group} {len(body)}"
        for at in self._times(first_s + self._home.rng(key).uniform(0, 6), every_s, key):
            yield scenarios.multicast_frame(device, group, port, body, at, ttl=ttl, source_port=source_port)

    def _netbios(self) -> Frames:
        everyone = End(b"\xff" * 6, ip_bytes("192.168.1.255"))
        for at in self._times(10, 60, "netbios"):
            body = messages.nbns_query(0x4E21, "WORKGROUP", 0x1C)
            yield at, udp(DESKTOP.end(), 137, everyone, 137, body, identification=7)

    def habits(self) -> Iterator[Frames]:
        for habit in HABITS:
            for at in self._times(habit.first_s, habit.every_s, f"{habit.device.name} {habit.server}"):
                yield conversations.fetch(
                    self._home, habit.device, habit.server, at, down_bytes=habit.down_bytes, up_bytes=habit.up_bytes,
                    requests=habit.requests, version=habit.version,
                )  # fmt: skip
        for device, server, first_s, every_s in CLOCKS:
            for at in self._times(first_s, every_s, f"ntp {device.name}"):
                yield conversations.ntp(self._home, device, server, at)
        for at in self._times(17, 43, "roku dns"):
            # Asks Google itself, whatever resolver the router names.
            yield conversations.lookup(self._home, ROKU, "logs.roku.com", at, resolver=conversations.far_end("8.8.8.8"))

    def people(self) -> Iterator[Frames]:
        yield from self._television()
        yield from self._phones()
        yield from self._desks()
        yield from self._storage()

    def _television(self) -> Iterator[Frames]:
        """A film: a segment each eight seconds over one connection, as players fetch them."""
        home = self._home
        yield conversations.fetch(home, TELEVISION, "www.netflix.com", self._at(3), down_bytes=180_000, requests=2)
        yield conversations.fetch(home, TELEVISION, "occ-0-769-768.1.nflxso.net", self._at(5), down_bytes=350_000)
        segments = max((self._seconds - LEAVES_S - 8) // 8, 1)
        yield conversations.fetch(
            home, TELEVISION, "ipv4-c012-fra001-ix.1.oca.nflxvideo.net", self._at(8), down_bytes=430_000, up_bytes=700,
            requests=segments, pause_ns=7 * SECOND, bits_per_s=9_000_000,
        )  # fmt: skip

    def _phones(self) -> Iterator[Frames]:
        home = self._home
        for at in self._times(20, 75, "instagram"):
            yield conversations.stream_quic(
                home, ANNA_IPHONE, "i.instagram.com", at, down_bytes=(90_000, 140_000, 60_000, 160_000),
                pause_ns=5 * SECOND, profile=hello.QUIC_APPLE,
            )  # fmt: skip
        for at in self._times(45, 140, "youtube"):
            yield conversations.fetch(home, PIXEL, "www.youtube.com", at, down_bytes=120_000)
            yield conversations.stream_quic(
                home, PIXEL, "rr3---sn-4g5e6nz7.googlevideo.com", at + SECOND, down_bytes=(300_000, 250_000, 250_000),
                pause_ns=9 * SECOND, profile=hello.QUIC_CHROME,
            )  # fmt: skip
        yield self._push(ANNA_IPHONE, "1-courier.push.apple.com", 5223)
        yield self._push(PIXEL, "mtalk.google.com", 5228)
        for at in self._times(31, 90, "dot"):
            yield conversations.fetch(home, PIXEL, "dns.google", at, down_bytes=300, up_bytes=130, requests=3, port=853)
        yield conversations.http_get(
            home, PIXEL, "connectivitycheck.gstatic.com", "/generate_204", self._at(14), status="204 No Content",
            body_bytes=0,
        )  # fmt: skip
        path = "/hotspot-detect.html"
        yield conversations.http_get(home, ANNA_IPHONE, "captive.apple.com", path, self._at(10), body_bytes=69)

    def _push(self, device: Device, server: str, port: int) -> Frames:
        """The one connection over which a phone is told of messages."""
        calls = max((self._seconds - LEAVES_S) // 56, 1)
        return conversations.fetch(
            self._home, device, server, self._at(7), down_bytes=240, up_bytes=120, requests=calls,
            pause_ns=45 * SECOND, port=port,
        )  # fmt: skip

    def _desks(self) -> Iterator[Frames]:
        home = self._home
        for index, at in enumerate(self._times(24, 23, "browsing")):
            yield from self._page((DESKTOP, LAPTOP)[index % 2], PAGES[index % len(PAGES)], at)
        for at in self._times(52, 170, "laptop video"):
            sizes = (60_000, 45_000)
            yield conversations.stream_quic(
                home, LAPTOP, "i.ytimg.com", at, down_bytes=sizes, pause_ns=3 * SECOND, profile=hello.QUIC_CHROME
            )
        for at in self._times(65, 115, "nx"):
            yield conversations.lookup(home, DESKTOP, "xk3q9v.example-cdn.net", at)
        for at in self._times(28, 190, "portal"):
            yield conversations.http_get(home, LAPTOP, "detectportal.firefox.com", "/success.txt", at, body_bytes=8)
        yield conversations.http_get(home, DESKTOP, "www.msftconnecttest.com", "/connecttest.txt", self._at(16))
        git = conversations.connect(home, DESKTOP, SERVERS["github.com"], 22, self._at(36))
        yield conversations.ssh(home, DESKTOP, git, keystrokes=self._seconds // 3, banner="SSH-2.0-babeld-8405ee6d0")
        shell = conversations.connect_local(home, LAPTOP, NAS, 22, self._at(80))
        yield conversations.ssh(home, LAPTOP, shell, keystrokes=40, banner="SSH-2.0-OpenSSH_8.2")

    def _page(self, device: Device, page: Page, at_ns: int) -> Iterator[Frames]:
        yield conversations.fetch(
            self._home, device, page.site, at_ns, down_bytes=page.page_bytes // 3, requests=3, up_bytes=1_300
        )
        for index, name in enumerate(page.third_parties):
            called_ns = at_ns + (700 + 130 * index) * MS
            yield conversations.fetch(self._home, device, name, called_ns, down_bytes=18_000, up_bytes=1_600)

    def _storage(self) -> Iterator[Frames]:
        home = self._home
        for at in self._times(42, 66, "smb"):
            yield conversations.smb(home, DESKTOP, NAS, at, bursts=(130_000, 260_000, 60_000), pause_ns=700 * MS)
        for at in self._times(100, 280, "backup"):
            yield self._backup(at)
        for at in self._times(58, 205, "nas admin"):
            yield self._nas_admin(at)
        for at in self._times(33, 240, "printer"):
            yield conversations.local_http(home, DESKTOP, PRINTER, 631, "/ipp/print", b"<status>idle</status>", at)
        description = "/xml/device_description.xml"
        for at in self._times(26, 230, "upnp"):
            yield conversations.local_http(home, ANNA_IPHONE, SPEAKER, 1400, description, b"<root/>" * 40, at)
        release = "/debian/dists/bookworm/InRelease"
        yield conversations.http_get(home, NAS, "deb.debian.org", release, self._at(90), body_bytes=150_000)

    def _backup(self, at_ns: int) -> Frames:
        """The NAS sends the day's files away."""
        home, server = self._home, SERVERS["backup-demo.s3.eu-central-1.amazonaws.com"]
        at_ns = yield from conversations.lookup(home, NAS, server.name, at_ns)
        connection = conversations.connect(home, NAS, server, 443, at_ns)
        yield from connection.open()
        yield from conversations.greet(home, connection, server.name, NAS.tls)
        rng = home.rng(f"backup {at_ns}")
        for _ in range(20):
            yield from connection.send(UP, home.records(200_000, rng), bits_per_s=4_000_000)
            connection.turn()
            yield from connection.send(DOWN, home.records(300, rng))
        yield from connection.close()

    def _nas_admin(self, at_ns: int) -> Frames:
        """The desktop opens the NAS's own page: a certificate it signed itself, long expired."""
        home = self._home
        connection = conversations.connect_local(home, DESKTOP, NAS, 5001, at_ns)
        yield from connection.open()
        chain = home.authority.self_signed("nas.fritz.box", "Synology Inc.", -40)
        yield from conversations.greet(home, connection, "nas.fritz.box", hello.WINDOWS, TLS12, chain)
        rng = home.rng(f"admin {at_ns}")
        yield from connection.send(UP, home.records(800, rng))
        yield from connection.send(DOWN, home.records(60_000, rng))
        yield from connection.close()

    def troubles(self) -> Iterator[Frames]:
        """The plug's calls to a number, and the guest who tries every door of the NAS."""
        home = self._home
        count = max((self._seconds - LEAVES_S - 10) // 30, 1)
        yield scenarios.beacon(home, PLUG, BEACON_SERVER, self._at(10), count=count, port=8883)
        reports = max((self._seconds - LEAVES_S - 30) // 15, 1)
        yield conversations.mqtt(
            home, PLUG, "m1.tuyaeu.com", self._at(9), client_id="bf1d7aa103c5e9", every_ns=15 * SECOND, count=reports
        )  # fmt: skip
        if self._seconds > SCAN_S + 2 * LEAVES_S:
            yield scenarios.port_scan(home, GUEST, NAS, self._at(SCAN_S), open_ports=(22, 80, 445, 5000, 5001))
            yield conversations.fetch(home, GUEST, "www.google.com", self._at(GUEST_JOINS_S + 6), down_bytes=30_000)
