"""``[retention]``: how long a live recording keeps what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from netscope.config.option import option
from netscope.engine.store.retention import Limits

_DEFAULT: Final = Limits()
_LONGEST_DAYS: Final = 36_500


def _days(default: float, text: str, reason: str) -> float:
    """An age; ten minutes is what a test of it needs."""
    declared: float = option(default, text, unit="days", reason=reason, at_least=0.007, at_most=_LONGEST_DAYS)
    return declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long a live recording keeps what. Files that are read keep everything."""

    max_mib: int = option(
        _DEFAULT.max_bytes >> 20,
        "Size of the recording; beyond it the oldest flows go, with all that hangs on them.",
        unit="MiB",
        reason="a quarter of a 16 GB card that also holds the system",
        at_least=16,
    )
    min_free_mib: int = option(
        _DEFAULT.min_free_bytes >> 20,
        "Free space the disk is left with; below it the oldest flows go, down to 64 MiB of recording.",
        unit="MiB",
        reason="an update of the system needs about as much",
        at_least=0,
    )
    detail_days: float = _days(
        _DEFAULT.detail_days,
        "DNS questions, handshakes, requests, DHCP messages, tracker hits and certificates.",
        "questions about last month are asked, about last year seldom",
    )
    merge_flows_days: float = _days(
        _DEFAULT.merge_flows_days,
        "Flows one row each; older ones of a device to one server and port are merged by the day.",
        "a week's flows are looked at one by one, later the sum of a day",
    )
    flow_days: float = _days(
        _DEFAULT.flow_days,
        "Merged flows, alerts, and devices with a random MAC that never came back.",
        "the same week of last year, to compare with",
    )
    minutes_days: float = _days(
        _DEFAULT.minutes_days, "Traffic by the minute, then by 10 minutes.", "yesterday evening at full resolution"
    )
    ten_minutes_days: float = _days(
        _DEFAULT.ten_minutes_days, "Traffic by 10 minutes, then by the hour.", "two months of days that compare"
    )
    traffic_days: float = _days(_DEFAULT.traffic_days, "Traffic by the hour.", "two years: the seasons compare")

    def limits(self) -> Limits:
        """As the store wants them."""
        return Limits(
            max_bytes=self.max_mib << 20,
            min_free_bytes=self.min_free_mib << 20,
            detail_days=self.detail_days,
            merge_flows_days=self.merge_flows_days,
            flow_days=self.flow_days,
            minutes_days=self.minutes_days,
            ten_minutes_days=self.ten_minutes_days,
            traffic_days=self.traffic_days,
        )
