"""A target's queue: nothing waits for it, nothing grows without bound, and what fails is tried again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from netscope.notify.delivery import BURST, MAX_WAITING, Delivery
from netscope.notify.message import plain_message
from netscope.notify.targets import SendFailed
from tests.engine.store.samples import wait_until


def message(number: int) -> dict[str, Any]:
    return plain_message("new", "high", str(number), 0)


class Target:
    """Fails as often as told, then takes; keeps what it took and what was reported."""

    def __init__(self, failures: int = 0, *, lasting: bool = False) -> None:
        self.failures = failures
        self.lasting = lasting
        self.taken: list[str] = []
        self.events: list[tuple[str, str]] = []
        self.open = threading.Event()
        self.open.set()

    def send(self, sent: Any) -> None:
        self.open.wait(10)
        if self.failures:
            self.failures -= 1
            raise SendFailed("refused", lasting=self.lasting)
        self.taken.append(sent["title"])

    def report(self, name: str, event: str, words: str) -> None:
        self.events.append((event, words))

    def delivery(self, per_hour: int = 3_600_000, clock: Callable[[], float] | None = None) -> Delivery:
        more: dict[str, Any] = {} if clock is None else {"clock": clock}
        return Delivery("here", self.send, per_hour, self.report, retry_s=(0.01, 0.02), **more)


def test_messages_arrive_in_order() -> None:
    target = Target()
    delivery = target.delivery()
    for number in range(5):
        delivery.submit(message(number))
    delivery.close(5)
    assert target.taken == ["0", "1", "2", "3", "4"]
    assert target.events == [("sent", "")] * 5


def test_what_fails_is_tried_again_until_it_is_taken() -> None:
    target = Target(failures=5)
    delivery = target.delivery()
    delivery.submit(message(1))
    delivery.submit(message(2))
    wait_until(lambda: target.taken == ["1", "2"])
    assert target.events == [("failed", "refused")] * 5 + [("sent", "")] * 2
    delivery.close(1)


def test_what_can_never_work_is_not_tried_again() -> None:
    target = Target(failures=1, lasting=True)
    delivery = target.delivery()
    delivery.submit(message(1))
    delivery.submit(message(2))
    wait_until(lambda: target.taken == ["2"])
    assert target.events == [("failed", "refused"), ("dropped", ""), ("sent", "")]
    delivery.close(1)


def test_a_target_that_stands_still_holds_nobody_up_and_is_told_how_many_were_held_back() -> None:
    target = Target()
    target.open.clear()
    delivery = target.delivery()
    for number in range(MAX_WAITING + 50):
        delivery.submit(message(number))
    dropped = sum(event == "dropped" for event, _ in target.events)
    assert 45 <= dropped <= 50
    target.open.set()
    wait_until(lambda: len(target.taken) == MAX_WAITING + 51 - dropped)
    assert target.taken[-1] == f"{dropped} more alerts were held back"
    delivery.close(1)


def test_the_hourly_rate_holds_after_a_burst() -> None:
    now_s = 0.0
    target = Target()
    delivery = target.delivery(per_hour=60, clock=lambda: now_s)
    for number in range(30):
        delivery.submit(message(number))
    wait_until(lambda: len(target.taken) == BURST)
    now_s = 300.0
    delivery.submit(message(30))
    wait_until(lambda: len(target.taken) == BURST + 5)
    delivery.close(3)
    assert len(target.taken) == 31


def test_an_end_does_not_wait_for_ever() -> None:
    target = Target(failures=10_000)
    delivery = target.delivery()
    delivery.submit(message(1))
    delivery.close(1.2)
    assert not delivery._thread.is_alive()
    assert target.events[-1] == ("dropped", "")
