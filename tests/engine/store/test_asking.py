"""Answers fetched in the background: the newest stays until there is a newer, and nobody waits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from netscope.engine.store.asking import AGAIN_NS, Asked
from tests.engine.store.samples import wait_until


def test_nobody_waits_and_the_last_answer_stays() -> None:
    go = Event()
    answers = iter(["first", "second"])

    def fetch() -> str:
        assert go.wait(10)
        return next(answers)

    with ThreadPoolExecutor(max_workers=1) as worker:
        asked: Asked[str] = Asked(worker)
        assert asked.get(fetch, 1, 0) is None
        go.set()
        wait_until(lambda: asked.get(fetch, 1, 0) == "first")
        go.clear()
        assert asked.get(fetch, 2, AGAIN_NS) == "first"
        go.set()
        wait_until(lambda: asked.get(fetch, 2, AGAIN_NS) == "second")


def test_it_is_not_fetched_again_too_soon_nor_without_need() -> None:
    fetched = []

    def fetch() -> int:
        fetched.append(1)
        return len(fetched)

    with ThreadPoolExecutor(max_workers=1) as worker:
        asked: Asked[int] = Asked(worker)
        asked.get(fetch, "a", 0)
        wait_until(lambda: asked.get(fetch, "a", 0) == 1)
        assert asked.get(fetch, "b", AGAIN_NS - 1) == 1
        assert asked.get(fetch, "a", 2 * AGAIN_NS) == 1
    assert fetched == [1]
