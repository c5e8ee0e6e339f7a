from __future__ import annotations

import struct

from netscope.demo.wire import ip_bytes, mac_bytes
from netscope.engine.correlate.devices import DeviceTable
from netscope.engine.correlate.link import LinkMessages
from netscope.engine.correlate.networks import LocalNetworks
from netscope.engine.parse.meter import CONTROL_ARP, CONTROL_ICMP_ERROR, CONTROL_NDP
from netscope.model.records import AddressClaim, IcmpErrorSeen, RouterSeen

PHONE, ROUTER = "a4:83:e7:00:00:31", "2c:91:ab:00:00:01"


class Link:
    def __init__(self) -> None:
        self.records: list[object] = []
        self.slugs: list[str] = []
        self.networks = LocalNetworks()
        self.devices = DeviceTable(self.networks, self.records.append, self.slugs.append)
        self.control = LinkMessages(self.networks, self.devices, self.records.append, self.slugs.append).control

    def arp(self, operation: int, sender: str, ip: str, target_ip: str) -> None:
        body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation)
        body += mac_bytes(sender) + ip_bytes(ip) + bytes(6) + ip_bytes(target_ip)
        self.control(CONTROL_ARP, body, sender, "ff:ff:ff:ff:ff:ff", None, None, 0, None, 1)

    def ndp(self, body: bytes, mac: str, ip: str, hop_limit: int = 255) -> None:
        self.control(CONTROL_NDP, body, mac, "33:33:00:00:00:01", ip, "ff02::1", hop_limit, None, 1)

    def of(self, kind: type) -> list[object]:
        return [record for record in self.records if type(record) is kind]


def test_an_arp_reply_is_a_claim_and_makes_a_device() -> None:
    link = Link()
    link.arp(2, PHONE, "192.168.1.31", "192.168.1.1")
    (claim,) = link.of(AddressClaim)
    assert isinstance(claim, AddressClaim)
    assert (claim.mac, claim.ip, claim.is_reply, claim.gratuitous) == (PHONE, "192.168.1.31", True, False)
    device = link.devices.of_mac(PHONE)
    assert device is not None
    assert list(device.addresses) == ["192.168.1.31"]


def test_arp_makes_public_addresses_of_a_lan_local() -> None:
    link = Link()
    link.arp(1, PHONE, "128.2.6.136", "128.2.6.1")
    assert link.networks.is_local("128.2.6.136")


def test_a_probe_claims_no_address_for_its_device() -> None:
    link = Link()
    link.arp(1, PHONE, "0.0.0.0", "192.168.1.31")
    device = link.devices.of_mac(PHONE)
    assert device is not None
    assert device.addresses == {}


def router_advertisement(lifetime_s: int) -> bytes:
    prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 86400, 14400, 0) + ip_bytes("2001:db8:1::")
    link_layer = struct.pack("!BB", 1, 1) + mac_bytes(ROUTER)
    return struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, lifetime_s, 0, 0) + link_layer + prefix


def test_a_router_advertisement_teaches_prefix_and_gateway() -> None:
    link = Link()
    link.ndp(router_advertisement(1800), ROUTER, "fe80::1")
    (seen,) = link.of(RouterSeen)
    assert isinstance(seen, RouterSeen)
    assert (seen.source, seen.prefixes, seen.lifetime_s) == ("ra", ("2001:db8:1::/64",), 1800)
    assert link.networks.is_local("2001:db8:1::5")
    router = link.devices.of_mac(ROUTER)
    assert router is not None
    assert router.is_gateway


def test_a_router_that_says_goodbye_is_no_gateway() -> None:
    link = Link()
    link.ndp(router_advertisement(0), ROUTER, "fe80::1")
    router = link.devices.of_mac(ROUTER)
    assert router is not None
    assert not router.is_gateway


def test_a_neighbour_message_from_beyond_the_link_is_not_believed() -> None:
    link = Link()
    link.ndp(router_advertisement(1800), ROUTER, "fe80::1", hop_limit=64)
    assert link.of(RouterSeen) == []
    assert link.slugs == ["ndp_hop_limit"]


def test_an_unsolicited_neighbour_advertisement_is_a_gratuitous_claim() -> None:
    link = Link()
    body = (
        struct.pack("!BBHI", 136, 0, 0, 0x20000000) + ip_bytes("fe80::31") + struct.pack("!BB", 2, 1) + mac_bytes(PHONE)
    )
    link.ndp(body, PHONE, "fe80::31")
    (claim,) = link.of(AddressClaim)
    assert isinstance(claim, AddressClaim)
    assert (claim.ip, claim.source, claim.gratuitous, claim.override) == ("fe80::31", "ndp", True, True)


def test_an_icmp_error_tells_what_it_answers() -> None:
    link = Link()
    quoted = struct.pack("!BBHHHBBH", 0x45, 0, 60, 1, 0, 64, 17, 0) + ip_bytes("192.168.1.31") + ip_bytes("192.168.1.5")
    body = struct.pack("!BBHI", 3, 3, 0, 0) + quoted + struct.pack("!HHHH", 4000, 161, 40, 0)
    link.control(CONTROL_ICMP_ERROR, body, None, None, "192.168.1.5", "192.168.1.31", 64, None, 1)
    (error,) = link.of(IcmpErrorSeen)
    assert isinstance(error, IcmpErrorSeen)
    assert (error.icmp_type, error.code, error.protocol, error.destination_port) == (3, 3, 17, 161)


def test_odd_bytes_are_counted_not_raised() -> None:
    link = Link()
    link.control(CONTROL_ARP, b"\0" * 28, None, None, None, None, 0, None, 1)
    link.control(CONTROL_ARP, b"\0\1", None, None, None, None, 0, None, 1)
    link.ndp(b"\x86", ROUTER, "fe80::1")
    assert len(link.slugs) == 3
