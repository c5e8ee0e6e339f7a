from __future__ import annotations

from netscope.demo.wire import SECOND, End, Frame, ip_bytes, multicast, udp
from netscope.engine.correlate.correlator import Correlator
from netscope.engine.parse.meter import Meter
from netscope.model.flow import Flow
from netscope.model.records import DeviceSeen, DnsQuery, TlsHandshake
from tests.engine.parse import naming_samples as samples
from tests.engine.small_network import (
    LAPTOP,
    PHONE,
    ROUTER,
    ROUTER_MAC,
    SERVER,
    START_NS,
    arp_reply,
    conversation,
    lookup,
    tls_hello,
)


class Watched:
    """A correlator behind a meter, and everything that comes out."""

    def __init__(self) -> None:
        self.records: list[object] = []
        self.slugs: list[str] = []
        self.opened: list[Flow] = []
        self.closed: list[Flow] = []
        self.correlator = Correlator(
            self.records.append, self.slugs.append, lambda now_ns: None, self.opened.append, self.closed.append
        )
        self.meter = Meter(self.correlator)

    def play(self, *parts: list[Frame]) -> Watched:
        for frames in parts:
            for at_ns, frame in frames:
                self.meter.add_frame(at_ns, frame, len(frame), 1, 0)
        return self

    def finish(self) -> Watched:
        self.meter.collect()
        self.meter.finish()
        return self

    def flow(self, port: int) -> Flow:
        (flow,) = [flow for flow in self.closed if flow.server_port == port]
        return flow


def web(client_port: int = 50000, name: str = "www.example.org") -> list[Frame]:
    return conversation(PHONE, SERVER, 443, tls_hello(name), b"", START_NS + SECOND, client_port=client_port)


def test_a_flow_is_named_by_dns_before_its_own_word() -> None:
    watched = Watched().play(lookup(PHONE, "www.example.org", "93.184.216.34", START_NS))
    watched.play(conversation(PHONE, SERVER, 8443, b"\x9f\x11\x22\x33", b"\x00\x01", START_NS + SECOND)).finish()
    flow = watched.flow(8443)
    assert (flow.server_name, flow.name_source) == ("www.example.org", "dns")


def test_the_hello_beats_dns() -> None:
    watched = Watched().play(lookup(PHONE, "alias.example.org", "93.184.216.34", START_NS), web()).finish()
    flow = watched.flow(443)
    assert (flow.server_name, flow.name_source) == ("www.example.org", "sni")


def test_another_clients_answer_names_nothing() -> None:
    watched = Watched().play(lookup(LAPTOP, "www.example.org", "93.184.216.34", START_NS))
    watched.play(conversation(PHONE, SERVER, 8443, b"\x9f\x11\x22\x33", b"\x00\x01", START_NS + SECOND)).finish()
    flow = watched.flow(8443)
    assert flow.server_name is None
    assert flow.name_missing_reason == "address_only"


def test_a_connection_older_than_the_capture_says_so() -> None:
    frames = conversation(PHONE, SERVER, 8443, b"\x9f\x11\x22\x33", b"\x00\x01", START_NS)
    flow = Watched().play(frames[3:]).finish().flow(8443)
    assert flow.name_missing_reason == "started_before_capture"


def test_flows_belong_to_the_local_device_and_the_router_is_the_gateway() -> None:
    watched = Watched().play(lookup(PHONE, "www.example.org", "93.184.216.34", START_NS), web()).finish()
    phone = watched.correlator.devices.of_mac("a4:83:e7:00:00:31")
    router = watched.correlator.devices.of_mac("2c:91:ab:00:00:01")
    assert phone is not None
    assert list(phone.addresses) == ["192.168.1.31"]
    assert watched.flow(443).device_id == phone.id
    assert watched.correlator.devices.gateway_macs == {"2c:91:ab:00:00:01"}
    assert router is None or router.is_gateway


def test_a_query_carries_its_device() -> None:
    watched = Watched().play([arp_reply(PHONE.mac, "192.168.1.31", START_NS)])
    watched.play(lookup(PHONE, "www.example.org", "93.184.216.34", START_NS + SECOND))
    queries = [record for record in watched.records if isinstance(record, DnsQuery)]
    phone = watched.correlator.devices.of_mac("a4:83:e7:00:00:31")
    assert phone is not None
    assert {query.device_id for query in queries} == {phone.id}


