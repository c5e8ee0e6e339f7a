"""Attacks that show in what is said, each with its near twin: shells, forged names and answers, heartbeats, doors."""

from __future__ import annotations

from netscope.demo import conversations, hello, messages
from netscope.demo.attack_traffic import STRANGER, Play, contact
from netscope.demo.cast import DESKTOP, GUEST, LAPTOP, NAS, ROUTER, Server
from netscope.demo.hello import TLS12
from netscope.demo.household import Household
from netscope.demo.tcp import DOWN, UP
from netscope.demo.wire import MS, SECOND, Frames, multicast, udp

LLMNR_GROUP, LLMNR_PORT = "224.0.0.252", 5355
SHELL = b"Microsoft Windows [Version 10.0.19045.4291]\r\n(c) Microsoft Corporation.\r\n\r\nC:\\Users\\anna>"
REPORT = b"report 1\nos=Microsoft Windows [Version 10.0.19045.4291]\nuptime=5123\n"
"""What a program may say of the system it runs on."""
HEARTBEAT = 24


def says(data: bytes) -> Play:
    """The laptop calls a server outside and speaks first."""
    return lambda home, at_ns: contact(home, LAPTOP, STRANGER, 4443, at_ns, data, b"dir\n")


def reflected(asks: bool) -> Play:
    """Answers of forty servers on the internet, a thousand within two seconds; ``asks``: the desktop asked for each."""

    def frames(home: Household, at_ns: int) -> Frames:
        rng = home.rng("reflected")
        for index in range(1_000):
            server = Server("large.example.org", "198.51.100.7")
            far, port = conversations.far_end(f"203.0.{index % 40 + 1}.9"), 20_000 + index
            transaction, moment_ns = rng.getrandbits(16), at_ns + index * 2 * MS
            if asks:
                yield moment_ns, udp(DESKTOP.end(), port, far, 53, messages.dns_query(transaction, server.name))
            yield moment_ns + 20 * MS, udp(far, 53, DESKTOP.end(), port, messages.dns_answer(transaction, server))

    return frames


def answers_for(names: tuple[str, ...]) -> Play:
    """The laptop asks everybody for these names, and the guest answers each with its own address."""

    def frames(home: Household, at_ns: int) -> Frames:
        for index, name in enumerate(names * 2):
            port, asked_ns = home.port(LAPTOP), at_ns + index * 4 * SECOND
            query = messages.llmnr_query(index + 1, name)
            yield asked_ns, udp(LAPTOP.end(), port, multicast(LLMNR_GROUP), LLMNR_PORT, query)
            answer = messages.dns_answer(index + 1, Server(name, GUEST.address), ttl=30)
            yield asked_ns + 2 * MS, udp(GUEST.end(), LLMNR_PORT, LAPTOP.end(), port, answer)

    return frames


def heartbeat(asked_bytes: int, sent_bytes: int, answer_bytes: int) -> Play:
    """Between the hellos of the guest and the NAS and the end of their handshake."""

    def frames(home: Household, at_ns: int) -> Frames:
        rng = home.rng("heartbeat")
        connection = conversations.connect_local(home, GUEST, NAS, 443, at_ns)
        yield from connection.open()
        opening = hello.client_hello(hello.EMBEDDED, "nas.lan", rng)
        yield from connection.send(UP, hello.record(hello.CONTENT_HANDSHAKE, opening, 0x0301))
        connection.turn()
        yield from connection.send(DOWN, hello.record(hello.CONTENT_HANDSHAKE, hello.server_hello(TLS12, 0xC02F, rng)))
        connection.turn()
        request = b"\x01" + asked_bytes.to_bytes(2) + bytes(sent_bytes)
        yield from connection.send(UP, hello.record(HEARTBEAT, request))
        connection.turn()
        answer = b"\x02" + asked_bytes.to_bytes(2) + bytes(answer_bytes)
        yield from connection.send(DOWN, hello.record(HEARTBEAT, answer))
        yield from connection.close()

    return frames


def asks_router(action: str, *fields: tuple[str, str]) -> Play:
    """A UPnP request of the laptop to the router (WANIPConnection:1)."""

    def frames(home: Household, at_ns: int) -> Frames:
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields)
        space = "urn:schemas-upnp-org:service:WANIPConnection:1"
        body = (
            f'<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            f'<u:{action} xmlns:u="{space}">{inner}</u:{action}></s:Body></s:Envelope>'
        )
        head = (
            f"POST /ctl/IPConn HTTP/1.1\r\nHost: {ROUTER.address}:49152\r\nContent-Type: text/xml\r\n"
            f'SOAPAction: "{space}#{action}"\r\nContent-Length: {len(body)}\r\n\r\n'
        )
        connection = conversations.connect_local(home, LAPTOP, ROUTER, 49_152, at_ns)
        yield from connection.open()
        yield from connection.send(UP, (head + body).encode())
        connection.turn()
        yield from connection.send(DOWN, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        yield from connection.close()

    return frames
