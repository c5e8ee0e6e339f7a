"""The scapy-made messages, read by dpkt and by NetScope's DNS parser."""

from __future__ import annotations

import dpkt
import pytest

from netscope.demo import messages
from netscope.demo.cast import DESKTOP, NAS, PRINTER, ROUTER, SERVERS
from netscope.demo.wire import mac_bytes
from netscope.engine.parse.dns import parse_message


def test_arp_request_is_broadcast_and_reply_is_not() -> None:
    asker, owner = (mac_bytes(NAS.mac), NAS.address), (mac_bytes(ROUTER.mac), ROUTER.address)
    request = dpkt.ethernet.Ethernet(messages.arp(1, asker, (b"\0" * 6, ROUTER.address)))
    reply = dpkt.ethernet.Ethernet(messages.arp(2, owner, asker))
    assert (request.dst, request.data.op, request.data.tpa) == (b"\xff" * 6, 1, bytes([192, 168, 1, 1]))
    assert (reply.dst, reply.data.op, reply.data.sha) == (mac_bytes(NAS.mac), 2, mac_bytes(ROUTER.mac))


def test_dhcp_says_who_asks_for_what() -> None:
    request = dpkt.dhcp.DHCP(messages.dhcp(DESKTOP, "request", 7, from_client=True))
    options = dict(request.opts)
    assert options[dpkt.dhcp.DHCP_OPT_HOSTNAME] == b"DESKTOP-7"
    assert options[dpkt.dhcp.DHCP_OPT_VENDOR_ID] == b"MSFT 5.0"
    assert tuple(options[dpkt.dhcp.DHCP_OPT_PARAM_REQ]) == DESKTOP.dhcp_options
    ack = dpkt.dhcp.DHCP(messages.dhcp(DESKTOP, "ack", 7, from_client=False))
    assert (ack.xid, ack.yiaddr) == (7, int.from_bytes(bytes([192, 168, 1, 12])))


def test_an_answer_follows_the_aliases_to_the_address() -> None:
    server = SERVERS["www.netflix.com"]
    message = parse_message(messages.dns_answer(0x1234, server))
    assert message.transaction_id == 0x1234
    assert [record.type for record in message.answers] == ["CNAME", "CNAME", "A"]
    assert message.answers[-1].data == server.address
    assert message.answers[1].name == message.answers[0].data


def test_answers_for_other_types() -> None:
    server = SERVERS["graph.facebook.com"]
    assert parse_message(messages.dns_answer(1, server, "AAAA")).answers[-1].data == "2a03:2880:f11c:8183:face:b00c:0:2"
    assert parse_message(messages.dns_answer(1, server, "HTTPS")).answers[-1].data.startswith('1 . alpn="h3,h2"')
    assert parse_message(messages.dns_answer(1, SERVERS["logs.roku.com"], "AAAA")).answers == ()
    assert parse_message(messages.dns_nxdomain(1, "no.such.example")).rcode == "NXDOMAIN"
    assert parse_message(messages.dns_text(1, "t.example", "TXT", b"data")).answers[0].data == '"data"'


def test_an_announcement_names_service_host_and_model() -> None:
    body = messages.mdns_announcement(
        "Office Printer", "HP1", PRINTER.address, [("_ipp._tcp", 631, ["rp=ipp/print"])], model="J7K40A"
    )
    message = parse_message(body)
    records = {record.type: record for record in message.additionals}
    assert message.answers[0].data == "Office\\032Printer._ipp._tcp.local"
    assert records["SRV"].data == "0 0 631 HP1.local"
    assert (records["A"].name, records["A"].data, records["A"].cache_flush) == ("HP1.local", PRINTER.address, True)
    assert any(record.data == '"model=J7K40A"' for record in message.additionals)


def test_mdns_questions_may_ask_for_a_unicast_answer() -> None:
    (question,) = parse_message(messages.mdns_query([("_ipp._tcp.local", "PTR")], unicast=True)).questions
    assert (question.name, question.type, question.unicast_response) == ("_ipp._tcp.local", "PTR", True)


def test_router_advertisement_is_icmpv6_134_to_all_nodes() -> None:
    frame = dpkt.ethernet.Ethernet(messages.router_advertisement())
    assert (frame.dst.hex(":"), frame.data.hlim, frame.data.data.type) == ("33:33:00:00:00:01", 255, 134)


def test_ntp_answers_in_the_other_mode() -> None:
    ask, answer = (dpkt.ntp.NTP(messages.ntp(mode, 1_700_000_000_500_000_000)) for mode in (3, 4))
    assert (ask.mode, answer.mode, answer.stratum) == (3, 4, 3)
    assert answer.transmit_time == (1_700_000_000 + 2_208_988_800).to_bytes(4) + b"\x80\0\0\0"


def test_mqtt_connect_carries_the_client_id() -> None:
    body = messages.mqtt_connect("plug-1", "device")
    assert body[0] == 0x10
    assert body[1] == len(body) - 2
    assert b"\x00\x04MQTT\x04" in body
    assert body.endswith(b"\x00\x06plug-1\x00\x06device")


@pytest.mark.parametrize("name", ["WORKGROUP", "A"])
def test_netbios_names_are_encoded_to_32_letters(name: str) -> None:
    body = messages.nbns_query(1, name)
    encoded = body[13:45]
    decoded = bytes((high - 65) << 4 | low - 65 for high, low in zip(encoded[::2], encoded[1::2], strict=True))
    assert (body[12], decoded[:15].decode().rstrip()) == (32, name)
