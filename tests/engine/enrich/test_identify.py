"""Records reach the device they are about, and only that."""

from __future__ import annotations

from netscope.engine.enrich.devices import DeviceProfiler
from netscope.engine.enrich.identify import DeviceIdentifier
from netscope.model.flow import Flow
from netscope.model.records import Device, DeviceSeen, DhcpExchange, HttpRequest

PHONE, ROUTER = "da:a1:19:00:4f:2a", "00:1c:7f:53:d0:28"


class Street:
    """Two devices: a phone, and a router that carries others' addresses."""

    def __init__(self) -> None:
        self.phone, self.router = Device(1, PHONE, 0, 0), Device(2, ROUTER, 0, 0)
        self.by_id = {1: self.phone, 2: self.router}

    def of_mac(self, mac: str | None) -> Device | None:
        return {PHONE: self.phone, ROUTER: self.router}.get(mac or "")

    def of_address(self, address: str) -> Device | None:
        return {"192.168.1.7": self.phone, "192.168.1.1": self.router}.get(address)


def request(client_ip: str, client_mac: str) -> HttpRequest:
    flow = Flow(1, client_ip, 40000, "93.184.216.34", 80, "tcp", None, client_mac, ROUTER, 0)
    return HttpRequest(flow, 9, "GET", "example.org", "/", "Mozilla/5.0 (iPhone; CPU)")


def test_a_user_agent_belongs_to_the_device_with_the_address() -> None:
    street = Street()
    ((device, evidence),) = DeviceIdentifier(street, DeviceProfiler()).hear(request("192.168.1.7", PHONE))
    assert device is street.phone
    assert (street.phone.kind, street.phone.os) == ("phone", "iOS")
    assert [(e.source, e.first_seen_ns) for e in evidence] == [("http_user_agent", 9)]


def test_a_user_agent_from_beyond_the_router_is_not_the_router_s() -> None:
    street = Street()
    assert DeviceIdentifier(street, DeviceProfiler()).hear(request("10.9.9.9", ROUTER)) == []
    assert street.router.kind is None


def test_dhcp_is_known_by_its_mac() -> None:
    street = Street()
    exchange = DhcpExchange(9, PHONE, "REQUEST", None, None, None, "Galaxy-S21", None, (), sender_mac=ROUTER)
    heard = DeviceIdentifier(street, DeviceProfiler()).hear(exchange)
    assert [device.id for device, _ in heard] == [1]
    assert street.phone.name == "Galaxy-S21"


def test_of_a_duid_with_a_strange_mac_the_sender_s_address_tells_whose_it_is() -> None:
    street = Street()
    exchange = DhcpExchange(9, "18:f7:78:6f:96:ee", "SOLICIT", None, None, None, "phone-of-luca", None, ())
    exchange.sender_ip, exchange.mac_is_own = "192.168.1.7", False
    heard = DeviceIdentifier(street, DeviceProfiler()).hear(exchange)
    assert [device.id for device, _ in heard] == [1]
    exchange.mac = ROUTER  # whoever is known by the DUID's MAC is meant: a bridge passes the message on under its own
    assert [device.id for device, _ in DeviceIdentifier(street, DeviceProfiler()).hear(exchange)] == [2]


def test_a_new_device_is_met_but_a_new_address_of_it_is_not_news() -> None:
    street = Street()
    identifier = DeviceIdentifier(street, DeviceProfiler())
    ((device, evidence),) = identifier.hear(DeviceSeen(street.router, 3, is_new=True, address=None))
    assert (device.vendor, evidence[0].source) == ("Check Point Software Technologies", "oui")
    assert identifier.hear(DeviceSeen(street.router, 4, is_new=False, address="192.168.1.1")) == []


def test_a_syn_tells_of_the_device_that_sent_it() -> None:
    street = Street()
    identifier = DeviceIdentifier(street, DeviceProfiler())
    evidence = identifier.syn(street.phone, 128, 64240, bytes.fromhex("020405b40103030801010402"), 5)
    assert [(e.source, e.value) for e in evidence] == [("tcp_syn", "128:64240:M,N,W,N,N,S")]
    assert street.phone.os == "Windows"


def test_a_forwarded_syn_tells_that_its_sender_routes_not_what_it_runs() -> None:
    street = Street()
    options = bytes.fromhex("020405b40103030801010402")
    evidence = DeviceIdentifier(street, DeviceProfiler()).syn(street.phone, 127, 64240, options, 5)
    assert [(e.attribute, e.value) for e in evidence] == [("forwarded", "1 hops, 128:64240:M,N,W,N,N,S")]
    assert (street.phone.kind, street.phone.os) == ("router", None)


def test_other_records_say_nothing() -> None:
    assert DeviceIdentifier(Street(), DeviceProfiler()).hear(object()) == []
