"""A household of seven weeks in virtual time: learning, drift, clocks put forward, a holiday, and the unusual at last.

Judged as a run would: device totals and flows hour by hour, each judged before it is learned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from netscope.engine.analyze.detector import DAY_NS, HOUR_NS, QuietDetector
from netscope.engine.analyze.hello_change import HelloChange
from netscope.engine.analyze.neighbours import Neighbours
from netscope.engine.analyze.new_place import NewPlace
from netscope.engine.analyze.new_service import NewService
from netscope.engine.analyze.unusual_traffic import UnusualTraffic
from netscope.engine.analyze.upload import Upload
from netscope.model.flow import Flow
from netscope.model.records import Alert, Device
from tests.engine.analyze.samples import START, device, flow, hello

MB = 1_000_000
MONDAY = START - START % DAY_NS + 4 * DAY_NS
"""2026-01-05, after START's Thursday."""
PHONE, TV, NAS, LAMP, LAPTOP = range(11, 16)
ADDRESS = {PHONE: "192.168.1.31", TV: "192.168.1.20", NAS: "192.168.1.5", LAMP: "192.168.1.57", LAPTOP: "192.168.1.12"}
CLOUD = {"server": "52.1.2.3", "server_name": "backup.example", "country": "IE", "asn": 16509, "as_org": "Amazon"}
MAKER = {"server": "3.121.31.200", "server_name": "hub.lamp.example", "country": "DE", "asn": 16509, "as_org": "Amazon"}


