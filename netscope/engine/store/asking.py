"""Answers that take a while, fetched on the reader's thread so that the screen does not wait for them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future
from typing import Final, Generic, TypeVar

Answer = TypeVar("Answer")

AGAIN_NS: Final = 5_000_000_000
"""The least time between two fetches while a recording grows."""


class Asked(Generic[Answer]):
    """The newest answer to one question; None before the first."""

    def __init__(self, worker: Executor) -> None:
        self._worker = worker
        self._future: Future[Answer | None] | None = None
        self._answer: Answer | None = None
        self._of: Hashable = None
        self._fetched_ns: int | None = None

    def get(self, fetch: Callable[[], Answer | None], of: Hashable, now_ns: int) -> Answer | None:
        """What was fetched last; ``fetch`` runs again once ``of``, what the answer depends on, has changed."""
        if self._future is not None and self._future.done():
            self._answer, self._future = self._future.result(), None
        is_due = self._fetched_ns is None or not 0 <= now_ns - self._fetched_ns < AGAIN_NS
        if self._future is None and of != self._of and is_due:
            self._of, self._fetched_ns = of, now_ns
            self._future = self._worker.submit(fetch)
        return self._answer
