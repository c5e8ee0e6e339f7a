"""Traffic with the timing of known uses, counted by the real meter: what each does is public knowledge, not measured
here. Each generator gives (milliseconds, upward, layer-3 bytes)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from netscope.model.flow import Flow
from tests.engine.parse.frames import ACK, CLIENT, SERVER, START, ethernet, ipv4, tcp, udp
from tests.engine.parse.meter_log import MeterLog

Packet = tuple[float, bool, int]
FULL = 1500
MS = 1_000_000


def counted(packets: Iterable[Packet], protocol: str, app_protocol: str | None, *, port: int = 443) -> Flow:
    """The flow the meter makes of the packets, ended."""
    log = MeterLog()
    headers = 40 if protocol == "tcp" else 28
    for at_ms, is_up, size in sorted(packets):
        ports = (40000, port) if is_up else (port, 40000)
        ends = (CLIENT, SERVER) if is_up else (SERVER, CLIENT)
        body = bytes(max(size - headers, 0))
        payload = tcp(ACK, 1, 1, body, source=ports[0], target=ports[1]) if protocol == "tcp" else udp(body, *ports)
        frame = ethernet(ipv4(payload, 6 if protocol == "tcp" else 17, *ends), up=is_up)
        log.meter.add_frame(START + int(at_ms * MS), frame, -1, 1, 0)
    flow = log.finish().flow
    flow.app_protocol = app_protocol
    return flow


def voice(seconds: int = 60, up: int = 120, down: int = 125) -> Iterator[Packet]:
    """Opus in SRTP: a packet of 20 ms of sound every 20 ms, with the jitter of a home line."""
    rng = Random(1)
    for number in range(seconds * 50):
        yield number * 20 + rng.uniform(0, 3), True, up + rng.randrange(20)
        yield number * 20 + 9 + rng.uniform(0, 5), False, down + rng.randrange(20)


def video_call(seconds: int = 30) -> Iterator[Packet]:
    """Voice, and both ways a picture of some full packets every 40 ms."""
    yield from voice(seconds)
    rng = Random(2)
    for number in range(seconds * 25):
        for is_up in (True, False):
            for piece in range(3):
                yield number * 40 + piece * 1.5 + rng.uniform(0, 4), is_up, 1100 + rng.randrange(100)


def game(seconds: int = 60, tick_ms: float = 1000 / 60) -> Iterator[Packet]:
    """A shooter at 60 ticks a second: input up, the state of the world down."""
    rng = Random(3)
    for number in range(int(seconds * 1000 / tick_ms)):
        yield number * tick_ms + rng.uniform(0, 2), True, 70 + rng.randrange(30)
        yield number * tick_ms + 8 + rng.uniform(0, 4), False, 160 + rng.randrange(160)


def pieces(seconds: int, each_ms: float, size: int, line_mbps: float = 50) -> Iterator[Packet]:
    """A player: every ``each_ms`` a piece at the speed of the line, then nothing."""
    packet_ms = FULL * 8 / line_mbps / 1000
    for number in range(int(seconds * 1000 / each_ms)):
        at_ms = number * each_ms
        yield at_ms, True, 500
        for packet in range(size // FULL):
            at_ms += packet_ms
            yield at_ms, False, FULL
            if packet % 2:
                yield at_ms + 0.05, True, 52


def even(seconds: float, bits_per_s: float, *, is_up: bool = False) -> Iterator[Packet]:
    """A file as fast as a line gives it, or a radio station: no pauses."""
    each_ms = FULL * 8 / bits_per_s * 1000
    for number in range(int(seconds * 1000 / each_ms)):
        yield number * each_ms, is_up, FULL
        if number % 2:
            yield number * each_ms + 0.05, not is_up, 52


def player(seconds: int, each_ms: float, size: int, line_mbps: float = 50, ahead: int = 8) -> Iterator[Packet]:
    """A player as they are: ``ahead`` pieces at once to fill its buffer, then one each ``each_ms``, of varying size."""
    rng = Random(6)
    packet_ms = FULL * 8 / line_mbps / 1000
    at_ms = 0.0
    for number in range(int(seconds * 1000 / each_ms)):
        at_ms = max(at_ms, (number - ahead) * each_ms)
        yield at_ms, True, 700
        for packet in range(int(size * rng.uniform(0.6, 1.5)) // FULL):
            at_ms += packet_ms
            yield at_ms, False, FULL
            if packet % 2:
                yield at_ms + 0.05, True, 52


def visits(pages: int, resources: int, mean_bytes: int, reading_s: float, line_mbps: float = 50) -> Iterator[Packet]:
    """Somebody reads: each page asks for all its resources at once over one connection, then nothing for a while."""
    rng = Random(7)
    packet_ms = FULL * 8 / line_mbps / 1000
    at_ms = 0.0
    for _ in range(pages):
        for resource in range(resources):
            yield at_ms + resource, True, 250
        for packet in range(int(resources * mean_bytes * rng.uniform(0.5, 1.5)) // FULL):
            at_ms += packet_ms
            yield at_ms + resources, False, FULL
            if packet % 2:
                yield at_ms + resources + 0.05, True, 52
        at_ms += rng.uniform(0.3, 1.7) * reading_s * 1000


def stalling(seconds: int, bits_per_s: float) -> Iterator[Packet]:
    """A file over a bad radio link: now and then two seconds of nothing."""
    each_ms = FULL * 8 / bits_per_s * 1000
    at_ms, number = 0.0, 0
    yield at_ms, True, 400
    while at_ms < seconds * 1000:
        yield at_ms, False, FULL
        if number % 2:
            yield at_ms + 0.05, True, 52
        number += 1
        at_ms += each_ms if number % 4000 else 2_000


def typing(seconds: int = 120) -> Iterator[Packet]:
    """SSH: a key, its echo, the acknowledgement; now and then the output of a command."""
    rng = Random(4)
    at_ms = 0.0
    while at_ms < seconds * 1000:
        yield at_ms, True, 88
        yield at_ms + 15, False, 88
        yield at_ms + 15.2, True, 52
        if rng.random() < 0.1:
            for packet in range(rng.randrange(1, 12)):
                yield at_ms + 20 + packet, False, rng.choice((200, 700, FULL))
                yield at_ms + 20.1 + packet, True, 52
            at_ms += rng.uniform(1000, 6000)
        at_ms += rng.uniform(90, 400)


def keep_alive(seconds: int, each_s: int, size: int = 90) -> Iterator[Packet]:
    for at_s in range(0, seconds, each_s):
        yield at_s * 1000, True, size
        yield at_s * 1000 + 30, False, 52


def page(down: int) -> Iterator[Packet]:
    """A TLS handshake and one answer."""
    yield from [(0, True, 52), (20, False, 52), (21, True, 600), (45, False, 1500), (46, False, 1500), (47, False, 900)]
    yield from [(48, True, 52), (49, True, 130), (70, True, 400)]
    for number in range(down // FULL):
        yield 100 + number * 0.4, False, FULL
        if number % 2:
            yield 100.1 + number * 0.4, True, 52


def screen_of_another(seconds: int = 60) -> Iterator[Packet]:
    """A remote desktop: pictures down in bursts, pointer and keys up."""
    rng = Random(5)
    for at_ms in range(0, seconds * 1000, 200):
        for _ in range(rng.randrange(3)):
            yield at_ms + rng.uniform(0, 190), True, 90
        if rng.random() < 0.6:
            for packet in range(rng.randrange(2, 15)):
                yield at_ms + 40 + packet * 0.4, False, FULL
                if packet % 2:
                    yield at_ms + 40.1 + packet * 0.4, True, 52