def test_a_local_server_is_met_when_it_answers() -> None:
    frames = conversation(PHONE, LAPTOP, 8443, b"\x9f\x11\x22\x33", b"\x00\x01", START_NS)
    watched = Watched().play(frames)
    for flow in watched.meter.collect():
        watched.correlator.answered(flow)
    watched.finish()
    laptop = watched.correlator.devices.of_mac("3c:22:fb:00:00:61")
    assert laptop is not None
    assert watched.flow(8443).server_device_id == laptop.id


def test_a_port_names_a_protocol_only_as_a_guess() -> None:
    flow = Watched().play(conversation(PHONE, SERVER, 8883, b"\x9f\x11\x22\x33", b"\x00", START_NS)).finish().flow(8883)
    assert (flow.app_protocol, flow.app_protocol_source) == ("mqtts", "port")


def test_a_group_is_no_gateway() -> None:
    group = multicast("239.255.255.250")
    watched = Watched().play([(START_NS, udp(PHONE, 50000, group, 1900, b"M-SEARCH * HTTP/1.1\r\n\r\n"))]).finish()
    assert watched.correlator.devices.gateway_macs == set()


def test_the_mac_in_a_duid_is_no_device_unless_it_was_heard_itself() -> None:
    phone6 = End(PHONE.mac, ip_bytes("fe80::31"))
    frame = udp(phone6, 546, multicast("ff02::1:2"), 547, samples.DHCPV6_SOLICIT)
    watched = Watched().play([(START_NS, frame)]).finish()
    assert [device.mac for device in watched.correlator.devices.by_id.values()] == ["a4:83:e7:00:00:31"]


def test_every_flow_is_opened_and_closed_once() -> None:
    watched = Watched().play(lookup(PHONE, "a.example", "93.184.216.34", START_NS), web(50001), web(50002)).finish()
    assert len(watched.opened) == len(watched.closed) == len({id(flow) for flow in watched.closed}) == 3
    assert next(record.sni for record in watched.records if isinstance(record, TlsHandshake)) == "www.example.org"


def test_devices_are_told_of_in_the_order_met() -> None:
    watched = Watched().play([arp_reply(ROUTER_MAC, "192.168.1.1", START_NS)], web()).finish()
    new = [record.device.mac for record in watched.records if isinstance(record, DeviceSeen) and record.is_new]
    assert new == ["2c:91:ab:00:00:01", "a4:83:e7:00:00:31"]
    assert ROUTER.mac == ROUTER_MAC


def test_a_devices_global_ipv6_address_is_its_own_without_a_router_advertisement() -> None:
    phone6 = End(PHONE.mac, ip_bytes("2001:db8:1::31"))
    server6 = End(ROUTER_MAC, ip_bytes("2606:2800:220:1::1"), 55)
    watched = Watched().play(lookup(PHONE, "www.example.org", "93.184.216.34", START_NS))
    watched.play(conversation(phone6, server6, 8443, b"\x9f\x11\x22\x33", b"\x00", START_NS + SECOND)).finish()
    phone = watched.correlator.devices.of_mac("a4:83:e7:00:00:31")
    assert phone is not None
    assert not phone.is_gateway
    assert set(phone.addresses) == {"192.168.1.31", "2001:db8:1::31"}
    assert watched.flow(8443).device_id == phone.id


def test_who_calls_in_from_outside_comes_through_the_router() -> None:
    watched = Watched().play([arp_reply(PHONE.mac, "192.168.1.31", START_NS)])
    watched.play(conversation(SERVER, PHONE, 22, b"SSH-2.0-x\r\n", b"SSH-2.0-y\r\n", START_NS + SECOND)).finish()
    assert watched.correlator.devices.gateway_macs == {"2c:91:ab:00:00:01"}
    phone = watched.correlator.devices.of_mac("a4:83:e7:00:00:31")
    assert phone is not None
    assert watched.flow(22).device_id == phone.id
