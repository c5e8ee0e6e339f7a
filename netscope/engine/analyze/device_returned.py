"""Is a device back that was long gone? The first traffic of a known device after weeks of silence.

Wrong for whatever is only switched on at times, and for a recording that was itself paused: then all are back at once,
so what comes within minutes of the recording's start does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from netscope.engine.analyze.detector import DAY_NS, MINUTE_NS, NOTHING, Explanation, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours, device_word
from netscope.model.flow import Flow
from netscope.model.records import AddressClaim, Alert, Device


@dataclass(frozen=True, slots=True)
class Limits:
    absence_days: float = limit(30.0, "days", "a holiday is shorter; a lent or lost device is away for longer")
    settling_min: float = limit(10.0, "min", "when a recording is taken up again everybody comes back at once")


class DeviceReturned(QuietDetector):
    name: ClassVar[str] = "device_returned"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (AddressClaim,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A device is back that had not been seen for weeks.",
        usual="A visitor's phone, a device from the drawer, a seasonal gadget.",
        check="Do you expect it? A lost or given-away device that returns may be in other hands.",
    )

    def __init__(self, neighbours: Neighbours, known: Iterable[Device] = (), limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._last_ns = {device.id: device.last_seen_ns for device in known}
        """Of known devices; bound: the device table's."""
        self._heard_ns = max(self._last_ns.values(), default=0)
        """When anybody was last heard."""
        self._settled_ns = 0

    def observe(self, record: AddressClaim) -> Sequence[Alert]:
        device = self._neighbours.of_mac(record.mac)
        return self._heard(device.id, record.timestamp_ns) if device is not None else NOTHING

    def flow_opened(self, flow: Flow) -> Sequence[Alert]:
        device_id = flow.device_id
        return self._heard(device_id, flow.first_seen_ns) if device_id is not None else NOTHING

    def _heard(self, device_id: int, now_ns: int) -> Sequence[Alert]:
        if now_ns - self._heard_ns > DAY_NS:
            self._settled_ns = now_ns + int(self.limits.settling_min * MINUTE_NS)
        self._heard_ns = max(self._heard_ns, now_ns)
        before_ns = self._last_ns.get(device_id, now_ns)
        self._last_ns[device_id] = now_ns
        if now_ns - before_ns < self.limits.absence_days * DAY_NS or now_ns < self._settled_ns:
            return NOTHING
        device = self._neighbours.by_id.get(device_id)
        if device is None:
            return NOTHING
        days = (now_ns - before_ns) / DAY_NS
        return (
            self.alert(
                device.mac, "low", f"{device_word(device)} is back after {days:.0f} days", now_ns,
                because="a known device",
                observed={"days_away": round(days, 1)},
                threshold={"days_away": self.limits.absence_days},
                window_s=0,
                data={"mac": device.mac, "last_seen_ns": before_ns, "addresses": list(device.addresses)[:16]},
                device_id=device_id,
            ),
        )  # fmt: skip
