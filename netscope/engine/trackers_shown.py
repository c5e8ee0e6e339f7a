"""The trackers front ends see: which device called which listed name, how often and when."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final

from netscope.engine.alerts_shown import NameOf
from netscope.engine.uses import UseCounts
from netscope.model.flow import Flow
from netscope.model.history import TrackerUses
from netscope.model.records import TrackerHit
from netscope.model.snapshot import TrackerRow

MAX_TRACKERS: Final = 5_000
"""At the bound the one met first goes from view."""
MAX_FLOWS: Final = 64
"""Of one name and device whose bytes are counted, the newest."""


class TrackerSeen:
    """A listed name one device talked to or asked for."""

    __slots__ = ("device_id", "first_ns", "flows", "hit", "hits", "last_ns", "uses")

    def __init__(self, hit: TrackerHit) -> None:
        self.hit = hit
        self.device_id = hit.device_id
        self.first_ns = self.last_ns = hit.timestamp_ns
        self.hits = 0
        self.uses = UseCounts()
        self.flows: deque[Flow] = deque(maxlen=MAX_FLOWS)


class TrackersShown:
    """Fed on the engine's thread; ``uses`` may be called on any."""

    def __init__(self, max_trackers: int = MAX_TRACKERS) -> None:
        self._max_trackers = max_trackers
        self._trackers: OrderedDict[tuple[str, int | None], TrackerSeen] = OrderedDict()
        self.of_device: dict[int, int] = {}
        """Device -> its hits."""
        self.dropped = 0
        """Trackers that went because there were too many."""

    def hit(self, hit: TrackerHit) -> None:
        key = (hit.name, hit.device_id)
        seen = self._trackers.get(key)
        if seen is None:
            seen = self._trackers[key] = TrackerSeen(hit)
            if len(self._trackers) > self._max_trackers:
                self._trackers.popitem(last=False)
                self.dropped += 1
        seen.hits += 1
        seen.uses.add(hit.timestamp_ns)
        seen.last_ns = max(seen.last_ns, hit.timestamp_ns)
        if hit.flow is not None and hit.flow.app_protocol not in ("dns", "mdns"):
            seen.flows.append(hit.flow)
        if hit.device_id is not None:
            self.of_device[hit.device_id] = self.of_device.get(hit.device_id, 0) + 1

    def rows(self, names: NameOf) -> tuple[TrackerRow, ...]:
        return tuple(
            [
                TrackerRow(
                    seen.hit.name,
                    seen.hit.rule,
                    seen.hit.owner,
                    seen.hit.category,
                    seen.hit.list,
                    seen.device_id,
                    names(seen.device_id, "-"),
                    seen.hits,
                    sum([flow.bytes_up + flow.bytes_down for flow in seen.flows]),
                    seen.first_ns,
                    seen.last_ns,
                )
                for seen in self._trackers.values()
            ]
        )

    def uses(self, now_ns: int) -> list[TrackerUses]:
        return [
            TrackerUses(seen.hit.name, seen.hit.owner, seen.device_id, seen.uses.told(now_ns))
            for seen in list(self._trackers.values())
        ]
