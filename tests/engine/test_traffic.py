from __future__ import annotations

from netscope.engine.traffic import BUCKET_NS, KEPT_BUCKETS, TrafficSeries


def test_a_minute_adds_up() -> None:
    series = TrafficSeries()
    series.add(1, BUCKET_NS + 5, 100, 10, 2, 1, True)
    bucket = series.add(1, 2 * BUCKET_NS - 1, 50, 0, 1, 0, False)
    assert (bucket.bucket_ns, bucket.bucket_seconds) == (BUCKET_NS, 60)
    assert (bucket.bytes_up, bucket.bytes_down, bucket.packets_up, bucket.packets_down, bucket.flows) == (
        150,
        10,
        3,
        1,
        1,
    )


def test_devices_and_minutes_are_apart() -> None:
    series = TrafficSeries()
    first = series.add(1, 0, 1, 0, 1, 0, True)
    assert series.add(2, 0, 1, 0, 1, 0, True) is not first
    assert series.add(1, BUCKET_NS, 1, 0, 1, 0, True) is not first
    assert series.add(1, 5, 1, 0, 1, 0, True) is first


def test_old_minutes_are_forgotten() -> None:
    series = TrafficSeries()
    old = series.add(1, 0, 1, 0, 1, 0, True)
    series.add(1, (KEPT_BUCKETS + 1) * BUCKET_NS, 1, 0, 1, 0, True)
    series.forget_finished()
    assert series.add(1, 0, 1, 0, 1, 0, True) is not old
