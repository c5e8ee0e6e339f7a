"""Does a device send away more than it should? Bytes sent outside by the hour, against its own past and in all.

With a day of past: more than the median plus six robust deviations. Without: a large amount, sent and hardly answered,
to one place. A backup that runs every night is its own past, and where it goes is known: more to there is low. Wrong
for the first big backup.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, ClassVar, Final

from netscope.engine.analyze.detector import HOUR_NS, NOTHING, Explanation, History, QuietDetector, limit
from netscope.engine.analyze.neighbours import Neighbours, device_word, is_group
from netscope.engine.analyze.tables import bounded
from netscope.model.flow import Flow
from netscope.model.records import Alert

MAX_DEVICES: Final = 2_048
MAX_PLACES: Final = 64
"""Destinations told apart of one device in an hour; the bytes of further ones count for the device."""
HOURS_KEPT: Final = 336
"""Two weeks: a weekly backup that begins an hour late this time still has its like."""
KNOWN_BYTES: Final = 20_000_000
"""Sent to one place in an hour: then it is where the device's backups or photos go."""
OPEN_BYTES: Final = 1 << 20
"""An open flow is looked at each second once it has sent this much; smaller ones when they close."""
MAD_TO_SIGMA: Final = 1.4826
"""Of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Limits:
    megabytes: float = limit(100.0, "MB an hour", "less is a phone's evening of photos; Slips takes 100 in a flow")
    first_megabytes: float = limit(500.0, "MB an hour", "without a past only what Slips takes for a whole window")
    deviations: float = limit(6.0, "robust deviations", "an hour in years by chance; ordinary evenings vary by two")
    ratio: float = limit(3.0, "times the median", "a device whose hours are all alike has almost no deviation")
    sent_share: float = limit(0.8, "of the bytes", "video calls send as much as they receive")
    past_hours: float = limit(24.0, "hours", "a day of past holds the nightly backup")


class Sender:
    """One device: this hour by place, and the totals of past hours."""

    __slots__ = ("hour_ns", "known", "past", "places", "received", "sent", "told_bytes")

    def __init__(self, past: Iterable[int] = (), known: Iterable[str] = ()) -> None:
        self.hour_ns = 0
        self.sent = self.received = self.told_bytes = 0
        self.places: dict[str, int] = {}
        self.past: deque[int] = deque(past, maxlen=HOURS_KEPT)
        self.known: dict[str, None] = dict.fromkeys(known)
        """Places it sent KNOWN_BYTES in an hour that has ended."""


class Upload(QuietDetector):
    name: ClassVar[str] = "upload"
    answered_only: ClassVar[bool] = True
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="A device sends far more out of the network than it ever did, or a very large amount to one "
        "place: data may be carried off.",
        usual="The first backup to a cloud, a video upload, sharing of large files.",
        check="Is the destination a service that you use for backup or sharing? If not, disconnect the device "
        "and find the program.",
    )

    def __init__(self, neighbours: Neighbours, history: History | None = None, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        self._history = history
        stored = history.baselines(self.name) if history is not None else {}
        self._past: dict[str, Any] = stored
        self._senders: dict[int, Sender] = {}
        self._counted: dict[int, tuple[int, int]] = {}
        """Flow id -> bytes up and down counted so far; of open flows with more than OPEN_BYTES."""
        self._refused = 0

    def flow_closed(self, flow: Flow) -> Sequence[Alert]:
        if flow.device_id is None or flow.server_device_id is not None:
            self._counted.pop(flow.id, None)
            return NOTHING
        before = self._counted.pop(flow.id, (0, 0))
        return self._add(flow, flow.bytes_up - before[0], flow.bytes_down - before[1])

    def second(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        alerts: list[Alert] = []
        for flow in changed:
            if flow.bytes_up > OPEN_BYTES and flow.end_reason is None and flow.device_id is not None:
                if flow.server_device_id is not None:
                    continue
                before = self._counted.get(flow.id, (0, 0))
                self._counted[flow.id] = (flow.bytes_up, flow.bytes_down)
                alerts.extend(self._add(flow, flow.bytes_up - before[0], flow.bytes_down - before[1]))
        return alerts

    def _add(self, flow: Flow, up: int, down: int) -> Sequence[Alert]:
        device_id = flow.device_id
        sender = self._senders.get(device_id) if device_id is not None else None
        if sender is None:
            sender = self._meet(device_id)
            if sender is None:
                return NOTHING
        hour_ns = flow.last_seen_ns - flow.last_seen_ns % HOUR_NS
        if hour_ns > sender.hour_ns:
            self._turn(sender, hour_ns, device_id)
        sender.sent += up
        sender.received += down
        if sender.sent < self.limits.megabytes * 1e6 and len(sender.places) >= MAX_PLACES:
            return NOTHING
        place = flow.server_name or flow.server_ip
        if place in sender.places or len(sender.places) < MAX_PLACES:
            sender.places[place] = sender.places.get(place, 0) + up
        if sender.sent < self.limits.megabytes * 1e6 or is_group(flow.server_ip):
            return NOTHING
        return self._judge(sender, flow)

    def _meet(self, device_id: int | None) -> Sender | None:
        device = self._neighbours.by_id.get(device_id) if device_id is not None else None
        if device is None or device_id is None:
            return None
        if len(self._senders) >= bounded(MAX_DEVICES):
            self._refused += 1
            return None
        past = self._past.get(device.mac)
        sender = Sender(past["hours"], past["places"]) if isinstance(past, dict) else Sender(past or ())
        self._senders[device_id] = sender
        return sender

    def _turn(self, sender: Sender, hour_ns: int, device_id: int | None) -> None:
        """The hour is over: it joins the past, with the silent ones after it."""
        if sender.hour_ns:
            sender.past.append(sender.sent)
            for place, sent in sender.places.items():
                if sent >= KNOWN_BYTES and len(sender.known) < MAX_PLACES:
                    sender.known[place] = None
            sender.past.extend([0] * min((hour_ns - sender.hour_ns) // HOUR_NS - 1, HOURS_KEPT))
            device = self._neighbours.by_id.get(device_id) if device_id is not None else None
            if self._history is not None and device is not None:
                self._history.set_baseline(
                    self.name, device.mac, {"hours": list(sender.past), "places": list(sender.known)}
                )
        sender.hour_ns = hour_ns
        sender.sent = sender.received = sender.told_bytes = 0
        sender.places.clear()

    def _judge(self, sender: Sender, flow: Flow) -> Sequence[Alert]:
        limits, sent = self.limits, sender.sent
        if sent < sender.told_bytes * 1.5 or sent < limits.sent_share * (sent + sender.received):
            return NOTHING
        if len(sender.past) >= limits.past_hours:
            middle = median(sender.past)
            spread = median(abs(hour - middle) for hour in sender.past) * MAD_TO_SIGMA
            threshold = max(limits.megabytes * 1e6, middle + limits.deviations * spread, middle * limits.ratio)
            threshold = max(threshold, max(sender.past) * 1.5)
            because = "against its own past weeks"
        else:
            threshold, because = limits.first_megabytes * 1e6, "no day of past to compare with"
        if sent < threshold:
            return NOTHING
        first, sender.told_bytes = not sender.told_bytes, sent
        return (self._sends(sender, flow, threshold, because, first),)

    def _sends(self, sender: Sender, flow: Flow, threshold: float, because: str, first: bool) -> Alert:
        device = self._neighbours.by_id.get(flow.device_id or 0)
        place, most = max(sender.places.items(), key=lambda item: item[1])
        has_past = len(sender.past) >= self.limits.past_hours
        nameless = place[-1].isdigit() or ":" in place
        known = place in sender.known
        if known:
            because += ", but to a place it has sent much to before"
        return self.alert(
            f"{flow.device_id}", "low" if known else "high" if has_past and nameless else "medium",
            f"{device_word(device) if device else flow.client_ip} sent {sender.sent / 1e6:.0f} MB to {place}",
            flow.last_seen_ns,
            because=because + (", to a place without a name" if nameless else ""),
            observed={"megabytes": round(sender.sent / 1e6, 1), "to_one_place": round(most / 1e6, 1)},
            threshold={"megabytes": round(threshold / 1e6, 1), "past_hours": len(sender.past)},
            window_s=3600,
            data={
                "places": [name for name, _ in sorted(sender.places.items(), key=lambda item: -item[1])[:8]],
                "received_megabytes": round(sender.received / 1e6, 1),
                "median_megabytes": round(median(sender.past) / 1e6, 1) if sender.past else None,
            },
            since_ns=sender.hour_ns, device_id=flow.device_id, flow=flow, count=int(first),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        counted = {"upload_devices": len(self._senders)}
        if self._refused:
            counted["upload_refused"] = self._refused
        return counted
