"""Is a device far busier than it ever is at this hour? Its bytes an hour against the same hour of past days.

Median and median absolute deviation of up to four weeks, per hour of the day, working days and weekends apart; an
hour in which it never did anything is the unusual hour. The hours before and after count too: clocks are put forward,
and people come home late. Counts all its traffic, local too. Wrong for whatever is used at whim, hence low.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import ClassVar, Final

from netscope.engine.analyze.detector import (
    HOUR_NS,
    NOTHING,
    Explanation,
    History,
    QuietDetector,
    limit,
)
from netscope.engine.analyze.neighbours import Neighbours, device_word
from netscope.engine.analyze.tables import bounded
from netscope.model.flow import Flow
from netscope.model.records import Alert, Device

MAX_DEVICES: Final = 1_024
"""Devices with hours of their own, some 50 kB each after four weeks; further ones are not judged, which is counted."""
DAYS_KEPT: Final = 28
HOURS: Final = 24
COLUMNS: Final = 2 * HOURS
"""Of working days, then of weekends (in UTC)."""
DAY_NS: Final = 24 * HOUR_NS
EPOCH_WEEKDAY: Final = 3
"""1970-01-01 was a Thursday."""
MAD_TO_SIGMA: Final = 1.4826


@dataclass(frozen=True, slots=True)
class Limits:
    days: float = limit(14.0, "days", "two weeks hold two of each weekday")
    megabytes: float = limit(50.0, "MB an hour", "less is a look at the time or the weather")
    deviations: float = limit(8.0, "robust deviations", "a device used at whim varies a lot")
    ratio: float = limit(5.0, "times the median", "hours that are all alike have almost no deviation")


class Days:
    """Of one device: what it moved in each hour of working days and of weekends, day by day."""

    __slots__ = ("base", "hours", "told")

    def __init__(self, hours: list[list[int]], base: int) -> None:
        self.hours = hours
        self.base = base
        """The device's total when the hour began."""
        self.told = False


class UnusualTraffic(QuietDetector):
    name: ClassVar[str] = "unusual_traffic"
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="A device moves far more data than it ever does at this hour, or is active at an hour when it "
        "always slept.",
        usual="A download, a film, a guest, a holiday.",
        check="Is somebody using it? If not, see which destinations it talks to.",
    )

    def __init__(self, neighbours: Neighbours, history: History | None = None, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._history = history
        self._stored = history.baselines(self.name) if history is not None else {}
        self._days: dict[int, Days] = {}
        self._refused: set[int] = set()
        """Devices, as many as the device table holds."""
        self._hour_ns = 0

    def minute(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        hour_ns = now_ns - now_ns % HOUR_NS
        if hour_ns != self._hour_ns:
            self._turn(hour_ns)
        alerts: list[Alert] = []
        for device in list(self._neighbours.by_id.values()):
            days = self._days.get(device.id) or self._meet(device)
            if days is not None and not days.told:
                alerts.extend(self._judge(device, days, now_ns))
        return alerts

    def _meet(self, device: Device) -> Days | None:
        if len(self._days) >= bounded(MAX_DEVICES):
            self._refused.add(device.id)
            return None
        stored = self._stored.get(device.mac)
        hours = stored if stored is not None and len(stored) == COLUMNS else [[] for _ in range(COLUMNS)]
        days = self._days[device.id] = Days(hours, _total(device))
        return days

    def _turn(self, hour_ns: int) -> None:
        """The hour that ends joins its column, after it was judged."""
        if self._hour_ns and hour_ns - self._hour_ns < 24 * HOUR_NS:
            column = _column(self._hour_ns)
            for device_id, days in self._days.items():
                device = self._neighbours.by_id[device_id]
                days.hours[column] = [*days.hours[column][1 - DAYS_KEPT :], _total(device) - days.base]
                if self._history is not None:
                    self._history.set_baseline(self.name, device.mac, days.hours)
        for device_id, days in self._days.items():
            days.base, days.told = _total(self._neighbours.by_id[device_id]), False
        self._hour_ns = hour_ns

    def _judge(self, device: Device, days: Days, now_ns: int) -> Sequence[Alert]:
        moved = _total(device) - days.base
        limits = self.limits
        if moved < limits.megabytes * 1e6:
            return NOTHING
        past = days.hours[_column(self._hour_ns)]
        beside = [*past, *days.hours[_column(self._hour_ns - HOUR_NS)], *days.hours[_column(self._hour_ns + HOUR_NS)]]
        if len(past) < limits.days * _share_of_week(self._hour_ns):
            return NOTHING
        middle = median(past)
        spread = median(abs(hour - middle) for hour in past) * MAD_TO_SIGMA
        threshold = max(
            limits.megabytes * 1e6, middle + limits.deviations * spread, middle * limits.ratio, max(beside) * 1.5
        )
        if moved < threshold:
            return NOTHING
        days.told = True
        asleep = max(beside) < limits.megabytes * 1e4
        hour = self._hour_ns // HOUR_NS % HOURS
        return (
            self.alert(
                f"{device.mac}", "low",
                f"{device_word(device)} is {'awake' if asleep else 'busier than ever'} at {hour:02d} h UTC", now_ns,
                because="it always slept at this hour" if asleep else "more than ever at this hour",
                observed={"megabytes": round(moved / 1e6, 1)},
                threshold={"megabytes": round(threshold / 1e6, 1), "days": limits.days},
                window_s=3600,
                data={"median_megabytes": round(middle / 1e6, 1), "most_megabytes": round(max(past) / 1e6, 1)},
                since_ns=self._hour_ns, device_id=device.id,
            ),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        counted = {"unusual_traffic_devices": len(self._days)}
        if self._refused:
            counted["unusual_traffic_refused"] = len(self._refused)
        return counted


def _is_weekend(hour_ns: int) -> bool:
    return (hour_ns // DAY_NS + EPOCH_WEEKDAY) % 7 >= 5


def _column(hour_ns: int) -> int:
    return hour_ns // HOUR_NS % HOURS + (HOURS if _is_weekend(hour_ns) else 0)


def _share_of_week(hour_ns: int) -> float:
    """How many of the days watched are of the hour's kind."""
    return 2 / 7 if _is_weekend(hour_ns) else 5 / 7


def _total(device: Device) -> int:
    return device.bytes_sent + device.bytes_received
