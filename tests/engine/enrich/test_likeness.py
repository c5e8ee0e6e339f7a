"""What speaks for two MACs being one machine, and how much."""

from __future__ import annotations

import pytest

from netscope.engine.enrich.likeness import (
    CHOSEN_POINTS,
    COMMON_POINTS,
    DRAWN_POINTS,
    MOST,
    SOON_NS,
    SUGGEST,
    Likeness,
    Traits,
    compare,
    keys_of,
    plain_host,
    traits,
)
from netscope.model.records import Evidence

DAY_NS = 86_400_000_000_000
IOS_LIST = "1,121,3,6,15,108,114,119,252"


def known(*facts: tuple[str, str, str]) -> Traits:
    return traits([Evidence(1, *fact, 0, 0) for fact in facts])


Facts = tuple[tuple[str, str, str], ...]


def alike(one: Facts, other: Facts, gap_ns: int = DAY_NS) -> Likeness:
    return compare(known(*one), known(*other), gap_ns)


def named(name: str, source: str = "dhcp") -> Facts:
    return ((source, "hostname", name),)


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("Lucas-iPhone", CHOSEN_POINTS),
        ("kitchen-tablet", CHOSEN_POINTS),
        ("iPhone", COMMON_POINTS),
        ("Galaxy-S21", COMMON_POINTS),
        ("Pixel-8", COMMON_POINTS),
        ("android-1c1335ec95a27318", DRAWN_POINTS),
        ("DESKTOP-AB12CD3", DRAWN_POINTS),
        ("localhost", 0),
    ],
)
def test_a_name_counts_by_who_gave_it(name: str, points: int) -> None:
    assert alike(named(name), named(name)).points == points


def test_a_name_is_the_same_whoever_hears_it() -> None:
    likeness = alike(named("Lucas-iPhone"), named("lucas-iphone.local", "mdns"))
    assert likeness == (CHOSEN_POINTS, ("same host name Lucas-iPhone",))


def test_a_phone_with_everybody_s_name_needs_more_signs() -> None:
    phone = (*named("iPhone"), ("dhcp", "parameter_list", IOS_LIST))
    assert alike(phone, phone).points < SUGGEST
    syn = ("tcp_syn", "signature", "64:65535:M,N,W,N,N,T,S,E,E")
    model = ("mdns", "device-info.model", "iPhone14,2")
    likeness = alike((*phone, syn, model), (*phone, syn, model))
    assert likeness.points >= SUGGEST
    assert likeness.reasons[0] == "same host name iPhone, which many have"
    assert set(likeness.reasons[1:]) == {
        "same list of DHCP parameters",
        "same shape of SYN",
        "same model iPhone14,2",
    }


def test_who_comes_as_the_other_goes_is_more_likely_the_same() -> None:
    later, soon = alike(named("phone-of-luca"), named("phone-of-luca")), SOON_NS // 5
    likeness = alike(named("phone-of-luca"), named("phone-of-luca"), soon)
    assert likeness.points > later.points
    assert likeness.reasons[-1] == "came 3 minutes after the other was last seen"
    assert alike(named("a"), named("b"), 0).points == 0


def test_the_number_of_the_machine_is_nearly_proof_but_never_all_of_it() -> None:
    machine = (*named("DESKTOP-AB12CD3"), ("dhcpv6", "duid", "00010001288336a518f7786f96ee"))
    assert alike(machine, machine) == (
        MOST,
        ("same host name DESKTOP-AB12CD3, drawn at random", "same number of the machine (DUID)"),
    )


def test_what_contradicts_takes_away_or_rules_out() -> None:
    duid = ("dhcpv6", "duid", "0001")
    renamed = alike((*named("old-name"), duid), (*named("new-name"), duid))
    assert (renamed.points, renamed.reasons[-1]) == (30, "but other host names")
    updated = alike(
        (*named("luca"), ("dhcp", "parameter_list", "1,3,6")), (*named("luca"), ("dhcp", "parameter_list", "1,3,6,15"))
    )
    assert (updated.points, updated.reasons[-1]) == (30, "but another list of DHCP parameters")
    phone, printer = (
        (*named("luca"), ("mdns", "device-info.model", "iPhone14,2")),
        (
            *named("luca"),
            ("mdns", "service", "_ipp._tcp"),
        ),
    )
    assert alike(phone, printer) == (0, ())


def test_a_vendor_s_guess_rules_nothing_out() -> None:
    laptop = (*named("luca"), ("oui", "vendor", "Raspberry Pi Foundation"))
    phone = (*named("luca"), ("mdns", "device-info.model", "iPhone14,2"))
    assert alike(laptop, phone).points == CHOSEN_POINTS


@pytest.mark.parametrize(
    ("fact", "keys"),
    [
        (("dhcp", "hostname", "Lucas-iPhone.local"), [("name", "lucas-iphone")]),
        (("dhcp", "hostname", "android"), []),
        (("ssh", "hostname", "lucas"), []),
        (("dhcp", "parameter_list", "1,3"), [("parameter_list", "1,3")]),
        (("mdns", "instance", "Luca's iMac"), [("instance", "Luca's iMac")]),
        (("dhcpv6", "duid", "0001"), [("duid", "0001")]),
        (("dhcp", "vendor_class", "MSFT 5.0"), []),
        (("http_user_agent", "user_agent", "curl/8"), []),
    ],
)
def test_pairs_are_looked_for_by_what_tells_machines_apart(
    fact: tuple[str, str, str], keys: list[tuple[str, str]]
) -> None:
    assert keys_of(Evidence(1, *fact, 0, 0)) == keys


@pytest.mark.parametrize("nameless", ["", " ", "(none)", "*", "unknown", "LOCALHOST.local"])
def test_a_name_that_names_nothing(nameless: str) -> None:
    assert plain_host(nameless) is None
