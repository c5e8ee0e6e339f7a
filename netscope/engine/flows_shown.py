"""The flows front ends see, open ones and those that closed of late, as rows that are made again when they changed.

On a busy network tens of thousands move each second, and making a row takes microseconds. So at most ROWS_A_SECOND are
made again: those that opened, closed or got a name, those a front end is looking at, those that move most, and of the
others who waits longest. A network of a home stays below that, and all its rows are as new as the snapshot.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from itertools import chain, islice
from typing import Final

from netscope.engine.parse.meter import Meter
from netscope.engine.rates import NO_HISTORY, NS, slots_of
from netscope.engine.views import Figures, flow_row
from netscope.model.flow import Flow
from netscope.model.history import RateSeries
from netscope.model.snapshot import FlowRow

MAX_FLOWS: Final = 50_000
"""Rows held; at the bound the flow that closed first goes, else the row made first."""
CLOSED_KEPT_NS: Final = 60 * NS
"""How long a closed flow of a live capture stays in view. Of a file all stay, up to MAX_FLOWS."""
ROWS_A_SECOND: Final = 8_000
COOLING_NS: Final = 5 * NS
"""A closed flow keeps the rate it ended with for so long: the mean's window."""


class FlowsShown:
    """Fed on the engine's thread; ``watched`` may be set on any."""

    def __init__(self, rows_a_second: int = ROWS_A_SECOND, max_flows: int = MAX_FLOWS) -> None:
        self.open: dict[int, Flow] = {}
        self.closed: OrderedDict[int, Flow] = OrderedDict()
        self.watched: frozenset[int] = frozenset()
        """Flows a front end has on its screen."""
        self.dropped = 0
        """Rows that went because there were too many."""
        self._rows_a_second = rows_a_second
        self._max_flows = max_flows
        self._meter: Meter | None = None
        self._rows: dict[int, FlowRow] = {}
        self._stale: dict[int, None] = {}
        """Flows of which more changed than their figures, the first to change first."""
        self._waiting: dict[Flow, None] = {}
        """Flows whose figures changed, who waits longest first."""
        self._ended: dict[int, Figures] = {}
        """What flows moved at their end, until their rows are made."""
        self._slots_at_end: dict[int, bytes] = {}
        """The last minute of each closed flow, packed: 165 bytes."""
        self._cooling: deque[tuple[int, int]] = deque()
        """(when, which) closed flows stop showing a rate."""

    def attach(self, meter: Meter) -> None:
        self._meter = meter
        meter.watch_rates()

    # -- what happens ----------------------------------------------------------------------------------------------

    def opened(self, flow: Flow) -> None:
        self.open[flow.id] = flow
        self._stale[flow.id] = None

    def ended(self, flow: Flow) -> None:
        """Called while the meter tells the end of the flow."""
        flow_id = flow.id
        self.open.pop(flow_id, None)
        self._waiting.pop(flow, None)
        self.closed[flow_id] = flow
        self._stale[flow_id] = None
        if self._meter is not None:
            self._ended[flow_id] = self._meter.rate_at_end()
            self._slots_at_end[flow_id] = self._meter.rate_slots_at_end()
        if len(self.closed) > self._max_flows:
            self._forget(next(iter(self.closed)))
            self.dropped += 1

    def touch(self, flow_id: int) -> None:
        """Something other than a figure of the flow changed."""
        if flow_id in self.open or flow_id in self.closed:
            self._stale[flow_id] = None

    def rename(self, device_ids: set[int]) -> None:
        """Devices are called something else now."""
        for row in self._rows.values():
            if row.device_id in device_ids:
                self._stale[row.id] = None

    def drop_old(self, now_ns: int) -> None:
        """Let closed flows go that have been in view long enough."""
        while self.closed:
            flow_id, flow = next(iter(self.closed.items()))
            if now_ns - flow.last_seen_ns < CLOSED_KEPT_NS and len(self.open) + len(self.closed) <= self._max_flows:
                return
            self._forget(flow_id)

    def _forget(self, flow_id: int) -> None:
        self.closed.pop(flow_id, None)
        self._rows.pop(flow_id, None)
        self._stale.pop(flow_id, None)
        self._ended.pop(flow_id, None)
        self._slots_at_end.pop(flow_id, None)

    def series(self, flow: Flow) -> RateSeries | None:
        """How a flow in view went, the last minute or the one before it ended; safe on any thread."""
        if flow.slot >= 0 and self._meter is not None:
            return slots_of(self._meter.rate_slots(flow.slot))
        packed = self._slots_at_end.get(flow.id)
        return slots_of(packed) if packed is not None else None

    # -- rows ------------------------------------------------------------------------------------------------------

    def rows(
        self, name_of: Callable[[int | None, str], str], alerted: set[int], now_ns: int, *, whole: bool
    ) -> tuple[FlowRow, ...]:
        """Every flow in view; ``whole`` makes all rows again that changed, however many."""
        self._cool(now_ns)
        moving = self._meter.moving(now_ns) if self._meter is not None else []
        if whole or len(moving) + len(self._stale) <= self._rows_a_second:
            changed = dict.fromkeys(chain(self._take_stale(len(self._stale)), moving))
            self._waiting.clear()
        else:
            changed = self._most_needed(moving)
        for flow in changed:
            row = flow_row(flow, name_of(flow.device_id, flow.client_ip), self._figures(flow), alert=flow.id in alerted)
            if row.id not in self._rows and len(self._rows) >= self._max_flows:
                self._make_room()
            self._rows[row.id] = row
        return tuple(self._rows.values())

    def _most_needed(self, moving: list[Flow]) -> dict[Flow, None]:
        """As many as may be made, of the moving ones the heaviest come first."""
        share = self._rows_a_second // 4
        watched = [flow for flow_id in self.watched if (flow := self.open.get(flow_id)) is not None]
        changed = dict.fromkeys(chain(self._take_stale(2 * share), watched, moving[:share]))
        self._waiting.update(dict.fromkeys(moving[share:]))
        for flow in changed:
            self._waiting.pop(flow, None)
        oldest = list(islice(self._waiting, self._rows_a_second - len(changed)))
        for flow in oldest:
            del self._waiting[flow]
        changed.update(dict.fromkeys(oldest))
        return changed

    def _take_stale(self, most: int) -> Iterable[Flow]:
        taken = list(islice(self._stale, most))
        for flow_id in taken:
            del self._stale[flow_id]
        return [flow for flow_id in taken if (flow := self.open.get(flow_id) or self.closed.get(flow_id)) is not None]

    def _figures(self, flow: Flow) -> Figures:
        if flow.slot >= 0 and self._meter is not None:
            inward = flow.device_id is None or flow.device_id == flow.server_device_id
            return self._meter.rate(flow.slot, inward)
        ended = self._ended.pop(flow.id, None)
        if ended is not None:
            if ended[0] or ended[1]:
                self._cooling.append((flow.last_seen_ns + COOLING_NS, flow.id))
            return ended
        row = self._rows.get(flow.id)
        return 0, 0, row.history_bytes if row is not None else NO_HISTORY

    def _cool(self, now_ns: int) -> None:
        while self._cooling and self._cooling[0][0] <= now_ns:
            self.touch(self._cooling.popleft()[1])

    def _make_room(self) -> None:
        oldest = next((flow_id for flow_id in self.closed if flow_id in self._rows), None)
        if oldest is not None:
            self._forget(oldest)
        else:
            del self._rows[next(iter(self._rows))]
        self.dropped += 1
