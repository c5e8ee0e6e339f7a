"""Who is here that was never seen before? The first frame of a MAC that is not on record.

On a first run everybody is new: what is met in the learning period becomes one line. Wrong where a device changes its
MAC by itself (private Wi-Fi addresses): those are low and say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import (
    HOUR_NS,
    MINUTE_NS,
    NOTHING,
    SECOND_NS,
    SHOWN,
    Explanation,
    QuietDetector,
    limit,
)
from netscope.engine.analyze.neighbours import device_word
from netscope.engine.analyze.tables import Growth, RecentSet, bounded
from netscope.model.flow import Flow
from netscope.model.records import Alert, Device, DeviceSeen

PAUSE_NS: Final = 10 * MINUTE_NS
"""A silence longer than this is no time watched."""
COMPLETION_NS: Final = MINUTE_NS
"""A device tells its name and address in its first seconds: the alert is brought up to date until then."""
UPDATES_NS: Final = (5 * SECOND_NS, 20 * SECOND_NS, COMPLETION_NS)
ALWAYS_TOLD: Final = 64
"""Up to here the line of learned devices follows each one; a network of thousands is told in steps of a tenth."""
MAX_CROWD: Final = 4_096
MAX_FRESH: Final = 256
"""Alerts brought up to date at once; of more at a time the first words stay."""


@dataclass(frozen=True, slots=True)
class Limits:
    learning_s: float = limit(
        7200.0, "s", "two hours hold a lease renewal and the hourly habits of most devices; ntopng learns as long"
    )
    at_once: float = limit(5.0, "devices an hour", "a visiting family; more than that are told in one line")


class NewDevice(QuietDetector):
    name: ClassVar[str] = "new_device"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (DeviceSeen,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A device is on the network that this recording has not seen before.",
        usual="A guest, a new purchase, or a phone or laptop that made up a new private Wi-Fi address.",
        check="Do you know its maker, name or address? If so give it a name (n). If not, look for it in the "
        "list of the router, and change the Wi-Fi password if it stays a stranger.",
    )

    def __init__(self, limits: Limits = Limits(), *, known: bool = False) -> None:
        """``known``: the recording holds devices already, so nothing is left to learn."""
        self.limits = limits
        self.learning_until_ns: int | None = None
        """As far as can be said now; None once nothing is left to learn."""
        self._left_ns = 0 if known else int(limits.learning_s * SECOND_NS)
        self._now_ns = 0
        self._learned: dict[int, Device] = {}
        self._growth = Growth()
        self._told = RecentSet(HOUR_NS, bounded(MAX_CROWD))
        self._crowded: dict[int, Device] = {}
        """Those of the last hour that got no alert of their own."""
        self._fresh: dict[int, tuple[Device, int, int]] = {}
        """Device id -> device, when it was met, how many updates were told."""

    def observe(self, record: DeviceSeen) -> Sequence[Alert]:
        if not record.is_new:
            return NOTHING
        self._pass_time(record.timestamp_ns)
        if self._left_ns > 0:
            return self._learn(record)
        self._told.add(record.device.id, record.timestamp_ns)
        if len(self._told) > self.limits.at_once:
            return self._crowd(record)
        self._crowded.clear()
        if len(self._fresh) < MAX_FRESH:
            self._fresh[record.device.id] = (record.device, record.timestamp_ns, 0)
        return (self._announce(record.device, record.timestamp_ns, 1),)

    def _crowd(self, record: DeviceSeen) -> Sequence[Alert]:
        """So many within an hour are one thing: a moved sensor, a party, or made-up MACs."""
        if len(self._crowded) < bounded(MAX_CROWD):
            self._crowded[record.device.id] = record.device
        count = len(self._told)
        if len(self._crowded) > 1 and not self._growth.worth(count, 1):
            return NOTHING
        self._growth.told = count
        devices = list(self._crowded.values())
        return (
            self.alert(
                "crowd", "medium", f"{count} new devices within an hour", record.timestamp_ns,
                because="more than come one by one: look whether they are real",
                observed={"devices": count},
                threshold={"devices": self.limits.at_once},
                window_s=HOUR_NS // SECOND_NS,
                data={"devices": [device_word(device) for device in devices[-SHOWN:]]},
                since_ns=devices[0].first_seen_ns, count=int(len(self._crowded) == 1),
            ),
        )  # fmt: skip

    def _pass_time(self, now_ns: int) -> None:
        """Only time watched counts: a pause teaches nothing."""
        passed_ns = now_ns - self._now_ns
        self._now_ns = now_ns
        if self._left_ns > 0:
            if 0 < passed_ns <= PAUSE_NS:
                self._left_ns -= passed_ns
            self.learning_until_ns = now_ns + self._left_ns

    def _learn(self, record: DeviceSeen) -> Sequence[Alert]:
        self._learned[record.device.id] = record.device
        if not self._growth.worth(len(self._learned), 1) and len(self._learned) > ALWAYS_TOLD:
            return NOTHING
        return (self._learned_line(record.timestamp_ns, 1 if len(self._learned) == 1 else 0),)

    def _learned_line(self, now_ns: int, count: int) -> Alert:
        devices = list(self._learned.values())
        some = "device" if len(devices) == 1 else "devices"
        return self.alert(
            "learned", "low", f"{len(devices)} {some} learned", now_ns,
            because="first run: everybody is new",
            observed={"devices": len(devices)},
            threshold={"devices": 1},
            window_s=self.limits.learning_s,
            data={"devices": [device_word(device) for device in devices[:SHOWN]]},
            since_ns=devices[0].first_seen_ns, count=count,
        )  # fmt: skip

    def _announce(self, device: Device, seen_ns: int, count: int) -> Alert:
        is_private = device.randomized_mac
        return self.alert(
            device.mac, "low" if is_private else "medium", f"New device: {device_word(device)}", seen_ns,
            because="a private MAC address: likely a known phone under a new one" if is_private
            else "a maker's MAC address, never seen before",
            observed={"times_seen_before": 0},
            threshold={"times_seen_before": 1},
            window_s=0,
            data={
                "mac": device.mac,
                "vendor": device.vendor,
                "name": device.name,
                "addresses": list(device.addresses)[:SHOWN],
                "private_mac": is_private,
            },
            device_id=device.id, count=count,
        )  # fmt: skip

    def second(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        self._pass_time(now_ns)
        if self.learning_until_ns is not None and self._left_ns <= 0:
            return self._end_learning(now_ns)
        return self._complete(now_ns) if self._fresh else NOTHING

    def _end_learning(self, now_ns: int) -> Sequence[Alert]:
        self.learning_until_ns = None
        if not self._learned:
            return NOTHING
        line = self._learned_line(now_ns, 0)
        self._learned.clear()
        return (line,)

    def _complete(self, now_ns: int) -> Sequence[Alert]:
        alerts = []
        for device, seen_ns, told in list(self._fresh.values()):
            if now_ns - seen_ns < UPDATES_NS[told]:
                continue
            alerts.append(self._announce(device, seen_ns, 0))
            if told + 1 == len(UPDATES_NS):
                del self._fresh[device.id]
            else:
                self._fresh[device.id] = (device, seen_ns, told + 1)
        return alerts

    def counters(self) -> dict[str, int]:
        return {"new_device_learned": len(self._learned)} if self._learned else {}
