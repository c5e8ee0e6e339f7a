"""Packets that were not counted before."""

from __future__ import annotations

import pytest

from netscope.engine.analyze.fresh_packets import FEW_PACKETS, FreshPackets
from netscope.engine.analyze.tables import Room


def test_a_long_flow_counts_as_it_grows_and_a_short_one_as_it_stands() -> None:
    fresh = FreshPackets(10)
    assert [fresh.of(1, packets) for packets in (20, 50, 50)] == [20, 30, 0]
    assert [fresh.of(2, FEW_PACKETS - 1) for _ in range(2)] == [FEW_PACKETS - 1] * 2


def test_flows_beyond_the_bound_count_once_a_look_until_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Room, "keys", 2)
    fresh = FreshPackets(10)
    assert [fresh.of(flow, 100) for flow in (1, 2, 3)] == [100, 100, 1]
    fresh.make_room()
    assert fresh.of(3, 100) == 100