class Past:
    """The recording's side of a detector's memory."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], Any] = {}

    def baseline(self, detector: str, key: str) -> Any:
        return self.values.get((detector, key))

    def baselines(self, detector: str) -> dict[str, Any]:
        return {key: value for (of, key), value in self.values.items() if of == detector}

    def set_baseline(self, detector: str, key: str, value: Any) -> None:
        self.values[detector, key] = value


@dataclass
class Household:
    past: Past = field(default_factory=Past)
    rng: Random = field(default_factory=lambda: Random(3))
    now_ns: int = MONDAY

    def __post_init__(self) -> None:
        self.devices = [
            device(number, f"aa:00:00:00:00:{number:02x}", addresses={ADDRESS[number]: (0, 0)}) for number in ADDRESS
        ]
        self.start()

    def start(self) -> None:
        """A run: detectors that know what the recording tells them."""
        neighbours = Neighbours(self.devices)
        history = self.past
        self.detectors: tuple[QuietDetector, ...] = (
            UnusualTraffic(neighbours, history), Upload(neighbours, history), NewPlace(neighbours, history),
            NewService(neighbours, history), HelloChange(neighbours, history),
        )  # fmt: skip

    def device(self, number: int) -> Device:
        return next(one for one in self.devices if one.id == number)

    def flow(self, number: int, megabytes_up: float = 0.01, megabytes_down: float = 0.05, **more: Any) -> list[Alert]:
        """One that begins and ends now."""
        seconds = (self.now_ns - START) / 1e9
        size = (int(megabytes_up * MB), int(megabytes_down * MB))
        made = flow(client=ADDRESS[number], device_id=number, seconds=seconds, size=size, **{**MAKER, **more})
        its = self.device(number)
        its.bytes_sent += size[0]
        its.bytes_received += size[1]
        return [*self.judged("flow_opened", made), *self.judged("flow_closed", made)]

    def judged(self, method: str, seen: Flow) -> list[Alert]:
        return [alert for detector in self.detectors for alert in getattr(detector, method)(seen)]

    def greets(self, number: int, ja4: str) -> list[Alert]:
        seconds = (self.now_ns - START) / 1e9
        greeting = hello(seconds, of=flow(client=ADDRESS[number], device_id=number, seconds=seconds), ja4=ja4)
        return [alert for detector in self.detectors for alert in detector.observe(greeting)
                if isinstance(detector, HelloChange)]  # fmt: skip

    def local(self, number: int, megabytes: float) -> None:
        self.device(number).bytes_received += int(megabytes * MB)

    def minutes(self, count: int = 6) -> list[Alert]:
        said: list[Alert] = []
        for _ in range(count):
            self.now_ns += HOUR_NS // count
            said += [alert for detector in self.detectors for alert in detector.minute(self.now_ns, [])]
        return said

    def hour(self, day: int, hour: int, *, home: bool, growth: float) -> list[Alert]:
        """What everybody does in an hour of the day; ``home``: whether somebody is there."""
        weekend, vary = day % 7 >= 5, self.rng.uniform(0.6, 1.5)
        said = self.flow(LAMP, 0.02)
        if hour == 3:
            said += self.flow(NAS, 150 * vary, 1, **CLOUD)
            if day % 7 == 6:
                said += self.flow(NAS, 2_500 * vary, 1, **CLOUD)
        if home and 7 <= hour <= 22:
            said += self.flow(PHONE, 4 * vary, 40 * vary * growth, country=("DE", "IE", "US")[hour % 3])
        if home and (18 <= hour <= 22 or (weekend and 10 <= hour <= 22)):
            self.local(TV, 900 * vary * growth)
        if home and not weekend and 8 <= hour <= 17:
            said += self.flow(LAPTOP, 30 * vary, 200 * vary * growth, country=("DE", "US")[hour % 2])
        return [*said, *self.minutes()]

    def days(self, first: int, last: int, *, home: bool = True, shift_h: int = 0) -> Iterator[Alert]:
        for day in range(first, last):
            for hour in range(24):
                yield from self.hour(day, (hour + shift_h) % 24, home=home, growth=1 + day / 100)


def told(alerts: list[Alert]) -> list[tuple[str, str]]:
    return [(alert.detector, alert.severity) for alert in alerts]


def test_seven_ordinary_weeks_are_quiet_and_what_comes_after_is_told() -> None:
    house = Household()
    house.greets(LAMP, "lamp-ja4")
    house.flow(NAS, server=ADDRESS[NAS], server_device_id=NAS, port=445)
    ordinary = [
        *house.days(0, 28), *house.days(28, 35, shift_h=1), *house.days(35, 45, home=False, shift_h=1),
        *house.days(45, 49, shift_h=1),
    ]  # fmt: skip
    assert [alert for alert in ordinary if alert.severity != "low"] == []
    assert len(ordinary) <= 4, told(ordinary)

    # Week eight, a working day in the small hours.
    list(house.days(49, 50, shift_h=1))
    house.local(TV, 3_000)
    assert told(house.minutes()) == [("unusual_traffic", "low")]
    carried_off = house.flow(LAMP, 400, 1, server="203.0.113.9", server_name=None, country="KP", asn=1)
    assert ("upload", "high") in told(carried_off)
    assert ("new_place", "medium") in told(carried_off)
    assert told(house.greets(LAMP, "other-ja4")) == [("hello_change", "low")]
    house.minutes()
    opened = house.flow(
        LAPTOP, server=ADDRESS[LAMP], server_device_id=LAMP, server_name=None, port=23, history="ShADadFf"
    )
    assert ("new_service", "medium") in told(opened)


def test_what_was_judged_is_learned_afterwards() -> None:
    house = Household()
    list(house.days(0, 15))
    again: dict[str, object] = {"server": "203.0.113.9", "server_name": None, "country": "KP", "asn": 1}
    assert {"upload", "new_place"} <= {name for name, _ in told(house.flow(LAMP, 400, 1, **again))}
    house.minutes()
    house.now_ns += 20 * HOUR_NS
    assert told(house.flow(LAMP, 400, 1, **again)) == []


def test_nothing_is_told_while_it_is_learned() -> None:
    house = Household()
    said = list(house.days(0, 6))
    said += house.flow(LAMP, 90, 1, server="203.0.113.9", server_name=None, country="KP", asn=1)
    assert told(said) == []


def test_a_run_that_starts_again_knows_what_was_learned() -> None:
    house = Household()
    house.greets(LAMP, "lamp-ja4")
    list(house.days(0, 16))
    house.start()
    list(house.days(16, 17))
    assert ("upload", "high") in told(
        said := house.flow(LAMP, 400, 1, server="203.0.113.9", server_name=None, country="KP", asn=1)
    )
    assert ("new_place", "medium") in told(said)
    assert told(house.greets(LAMP, "other-ja4")) == [("hello_change", "low")]
    fresh = Household()
    assert told(fresh.flow(LAMP, 400, 1, server="203.0.113.9", server_name=None, country="KP", asn=1)) == []
