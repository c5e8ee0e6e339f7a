"""Who is on the link: new and returning devices, servers and routers nobody ordered, MACs in two places."""

from __future__ import annotations

from netscope.engine.analyze.device_returned import DeviceReturned
from netscope.engine.analyze.mac_flapping import MacFlapping
from netscope.engine.analyze.new_device import Limits, NewDevice
from netscope.engine.analyze.rogue_dhcp import RogueDhcp
from netscope.engine.analyze.rogue_router import RogueRouter
from netscope.model.records import Alert, RouterSeen
from tests.engine.analyze.samples import (
    CAMERA,
    LAPTOP,
    ROUTER,
    START,
    Past,
    at,
    claim,
    device,
    dhcp,
    flow,
    network,
    seen,
)

HOUR, DAY = 3600, 86_400


def watch(detector: NewDevice, from_s: int, to_s: int) -> list[Alert]:
    return [alert for second in range(from_s, to_s, 60) for alert in detector.second(at(second), [])]


def test_a_first_run_folds_into_one_line() -> None:
    detector = NewDevice()
    said = [a for n in range(12) for a in detector.observe(seen(device(n, f"00:11:22:33:44:{n:02x}"), n))]
    assert {(alert.key, alert.severity) for alert in said} == {("learned", "low")}
    assert said[-1].title == "12 devices learned"
    assert sum(alert.count for alert in said) == 1
    assert detector.learning_until_ns == at(7200)


def test_after_learning_a_device_is_announced_once_and_completed() -> None:
    detector = NewDevice()
    detector.observe(seen(device(1, LAPTOP), 0))
    watch(detector, 60, 2 * HOUR + 120)
    assert detector.learning_until_ns is None
    camera = device(2, CAMERA, vendor="Reolink")
    (alert,) = detector.observe(seen(camera, 2 * HOUR + 200))
    assert (alert.severity, alert.title) == ("medium", f"New device: Reolink {CAMERA}")
    camera.name = "front-door"
    updates = [a for second in range(1, 120) for a in detector.second(at(2 * HOUR + 200 + second), [])]
    assert [(update.count, update.title) for update in updates] == [(0, "New device: front-door")] * 3


def test_a_pause_teaches_nothing() -> None:
    detector = NewDevice()
    detector.observe(seen(device(1, LAPTOP), 0))
    (alert,) = detector.observe(seen(device(2, CAMERA), 30 * DAY))
    assert alert.key == "learned"


def test_no_learning_announces_at_once_and_private_macs_are_low() -> None:
    detector = NewDevice(Limits(learning_s=0))
    said = [
        *detector.observe(seen(device(1, CAMERA), 0)),
        *detector.observe(seen(device(2, "5e:11:09:8c:42:d3", randomized_mac=True), 1)),
    ]
    assert [alert.severity for alert in said] == ["medium", "low"]
    assert said[1].evidence["private_mac"] is True


def test_a_recording_that_knows_devices_announces_at_once() -> None:
    (alert,) = NewDevice(known=True).observe(seen(device(7, CAMERA), 0))
    assert alert.severity == "medium"


def test_a_new_address_is_no_new_device() -> None:
    assert list(NewDevice(Limits(learning_s=0)).observe(seen(device(1, CAMERA), 0, is_new=False))) == []


def test_a_device_is_back_after_weeks_but_not_after_a_holiday() -> None:
    neighbours = network(device(9, CAMERA, name="camera"))
    known = [neighbours.by_id[1], neighbours.by_id[9]]
    for days, expected in ((31, ["low"]), (10, [])):
        detector = DeviceReturned(neighbours, known)
        for hour in range(0, days * 24, 12):
            detector.flow_opened(flow(seconds=hour * HOUR))
        said = detector.observe(claim(CAMERA, "192.168.1.9", days * DAY))
        assert [alert.severity for alert in said] == expected


def test_a_recording_taken_up_again_is_nobody_s_return() -> None:
    neighbours = network(device(9, CAMERA))
    detector = DeviceReturned(neighbours, [neighbours.by_id[9]])
    assert list(detector.observe(claim(CAMERA, "192.168.1.9", 60 * DAY))) == []


def offer(server: str, seconds: float, **more: object) -> object:
    return dhcp("OFFER", seconds, from_client=False, server_ip=server, **more)


def test_the_second_dhcp_server_is_told_and_more_severely_if_it_names_another_router() -> None:
    detector = RogueDhcp(network())
    own = {"routers": ("192.168.1.1",), "dns_servers": ("192.168.1.1",)}
    said = [list(detector.observe(offer("192.168.1.1", n, **own))) for n in range(3)]
    assert said == [[], [], []]
    (same,) = detector.observe(offer("192.168.1.2", 5, **own))
    (other,) = detector.observe(offer("192.168.1.99", 6, routers=("192.168.1.99",)))
    assert (same.severity, other.severity) == ("medium", "high")


