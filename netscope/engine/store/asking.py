"""Answers that take a while, fetched on the reader's thread so that the screen does not wait for them."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future, wait
from typing import Any, Final, Generic, TypeVar

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

    def get(
        self, fetch: Callable[[], Answer | None], of: Hashable, now_ns: int, first_wait_s: float = 0.0
    ) -> Answer | None:
        """What was fetched last; ``fetch`` runs again once ``of``, what the answer depends on, has changed.

        ``first_wait_s``: how long the first answer is waited for, less than a person notices.
        """
        self._take()
        is_first = self._fetched_ns is None
        is_due = self._fetched_ns is None or not 0 <= now_ns - self._fetched_ns < AGAIN_NS
        if self._future is None and of != self._of and is_due:
            self._of, self._fetched_ns = of, now_ns
            self._future = self._worker.submit(fetch)
            if is_first and first_wait_s:
                wait((self._future,), first_wait_s)
                self._take()
        return self._answer

    def _take(self) -> None:
        if self._future is not None and self._future.done():
            self._answer, self._future = self._future.result(), None


MAX_QUESTIONS: Final = 64
"""Remembered with their answers; the one asked longest ago is forgotten."""


class Answers:
    """The newest answer to each of many questions about one recording."""

    def __init__(self, worker: Executor, connection: sqlite3.Connection, first_wait_s: float) -> None:
        """``connection`` is only used on the worker's thread."""
        self._worker = worker
        self._connection = connection
        self._first_wait_s = first_wait_s
        self._asked: OrderedDict[Hashable, Asked[Any]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._asked)

    def get(
        self, question: Hashable, read: Callable[[sqlite3.Connection], Answer], of: Hashable, now_ns: int
    ) -> Answer | None:
        """As ``Asked.get``; None too where the file cannot be read: the next snapshot says what is wrong with it."""
        asked: Asked[Answer] | None = self._asked.get(question)
        if asked is None:
            asked = self._asked[question] = Asked(self._worker)
            if len(self._asked) > MAX_QUESTIONS:
                self._asked.popitem(last=False)
        self._asked.move_to_end(question)
        return asked.get(lambda: self._read(read), of, now_ns, self._first_wait_s)

    def _read(self, read: Callable[[sqlite3.Connection], Answer]) -> Answer | None:
        try:
            return read(self._connection)
        except sqlite3.Error:
            return None
