"""ARP and NDP claims: what is a change, who posed, and what the two detectors say of it."""

from __future__ import annotations

from netscope.engine.analyze.address_conflict import AddressConflict
from netscope.engine.analyze.gateway_spoof import GatewaySpoof
from netscope.engine.analyze.ownership import Ownership
from netscope.model.records import RouterSeen
from tests.engine.analyze.samples import CAMERA, LAPTOP, ROUTER, at, claim, network, severities

FORGER = "00:0c:29:aa:bb:cc"


def test_the_first_holder_and_its_repetitions_are_no_change() -> None:
    ownership = Ownership("owned")
    assert ownership.claim(claim(LAPTOP, "192.168.1.9", 0)) is None
    assert ownership.claim(claim(LAPTOP, "192.168.1.9", 50)) is None


def test_another_mac_is_a_change_that_says_how_long_the_holder_was_silent() -> None:
    ownership = Ownership("owned")
    ownership.claim(claim(LAPTOP, "192.168.1.9", 0))
    change = ownership.claim(claim(CAMERA, "192.168.1.9", 30))
    assert change is not None
    assert (change.silent_ns, change.changes, change.suspect, change.other) == (30 * 10**9, 1, CAMERA, LAPTOP)


def test_vlans_and_odd_addresses_are_apart() -> None:
    ownership = Ownership("owned")
    ownership.claim(claim(LAPTOP, "192.168.1.9", 0, vlan="10"))
    assert ownership.claim(claim(CAMERA, "192.168.1.9", 1, vlan="20")) is None
    for mac, ip in ((CAMERA, "0.0.0.0"), ("00:00:00:00:00:00", "192.168.1.9"), ("00:00:5e:00:01:05", "192.168.1.9")):
        assert ownership.claim(claim(mac, ip, 2, vlan="10")) is None


def test_an_advertisement_without_override_changes_nothing() -> None:
    ownership = Ownership("owned")
    ownership.claim(claim(LAPTOP, "fe80::9", 0, source="ndp"))
    assert ownership.claim(claim(CAMERA, "fe80::9", 1, source="ndp", override=False)) is None
    assert ownership.claim(claim(CAMERA, "fe80::9", 2, source="ndp")) is not None


def test_who_answers_unasked_is_the_suspect_even_if_heard_first() -> None:
    ownership = Ownership("owned")
    for second in range(0, 10, 2):
        ownership.claim(claim(FORGER, "192.168.1.1", second))
    change = ownership.claim(claim(ROUTER, "192.168.1.1", 11, reply=False, target="192.168.1.9"))
    assert change is not None
    assert (change.suspect, change.other) == (FORGER, ROUTER)


def test_an_answer_that_was_asked_for_is_no_sign() -> None:
    ownership = Ownership("owned")
    ownership.claim(claim(ROUTER, "192.168.1.1", 0, reply=False, target="192.168.1.9"))
    for second in (5, 10, 15):
        ownership.claim(claim(LAPTOP, "192.168.1.61", second, reply=False, target="192.168.1.1"))
        ownership.claim(claim(ROUTER, "192.168.1.1", second + 0.1))
    change = ownership.claim(claim(FORGER, "192.168.1.1", 20))
    assert change is not None
    assert change.suspect == FORGER


def test_the_router_s_address_claimed_beside_it_is_critical_at_the_second_change() -> None:
    detector = GatewaySpoof(network())
    said = []
    for second, mac in ((0, ROUTER), (10, FORGER), (12, ROUTER), (14, FORGER)):
        said += detector.observe(claim(mac, "192.168.1.1", second))
    assert severities(said) == ["high", "critical", "critical"]
    assert {alert.key for alert in said} == {"None 192.168.1.1"}


def test_an_exchanged_router_is_told_as_medium() -> None:
    detector = GatewaySpoof(network())
    detector.observe(claim(ROUTER, "192.168.1.1", 0))
    said = list(detector.observe(claim(CAMERA, "192.168.1.1", 7200)))
    assert severities(said) == ["medium"]


def test_a_router_known_by_its_advertisement_counts_as_gateway() -> None:
    detector = GatewaySpoof(network())
    detector.observe(RouterSeen(at(0), CAMERA, "fe80::1", "ra", (), (), 1800))
    detector.observe(claim(CAMERA, "fe80::1", 1, source="ndp"))
    assert severities(detector.observe(claim(FORGER, "fe80::1", 2, source="ndp"))) == ["high"]


def test_other_devices_addresses_are_not_the_router_s() -> None:
    detector = GatewaySpoof(network())
    detector.observe(claim(LAPTOP, "192.168.1.61", 0))
    assert list(detector.observe(claim(CAMERA, "192.168.1.61", 1))) == []


def test_a_conflict_needs_three_changes_with_both_alive() -> None:
    detector = AddressConflict(network())
    said = []
    for second, mac in ((0, LAPTOP), (5, CAMERA), (10, LAPTOP), (15, CAMERA)):
        said.append(severities(detector.observe(claim(mac, "192.168.1.9", second))))
    assert said == [[], [], [], ["medium"]]


def test_leases_that_move_on_are_no_conflict() -> None:
    detector = AddressConflict(network())
    for second, mac in ((0, LAPTOP), (100, CAMERA), (200, FORGER), (300, LAPTOP), (400, CAMERA)):
        assert list(detector.observe(claim(mac, "192.168.1.9", second))) == []


def test_one_mac_in_dispute_over_several_addresses_is_high() -> None:
    detector = AddressConflict(network())
    said = []
    for round_s in range(0, 40, 10):
        for index, owner in enumerate((LAPTOP, CAMERA)):
            ip = f"192.168.1.{50 + index}"
            said += detector.observe(claim(owner, ip, round_s + index, reply=False, target="192.168.1.1"))
            said += detector.observe(claim(FORGER, ip, round_s + index + 5))
    assert "high" in severities(said)
    assert said[-1].evidence["suspect_mac"] == FORGER


def test_the_router_s_conflict_is_left_to_the_other_detector() -> None:
    detector = AddressConflict(network())
    for second in range(0, 40, 5):
        mac = ROUTER if second % 10 == 0 else FORGER
        assert list(detector.observe(claim(mac, "192.168.1.1", second))) == []
