"""Devices under several random addresses are suggested as one, and no others."""

from __future__ import annotations

from netscope.engine.enrich.devices import DeviceProfiler
from netscope.engine.enrich.same_device import MAX_KEYS, MAX_NEW, MAX_PAIRS, TOGETHER, WAIT_NS, SameDevices
from netscope.model.records import Device, DevicePair, Evidence

MINUTE = 60_000_000_000
HOUR = 60 * MINUTE


class Home:
    """Devices that are heard minute by minute."""

    def __init__(self) -> None:
        self.devices: dict[int, Device] = {}
        self.profiler = DeviceProfiler()
        self.same = SameDevices(self.profiler, self.devices.get)

    def hear(self, number: int, at_ns: int, *facts: tuple[str, str, str], is_random: bool = True) -> Device:
        device = self.devices.get(number)
        if device is None:
            mac = f"{'da' if is_random else '00'}:a1:19:00:{number >> 8:02x}:{number & 255:02x}"
            device = self.devices[number] = Device(number, mac, at_ns, at_ns, randomized_mac=is_random)
        device.last_seen_ns = at_ns
        for fact in facts:
            for item in self.profiler.hear(device, *fact, at_ns):
                self.same.note(item)
        return device

    def look(self, now_ns: int) -> list[tuple[int, int, int]]:
        return [(p.device_id, p.other_device_id, p.confidence) for p in self.same.look(now_ns)]


NAME = ("dhcp", "hostname", "Lucas-iPhone")


def test_a_phone_that_came_back_under_another_address_is_suggested_once_it_stayed() -> None:
    home = Home()
    home.hear(1, 0, NAME)
    home.hear(2, 12 * HOUR, NAME)
    assert home.look(12 * HOUR + MINUTE) == []
    home.hear(2, 12 * HOUR + WAIT_NS)
    assert home.look(12 * HOUR + WAIT_NS) == [(2, 1, 50)]
    assert home.look(12 * HOUR + WAIT_NS + MINUTE) == []
    (pair,) = home.same.of(1)
    assert (pair.evidence, pair.gap_ns) == (("same host name Lucas-iPhone",), 12 * HOUR)
    assert home.same.of(2) == [pair]
    assert home.same.of(3) == []


def test_at_the_end_of_a_capture_nobody_waits() -> None:
    home = Home()
    home.hear(1, 0, NAME)
    home.hear(2, MINUTE, NAME)
    assert [pair.confidence for pair in home.same.look(2 * MINUTE, is_over=True)] == [60]


def test_two_that_are_here_at_one_time_are_two() -> None:
    home = Home()
    home.hear(1, 0, NAME)
    home.hear(2, MINUTE, NAME)
    home.hear(1, 2 * MINUTE)
    assert home.look(MINUTE + WAIT_NS) == []


def test_a_pair_that_turns_out_to_be_two_is_withdrawn_for_good() -> None:
    home = Home()
    home.hear(1, 0, NAME)
    home.hear(2, HOUR, NAME)
    assert home.look(2 * HOUR) == [(2, 1, 50)]
    changed = []
    for minute in range(20):
        at_ns = 2 * HOUR + minute * MINUTE
        home.hear(1 + minute % 2, at_ns)
        changed += home.look(at_ns)
    assert changed == [(2, 1, 0)]
    assert home.same.of(1) == []
    home.hear(2, 4 * HOUR, ("dhcpv6", "duid", "0001"))
    home.hear(1, 4 * HOUR, ("dhcpv6", "duid", "0001"))
    assert home.look(5 * HOUR) == []


def test_a_phone_that_changes_between_two_networks_of_the_house_stays_suggested() -> None:
    home = Home()
    home.hear(1, 0, NAME)
    home.hear(2, HOUR, NAME)
    home.look(2 * HOUR)
    for hour in range(3, 12):
        home.hear(1 + hour % 2, hour * HOUR)
        assert home.look(hour * HOUR) == []
    assert [pair.confidence for pair in home.same.of(1)] == [50]


def test_more_evidence_makes_it_surer() -> None:
    home = Home()
    home.hear(1, 0, NAME, ("dhcp", "parameter_list", "1,121,3,6,15,108,114,119,252"))
    home.hear(2, HOUR, NAME)
    assert home.look(2 * HOUR) == [(2, 1, 50)]
    home.hear(2, 2 * HOUR, ("dhcp", "parameter_list", "1,121,3,6,15,108,114,119,252"))
    assert home.look(2 * HOUR + MINUTE) == [(2, 1, 60)]


def test_addresses_given_by_makers_are_machines_of_their_own() -> None:
    home = Home()
    home.hear(1, 0, NAME, is_random=False)
    home.hear(2, HOUR, NAME, is_random=False)
    assert home.look(2 * HOUR) == []
    home.hear(3, 3 * HOUR, NAME)
    assert [other for _, other, _ in home.look(4 * HOUR)] == [2, 1]


def test_of_a_phone_s_many_addresses_each_is_tied_to_the_last_ones() -> None:
    home = Home()
    for day in range(1, 40):
        home.hear(day, day * 24 * HOUR, NAME)
        found = home.look(day * 24 * HOUR + WAIT_NS)
        assert [other for _, other, _ in found] == list(range(day - 1, 0, -1))[:MAX_NEW]


def test_what_earlier_runs_knew_is_remembered() -> None:
    evidence = Evidence(1, *NAME, 0, 0)
    old, new = (
        Device(1, "da:a1:19:00:00:01", 0, 0, randomized_mac=True),
        Device(2, "da:a1:19:00:00:02", HOUR, HOUR, True),
    )
    profiler = DeviceProfiler()
    profiler.remember([evidence])
    same = SameDevices(profiler, {1: old, 2: new}.get, [evidence])
    for item in profiler.hear(new, *NAME, HOUR):
        same.note(item)
    (pair,) = same.look(2 * HOUR)
    assert (pair.other_device_id, pair.confidence) == (1, 50)
    again = SameDevices(profiler, {1: old, 2: new}.get, [evidence], [pair])
    assert again.of(1) == [pair]
    withdrawn = DevicePair(2, 1, 0, (TOGETHER,), HOUR, HOUR, HOUR)
    against = SameDevices(profiler, {1: old, 2: new}.get, [evidence], [withdrawn])
    for item in profiler.evidence(new):
        against.note(item)
    assert against.look(3 * HOUR) == []


def test_floods_of_names_and_pairs_are_bounded() -> None:
    home = Home()
    for number in range(1, MAX_KEYS + 100):
        home.same.note(Evidence(number, "dhcp", "hostname", f"name-{number}", 0, 0))
    assert home.look(HOUR) == []
    for number in range(1, 2 * MAX_PAIRS):
        home.hear(number, number * HOUR, NAME)
        home.look(number * HOUR + WAIT_NS)
    assert home.same.of(1) == []
    assert len(home.same.of(2 * MAX_PAIRS - 1)) == MAX_NEW
