"""Who is local, who is a router and whose an address is, on links of every shape a capture may come from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pytest

from netscope.demo.wire import SECOND
from netscope.model.records import AddressLost
from tests.engine.correlate.link_shapes import (
    DOWN,
    ETHERNET,
    NULL,
    RADIOTAP,
    RAW,
    SLL,
    UP,
    bare,
    cooked,
    ethernet,
    fragments,
    lookup,
    loopback,
    only,
    pppoe,
    talk,
    wifi,
)
from tests.engine.correlate.test_correlator import Watched
from tests.engine.small_network import START_NS

PI, MAC, ROUTER, INNER, ISP = (
    "d8:3a:dd:11:22:33", "f0:18:98:aa:bb:cc", "2c:91:ab:00:00:01", "00:1c:7f:53:d0:28", "00:05:85:00:00:09",
)  # fmt: skip
VIRTUAL = "00:00:5e:00:01:0a"
WEB, WEB_2, WEB_6 = "93.184.216.34", "151.101.1.69", "2606:2800:220:1::1"
HOME_6 = "2a02:8071:aa:bb:"


class Seen(NamedTuple):
    devices: dict[str, set[str]]
    """By MAC its addresses."""
    routers: set[str]
    watched: Watched

    def is_local(self, address: str) -> bool:
        return self.watched.correlator.networks.is_local(address)

    def owners(self) -> list[tuple[str | None, str | None]]:
        """Of each flow in the order of opening, the MACs of the devices at its ends."""
        by_id = self.watched.correlator.devices.by_id
        return [
            (
                None if flow.device_id is None else by_id[flow.device_id].mac,
                None if flow.server_device_id is None else by_id[flow.server_device_id].mac,
            )
            for flow in sorted(self.watched.closed, key=lambda flow: flow.id)
        ]


def see(*parts: Iterable[bytes], link_type: int = ETHERNET) -> Seen:
    watched = Watched()
    watched.correlator.watch(watched.meter.first_ttls)
    at_ns = START_NS
    for part in parts:
        for frame in part:
            watched.meter.add_frame(at_ns, frame, len(frame), link_type, 0)
            at_ns += SECOND // 20
        for flow in watched.meter.collect():
            if flow.packets_down:
                watched.correlator.answered(flow)
    watched.finish()
    devices = watched.correlator.devices.by_id.values()
    return Seen(
        {device.mac: set(device.addresses) for device in devices},
        {device.mac for device in devices if device.is_gateway},
        watched,
    )


def test_a_home_without_arp() -> None:
    seen = see(
        ethernet(talk("192.168.1.5", WEB), PI, ROUTER),
        ethernet(lookup("192.168.1.6", "192.168.1.1"), MAC, ROUTER),
    )
    assert seen.devices == {PI: {"192.168.1.5"}, ROUTER: {"192.168.1.1"}, MAC: {"192.168.1.6"}}
    assert seen.routers == {ROUTER}
    assert seen.owners() == [(PI, None), (MAC, ROUTER)]


@pytest.mark.parametrize("direction", [UP, DOWN])
def test_one_direction_of_a_home(direction: str) -> None:
    seen = see(ethernet(only(direction, talk("192.168.1.5", WEB)), PI, ROUTER))
    assert seen.devices == {PI: {"192.168.1.5"}, ROUTER: set()}
    assert seen.routers == {ROUTER}
    assert not seen.is_local(WEB)


@pytest.mark.parametrize("direction", [UP, DOWN])
def test_one_direction_of_a_host_with_a_public_address(direction: str) -> None:
    seen = see(ethernet(only(direction, talk("128.2.6.136", WEB)), PI, ROUTER))
    assert seen.devices[PI] == {"128.2.6.136"}
    assert [seen.is_local("128.2.6.136"), seen.is_local(WEB)] == [True, False]


def test_the_answers_of_a_server_here_to_clients_unseen() -> None:
    seen = see(
        ethernet(only(DOWN, talk("40.77.167.36", "128.2.6.136", ttls=(50, 64))), ROUTER, PI),
        ethernet(fragments("128.2.6.136", "172.217.40.76", 64), ROUTER, PI),
    )
    assert seen.devices == {PI: {"128.2.6.136"}, ROUTER: set()}
    assert seen.routers == {ROUTER}
    assert not seen.is_local("172.217.40.76")
    assert not seen.is_local("40.77.167.36")


def test_a_server_of_which_only_what_is_sent_to_it_is_seen_has_not_the_address_yet() -> None:
    seen = see(ethernet(only(UP, talk("210.54.213.247", "131.243.1.10", ttls=(51, 0))), ROUTER, PI))
    assert seen.devices == {ROUTER: set(), PI: set()}
    assert seen.owners() == [(PI, PI)]
    assert seen.is_local("131.243.1.10")


def test_a_router_that_answers_in_the_place_of_another_does_not_get_its_address() -> None:
    seen = see(
        ethernet(talk("194.247.5.6", WEB, ttls=(64, 60)), PI, ROUTER),
        ethernet(talk("193.24.227.238", WEB, port=40002), MAC, INNER),
        ethernet(talk("194.247.5.6", "193.24.227.238", ttls=(64, 64), port=40003), PI, ROUTER),
    )
    assert seen.devices[MAC] == {"193.24.227.238"}
    assert seen.devices[ROUTER] == set()


def test_two_routers_of_one_link_and_the_networks_behind_one_of_them() -> None:
    seen = see(
        ethernet(talk("10.20.0.7", "192.168.1.5", ttls=(63, 64)), INNER, PI),
        ethernet(talk("10.20.1.9", "192.168.1.5", ttls=(63, 64)), INNER, PI),
        ethernet(talk("192.168.1.6", "10.30.0.2", ttls=(64, 62)), MAC, INNER),
        ethernet(talk("192.168.1.5", WEB, port=40002), PI, ROUTER),
        ethernet(talk("10.20.0.7", "192.168.1.6", ttls=(63, 64), port=40003), INNER, MAC),
    )
    assert seen.devices == {PI: {"192.168.1.5"}, MAC: {"192.168.1.6"}, INNER: set(), ROUTER: set()}
    assert seen.routers == {INNER, ROUTER}
    assert seen.owners()[-1] == (MAC, MAC), "of the host that is on this link"
    (lost,) = [record for record in seen.watched.records if isinstance(record, AddressLost)]
    assert (lost.device.mac, lost.address) == (INNER, "10.20.0.7")


def test_a_host_whose_containers_go_out_by_its_address_is_no_router() -> None:
    seen = see(
        ethernet(talk("192.168.1.5", WEB, ttls=(63, 55)), PI, ROUTER),
        ethernet(talk("192.168.1.5", WEB_2, ttls=(62, 55), port=40002), PI, ROUTER),
        ethernet(talk("192.168.1.5", WEB_2, port=40003), PI, ROUTER),
    )
    assert seen.devices == {PI: {"192.168.1.5"}, ROUTER: set()}
    assert seen.routers == {ROUTER}


def test_a_scanner_s_random_ttls_make_it_no_router() -> None:
    seen = see(
        ethernet(talk("192.168.1.5", "192.168.1.9", ttls=(47, 64)), PI, MAC),
        ethernet(talk("192.168.1.5", "192.168.1.9", ttls=(39, 64), port=40002), PI, MAC),
    )
    assert seen.devices == {PI: {"192.168.1.5"}, MAC: {"192.168.1.9"}}
    assert seen.routers == set()


def test_a_system_that_begins_with_a_ttl_of_its_own_may_change_its_address() -> None:
    seen = see(
        ethernet(talk("192.168.1.5", WEB, ttls=(60, 55)), PI, ROUTER),
        ethernet(talk("192.168.1.77", WEB, ttls=(60, 55), port=40002), PI, ROUTER),
    )
    assert seen.devices[PI] == {"192.168.1.5", "192.168.1.77"}
    assert seen.routers == {ROUTER}


def test_a_network_with_ipv6_only() -> None:
    phone, computer, router = f"{HOME_6}1c2d:33ff:1:2", f"{HOME_6}99:88:77:66", f"{HOME_6}:1"
    seen = see(
        ethernet(talk(phone, WEB_6), PI, ROUTER),
        ethernet(lookup(computer, router), MAC, ROUTER),
        ethernet(talk("fe80::1:2", "fe80::2:1", ttls=(64, 64)), PI, ROUTER),
    )
    assert seen.devices == {PI: {phone, "fe80::1:2"}, MAC: {computer}, ROUTER: {router, "fe80::2:1"}}
    assert seen.routers == {ROUTER}
    assert not seen.is_local(WEB_6)


def test_a_mirror_port_that_shows_a_routed_conversation_in_both_vlans() -> None:
    seen = see(
        ethernet(talk("192.168.10.5", "192.168.20.9", ttls=(64, 63)), PI, ROUTER, (10, 10)),
        ethernet(talk("192.168.10.5", "192.168.20.9", ttls=(63, 64)), ROUTER, MAC, (20, 20)),
    )
    assert seen.devices == {PI: {"192.168.10.5"}, MAC: {"192.168.20.9"}, ROUTER: set()}
    assert seen.routers == {ROUTER}


def test_the_host_itself_is_heard_after_the_router_that_carried_its_address() -> None:
    seen = see(
        ethernet(only(UP, talk("192.168.10.5", "192.168.20.9", ttls=(63, 64))), ROUTER, MAC),
        ethernet(talk("192.168.10.5", "192.168.10.6", ttls=(64, 64)), PI, INNER),
    )
    assert seen.devices[PI] == {"192.168.10.5"}
    assert seen.devices[ROUTER] == set()


def test_a_mirror_port_that_tags_one_direction_only() -> None:
    seen = see(ethernet(talk("192.168.1.5", WEB), PI, ROUTER, (None, 100)))
    assert seen.devices == {PI: {"192.168.1.5"}, ROUTER: set()}
    assert seen.routers == {ROUTER}
    assert seen.owners() == [(PI, None), (PI, None)]


def test_both_sides_of_an_address_translator() -> None:
    seen = see(
        ethernet(talk("192.168.1.5", WEB), PI, ROUTER),
        ethernet(talk("84.12.9.7", WEB, ttls=(63, 56)), ROUTER, ISP),
    )
    assert seen.devices == {PI: {"192.168.1.5"}, ROUTER: set(), ISP: set()}
    assert seen.routers == {ROUTER, ISP}
    assert not seen.is_local(WEB)


def test_the_outside_of_a_router_over_pppoe() -> None:
    seen = see(
        pppoe(talk("84.12.9.7", WEB, ttls=(63, 56)), ROUTER, ISP),
        pppoe(talk("84.12.9.7", WEB_2, ttls=(127, 56), port=40002), ROUTER, ISP),
        pppoe(talk("84.12.9.7", WEB_2, ttls=(64, 56), port=40003), ROUTER, ISP),
        pppoe(talk("45.33.32.156", "84.12.9.7", ttls=(50, 64), port=40004), ISP, ROUTER),
    )
    assert seen.devices == {ROUTER: {"84.12.9.7"}, ISP: set()}
    assert seen.routers == {ISP}
    assert [seen.is_local(address) for address in ("84.12.9.7", WEB, WEB_2, "45.33.32.156")] == [
        True, False, False, False,
    ]  # fmt: skip


def test_a_routed_network_with_public_addresses_gives_none_to_its_router() -> None:
    seen = see(
        ethernet(talk("128.2.6.136", WEB, ttls=(63, 50)), INNER, ROUTER),
        ethernet(talk("128.2.6.137", WEB, ttls=(63, 50), port=40002), INNER, ROUTER),
    )
    assert seen.devices == {INNER: set(), ROUTER: set()}
    assert seen.routers == {INNER, ROUTER}


def test_a_cooked_capture() -> None:
    seen = see(cooked(talk("192.168.1.5", WEB), PI, ROUTER), link_type=SLL)
    assert seen.devices == {PI: {"192.168.1.5"}, ROUTER: set()}
    assert seen.routers == {ROUTER}


def test_wifi_in_monitor_mode() -> None:
    seen = see(wifi(talk("192.168.1.5", WEB), PI, "2c:91:ab:00:00:02", ROUTER), link_type=RADIOTAP)
    assert seen.devices == {PI: {"192.168.1.5"}, ROUTER: set()}
    assert seen.routers == {ROUTER}


def test_a_shared_address_of_routers_is_no_device() -> None:
    seen = see(ethernet(talk("192.168.1.5", WEB), PI, VIRTUAL))
    assert seen.devices == {PI: {"192.168.1.5"}}


@pytest.mark.parametrize(
    ("client", "server", "ttls", "local"),
    [
        ("10.64.3.2", WEB, (64, 55), "10.64.3.2"),
        ("84.12.9.7", WEB, (64, 55), "84.12.9.7"),
        ("45.33.32.156", "84.12.9.7", (50, 64), "84.12.9.7"),
    ],
)
def test_a_link_without_macs(client: str, server: str, ttls: tuple[int, int], local: str) -> None:
    seen = see(bare(talk(client, server, ttls=ttls)), link_type=RAW)
    assert seen.devices == {}
    assert [seen.is_local(client), seen.is_local(server)] == [client == local, server == local]


def test_loopback() -> None:
    seen = see(
        loopback(talk("127.0.0.1", "127.0.0.1", ttls=(64, 64))),
        loopback(talk("::1", "::1", ttls=(64, 64))),
        link_type=NULL,
    )
    assert seen.devices == {}
    assert seen.is_local("127.0.0.1")
    assert seen.is_local("::1")
