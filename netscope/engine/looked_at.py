"""How the flows somebody looks at went: the meter keeps a minute of each, looks in a row make four of it."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from netscope.engine.rates import NS
from netscope.model.history import RateSeries

MAX_FLOWS: Final = 8
"""At the bound the one looked at longest ago is forgotten."""
SLOTS: Final = 60


class LookedAt:
    """For one screen's thread."""

    def __init__(self) -> None:
        self._flows: OrderedDict[int, dict[int, tuple[int, int]]] = OrderedDict()
        """By id: bytes up and down by the second a slot ends at."""

    def series(self, flow_id: int, newest: RateSeries, now_ns: int) -> RateSeries:
        """``newest`` with what earlier looks saw before it, up to ``now_ns``."""
        slots = self._flows.setdefault(flow_id, {})
        self._flows.move_to_end(flow_id)
        if len(self._flows) > MAX_FLOWS:
            self._flows.popitem(last=False)
        step, end_s = newest.slot_s, newest.end_ns // NS
        for behind, (up, down) in enumerate(zip(reversed(newest.up), reversed(newest.down), strict=True)):
            slots[end_s - behind * step] = (up, down)
        last_s = end_s + max(0, now_ns // NS - end_s + step - 1) // step * step
        for old in [second for second in slots if second <= last_s - SLOTS * step]:
            del slots[old]
        first_s = min(slots, default=last_s)
        shown = [slots.get(second, (0, 0)) for second in range(first_s, last_s + 1, step)]
        return RateSeries(last_s * NS, step, tuple([up for up, _ in shown]), tuple([down for _, down in shown]))
