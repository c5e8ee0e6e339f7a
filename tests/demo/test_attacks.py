"""The attacks: in the order of time, the same each time, and different from their twins."""

from __future__ import annotations

import pytest

from netscope.demo.attack_traffic import SNAPSHOT_BYTES, big_upload, tagged
from netscope.demo.attacks import SCENARIOS, Scenario, play, quiet_evening
from netscope.demo.cast import NAS
from netscope.demo.household import Household
from netscope.demo.synthesis import DEFAULT_START_NS


def frames(what: object) -> list[tuple[int, bytes]]:
    return play(Household(1, DEFAULT_START_NS), DEFAULT_START_NS, what)  # type: ignore[arg-type]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.detector)
def test_attack_and_twin_are_in_order_and_differ(scenario: Scenario) -> None:
    attack, twin = frames(scenario.attack), frames(scenario.twin)
    for played in (attack, twin):
        times = [timestamp_ns for timestamp_ns, _ in played]
        assert times == sorted(times)
    assert attack != twin


def test_a_play_is_the_same_each_time() -> None:
    assert frames(SCENARIOS[3].attack) == frames(SCENARIOS[3].attack)


def test_a_tag_goes_between_the_addresses_and_the_type() -> None:
    frame = tagged(b"\xff" * 12 + b"\x08\x06rest", 20)
    assert frame[12:18] == b"\x81\x00\x00\x14\x08\x06"


def test_a_big_upload_says_how_long_its_segments_were() -> None:
    played = list(big_upload(Household(1, DEFAULT_START_NS), NAS, "198.51.100.7", DEFAULT_START_NS, 6))
    sent = [frame for _, frame in played if len(frame) == SNAPSHOT_BYTES]
    assert sum(int.from_bytes(frame[16:18]) - 40 for frame in sent) == 6_000_000


def test_the_quiet_evening_is_in_order() -> None:
    times = [timestamp_ns for timestamp_ns, _ in quiet_evening(1, 1)]
    assert len(times) > 200
    assert times == sorted(times)
