"""Bounded memory: refuses when full, forgets by time."""

from __future__ import annotations

from netscope.engine.analyze.tables import Aging, Growth, RecentSet, Table

SECOND = 1_000_000_000


def test_a_full_table_refuses_new_keys_and_keeps_the_old() -> None:
    table: Table[str, Aging] = Table("things", 2, 60 * SECOND, Aging)
    first = table.entry("a", SECOND)
    table.entry("b", SECOND)
    assert table.entry("c", 2 * SECOND) is None
    assert table.entry("a", 3 * SECOND) is first
    assert table.counters() == {"things_entries": 2, "things_refused": 1}


def test_a_full_table_makes_room_from_what_is_idle() -> None:
    table: Table[str, Aging] = Table("things", 2, 60 * SECOND, Aging)
    table.entry("a", 0)
    table.entry("b", 100 * SECOND)
    assert table.entry("c", 130 * SECOND) is not None
    assert table.get("a") is None
    assert table.get("b") is not None


def test_a_full_table_sweeps_at_most_once_a_minute() -> None:
    table: Table[int, Aging] = Table("things", 1, 10 * SECOND, Aging)
    table.entry(0, 100 * SECOND)
    assert table.entry(1, 105 * SECOND) is None
    assert table.entry(2, 130 * SECOND) is None  # idle by now, but the table was just swept
    assert table.entry(3, 166 * SECOND) is not None


def test_what_is_idle_goes_though_there_is_room() -> None:
    table: Table[int, Aging] = Table("things", 1_000, 60 * SECOND, Aging)
    for number in range(500):
        table.entry(number, (1_000 + number) * SECOND)
    table.entry(1, 1_500 * SECOND)  # known: nothing to look at
    assert len(table) == 500
    table.entry(500, 2_000 * SECOND)
    assert list(table) == [500]


def test_what_is_in_use_stays() -> None:
    table: Table[int, Aging] = Table("things", 1_000, 3_600 * SECOND, Aging)
    for hour in range(100):
        table.entry(7, hour * 1_800 * SECOND)
        table.entry(1_000 + hour, hour * 1_800 * SECOND)
    assert 7 in table
    assert len(table) < 10


def test_a_recent_set_forgets_what_is_older_than_its_window() -> None:
    recent = RecentSet(10 * SECOND, 100)
    assert recent.add("a", 0)
    assert recent.add("b", 6 * SECOND)
    assert not recent.add("b", 8 * SECOND)
    assert recent.add("c", 12 * SECOND)
    assert sorted(recent) == ["b", "c"]
    assert recent.first_ns == 8 * SECOND


def test_a_recent_set_holds_no_more_than_its_bound() -> None:
    recent = RecentSet(10 * SECOND, 3)
    for number in range(10):
        recent.add(number, SECOND)
    assert list(recent) == [0, 1, 2]


def test_growth_tells_the_threshold_and_then_each_tenth() -> None:
    growth = Growth()
    assert [count for count in range(1, 40) if growth.worth(count, 20)] == [20, 22, 25, 28, 31, 35, 39]
