"""How long a call takes at best. A test asks this to tell one cost from another of ten times the size, no less."""

from __future__ import annotations

import time
from collections.abc import Callable


def least_s(call: Callable[[], object], times: int = 3) -> float:
    """Seconds of this thread's processor time, the least of ``times``: others on the machine make a run slower only."""
    taken = []
    for _ in range(times):
        began = time.thread_time()
        call()
        taken.append(time.thread_time() - began)
    return min(taken)
