from __future__ import annotations

import pytest

from netscope.engine.correlate.devices import MAX_ADDRESSES, MAX_DEVICES, DeviceTable, is_host_mac
from netscope.engine.correlate.networks import LocalNetworks
from netscope.model.records import Device, DeviceSeen

PHONE, ROUTER = "a4:83:e7:00:00:31", "2c:91:ab:00:00:01"


class Heard:
    def __init__(self) -> None:
        self.seen: list[DeviceSeen] = []
        self.slugs: list[str] = []

    def table(self, *known: Device, first_id: int = 1) -> DeviceTable:
        return DeviceTable(LocalNetworks(), self.seen.append, self.slugs.append, known, first_id)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mac", "is_host"),
    [
        (PHONE, True),
        ("5e:11:09:8c:42:d3", True),
        ("ff:ff:ff:ff:ff:ff", False),
        ("01:00:5e:00:00:fb", False),
        ("33:33:00:00:00:fb", False),
        ("00:00:00:00:00:00", False),
        ("00:00:5e:00:01:0a", False),
        ("00:00:0c:07:ac:01", False),
        (None, False),
    ],
)
def test_which_macs_are_a_hosts_own(mac: str | None, is_host: bool) -> None:
    assert is_host_mac(mac) is is_host


def test_one_device_has_its_ipv4_and_ipv6_addresses() -> None:
    heard = Heard()
    table = heard.table()
    first = table.heard(PHONE, "192.168.1.31", 10)
    second = table.heard(PHONE, "fe80::1", 20)
    assert first is second is not None
    assert first.addresses == {"192.168.1.31": (10, 10), "fe80::1": (20, 20)}
    assert [seen.is_new for seen in heard.seen] == [True, False, False]
    assert table.of_address("fe80::1") is first


def test_a_random_mac_is_tagged() -> None:
    table = Heard().table()
    random_mac, burnt_in = table.heard("5e:11:09:8c:42:d3", None, 0), table.heard(PHONE, None, 0)
    assert random_mac is not None
    assert burnt_in is not None
    assert (random_mac.randomized_mac, burnt_in.randomized_mac) == (True, False)


def test_a_gateway_does_not_take_the_addresses_it_carries() -> None:
    table = Heard().table()
    table.routes(ROUTER, 4)
    router = table.heard(ROUTER, "192.168.7.7", 5)
    assert router is not None
    assert router.is_gateway
    assert router.addresses == {}
    table.heard(ROUTER, "192.168.1.1", 6, certain=True)
    assert list(router.addresses) == ["192.168.1.1"]


def test_a_device_that_turns_out_to_route_is_marked() -> None:
    heard = Heard()
    table = heard.table()
    router = table.heard(ROUTER, "192.168.1.1", 5)
    table.routes(ROUTER, 6)
    assert router is not None
    assert router.is_gateway
    assert heard.seen[-1].device is router


def test_a_router_that_says_nothing_of_its_own_is_a_device_all_the_same() -> None:
    heard = Heard()
    table = heard.table()
    table.routes(ROUTER, 5)
    table.routes("33:33:00:00:00:fb", 5)
    (router,) = table.by_id.values()
    assert (router.mac, router.is_gateway, router.first_seen_ns) == (ROUTER, True, 5)
    assert [seen.is_new for seen in heard.seen] == [True]


def test_group_addresses_are_not_taken_in() -> None:
    device = Heard().table().heard(PHONE, "0.0.0.0", 0)
    assert device is not None
    assert device.addresses == {}


def test_known_devices_are_not_new_and_ids_go_on() -> None:
    heard = Heard()
    old = Device(7, PHONE, 0, 1)
    old.addresses["192.168.1.31"] = (0, 1)
    table = heard.table(old)
    assert table.heard(PHONE, "192.168.1.31", 9) is old
    assert heard.seen == []
    assert old.last_seen_ns == 9
    fresh = table.heard(ROUTER, None, 10)
    assert fresh is not None
    assert fresh.id == 8


def test_addresses_of_a_device_are_bounded_oldest_first() -> None:
    table = Heard().table()
    for number in range(MAX_ADDRESSES + 5):
        table.heard(PHONE, f"2001:db8::{number:x}", number)
    device = table.of_mac(PHONE)
    assert device is not None
    assert len(device.addresses) == MAX_ADDRESSES
    assert table.of_address("2001:db8::0") is None
    assert table.of_address("2001:db8::5") is device


def test_a_full_table_refuses_new_devices_and_says_so() -> None:
    heard = Heard()
    table = heard.table()
    for number in range(MAX_DEVICES):
        table.heard(f"02:00:00:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}", None, 0)
    assert table.heard(PHONE, "192.168.1.31", 1) is None
    assert heard.slugs == ["device_table_full"]
    assert len(table) == MAX_DEVICES
