"""What is news for a device, and when."""

from __future__ import annotations

from netscope.engine.analyze.habits import Habits
from tests.engine.analyze.samples import LAPTOP, Past, at

DAY_S = 86_400


def watched(habits: Habits, from_s: float, to_s: float, step_s: float = 300) -> None:
    moment = from_s
    while moment <= to_s:
        habits.pass_time(at(moment))
        moment += step_s


def test_nothing_is_news_while_learning() -> None:
    habits = Habits("x", None, 7 * DAY_S * 10**9, 10)
    watched(habits, 0, 6 * DAY_S)
    assert not habits.news(LAPTOP, "DE")
    watched(habits, 6 * DAY_S, 12 * DAY_S)
    assert not habits.news(LAPTOP, "FR")


def test_after_learning_the_new_is_news_once() -> None:
    habits = Habits("x", None, DAY_S * 10**9, 10)
    habits.pass_time(at(0))
    habits.news(LAPTOP, "DE")
    watched(habits, 0, 1.1 * DAY_S)
    assert not habits.news(LAPTOP, "DE")
    assert habits.news(LAPTOP, "RU")
    assert not habits.news(LAPTOP, "RU")
    assert habits.usual(LAPTOP) == ["DE", "RU"]


def test_time_that_was_not_watched_teaches_nothing() -> None:
    habits = Habits("x", None, DAY_S * 10**9, 10)
    habits.pass_time(at(0))
    habits.news(LAPTOP, "DE")
    habits.pass_time(at(40 * DAY_S))
    assert not habits.news(LAPTOP, "RU")


def test_who_does_everything_makes_no_news() -> None:
    habits = Habits("x", None, 0, 3)
    assert [habits.news(LAPTOP, item) for item in "abcdef"] == [True, True, True, False, False, False]


def test_habits_survive_a_restart() -> None:
    past = Past()
    before = Habits("x", past, DAY_S * 10**9, 10)
    before.pass_time(at(0))
    before.news(LAPTOP, "DE")
    watched(before, 0, 2 * DAY_S)
    after = Habits("x", past, DAY_S * 10**9, 10)
    assert not after.news(LAPTOP, "DE")
    assert after.news(LAPTOP, "RU")
