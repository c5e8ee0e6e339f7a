"""Trackers in view: counted by name and device, bounded."""

from __future__ import annotations

from netscope.engine.trackers_shown import TrackersShown
from netscope.model.flow import Flow
from netscope.model.records import TrackerHit
from tests.engine.analyze.samples import at, flow


def a_hit(name: str = "t.example", seconds: float = 0, device_id: int = 1, of: Flow | None = None) -> TrackerHit:
    return TrackerHit(at(seconds), device_id, of, name, "example", "Ads", "advertising", "list")


def test_hits_are_counted_by_name_and_device_with_the_bytes_of_their_flows_but_not_of_queries() -> None:
    trackers = TrackersShown()
    trackers.hit(a_hit(of=flow(size=(100, 900), app_protocol="tls")))
    trackers.hit(a_hit(seconds=5, of=flow(size=(70, 70), app_protocol="dns")))
    trackers.hit(a_hit(device_id=2))
    found = trackers.rows(lambda device_id, otherwise: f"device {device_id}")
    assert [(row.device_name, row.hits, row.bytes) for row in found] == [("device 1", 2, 1_000), ("device 2", 1, 0)]
    assert (found[0].first_seen_ns, found[0].last_seen_ns) == (at(0), at(5))
    assert trackers.of_device == {1: 2, 2: 1}


def test_hits_are_told_by_the_hour() -> None:
    trackers = TrackersShown()
    for seconds in (0, 10, 3_600, 7_200):
        trackers.hit(a_hit(seconds=seconds))
    (found,) = trackers.uses(at(7_300))
    assert (found.name, found.owner, found.device_id, found.uses.hours[-3:]) == ("t.example", "Ads", 1, (2, 1, 1))


def test_the_one_met_first_goes_when_there_are_too_many() -> None:
    trackers = TrackersShown(max_trackers=2)
    for name in ("a.example", "b.example", "c.example"):
        trackers.hit(a_hit(name))
    assert [row.name for row in trackers.rows(lambda device_id, otherwise: "-")] == ["b.example", "c.example"]
    assert trackers.dropped == 1
