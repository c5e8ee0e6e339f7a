"""The time series: bytes, packets and flows of each device, minute by minute."""

from __future__ import annotations

from typing import Final

from netscope.model.records import TrafficBucket

BUCKET_SECONDS: Final = 60
BUCKET_NS: Final = BUCKET_SECONDS * 1_000_000_000
KEPT_MINUTES: Final = 4
"""Held in memory: packets of a flow are accounted at most a second late, a replayed file a little more."""


class TrafficSeries:
    """Buckets that may still grow. Bound: devices times KEPT_MINUTES and what a second adds."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[int, int], TrafficBucket] = {}
        self._current: dict[int, TrafficBucket] = {}
        """By device the one last added to: nearly always the one wanted next."""
        self._begun: dict[int, None] = {}
        """Minutes as they began here: once the clock was set back, an older one is the newest."""

    def add(
        self,
        device_id: int,
        at_ns: int,
        sent: int,
        received: int,
        packets_sent: int,
        packets_received: int,
        is_new: bool,
    ) -> TrafficBucket:
        """Add to the minute of ``at_ns``; ``is_new``: the flow was not counted before. Returns the bucket so far."""
        bucket = self._current.get(device_id)
        if bucket is None or not 0 <= at_ns - bucket.bucket_ns < BUCKET_NS:
            bucket = self._current[device_id] = self._bucket(device_id, at_ns - at_ns % BUCKET_NS)
        bucket.bytes_up += sent
        bucket.bytes_down += received
        bucket.packets_up += packets_sent
        bucket.packets_down += packets_received
        bucket.flows += is_new
        return bucket

    def _bucket(self, device_id: int, start_ns: int) -> TrafficBucket:
        bucket = self._buckets.get((device_id, start_ns))
        if bucket is None:
            bucket = self._buckets[device_id, start_ns] = TrafficBucket(device_id, start_ns, BUCKET_SECONDS)
            self._begun[start_ns] = None
        return bucket

    def forget_finished(self) -> None:
        """Drop the buckets no packet can reach any more."""
        while len(self._begun) > KEPT_MINUTES:
            del self._begun[next(iter(self._begun))]
        old = [key for key in self._buckets if key[1] not in self._begun]
        for key in old:
            bucket = self._buckets.pop(key)
            if self._current.get(bucket.device_id) is bucket:
                del self._current[bucket.device_id]
