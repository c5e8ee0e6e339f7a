"""Sums over all flows: once a snapshot, of very many flows once in some seconds."""

from __future__ import annotations

from dataclasses import replace

from netscope.model.snapshot import Snapshot
from netscope.tui.seldom import EVERY_S, MANY, Seldom
from tests.tui.fake_reader import FakeReader


def later(shown: Snapshot) -> Snapshot:
    return replace(shown, version=shown.version + 1)


def sums_of(shown: Snapshot) -> list[int]:
    """What ``Seldom`` gives at seconds 0, 1 and EVERY_S, when each sum counts those before it."""
    made: list[int] = []

    def add_up() -> int:
        made.append(len(made))
        return made[-1]

    seldom = Seldom[int]()
    found = [seldom.of(shown, 0.0, add_up), seldom.of(shown, 0.5, add_up)]
    found.append(seldom.of(later(shown), 1.0, add_up))
    found.append(seldom.of(later(later(shown)), EVERY_S, add_up))
    return found


def test_few_flows_are_added_up_for_each_snapshot() -> None:
    assert sums_of(FakeReader().snapshot()) == [0, 0, 1, 2]


def test_very_many_are_added_up_every_few_seconds() -> None:
    assert sums_of(FakeReader(extra_flows=MANY).snapshot()) == [0, 0, 0, 1]
