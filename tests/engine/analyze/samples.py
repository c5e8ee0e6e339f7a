"""Model objects with what a detector looks at, so that each test states only what matters to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from netscope.engine.analyze.neighbours import Neighbours, is_group, is_private
from netscope.model.dns import DnsRecord
from netscope.model.flow import Flow
from netscope.model.records import (
    AddressClaim,
    Alert,
    Certificate,
    Device,
    DeviceSeen,
    DhcpExchange,
    DnsQuery,
    HttpRequest,
    TlsHandshake,
)

SECOND = 1_000_000_000
START = 1_767_290_400 * SECOND
LAPTOP, ROUTER, CAMERA = "a4:83:e7:10:9c:2f", "3c:a6:2f:10:00:01", "ec:71:db:90:3e:11"
_ids = count(1)


def at(seconds: float) -> int:
    return START + int(seconds * SECOND)


def network(*devices: Device) -> Neighbours:
    """With a laptop (id 1, 192.168.1.61) and a router (id 2, 192.168.1.1)."""
    laptop = Device(1, LAPTOP, START, START, name="laptop", addresses={"192.168.1.61": (START, START)})
    router = Device(2, ROUTER, START, START, is_gateway=True, addresses={"192.168.1.1": (START, START)})
    return Neighbours((laptop, router, *devices))


def flow(
    *,
    client: str = "192.168.1.61",
    server: str = "198.51.100.7",
    port: int = 443,
    protocol: str = "tcp",
    seconds: float = 0,
    lasts_s: float = 1,
    state: str | None = "SF",
    history: str | None = "ShADadFf",
    packets: tuple[int, int] = (5, 5),
    size: tuple[int, int] = (900, 4000),
    device_id: int | None = 1,
    **more: Any,
) -> Flow:
    made = Flow(
        next(_ids), client, 50_000, server, port, protocol, None, None, None, at(seconds), at(seconds + lasts_s),
    )  # fmt: skip
    made.packets_up, made.packets_down = packets
    made.bytes_up, made.bytes_down = size
    made.device_id = device_id
    made.goes_out = is_private(client) and not is_private(server) and not is_group(server)
    for name, value in more.items():
        setattr(made, name, value)
    if protocol == "tcp":
        made.tcp_state, made.tcp_history = state, history
    return made


def refused(port: int, *, server: str = "192.168.1.5", seconds: float = 0, **more: Any) -> Flow:
    return flow(
        server=server, port=port, seconds=seconds, state="REJ", history="Sr", packets=(1, 1), size=(60, 40), **more
    )


def unanswered(port: int, *, server: str, seconds: float = 0, protocol: str = "tcp", **more: Any) -> Flow:
    return flow(
        server=server, port=port, seconds=seconds, protocol=protocol, state="S0", history="S", packets=(1, 0),
        size=(60, 0), **more,
    )  # fmt: skip


def claim(
    mac: str, ip: str, seconds: float, *, reply: bool = True, target: str | None = None, **more: Any
) -> AddressClaim:
    made = AddressClaim(at(seconds), mac, ip, more.pop("source", "arp"), False, more.pop("override", True),
                        more.pop("vlan", None), reply)  # fmt: skip
    made.target_ip = target
    for name, value in more.items():
        setattr(made, name, value)
    return made


def query(
    name: str,
    seconds: float = 0,
    *,
    rcode: str | None = None,
    answers: Iterable[str] = (),
    ttl: int = 60,
    kind: str = "A",
    client: str = "192.168.1.61",
    server: str = "192.168.1.1",
) -> DnsQuery:
    records = tuple(DnsRecord(name, kind, 1, ttl, answer, False) for answer in answers)
    made = DnsQuery(None, client, server, "udp", at(seconds), 7, name, kind, rcode, records)
    if rcode is not None:
        made.response_time_us = 900
    return made


def hello(seconds: float = 0, *, of: Flow | None = None, sni: str | None = "example.org", **more: Any) -> TlsHandshake:
    made = TlsHandshake(of or flow(), at(seconds), "tcp", sni, False, "TLSv1.3", ("h2",), None, None, None)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def certificate(*, of: Flow | None = None, days: tuple[float, float] = (-30, 60), **more: Any) -> Certificate:
    made = Certificate(
        "ab" * 32, "CN=example.org", "CN=Demo Authority", ("example.org",), "01", at(days[0] * 86_400),
        at(days[1] * 86_400), "rsa", 2048, "sha256WithRSAEncryption", False, of or flow(), 0, at(0),
    )  # fmt: skip
    for name, value in more.items():
        setattr(made, name, value)
    return made


def request(
    uri: str, seconds: float = 0, *, status: int | None = 200, method: str = "GET", host: str | None = "example.org",
    of: Flow | None = None, **more: Any,
) -> HttpRequest:  # fmt: skip
    made = HttpRequest(of or flow(port=80), at(seconds), method, host, uri, more.pop("user_agent", "test/1.0"))
    made.status = status
    for name, value in more.items():
        setattr(made, name, value)
    return made


def dhcp(kind: str, seconds: float = 0, *, from_client: bool = True, mac: str = LAPTOP, **more: Any) -> DhcpExchange:
    made = DhcpExchange(at(seconds), mac, kind, None, None, more.pop("server_ip", None), None, None, (), from_client)
    made.sender_mac = mac if from_client else ROUTER
    for name, value in more.items():
        setattr(made, name, value)
    return made


def seen(device: Device, seconds: float, *, is_new: bool = True) -> DeviceSeen:
    return DeviceSeen(device, at(seconds), is_new, None)


def device(number: int, mac: str, **more: Any) -> Device:
    return Device(number, mac, START, START, **more)


def severities(alerts: Sequence[Alert]) -> list[str]:
    return [alert.severity for alert in alerts]


class Past:
    """A ``History`` in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Any] = {}

    def baseline(self, detector: str, key: str) -> Any:
        return self.kept.get((detector, key))

    def baselines(self, detector: str) -> dict[str, Any]:
        return {key: value for (of, key), value in self.kept.items() if of == detector}

    def set_baseline(self, detector: str, key: str, value: Any) -> None:
        self.kept[detector, key] = value
