"""Suggests that two MACs are one machine that took another random address. Only suggests: nothing is merged by it.

A pair is looked for among devices that share a telling fact, of which one was gone when the other came. It is watched
from then on: two that are heard in turns all the time are two machines, whatever they share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final, Protocol

from netscope.engine.enrich.likeness import SUGGEST, Traits, compare, keys_of, traits
from netscope.model.records import Device, DevicePair, Evidence

MAX_KEYS: Final = 16_384
"""Telling facts remembered, those heard of first forgotten first; some 5 MB when full."""
MAX_SHARERS: Final = 16
"""Devices remembered of one fact, the newest: a phone that takes a new address each day for months."""
MAX_PAIRS: Final = 1_024
"""Watched; the one found first goes first, and stays as it is in the recording."""
MAX_NEW: Final = 2
"""Pairs found of one device at a time."""
MAX_SHOWN: Final = 8
MAX_TOUCHED: Final = 1_024
"""Devices waiting to be compared. More at once come from a flood of made-up machines."""

WAIT_NS: Final = 10 * 60_000_000_000
"""How long the newer one is heard before a pair is suggested: an idle phone is silent for minutes."""
OVERLAP_NS: Final = 2_000_000_000
"""What an access point may hold back of a station that has left."""
HOUR_NS: Final = 3_600_000_000_000
MAX_SWITCHES: Final = 4
"""In an hour, between the two of a pair. A phone that changes between two networks of one house does so less often;
of two machines that are both here, now the one and now the other is heard last."""
TOGETHER: Final = "both were here at one time"


class Known(Protocol):
    """What is asked of who keeps the evidence."""

    def evidence(self, device: Device) -> list[Evidence]: ...


class _Watch:
    """Which of a pair was heard last, and how often that changed."""

    __slots__ = ("_hour", "_latest", "_switches", "pair", "together")

    def __init__(self, pair: DevicePair) -> None:
        self.pair = pair
        self.together = pair.evidence == (TOGETHER,)
        """Whether both were here at one time: then nothing brings the pair back."""
        self._hour = 0
        self._latest = 0
        self._switches = 0

    def hear(self, newer: Device, older: Device, now_ns: int) -> bool:
        """Whether both are here, as far as is known by now."""
        if now_ns // HOUR_NS != self._hour:
            self._hour, self._switches = now_ns // HOUR_NS, 0
        latest = newer.id if newer.last_seen_ns >= older.last_seen_ns else older.id
        if self._latest and latest != self._latest:
            self._switches += 1
        self._latest = latest
        self.together = self._switches > MAX_SWITCHES
        return self.together


class SameDevices:
    """``by_id`` is the device table's own."""

    def __init__(
        self,
        known: Known,
        by_id: Callable[[int], Device | None],
        remembered: Iterable[Evidence] = (),
        pairs: Iterable[DevicePair] = (),
    ) -> None:
        """``remembered`` and ``pairs`` are of earlier runs, what was heard last at the end."""
        self._known = known
        self._by_id = by_id
        self._sharers: dict[tuple[str, str], list[int]] = {}
        self._touched: dict[int, None] = {}
        self._wait_ns = WAIT_NS
        self._watched: dict[tuple[int, int], _Watch] = {
            (pair.device_id, pair.other_device_id): _Watch(pair) for pair in islice(pairs, MAX_PAIRS)
        }
        for item in remembered:
            self._share_all(item)

    def note(self, item: Evidence) -> None:
        """A new piece of evidence of a device."""
        self._share_all(item)
        if item.device_id in self._touched or len(self._touched) < MAX_TOUCHED:
            self._touched[item.device_id] = None

    def _share_all(self, item: Evidence) -> None:
        for key in keys_of(item):
            self._share(key, item.device_id)

    def _share(self, key: tuple[str, str], device_id: int) -> None:
        sharers = self._sharers.get(key)
        if sharers is None:
            if len(self._sharers) >= MAX_KEYS:
                del self._sharers[next(iter(self._sharers))]
            self._sharers[key] = [device_id]
        elif device_id not in sharers:
            if len(sharers) >= MAX_SHARERS:
                del sharers[0]
            sharers.append(device_id)

    def of(self, device_id: int) -> list[DevicePair]:
        """What is suggested of a device, the most likely first."""
        found = [watch.pair for key, watch in list(self._watched.items()) if device_id in key and watch.pair.confidence]
        return sorted(found, key=lambda pair: -pair.confidence)[:MAX_SHOWN]

    def look(self, now_ns: int, *, is_over: bool = False) -> list[DevicePair]:
        """Pairs that are new, or of which more or less is thought. ``is_over``: nothing more will be heard."""
        self._wait_ns = 0 if is_over else WAIT_NS
        changed = self._withdraw(now_ns)
        waiting: dict[int, None] = {}
        for device_id in self._touched:
            device = self._by_id(device_id)
            if device is None:
                continue
            if now_ns - device.first_seen_ns < self._wait_ns:
                waiting[device_id] = None
            else:
                changed += self._compare(device, now_ns)
        self._touched = waiting
        return changed

    def _compare(self, device: Device, now_ns: int) -> list[DevicePair]:
        """Of new pairs the best few: the addresses a phone had before those it had last need no second mention."""
        evidence = self._known.evidence(device)
        others = {other for item in evidence for key in keys_of(item) for other in self._sharers.get(key, ())}
        others.discard(device.id)
        if not others:
            return []
        own = traits(evidence)
        changed: list[DevicePair] = []
        found: list[DevicePair] = []
        for other_id in sorted(others):
            other = self._by_id(other_id)
            if other is None or not (device.randomized_mac or other.randomized_mac):
                continue
            pair = self._weigh(device, own, other, now_ns)
            if pair is not None:
                (changed if (pair.device_id, pair.other_device_id) in self._watched else found).append(pair)
        found.sort(key=lambda pair: (-pair.confidence, pair.gap_ns))
        for pair in found[:MAX_NEW]:
            self._keep(pair)
        return changed + found[:MAX_NEW]

    def _keep(self, pair: DevicePair) -> None:
        if len(self._watched) >= MAX_PAIRS:
            del self._watched[next(iter(self._watched))]
        self._watched[pair.device_id, pair.other_device_id] = _Watch(pair)

    def _weigh(self, device: Device, own: Traits, other: Device, now_ns: int) -> DevicePair | None:
        """A new pair, or one that is watched and changed by this."""
        newer, older = (device, other) if device.first_seen_ns >= other.first_seen_ns else (other, device)
        watch = self._watched.get((newer.id, older.id))
        if watch is None and now_ns - newer.first_seen_ns < self._wait_ns:
            return None
        gap_ns = newer.first_seen_ns - older.last_seen_ns if watch is None else watch.pair.gap_ns
        if gap_ns < -OVERLAP_NS or (watch is not None and watch.together):
            return None
        likeness = compare(own, traits(self._known.evidence(other)), max(gap_ns, 0))
        points = likeness.points if likeness.points >= SUGGEST else 0
        if watch is None:
            return DevicePair(newer.id, older.id, points, likeness.reasons, gap_ns, now_ns, now_ns) if points else None
        pair = watch.pair
        if (pair.confidence, pair.evidence) == (points, likeness.reasons):
            return None
        pair.confidence, pair.evidence, pair.updated_ns = points, likeness.reasons, now_ns
        return pair

    def _withdraw(self, now_ns: int) -> list[DevicePair]:
        """Pairs of which both turned out to be here at one time."""
        changed = []
        for watch in self._watched.values():
            pair = watch.pair
            newer, older = self._by_id(pair.device_id), self._by_id(pair.other_device_id)
            if watch.together or newer is None or older is None:
                continue
            if watch.hear(newer, older, now_ns):
                pair.confidence, pair.evidence, pair.updated_ns = 0, (TOGETHER,), now_ns
                changed.append(pair)
        return changed
