"""What a run keeps of its own past: its course, whom each device talked to in the last day, how busy each was by hour.

For screens that ask. Fed on the engine's thread once a second and at the end of a flow, read from any; states its
bounds. With a recording the file tells all of it for longer.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final

from netscope.model.flow import Flow
from netscope.model.history import CountryTraffic, CourseBucket, Destination, RateSeries
from netscope.model.records import Device
from netscope.model.snapshot import FlowRow
from netscope.model.usual import HOUR_NS, HOURS, USUAL_DAYS, HourBytes, day_profile

SECOND_NS: Final = 1_000_000_000

COURSE_LENGTHS_S: Final[tuple[int, ...]] = (1, 10, 60, 600, 3600)
"""Of a bucket: the next when there are too many, so that a run of any length is told, of late 100 days by the hour."""
MAX_BUCKETS: Final = 2_400
PAIRS_AN_HOUR: Final = 4_000
"""Devices and whom they talk to; more of one hour are summed up under no name."""
MAX_PROFILES: Final = 1_024
"""Devices whose hours are kept; 40 KB each when they have been busy for four weeks."""
MINUTE_NS: Final = 60 * SECOND_NS
MINUTES: Final = 60
SLOT_S: Final = 4
SLOTS: Final = 60
MAX_SERIES: Final = 4_096
"""Devices whose last four minutes are kept, a kilobyte each."""


class Course:
    """The run in buckets of equal length; those in which nothing happened are left out."""

    def __init__(self, max_buckets: int = MAX_BUCKETS) -> None:
        self._max_buckets = max_buckets
        self._length = 0
        self._buckets: OrderedDict[int, array[int]] = OrderedDict()
        """By start in seconds: bytes up and down, packets, flows, devices, tracker hits, alerts."""

    def add(self, at_ns: int, amounts: tuple[int, ...]) -> None:
        if any(amounts):
            self._add(at_ns // SECOND_NS, amounts)

    def _add(self, at_s: int, amounts: Iterable[int]) -> None:
        length_s = COURSE_LENGTHS_S[self._length]
        start_s = at_s - at_s % length_s
        bucket = self._buckets.get(start_s)
        if bucket is None:
            bucket = self._buckets[start_s] = array("Q", bytes(8 * 7))
            if len(self._buckets) > self._max_buckets:
                self._make_room()
                bucket = self._buckets[at_s - at_s % COURSE_LENGTHS_S[self._length]]
        for place, amount in enumerate(amounts):
            bucket[place] += amount

    def _make_room(self) -> None:
        """Longer buckets; when they are the longest, the oldest goes."""
        if self._length == len(COURSE_LENGTHS_S) - 1:
            self._buckets.popitem(last=False)
            return
        self._length += 1
        before, self._buckets = self._buckets, OrderedDict()
        for start_s, amounts in before.items():
            self._add(start_s, amounts)

    def buckets(self) -> list[CourseBucket]:
        """Oldest first; a copy, safe on any thread."""
        length_s = COURSE_LENGTHS_S[self._length]
        return [
            CourseBucket(start_s * SECOND_NS, length_s, *amounts) for start_s, amounts in sorted(self._buckets.items())
        ]


class Talked:
    """Bytes and flows of one device with one host in one hour."""

    __slots__ = ("bytes", "country", "flows", "tracker")

    def __init__(self) -> None:
        self.bytes = 0
        self.flows = 0
        self.country: str | None = None
        self.tracker: str | None = None

    def add(self, size: int, flows: int, country: str | None, tracker: str | None) -> None:
        self.bytes += size
        self.flows += flows
        self.country = country or self.country
        self.tracker = tracker or self.tracker


Pair = tuple[int | None, str]
"""Device and host name, else address."""
ELSEWHERE: Final = ""
"""Stands for the hosts there was no room for."""


class InCountry:
    """What went to one country and came from it."""

    __slots__ = ("bytes", "flows", "pairs")

    def __init__(self) -> None:
        self.bytes = 0
        self.flows = 0
        self.pairs: set[Pair] = set()

    def add(self, pair: Pair, size: int, flows: int) -> None:
        self.bytes += size
        self.flows += flows
        self.pairs.add(pair)

    def told(self, country: str | None) -> CountryTraffic:
        devices = {device_id for device_id, _ in self.pairs}
        hosts = {host for _, host in self.pairs}
        return CountryTraffic(country, self.bytes, self.flows, len(devices), len(hosts))


def _of_country(countries: dict[str | None, InCountry], country: str | None) -> InCountry:
    found = countries.get(country)
    if found is None:
        found = countries[country] = InCountry()
    return found


class Contacts:
    """Whom each device talked to, counted as flows end, by the hour of the last day."""

    def __init__(self, pairs_an_hour: int = PAIRS_AN_HOUR) -> None:
        self._pairs_an_hour = pairs_an_hour
        self._hours: OrderedDict[int, dict[Pair, Talked]] = OrderedDict()

    def ended(self, flow: Flow) -> None:
        pairs = self._hour(flow.last_seen_ns // HOUR_NS)
        if pairs is None:
            return
        host = flow.server_name or flow.server_ip
        size = flow.bytes_up + flow.bytes_down
        self._talked(pairs, flow.device_id, host).add(size, 1, flow.country, flow.tracker)
        if flow.server_device_id is not None and flow.server_device_id != flow.device_id:
            self._talked(pairs, flow.server_device_id, flow.client_ip).add(size, 1, None, None)

    def _hour(self, hour: int) -> dict[Pair, Talked] | None:
        pairs = self._hours.get(hour)
        if pairs is None:
            newest = max(self._hours, default=hour)
            if hour <= newest - HOURS:
                return None
            pairs = self._hours[hour] = {}
            for old in [kept for kept in self._hours if kept <= max(newest, hour) - HOURS]:
                del self._hours[old]
        return pairs

    def _talked(self, pairs: dict[Pair, Talked], device_id: int | None, host: str) -> Talked:
        talked = pairs.get((device_id, host))
        if talked is None:
            if len(pairs) >= self._pairs_an_hour:
                host = ELSEWHERE
            talked = pairs.setdefault((device_id, host), Talked())
        return talked

    def _lately(self, now_ns: int) -> list[tuple[Pair, Talked]]:
        """Of the last 24 hours, a pair once for each hour."""
        first = now_ns // HOUR_NS - HOURS + 1
        return [item for hour, pairs in list(self._hours.items()) if hour >= first for item in list(pairs.items())]

    def of_device(self, device_id: int, rows: Iterable[FlowRow], now_ns: int, most: int) -> list[Destination]:
        """The largest first."""
        # What is wanted is chosen before it is added up: a screen asks each second, of tens of thousands of flows.
        total = added_up(
            [item for item in self._lately(now_ns) if item[0][0] == device_id],
            [row for row in rows if row.device_id == device_id],
        )
        found = [
            Destination(host or "others", talked.bytes, talked.flows, talked.country, talked.tracker)
            for (_, host), talked in total.items()
        ]
        return sorted(found, key=lambda destination: -destination.bytes)[:most]

    def by_country(self, rows: Iterable[FlowRow], now_ns: int) -> list[CountryTraffic]:
        """Of all devices, the largest first."""
        # One pass without an object a flow: there may be tens of thousands, and the screen waits for it.
        countries: dict[str | None, InCountry] = {}
        for pair, talked in self._lately(now_ns):
            _of_country(countries, talked.country).add(pair, talked.bytes, talked.flows)
        for row in rows:
            if row.end_reason is None:
                pair = (row.device_id, row.server_name or row.server_ip)
                _of_country(countries, row.country).add(pair, row.bytes_up + row.bytes_down, 1)
        found = [each.told(country) for country, each in countries.items()]
        return sorted(found, key=lambda traffic: -traffic.bytes)

    def bytes_of_name(self, name: str, rows: Iterable[FlowRow], now_ns: int) -> int:
        ended = sum([talked.bytes for (_, host), talked in self._lately(now_ns) if host == name])
        return ended + sum(
            [
                row.bytes_up + row.bytes_down
                for row in rows
                if (row.server_name or row.server_ip) == name and row.end_reason is None
            ]
        )


def added_up(ended: Iterable[tuple[Pair, Talked]], rows: Iterable[FlowRow]) -> dict[Pair, Talked]:
    """What has ended, with the flows of ``rows`` that are still open."""
    total: dict[Pair, Talked] = {}
    for pair, talked in ended:
        _of(total, pair).add(talked.bytes, talked.flows, talked.country, talked.tracker)
    for row in rows:
        if row.end_reason is None:
            pair = (row.device_id, row.server_name or row.server_ip)
            _of(total, pair).add(row.bytes_up + row.bytes_down, 1, row.country, row.tracker)
    return total


def _of(total: dict[Pair, Talked], pair: Pair) -> Talked:
    talked = total.get(pair)
    if talked is None:
        talked = total[pair] = Talked()
    return talked


class DeviceHours:
    """Bytes of one device by hour since the epoch; hours in which nothing moved are left out."""

    __slots__ = ("_base", "_bytes", "_hour", "_minute", "_minutes", "_total", "first_hour")

    def __init__(self, before: int, hour: int) -> None:
        """``before``: what it had moved in earlier runs."""
        self._bytes: OrderedDict[int, int] = OrderedDict()
        self._hour = hour
        self._base = self._total = before
        """The device's total when the hour began, and now."""
        self.first_hour = hour
        self._minutes = array("Q", bytes(8 * MINUTES))
        self._minute = 0

    def sample(self, total: int, now_ns: int) -> None:
        self._sample_minute(total, now_ns // MINUTE_NS)
        hour = now_ns // HOUR_NS
        if not self.first_hour:
            self.first_hour = self._hour = hour
        elif hour > self._hour:
            if self._total > self._base:
                self._bytes[self._hour] = self._total - self._base
                while self._bytes and next(iter(self._bytes)) < hour - HOURS * (USUAL_DAYS + 1):
                    self._bytes.popitem(last=False)
            self._hour, self._base = hour, self._total
        self._total = total

    def _sample_minute(self, total: int, minute: int) -> None:
        for passed in range(max(self._minute + 1, minute - MINUTES + 1), minute + 1):
            self._minutes[passed % MINUTES] = 0
        self._minute = max(minute, self._minute)
        self._minutes[self._minute % MINUTES] += max(0, total - self._total)

    def minutes(self, now_ns: int) -> list[int]:
        """Bytes of each of the last 60 minutes, that of ``now_ns`` last."""
        sizes, now = list(self._minutes), now_ns // MINUTE_NS
        known = range(self._minute - MINUTES + 1, self._minute + 1)
        return [sizes[at % MINUTES] if at in known else 0 for at in range(now - MINUTES + 1, now + 1)]

    def by_hour(self, total: int) -> dict[int, int]:
        """The hour that is running too; ``total`` is the device's now."""
        return {**self._bytes, self._hour: max(0, total - self._base)}


class DeviceSeries:
    """Totals of one device at the last slot borders."""

    __slots__ = ("_received", "_sent")

    def __init__(self, device: Device) -> None:
        self._sent = array("Q", [device.bytes_sent] * (SLOTS + 1))
        self._received = array("Q", [device.bytes_received] * (SLOTS + 1))

    def sample(self, device: Device, slot: int, passed: int) -> None:
        """``passed``: slots since the last sample, all of which it stands for."""
        for behind in range(min(passed, SLOTS + 1)):
            at = (slot - behind) % (SLOTS + 1)
            self._sent[at], self._received[at] = device.bytes_sent, device.bytes_received

    def series(self, slot: int) -> RateSeries:
        sent, received = list(self._sent), list(self._received)
        borders = [border % (SLOTS + 1) for border in range(slot - SLOTS, slot + 1)]
        return RateSeries(
            slot * SLOT_S * SECOND_NS,
            SLOT_S,
            tuple([max(0, sent[b] - sent[a]) for a, b in pairwise(borders)]),
            tuple([max(0, received[b] - received[a]) for a, b in pairwise(borders)]),
        )


class Chronicle:
    """All of it together."""

    def __init__(self) -> None:
        self.course = Course()
        self.contacts = Contacts()
        self._hours: dict[int, DeviceHours] = {}
        self._series: dict[int, DeviceSeries] = {}
        self._slot = 0
        self._devices = 0
        self.flows = 0
        self.tracker_hits = 0
        """What began since the last second."""

    def attach(self, devices: Iterable[Device]) -> None:
        """Devices known from earlier runs: what they moved then is not of this one."""
        for device in devices:
            self._devices += 1
            if len(self._hours) < MAX_PROFILES:
                self._hours[device.id] = DeviceHours(device.bytes_sent + device.bytes_received, 0)

    def alert(self, first_ns: int) -> None:
        """It counts where it began, which may be long before it was noticed."""
        self.course.add(first_ns, (0, 0, 0, 0, 0, 0, 1))

    def second(self, now_ns: int, pulse: tuple[int, int, int], devices: Mapping[int, Device]) -> None:
        """``pulse``: bytes up, bytes down and packets of the second."""
        met, self._devices = len(devices) - self._devices, len(devices)
        self.course.add(now_ns, (*pulse, self.flows, met, self.tracker_hits, 0))
        self.flows = self.tracker_hits = 0
        slot = now_ns // (SLOT_S * SECOND_NS)
        if slot > self._slot:
            passed = slot - self._slot if self._slot else 1
            self._slot = slot
            for device in devices.values():
                self._sample(device, slot, passed, now_ns)

    def _sample(self, device: Device, slot: int, passed: int, now_ns: int) -> None:
        series = self._series.get(device.id)
        if series is not None:
            series.sample(device, slot, passed)
        elif len(self._series) < MAX_SERIES:
            self._series[device.id] = DeviceSeries(device)
        hours = self._hours.get(device.id)
        if hours is None:
            if len(self._hours) >= MAX_PROFILES:
                return
            hours = self._hours[device.id] = DeviceHours(0, now_ns // HOUR_NS)
        hours.sample(device.bytes_sent + device.bytes_received, now_ns)

    def series(self, device_id: int) -> RateSeries | None:
        found = self._series.get(device_id)
        return found.series(self._slot) if found is not None else None

    def minutes(self, device_id: int, now_ns: int) -> list[int]:
        """Bytes of the last hour by the minute; empty of a device there was no room for."""
        hours = self._hours.get(device_id)
        return hours.minutes(now_ns) if hours is not None else []

    def day(self, device_id: int, total: int, now_ns: int) -> list[HourBytes]:
        """The last 24 hours of a device that has moved ``total`` bytes so far."""
        hours = self._hours.get(device_id)
        if hours is None:
            return day_profile({}, (), now_ns)
        return day_profile(hours.by_hour(total), range(hours.first_hour, now_ns // HOUR_NS + 1), now_ns)
