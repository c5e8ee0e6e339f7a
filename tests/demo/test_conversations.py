"""Exchanges hold what a monitor should find in them, and say when they end."""

from __future__ import annotations

import dpkt
import pytest
from cryptography import x509

from netscope.demo import conversations, hello
from netscope.demo.cast import ANNA_IPHONE, DESKTOP, LAPTOP, NAS, PIXEL, PLUG, ROKU, SERVERS, TELEVISION
from netscope.demo.household import Household
from netscope.demo.wire import SECOND, Frame, Timed
from netscope.engine.parse.dns import parse_message
from netscope.engine.parse.tls import parse_certificate_chain, parse_client_hello

START_NS = 1_767_290_400 * SECOND


@pytest.fixture
def home() -> Household:
    return Household(1, START_NS)


def played(exchange: Timed) -> tuple[list[Frame], int]:
    frames: list[Frame] = []
    ends_ns = yield_all(exchange, frames)
    times = [timestamp_ns for timestamp_ns, _ in frames]
    assert times == sorted(times)
    assert ends_ns >= times[-1]
    return frames, ends_ns


def yield_all(exchange: Timed, into: list[Frame]) -> int:
    while True:
        try:
            into.append(next(exchange))
        except StopIteration as ended:
            return int(ended.value)


def streams(frames: list[Frame], server_port: int) -> tuple[bytes, bytes]:
    """TCP payload up and down; the demo's retransmissions repeat the segment before them."""
    up, down, seen = b"", b"", set()
    for _, frame in frames:
        segment = dpkt.ethernet.Ethernet(frame).data.data
        if isinstance(segment, dpkt.tcp.TCP) and segment.data and (segment.sport, segment.seq) not in seen:
            seen.add((segment.sport, segment.seq))
            if segment.dport == server_port:
                up += segment.data
            else:
                down += segment.data
    return up, down


def test_a_lookup_asks_each_type_and_hears_each_answer(home: Household) -> None:
    frames, _ = played(
        conversations.lookup(home, ANNA_IPHONE, "graph.facebook.com", START_NS, types=("A", "AAAA", "HTTPS"))
    )
    messages = [parse_message(dpkt.ethernet.Ethernet(frame).data.data.data) for _, frame in frames]
    asked = {message.transaction_id: message.questions[0].type for message in messages if not message.is_response}
    answered = {message.transaction_id: message.questions[0].type for message in messages if message.is_response}
    assert asked == answered
    assert sorted(asked.values()) == ["A", "AAAA", "HTTPS"]


def test_a_name_nobody_has_does_not_exist(home: Household) -> None:
    frames, _ = played(conversations.lookup(home, DESKTOP, "xk3q9v.example-cdn.net", START_NS))
    assert parse_message(dpkt.ethernet.Ethernet(frames[-1][1]).data.data.data).rcode == "NXDOMAIN"


def test_only_systems_that_ask_for_service_parameters_do() -> None:
    google = SERVERS["www.google.com"]
    kinds = [conversations.lookup_types(device, google) for device in (ROKU, PIXEL, DESKTOP)]
    assert kinds == [("A",), ("A", "AAAA"), ("A", "AAAA", "HTTPS")]


def test_a_fetch_opens_with_the_devices_hello_and_carries_the_bytes(home: Household) -> None:
    exchange = conversations.fetch(
        home, LAPTOP, "api.github.com", START_NS, down_bytes=50_000, up_bytes=700, requests=2
    )
    up, down = streams(played(exchange)[0], 443)
    assert up[:3] == b"\x16\x03\x01"
    parsed = parse_client_hello(up[9 : 5 + int.from_bytes(up[3:5])])
    assert (parsed.sni, len(parsed.cipher_suites)) == ("api.github.com", 17)
    assert 1_400 < len(up) < 3_000
    assert 100_000 < len(down) < 110_000


def test_tls_12_shows_its_certificates(home: Household) -> None:
    _, down = streams(played(conversations.fetch(home, TELEVISION, "config.samsungads.com", START_NS))[0], 443)
    server_hello_end = 9 + int.from_bytes(down[6:9])
    message = down[server_hello_end:]
    assert message[0] == 11
    chain = parse_certificate_chain(message[4 : 4 + int.from_bytes(message[1:4])])
    assert "config.samsungads.com" in x509.load_der_x509_certificate(chain[0]).subject.rfc4514_string()


