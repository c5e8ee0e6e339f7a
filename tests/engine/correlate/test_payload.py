from __future__ import annotations

from random import Random

import pytest

from netscope.engine.correlate.payload import MAX_HELD_BYTES, MAX_UNKNOWN_DATAGRAMS, Payloads
from netscope.engine.correlate.session import DONE, WANT
from netscope.model.flow import DOWN, UP, Flow
from netscope.model.records import HttpRequest, TlsHandshake
from tests.engine.small_network import dns_question, tls_hello


def a_flow(server_port: int = 4433, protocol: str = "tcp") -> Flow:
    return Flow(1, "192.168.1.31", 50000, "93.184.216.34", server_port, protocol, None, None, None, 1)


class Heard:
    def __init__(self) -> None:
        self.records: list[object] = []
        self.slugs: list[str] = []
        self.payloads = Payloads(self.records.append, self.slugs.append)

    def names(self) -> list[str | None]:
        return [record.sni for record in self.records if isinstance(record, TlsHandshake)]


def test_tls_is_known_by_content_on_any_port() -> None:
    heard, flow = Heard(), a_flow(4433)
    heard.payloads.stream(flow, UP, tls_hello("www.example.org"), 1)
    assert heard.names() == ["www.example.org"]
    assert (flow.app_protocol, flow.app_protocol_source, flow.server_name) == ("tls", "content", "www.example.org")


@pytest.mark.parametrize("seed", range(10))
def test_a_hello_in_pieces_is_held_until_it_is_known(seed: int) -> None:
    heard, flow, hello, rng = Heard(), a_flow(), tls_hello("www.example.org"), Random(seed)
    at = 0
    while at < len(hello):
        size = rng.choice([1, 2, 5, 60, 400])
        heard.payloads.stream(flow, UP, hello[at : at + size], at)
        at += size
    assert heard.names() == ["www.example.org"]


def test_a_server_that_speaks_first_is_heard() -> None:
    heard, flow = Heard(), a_flow(22)
    heard.payloads.stream(flow, DOWN, b"SSH-2.0-OpenSSH_9.6\r\n", 1)
    assert flow.app_protocol == "ssh"


def test_a_stream_nobody_knows_is_left_alone_after_its_bound() -> None:
    heard, flow = Heard(), a_flow()
    fed = 0
    while heard.payloads.stream(flow, UP, b"\x9f\xa1\x00\x13" * 256, fed) == WANT:
        fed += 1024
    assert fed <= MAX_HELD_BYTES
    assert flow.session is None


def test_datagrams_nobody_knows_are_left_alone_after_their_bound() -> None:
    heard, flow = Heard(), a_flow(40001, "udp")
    codes = [
        heard.payloads.datagram(flow, UP, b"\x9f\xa1\xfe\x13\x00\x01\x02\x03", n) for n in range(MAX_UNKNOWN_DATAGRAMS)
    ]
    assert codes == [WANT] * (MAX_UNKNOWN_DATAGRAMS - 1) + [DONE]


def test_dns_over_udp_is_read_message_by_message() -> None:
    heard, flow = Heard(), a_flow(53, "udp")
    for number in range(3):
        assert heard.payloads.datagram(flow, UP, dns_question(number, f"n{number}.example"), number) == WANT
    assert [record.query_name for record in heard.records] == ["n0.example", "n1.example", "n2.example"]  # type: ignore[attr-defined]


def test_tls_inside_a_connect_tunnel_is_found() -> None:
    heard, flow = Heard(), a_flow(3128)
    heard.payloads.stream(flow, UP, b"CONNECT www.example.org:443 HTTP/1.1\r\nHost: www.example.org:443\r\n\r\n", 1)
    heard.payloads.stream(flow, DOWN, b"HTTP/1.1 200 Connection established\r\n\r\n", 2)
    heard.payloads.stream(flow, UP, tls_hello("inner.example.org"), 3)
    assert heard.names() == ["inner.example.org"]
    assert next(record.method for record in heard.records if isinstance(record, HttpRequest)) == "CONNECT"


def test_starttls_turns_mail_into_tls() -> None:
    heard, flow = Heard(), a_flow(25)
    for direction, line in (
        (DOWN, b"220 mail.example.org ESMTP Postfix\r\n"),
        (UP, b"EHLO laptop\r\n"),
        (DOWN, b"250-mail.example.org\r\n250 STARTTLS\r\n"),
        (UP, b"STARTTLS\r\n"),
        (DOWN, b"220 2.0.0 Ready to start TLS\r\n"),
        (UP, tls_hello("mail.example.org")),
    ):
        heard.payloads.stream(flow, direction, line, 1)
    assert heard.names() == ["mail.example.org"]


def test_a_stream_cannot_change_for_ever() -> None:
    heard, flow = Heard(), a_flow(3128)
    for turn in range(12):
        heard.payloads.stream(flow, UP, b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", turn)
        heard.payloads.stream(flow, DOWN, b"HTTP/1.1 200 OK\r\n\r\n", turn)
    assert "stream_changes_too_many" in heard.slugs


def test_a_gap_before_recognition_starts_over_behind_it() -> None:
    heard, flow = Heard(), a_flow()
    heard.payloads.stream(flow, UP, tls_hello("lost.example.org")[:3], 1)
    heard.payloads.gap(flow, UP, 500, 2)
    heard.payloads.stream(flow, UP, tls_hello("www.example.org"), 3)
    assert heard.names() == ["www.example.org"]


def test_closing_a_flow_lets_its_session_go() -> None:
    heard, flow = Heard(), a_flow(80)
    heard.payloads.stream(flow, UP, b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", 1)
    heard.payloads.close(flow)
    assert flow.session is None
    assert next(record.host for record in heard.records if isinstance(record, HttpRequest)) == "example.org"
