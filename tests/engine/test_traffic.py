from __future__ import annotations

from netscope.engine.traffic import BUCKET_NS, KEPT_MINUTES, TrafficSeries


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
    for minute in range(1, KEPT_MINUTES):
        series.add(1, minute * BUCKET_NS, 1, 0, 1, 0, True)
    series.forget_finished()
    assert series.add(1, 0, 1, 0, 1, 0, True) is old
    series.add(1, KEPT_MINUTES * BUCKET_NS, 1, 0, 1, 0, True)
    series.forget_finished()
    assert series.add(1, 0, 1, 0, 1, 0, True) is not old


def test_a_clock_that_was_set_back_goes_on_in_the_minute_it_shows() -> None:
    series = TrafficSeries()
    series.add(1, 600 * BUCKET_NS, 1, 0, 1, 0, True)
    earlier = series.add(1, 7 * BUCKET_NS, 1, 0, 1, 0, True)
    for _ in range(60):
        series.forget_finished()
        assert series.add(1, 7 * BUCKET_NS, 1, 0, 1, 0, False) is earlier
    assert earlier.packets_up == 61