def test_quic_opens_with_padded_initials_and_streams(home: Household) -> None:
    exchange = conversations.stream_quic(
        home,
        PIXEL,
        "www.youtube.com",
        START_NS,
        down_bytes=(50_000, 50_000),
        pause_ns=SECOND,
        profile=hello.QUIC_CHROME,
    )
    frames, ends_ns = played(exchange)
    datagrams = [dpkt.ethernet.Ethernet(frame).data.data for _, frame in frames]
    up = [datagram.data for datagram in datagrams if datagram.dport == 443]
    assert [len(payload) for payload in up[:2]] == [1250, 1250]
    assert sum(len(datagram.data) for datagram in datagrams if datagram.sport == 443) > 100_000
    assert ends_ns - START_NS > 2 * SECOND


def test_http_is_in_clear(home: Household) -> None:
    exchange = conversations.http_get(
        home, PIXEL, "connectivitycheck.gstatic.com", "/generate_204", START_NS, body_bytes=5
    )
    up, down = streams(played(exchange)[0], 80)
    request, response = dpkt.http.Request(up), dpkt.http.Response(down)
    assert (request.method, request.uri, request.headers["host"]) == (
        "GET", "/generate_204", "connectivitycheck.gstatic.com",
    )  # fmt: skip
    assert request.headers["user-agent"] == PIXEL.user_agent
    assert (response.status, len(response.body)) == ("200", 5)


def test_local_http_reaches_the_device(home: Household) -> None:
    up, down = streams(played(conversations.local_http(home, DESKTOP, NAS, 5000, "/", b"<x/>", START_NS))[0], 5000)
    assert up.startswith(b"GET / HTTP/1.1\r\nHost: 192.168.1.5:5000\r\n")
    assert down.endswith(b"<x/>")


def test_ssh_shows_both_versions(home: Household) -> None:
    connection = conversations.connect_local(home, LAPTOP, NAS, 22, START_NS)
    exchange = conversations.ssh(home, LAPTOP, connection, keystrokes=3, banner="SSH-2.0-OpenSSH_9.2p1")
    up, down = streams(played(exchange)[0], 22)
    assert up.startswith(b"SSH-2.0-OpenSSH_9.8\r\n")
    assert down.startswith(b"SSH-2.0-OpenSSH_9.2p1\r\n")


def test_mqtt_connects_and_publishes(home: Household) -> None:
    exchange = conversations.mqtt(home, PLUG, "m1.tuyaeu.com", START_NS, client_id="plug", every_ns=SECOND, count=4)
    up, down = streams(played(exchange)[0], 1883)
    assert up.startswith(b"\x10")
    assert up.count(b"smart/device/plug/state") == 4
    assert down == b"\x20\x02\0\0"


def test_ntp_is_asked_and_answered(home: Household) -> None:
    frames, _ = played(conversations.ntp(home, PLUG, "pool.ntp.org", START_NS))
    modes = [dpkt.ntp.NTP(dpkt.ethernet.Ethernet(frame).data.data.data).mode for _, frame in frames[-2:]]
    assert modes == [3, 4]


def test_smb_negotiates_in_clear_and_seals_the_rest(home: Household) -> None:
    exchange = conversations.smb(home, DESKTOP, NAS, START_NS, bursts=(9_000,), pause_ns=SECOND)
    up, down = streams(played(exchange)[0], 445)
    assert up[4:8] == down[4:8] == b"\xfeSMB"
    second = 4 + int.from_bytes(up[:4])
    assert up[second + 4 : second + 8] == b"\xfdSMB"
    assert second + 4 + int.from_bytes(up[second : second + 4]) == len(up)


def test_a_far_address_comes_by_the_router() -> None:
    end = conversations.far_end("198.51.100.9")
    assert (end.mac.hex(":"), end.address) == ("3c:a6:2f:10:00:01", bytes([198, 51, 100, 9]))