def test_refusals_and_clients_are_no_servers() -> None:
    detector = RogueDhcp(network())
    detector.observe(offer("192.168.1.1", 0))
    assert list(detector.observe(dhcp("NAK", 1, from_client=False, server_ip="192.168.1.9"))) == []
    assert list(detector.observe(dhcp("DISCOVER", 2))) == []


def test_the_known_server_survives_a_restart() -> None:
    past = Past()
    RogueDhcp(network(), past).observe(offer("192.168.1.1", 0))
    (alert,) = RogueDhcp(network(), past).observe(offer("192.168.1.66", 1, routers=("192.168.1.66",)))
    assert alert.evidence["known_servers"] == ["192.168.1.1"]


def router(mac: str, seconds: float, *, lifetime_s: int | None = 1800, source: str = "ra") -> RouterSeen:
    return RouterSeen(at(seconds), mac, "fe80::1", source, ("2001:db8::/64",), (), lifetime_s)


def test_a_second_ipv6_router_is_told() -> None:
    detector = RogueRouter(network())
    assert list(detector.observe(router(ROUTER, 0))) == []
    assert list(detector.observe(router(ROUTER, 60))) == []
    (alert,) = detector.observe(router(CAMERA, 61))
    assert alert.severity == "medium"
    foreign = RouterSeen(at(70), LAPTOP, "fe80::2", "ra", ("2001:db8:bad::/64",), ("2001:db8:bad::53",), 1800)
    assert [alert.severity for alert in detector.observe(foreign)] == ["high"]


def test_border_routers_of_smart_homes_and_virtual_macs_do_not_count() -> None:
    detector = RogueRouter(network())
    detector.observe(router(ROUTER, 0))
    assert list(detector.observe(router(CAMERA, 1, lifetime_s=0))) == []
    assert list(detector.observe(router("00:00:5e:00:02:01", 2))) == []


def test_a_redirect_by_a_stranger_is_told() -> None:
    detector = RogueRouter(network())
    assert list(detector.observe(router(CAMERA, 0, source="redirect"))) == []
    detector.observe(router(ROUTER, 1))
    assert [alert.severity for alert in detector.observe(router(CAMERA, 2, source="redirect"))] == ["high"]


def flaps(mac: str, vlans: str) -> list[Alert]:
    detector = MacFlapping(network())
    return [a for n, vlan in enumerate(vlans) for a in detector.observe(claim(mac, "192.168.1.9", n * 5, vlan=vlan))]


def test_a_mac_that_goes_to_and_fro_between_vlans_flaps() -> None:
    assert [alert.severity for alert in flaps(CAMERA, "1212121")] == ["medium"]
    assert flaps(CAMERA, "1112222") == []
    assert flaps(ROUTER, "12121212") == []


def test_a_mac_with_many_addresses_is_low() -> None:
    detector = MacFlapping(network())
    said = [a for n in range(20) for a in detector.observe(claim(CAMERA, f"192.168.1.{n + 1}", n))]
    assert {alert.severity for alert in said} == {"low"}
    assert said[0].evidence["observed"]["addresses"] == 16
    assert said[0].last_ns > START


def test_a_flood_of_routers_is_one_alert_behind_the_first_few() -> None:
    detector = RogueRouter(network())
    detector.observe(router(ROUTER, 0))
    said = [
        alert
        for n in range(300)
        for alert in detector.observe(router(f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}", n / 10))
    ]
    assert len({alert.key for alert in said}) == 9
    assert said[-1].evidence["observed"] == {"routers": 300}


def test_a_redirect_of_ipv4_in_another_s_name_is_told() -> None:
    def redirects(mac: str) -> list[Alert]:
        seen_one = RouterSeen(at(0), mac, "192.168.1.1", "icmp_redirect", (), (), None)
        return list(RogueRouter(network()).observe(seen_one))

    assert redirects(ROUTER) == []
    (alert,) = redirects(CAMERA)
    assert (alert.severity, alert.evidence["source"]) == ("high", "icmp_redirect")


def test_a_first_dhcpv6_server_that_is_neither_router_nor_dhcp_server_is_told() -> None:
    def advertises(mac: str, address: str) -> list[Alert]:
        detector = RogueDhcp(network(device(3, CAMERA, addresses={"192.168.1.7": (START, START)})))
        detector.observe(dhcp("ACK", 0, from_client=False, server_ip="192.168.1.1"))
        offer = dhcp("ADVERTISE", 1, from_client=False, server_ip=address, dns_servers=(address,))
        offer.sender_mac = mac
        return list(detector.observe(offer))

    assert advertises(ROUTER, "fe80::1") == []
    (alert,) = advertises(CAMERA, "fe80::66")
    assert (alert.severity, alert.title) == ("high", "A DHCPv6 server answers: fe80::66")
