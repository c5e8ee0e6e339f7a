"""What a device is taken for, by which evidence, and within which bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netscope.engine.enrich import devices as module
from netscope.engine.enrich.devices import MAX_EVIDENCE, MAX_OF_SOURCE, REPEAT_NS, DeviceProfiler, default_name
from netscope.model.records import Device

PI = "b8:27:eb:12:4f:2a"
RANDOM = "da:a1:19:00:4f:2a"


def device(mac: str = PI, number: int = 1) -> Device:
    return Device(number, mac, 0, 0)


def test_a_device_is_met_with_vendor_and_a_name_that_says_it() -> None:
    profiler, pi = DeviceProfiler(), device()
    evidence = profiler.meet(pi, 7)
    assert (pi.vendor, pi.name, pi.name_source) == ("Raspberry Pi Foundation", "raspberrypi-4f2a", "vendor")
    assert (pi.kind, pi.os, pi.model) == ("computer", "Linux", "Raspberry Pi")
    assert [(e.source, e.attribute, e.value, e.first_seen_ns) for e in evidence] == [
        ("oui", "vendor", "Raspberry Pi Foundation", 7)
    ]


def test_a_random_address_has_no_vendor_and_takes_its_kind_for_a_name() -> None:
    profiler, phone = DeviceProfiler(), device(RANDOM)
    assert profiler.meet(phone, 0) == []
    assert (phone.randomized_mac, phone.vendor, phone.name) == (True, None, "device-4f2a")
    profiler.hear(phone, "dhcp", "vendor_class", "android-dhcp-14", 1)
    assert (phone.kind, phone.os, phone.name) == ("phone", "Android 14", "phone-4f2a")


def test_an_address_that_software_assigns_is_not_random_although_the_table_said_so() -> None:
    container = device("02:42:ac:11:00:02")
    container.randomized_mac = True
    DeviceProfiler().meet(container, 0)
    assert (container.randomized_mac, container.vendor) == (False, "Docker")


def test_of_conflicting_evidence_the_more_confident_stands_in_any_order() -> None:
    strong = ("mdns", "device-info.model", "iMac11,3")
    weak = ("dhcp", "hostname", "Lucas-iPhone")
    for order in ((strong, weak), (weak, strong)):
        profiler, mac = DeviceProfiler(), device(RANDOM)
        for at, heard in enumerate(order):
            profiler.hear(mac, *heard, at)
        assert (mac.kind, mac.os, mac.model) == ("computer", "macOS", "iMac11,3")
        assert [judgement[:4] for judgement in profiler.judgements(mac)][:2] == [
            ("kind", "computer", 95, "mdns"),
            ("kind", "phone", 70, "dhcp"),
        ]


def test_names_by_rank_and_the_last_heard_of_one_rank() -> None:
    profiler, mac = DeviceProfiler(), device()
    profiler.meet(mac, 0)
    told = [
        ("nbns", "hostname", "KITCHEN", "KITCHEN"),
        ("dhcp", "hostname", "kitchen-pi", "kitchen-pi"),
        ("nbns", "hostname", "OTHER", "kitchen-pi"),
        ("dhcp", "hostname", "renamed-pi", "renamed-pi"),
        ("mdns", "hostname", "pi", "pi"),
        ("mdns", "instance", "Kitchen Pi", "Kitchen Pi"),
        ("dhcp", "hostname", "kitchen-pi", "Kitchen Pi"),
    ]
    for at, (source, attribute, value, name) in enumerate(told):
        profiler.hear(mac, source, attribute, value, at)
        assert mac.name == name


@pytest.mark.parametrize("junk", ["localhost", "android-1c1335ec95a27318", "F4B85EFF2B1B", "unknown", "*"])
def test_a_name_that_says_nothing_gives_way_to_any_other(junk: str) -> None:
    profiler, thing = DeviceProfiler(), device()
    profiler.meet(thing, 0)
    profiler.hear(thing, "mdns", "hostname", junk, 1)
    assert thing.name == junk
    profiler.hear(thing, "nbns", "hostname", "KITCHEN", 2)
    assert thing.name == "KITCHEN"


def test_what_an_earlier_recording_knew_stays_until_better_is_heard() -> None:
    known = device()
    known.name, known.name_source, known.kind, known.os = "kitchen", "mdns", "speaker", "Linux"
    profiler = DeviceProfiler()
    profiler.hear(known, "nbns", "hostname", "WEAK", 1)
    profiler.hear(known, "ssh", "server_version", "nothing known", 1)
    assert (known.name, known.kind) == ("kitchen", "speaker")
    profiler.hear(known, "mdns", "device-info.model", "iMac11,3", 2)
    assert (known.kind, known.os) == ("computer", "macOS")


def test_repeated_evidence_is_counted_and_told_once_a_minute() -> None:
    profiler, pi = DeviceProfiler(), device()
    told = [
        bool(profiler.hear(pi, "dhcp", "hostname", "pi", at)) for at in (0, 1, REPEAT_NS - 1, REPEAT_NS, REPEAT_NS + 1)
    ]
    assert told == [True, False, False, True, False]
    (evidence,) = profiler.evidence(pi)
    assert (evidence.count, evidence.first_seen_ns, evidence.last_seen_ns) == (5, 0, REPEAT_NS + 1)


def test_a_flood_of_evidence_pushes_nothing_out() -> None:
    profiler, pi = DeviceProfiler(), device()
    profiler.meet(pi, 0)
    for number in range(1000):
        profiler.hear(pi, "http_user_agent", "user_agent", f"agent {number}", number)
    for number in range(1000):
        profiler.hear(pi, f"source {number}", "x", "y", number)
    kept = profiler.evidence(pi)
    assert len(kept) == MAX_EVIDENCE
    assert kept[0].source == "oui"
    assert sum(1 for e in kept if e.source == "http_user_agent") == MAX_OF_SOURCE


def test_of_more_devices_than_there_is_room_for_nothing_is_kept() -> None:
    profiler = DeviceProfiler(max_profiles=3)
    for number in range(5):
        profiler.hear(device(PI, number), "dhcp", "hostname", f"pi{number}", 0)
    assert len(profiler) == 3
    late = device(PI, 9)
    assert profiler.hear(late, "dhcp", "hostname", "late", 0) == []
    assert late.name is None


def test_long_and_empty_values() -> None:
    profiler, pi = DeviceProfiler(), device()
    assert profiler.hear(pi, "dhcp", "hostname", "  ", 0) == []
    (evidence,) = profiler.hear(pi, "dhcp", "hostname", "x" * 5000, 0)
    assert len(evidence.value) == module.MAX_VALUE_CHARS


def test_hostile_names_are_kept_raw() -> None:
    profiler, pi = DeviceProfiler(), device()
    profiler.hear(pi, "mdns", "hostname", "\x1b[31m[red]evil", 0)
    assert pi.name == "\x1b[31m[red]evil"


def test_a_gateway_is_a_router() -> None:
    router = device("00:1c:7f:53:d0:28")
    router.is_gateway = True
    DeviceProfiler().meet(router, 0)
    assert router.kind == "router"


@given(
    st.lists(
        st.tuples(st.sampled_from(["dhcp", "mdns", "nbns"]), st.just("hostname"), st.text(max_size=40)), max_size=30
    )
)
def test_any_names_leave_the_device_with_one(heard: list[tuple[str, str, str]]) -> None:
    profiler, pi = DeviceProfiler(), device()
    profiler.meet(pi, 0)
    for at, fact in enumerate(heard):
        profiler.hear(pi, *fact, at)
    assert pi.name
    assert default_name(pi) == "raspberrypi-4f2a"
