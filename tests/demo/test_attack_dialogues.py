"""Attacks in what is said: their frames are whole and differ from the twin's in what they are about."""

from __future__ import annotations

import dpkt

from netscope.demo.attack_dialogues import answers_for, asks_router, heartbeat, reflected
from netscope.demo.household import Household
from netscope.demo.synthesis import DEFAULT_START_NS


def packets(play) -> list[dpkt.ip.IP]:
    home = Household(7, DEFAULT_START_NS)
    return [dpkt.ethernet.Ethernet(frame).data for _, frame in play(home, DEFAULT_START_NS)]


def test_answers_alone_are_half_of_a_talk() -> None:
    alone, asked = packets(reflected(asks=False)), packets(reflected(asks=True))
    assert len(asked) == 2 * len(alone) == 2_000
    assert {packet.data.sport for packet in alone} == {53}
    assert len({packet.src for packet in alone}) == 40


def test_each_name_is_asked_and_answered_twice() -> None:
    said = [dpkt.dns.DNS(bytes(packet.data.data)) for packet in packets(answers_for(("a", "b")))]
    assert [(message.qd[0].name, message.qr) for message in said[:4]] == [("a", 0), ("a", 1), ("b", 0), ("b", 1)]
    assert len(said) == 8


def test_a_heartbeat_says_how_long_it_is() -> None:
    payloads = [bytes(packet.data.data) for packet in packets(heartbeat(500, 3, 40))]
    (request, answer) = [payload for payload in payloads if payload[:1] == b"\x18"]
    assert request[5:] == b"\x01\x01\xf4\0\0\0"
    assert len(answer) == 5 + 3 + 40


def test_a_request_to_the_router_has_the_length_it_says() -> None:
    payloads = [bytes(packet.data.data) for packet in packets(asks_router("Action", ("Field", "5")))]
    request = dpkt.http.Request(next(payload for payload in payloads if payload.startswith(b"POST")))
    assert int(request.headers["content-length"]) == len(request.body)
    assert b"<Field>5</Field>" in request.body
