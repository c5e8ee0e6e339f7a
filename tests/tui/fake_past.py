"""What the fake home network tells of the time before now; all of it a function of the step."""

from __future__ import annotations

import math

from netscope.model.history import (
    AnswerRow,
    CountryTraffic,
    CourseBucket,
    Destination,
    NameDetail,
    RateSeries,
    TrackerUses,
    Uses,
)
from netscope.model.snapshot import FlowRow, TrackerRow
from netscope.model.usual import HOUR_NS, HourBytes, day_profile

SECOND = 1_000_000_000

DESTINATIONS = (
    Destination("apple.com", 812_000_000, 120, "US", None),
    Destination("icloud.com", 436_000_000, 61, "US", None),
    Destination("graph.facebook.com", 178_000_000, 44, "US", "Meta"),
    Destination("whatsapp.net", 139_000_000, 12, "IE", None),
    Destination("17.57.146.20", 99_000_000, 3, None, None),
    Destination("192.168.1.5", 4_200_000, 2, None, None),
    Destination("pool.ntp.org", 15_200, 9, "DE", None),
)

COUNTRIES = (
    CountryTraffic("US", 1_520_000_000, 310, 9, 41),
    CountryTraffic("NL", 820_000_000, 44, 2, 3),
    CountryTraffic("IE", 139_000_000, 61, 3, 9),
    CountryTraffic("DE", 54_000_000, 120, 7, 12),
    CountryTraffic(None, 4_200_000, 203, 12, 9),
)


def wave(step: float, index: float) -> float:
    return 0.6 + 0.4 * math.sin(step / 3 + index * 1.7)


def day(device_id: int, now_ns: int) -> list[HourBytes]:
    """Eight days by the hour; quiet at night."""
    now = now_ns // HOUR_NS
    by_hour = {
        hour: int(4e7 * wave(hour * 1.1, device_id) ** 3 * (0.05 if hour % 24 < 6 else 1.0))
        for hour in range(now - 8 * 24, now + 1)
    }
    return day_profile(by_hour, range(now - 8 * 24, now + 1), now_ns)


def rate(step: int, index: int, down_bps: float, up_bps: float, now_ns: int, slots: int = 60) -> RateSeries:
    """The last four minutes."""
    shares = [wave(step // 4 - slots + 1 + slot, index) ** 3 for slot in range(slots)]
    return RateSeries(
        now_ns, 4, tuple(int(up_bps / 2 * share) for share in shares), tuple(int(down_bps / 2 * s) for s in shares)
    )


def name_detail(name: str, device_ids: list[int], now_ns: int) -> NameDetail:
    answers = [
        AnswerRow(now_ns - 3_000 * SECOND * number, kind, "NOERROR", addresses, 19_000, "192.168.1.1", device)
        for number, (kind, addresses) in enumerate(
            (("A", ("157.240.0.13",)), ("AAAA", ("2a03:2880:f0fc::1",)), ("A", ("157.240.0.9", "157.240.0.10"))), 1
        )
        for device in device_ids[:2]
    ]
    return NameDetail(answers, uses(9, len(name)), 683_000)


def uses(most: int, index: int) -> Uses:
    def counts(slots: int) -> tuple[int, ...]:
        return tuple(max(0, int(most * wave(slot * 1.3, index) - most / 3)) for slot in range(slots))

    return Uses(counts(60), counts(24))


def tracker_uses(trackers: list[TrackerRow]) -> list[TrackerUses]:
    return [
        TrackerUses(row.name, row.owner, row.device_id, uses(max(1, row.hits // 3), number))
        for number, row in enumerate(trackers)
    ]


def course(start_ns: int, step: int) -> list[CourseBucket]:
    """The run by the second."""
    return [
        CourseBucket(
            start_ns + second * SECOND, 1, int(9_500 * wave(second, 2) ** 2), int(660_000 * wave(second, 0) ** 3),
            9_000 + second % 400, 1 + second % 3, int(second % 40 == 0), int(second % 17 == 0),
            int(second in (41, 180)),
        )
        for second in range(step + 1)
    ]  # fmt: skip


def behind(alert_id: int, device_id: int | None, flow_id: int | None, flows: list[FlowRow]) -> list[FlowRow]:
    return [row for row in flows if row.id == flow_id or (flow_id is None and row.device_id == device_id)][:4]
