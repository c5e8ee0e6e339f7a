"""What a run keeps of its past: bounded, exact, and cheap to ask."""

from __future__ import annotations

from netscope.engine.chronicle import (
    COURSE_LENGTHS_S,
    SLOT_S,
    SLOTS,
    Chronicle,
    Contacts,
    Course,
    DeviceHours,
)
from netscope.engine.rates import NO_HISTORY
from netscope.engine.views import flow_row
from netscope.model.records import Device
from netscope.model.usual import HOUR_NS
from tests.engine.analyze.samples import SECOND, START, at, flow

NOTHING = (0, 0, 0, 0, 0, 0, 0)
FIGURES = (0, 0, NO_HISTORY)


def amounts(number: int = 1) -> tuple[int, ...]:
    return (number, 2 * number, 3, 1, 0, 0, 0)


def test_the_course_is_told_by_the_second_while_it_is_short() -> None:
    course = Course(max_buckets=10)
    for second in (0, 1, 1, 5):
        course.add(at(second), amounts())
    course.add(at(6), NOTHING)
    found = course.buckets()
    assert [(bucket.start_ns - START) // SECOND for bucket in found] == [0, 1, 5]
    assert {bucket.seconds for bucket in found} == {1}
    assert (found[1].bytes_up, found[1].bytes_down, found[1].packets, found[1].flows) == (2, 4, 6, 2)


def test_buckets_grow_with_the_run_and_lose_nothing() -> None:
    course = Course(max_buckets=10)
    for second in range(1_000):
        course.add(at(second), amounts())
    found = course.buckets()
    assert len(found) <= 10
    assert found[0].seconds in COURSE_LENGTHS_S
    assert found[0].seconds > 1
    assert sum(bucket.bytes_up for bucket in found) == 1_000
    assert all(bucket.start_ns % (bucket.seconds * SECOND) == 0 for bucket in found)


def test_a_run_of_years_keeps_its_newest_hours() -> None:
    course = Course(max_buckets=10)
    for hour in range(40):
        course.add(START + hour * HOUR_NS, amounts())
    found = course.buckets()
    assert [(bucket.start_ns - START) // HOUR_NS for bucket in found] == list(range(30, 40))
    assert found[0].seconds == 3600


def test_contacts_are_counted_as_flows_end_by_the_last_24_hours() -> None:
    contacts = Contacts()
    contacts.ended(flow(server_name="a.example", country="DE", size=(100, 900)))
    contacts.ended(flow(server_name="a.example", country="DE", size=(50, 50), seconds=3_600))
    contacts.ended(flow(server="198.51.100.9", country="US", size=(10, 10)))
    contacts.ended(flow(server_name="b.example", device_id=2, tracker="Ads", size=(1, 1)))
    found = contacts.of_device(1, (), at(3_700), 10)
    assert [(d.name, d.bytes, d.flows, d.country) for d in found] == [
        ("a.example", 1_100, 2, "DE"), ("198.51.100.9", 20, 1, "US"),
    ]  # fmt: skip
    assert [d.tracker for d in contacts.of_device(2, (), at(3_700), 10)] == ["Ads"]
    assert [(c.country, c.bytes, c.flows, c.devices, c.names) for c in contacts.by_country((), at(3_700))] == [
        ("DE", 1_100, 2, 1, 1), ("US", 20, 1, 1, 1), (None, 2, 1, 1, 1),
    ]  # fmt: skip
    assert contacts.bytes_of_name("a.example", (), at(3_700)) == 1_100
    assert [d.bytes for d in contacts.of_device(1, (), START + 24 * HOUR_NS, 10)] == [100]


def test_a_local_server_talks_to_its_clients() -> None:
    contacts = Contacts()
    contacts.ended(flow(server="192.168.1.5", device_id=1, server_device_id=4, size=(100, 900)))
    assert [(d.name, d.bytes) for d in contacts.of_device(4, (), at(5), 10)] == [("192.168.1.61", 1_000)]


def test_contacts_are_bounded_and_what_does_not_fit_is_summed_up() -> None:
    contacts = Contacts(pairs_an_hour=3)
    for number in range(10):
        contacts.ended(flow(server=f"198.51.100.{number}", size=(1, 0)))
    found = contacts.of_device(1, (), at(5), 10)
    assert [(d.name, d.bytes) for d in found] == [("others", 7), *[(f"198.51.100.{n}", 1) for n in range(3)]]
    for hour in range(60):
        contacts.ended(flow(seconds=3_600 * hour, size=(1, 0)))
    assert sum(d.flows for d in contacts.of_device(1, (), at(3_600 * 59), 10)) == 24


def test_a_flow_that_ended_more_than_a_day_before_the_newest_is_not_counted() -> None:
    contacts = Contacts()
    contacts.ended(flow(seconds=100 * 3_600))
    contacts.ended(flow(seconds=0))
    assert sum(d.flows for d in contacts.of_device(1, (), at(100 * 3_600), 10)) == 1


def test_hours_of_a_device_start_from_what_it_moved_before() -> None:
    hours = DeviceHours(1_000, 0)
    for hour, total in ((500, 1_000), (500, 1_400), (501, 1_500), (503, 1_900)):
        hours.sample(total, hour * HOUR_NS)
    assert hours.first_hour == 500
    assert hours.by_hour(1_900) == {500: 400, 501: 100, 503: 400}


def test_minutes_of_a_device_are_those_before_now() -> None:
    hours = DeviceHours(0, 0)
    for minute, total in ((1_000, 5), (1_000, 7), (1_002, 17), (1_050, 18)):
        hours.sample(total, minute * 60 * SECOND)
    told = hours.minutes(1_051 * 60 * SECOND)
    assert [(place, size) for place, size in enumerate(told) if size] == [(8, 7), (10, 10), (58, 1)]
    assert hours.minutes(1_080 * 60 * SECOND)[29] == 1
    assert sum(hours.minutes(2_000 * 60 * SECOND)) == 0


def a_device(number: int = 1, moved: int = 0) -> Device:
    return Device(number, f"aa:00:00:00:00:{number:02x}", START, START, bytes_sent=moved, bytes_received=2 * moved)


def test_the_last_four_minutes_of_a_device_by_slots() -> None:
    chronicle, device = Chronicle(), a_device()
    for second in range(SLOTS * SLOT_S + 40):
        device.bytes_sent += 10
        device.bytes_received += 100 if second < 20 else 0
        chronicle.second(at(second), (0, 0, 0), {1: device})
    series = chronicle.series(1)
    assert series is not None
    assert (len(series.up), series.slot_s) == (SLOTS, SLOT_S)
    assert set(series.up) == {10 * SLOT_S}
    assert sum(series.down) == 0
    assert chronicle.series(7) is None


def test_silence_moves_the_series_on() -> None:
    chronicle, device = Chronicle(), a_device()
    chronicle.second(at(0), (0, 0, 0), {1: device})
    device.bytes_sent = 4_000
    chronicle.second(at(SLOT_S), (0, 0, 0), {1: device})
    chronicle.second(at(SLOT_S * 11), (0, 0, 0), {1: device})
    series = chronicle.series(1)
    assert series is not None
    assert [index for index, value in enumerate(reversed(series.up)) if value] == [10]
    chronicle.second(at(SLOT_S * 1_000), (0, 0, 0), {1: device})
    series = chronicle.series(1)
    assert series is not None
    assert sum(series.up) == 0


def test_the_day_of_a_device_known_before_counts_only_this_run() -> None:
    chronicle, device = Chronicle(), a_device(moved=1_000_000)
    chronicle.attach([device])
    chronicle.second(at(0), (5, 6, 7), {1: device})
    device.bytes_received += 500
    chronicle.second(at(10), (0, 0, 0), {1: device, 2: a_device(2)})
    day = chronicle.day(1, 3_000_500, at(11))
    assert (day[-1].bytes, day[-1].days) == (500, 0)
    assert sum(hour.bytes for hour in chronicle.day(9, 0, at(11))) == 0
    assert [(b.bytes_up, b.bytes_down, b.packets, b.devices) for b in chronicle.course.buckets()] == [
        (5, 6, 7, 0), (0, 0, 0, 1),
    ]  # fmt: skip


def test_what_began_is_told_with_the_second_it_began_in() -> None:
    chronicle = Chronicle()
    chronicle.flows, chronicle.tracker_hits = 3, 2
    chronicle.second(at(0), (1, 1, 1), {})
    chronicle.second(at(1), (1, 1, 1), {})
    chronicle.alert(at(0))
    first, second = chronicle.course.buckets()
    assert (first.flows, first.tracker_hits, first.alerts) == (3, 2, 1)
    assert (second.flows, second.tracker_hits, second.alerts) == (0, 0, 0)


def test_after_months_of_silence_the_hours_before_are_forgotten() -> None:
    chronicle, device = Chronicle(), a_device(moved=1_000)
    chronicle.second(at(0), (0, 0, 0), {1: device})
    device.bytes_received += 500
    chronicle.second(at(10), (0, 0, 0), {1: device})
    later_s = 200 * 86_400
    chronicle.second(at(later_s), (0, 0, 0), {1: device})
    device.bytes_received += 70
    chronicle.second(at(later_s + 10), (0, 0, 0), {1: device})
    day = chronicle.day(1, device.bytes_sent + device.bytes_received, at(later_s + 11))
    assert day[-1].bytes == 70
    assert sum(hour.bytes for hour in day) == 70


def test_open_flows_count_in_their_country_and_a_host_of_two_devices_once() -> None:
    contacts = Contacts()
    contacts.ended(flow(server_name="a.example", country="DE", size=(100, 900)))
    opened = [
        flow(server_name=name, country=country, device_id=device, size=(10, 20), state="S1", end_reason=None)
        for name, country, device in (
            ("a.example", "DE", 1), ("a.example", "DE", 2), ("b.example", "DE", 2), ("c.example", "US", 2)
        )
    ]  # fmt: skip
    rows = [flow_row(each, "tv", FIGURES, alert=False) for each in opened]
    rows.append(rows[0]._replace(end_reason="fin"))
    assert [(c.country, c.bytes, c.flows, c.devices, c.names) for c in contacts.by_country(rows, at(5))] == [
        ("DE", 1_090, 4, 2, 2), ("US", 30, 1, 1, 1),
    ]  # fmt: skip
