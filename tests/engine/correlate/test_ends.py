"""Which end of a flow is of this network, above all where public addresses are on the link."""

from __future__ import annotations

import pytest

from netscope.demo.wire import BROADCAST_MAC, SECOND, End, Frame, ip_bytes, mac_bytes, udp
from netscope.engine.correlate.networks import is_link_scope, is_made_of, prefix_of
from netscope.model.records import Device
from tests.engine.correlate.test_correlator import Watched
from tests.engine.small_network import PHONE, ROUTER_MAC, START_NS, arp_reply, lookup

HOST = mac_bytes("00:1e:c9:44:d4:68")
OTHER = mac_bytes("00:1f:5b:ff:51:cb")
HOST_TEXT, OTHER_TEXT, ROUTER_TEXT = "00:1e:c9:44:d4:68", "00:1f:5b:ff:51:cb", "2c:91:ab:00:00:01"


def talk(
    client: str,
    server: str,
    *,
    client_mac: bytes = HOST,
    server_mac: bytes = ROUTER_MAC,
    ttls: tuple[int, int] = (64, 55),
    port: int = 9999,
    number: int = 0,
) -> list[Frame]:
    """A question and its answer over UDP."""
    ends = End(client_mac, ip_bytes(client), ttls[0]), End(server_mac, ip_bytes(server), ttls[1])
    at_ns = START_NS + number * SECOND
    return [
        (at_ns, udp(ends[0], 40000 + number, ends[1], port, b"\xf0 question")),
        (at_ns + SECOND // 10, udp(ends[1], port, ends[0], 40000 + number, b"\xf0 answer")),
    ]


def watch(*parts: list[Frame]) -> Watched:
    watched = Watched()
    watched.correlator.watch(watched.meter.first_ttls)
    watched.play(*parts)
    for flow in watched.meter.collect():
        watched.correlator.answered(flow)
    return watched.finish()


def device(watched: Watched, mac: str) -> Device:
    found = watched.correlator.devices.of_mac(mac)
    assert found is not None
    return found


def is_local(watched: Watched, *addresses: str) -> list[bool]:
    return [watched.correlator.networks.is_local(address) for address in addresses]


def test_a_host_with_a_public_address_is_local_and_its_server_is_not() -> None:
    watched = watch(talk("128.2.6.136", "173.194.75.103"))
    assert is_local(watched, "128.2.6.136", "173.194.75.103") == [True, False]
    assert list(device(watched, HOST_TEXT).addresses) == ["128.2.6.136"]
    assert watched.closed[0].device_id == device(watched, HOST_TEXT).id


def test_who_has_hops_behind_him_is_not_of_this_link() -> None:
    watched = watch(talk("40.77.167.36", "89.31.72.220", client_mac=ROUTER_MAC, server_mac=HOST, ttls=(110, 64)))
    assert is_local(watched, "40.77.167.36", "89.31.72.220") == [False, True]
    assert watched.correlator.devices.gateway_macs == {ROUTER_TEXT}
    assert watched.closed[0].device_id == device(watched, HOST_TEXT).id


def test_a_traceroute_s_small_ttl_tells_no_distance() -> None:
    watched = watch(talk("128.2.6.136", "173.194.75.103", ttls=(3, 55)))
    assert is_local(watched, "128.2.6.136") == [True]


def test_a_mac_that_stands_for_many_prefixes_routes_and_gives_back_what_it_took() -> None:
    def callers(number: int) -> list[Frame]:
        return talk(
            f"40.77.{number}.36", "89.31.72.220", client_mac=ROUTER_MAC, server_mac=HOST, ttls=(64, 64), number=number
        )  # fmt: skip

    watched = watch(*map(callers, range(3)))
    assert watched.correlator.devices.gateway_macs == {ROUTER_TEXT}
    assert is_local(watched, "40.77.0.36", "40.77.1.36", "40.77.2.36", "89.31.72.220") == [False, False, False, True]
    assert device(watched, ROUTER_TEXT).addresses == {}
    assert watched.closed[2].device_id == device(watched, HOST_TEXT).id


def test_a_host_may_have_an_address_of_each_version_and_several_of_one_prefix() -> None:
    watched = watch(
        talk("128.2.6.136", "173.194.75.103"),
        talk("2001:db8:1::5", "2606:4700::6810:85e5", number=1),
        talk("2001:db8:1::6", "2606:4700::6810:85e5", number=2),
        talk("128.2.6.137", "173.194.75.103", number=3),
    )
    assert set(device(watched, HOST_TEXT).addresses) == {
        "128.2.6.136", "128.2.6.137", "2001:db8:1::5", "2001:db8:1::6",
    }  # fmt: skip
    assert not device(watched, HOST_TEXT).is_gateway


def test_an_address_made_of_the_mac_is_its_own_whatever_else_it_carries() -> None:
    own = ("2001:470:1f0a:16b0:21e:c9ff:fe44:d468", "2001:470:1f0b:16b0:21e:c9ff:fe44:d468")
    watched = watch(*(talk(address, "2606:4700::6810:85e5", number=n) for n, address in enumerate(own)))
    assert set(device(watched, HOST_TEXT).addresses) == set(own)
    assert is_local(watched, "2001:470:1f0b:16b0::1") == [True]


@pytest.mark.parametrize(
    ("one", "other"), [("164.1.123.163", "164.1.123.61"), ("2001:db8:1:2::1002", "2001:db8:1:2::1000")]
)
def test_two_public_addresses_of_one_prefix_are_neighbours_and_none_routes(one: str, other: str) -> None:
    watched = watch(talk(one, other, server_mac=OTHER, ttls=(64, 64)))
    assert is_local(watched, one, other) == [True, True]
    assert watched.correlator.devices.gateway_macs == set()
    assert watched.closed[0].server_device_id == device(watched, OTHER_TEXT).id


def test_a_known_public_host_and_its_neighbour() -> None:
    watched = watch(
        [arp_reply(HOST, "128.2.6.136", START_NS)],
        talk("128.2.6.136", "128.2.6.152", server_mac=OTHER, ttls=(64, 64), number=1),
        talk("128.2.6.99", "128.2.6.136", client_mac=OTHER, server_mac=HOST, ttls=(64, 64), number=2),
    )
    assert is_local(watched, "128.2.6.152", "128.2.6.99") == [True, True]
    assert watched.correlator.devices.gateway_macs == set()


def test_who_speaks_to_the_whole_link_is_on_it() -> None:
    broadcast = End(BROADCAST_MAC, ip_bytes("255.255.255.255"))
    watched = watch([(START_NS, udp(End(HOST, ip_bytes("59.120.208.212")), 5678, broadcast, 5678, b"\xf0 hello"))])
    assert is_local(watched, "59.120.208.212") == [True]
    assert list(device(watched, HOST_TEXT).addresses) == ["59.120.208.212"]


def test_a_router_s_own_address_is_known_by_what_it_says_to_a_group() -> None:
    router, broadcast = End(ROUTER_MAC, ip_bytes("192.168.1.1")), End(BROADCAST_MAC, ip_bytes("255.255.255.255"))
    announcement = (START_NS + 9 * SECOND, udp(router, 17500, broadcast, 17500, b"\xf0 hello"))
    watched = watch(talk("192.168.1.31", "93.184.216.34", client_mac=PHONE.mac), [announcement])
    assert device(watched, ROUTER_TEXT).is_gateway
    assert list(device(watched, ROUTER_TEXT).addresses) == ["192.168.1.1"]


def test_a_link_with_private_addresses_is_as_before() -> None:
    watched = watch(lookup(PHONE, "www.example.org", "93.184.216.34", START_NS))
    assert watched.correlator.devices.gateway_macs == set()
    assert watched.closed[0].server_device_id == device(watched, ROUTER_TEXT).id


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.168.1.31", "192.168.1"),
        ("2001:db8:1:2::5", "20010db800010002"),
        ("2001:db8:1:2:ffff::5", "20010db800010002"),
    ],
)
def test_prefixes(address: str, expected: str) -> None:
    assert prefix_of(address) == expected


@pytest.mark.parametrize(
    ("group", "expected"),
    [("255.255.255.255", True), ("224.0.0.251", True), ("224.0.1.1", False), ("239.255.255.250", False),
     ("ff02::fb", True), ("ff05::2", False)],
)  # fmt: skip
def test_groups_that_no_router_forwards(group: str, expected: bool) -> None:
    assert is_link_scope(group) == expected


def test_an_address_made_of_a_mac() -> None:
    assert is_made_of("fe80::21e:c9ff:fe44:d468", HOST_TEXT)
    assert not is_made_of("fe80::21e:c9ff:fe44:d469", HOST_TEXT)
    assert not is_made_of("192.168.1.31", HOST_TEXT)
