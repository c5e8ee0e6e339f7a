"""Packets of one-way flows that were not counted at an earlier look, in bounded memory."""

from __future__ import annotations

from typing import Final

from netscope.engine.analyze.tables import bounded

FEW_PACKETS: Final = 16


class FreshPackets:
    """Remembers how far each flow of more than a few packets was counted. Bound: ``flows``."""

    def __init__(self, flows: int) -> None:
        self._bound = flows
        self._counted: dict[int, int] = {}
        """Flow id -> packets counted of it."""

    def of(self, flow_id: int, packets: int) -> int:
        """Of ``packets`` in all those not returned before."""
        if packets < FEW_PACKETS:
            # One more or less does not make a flood, and most flows are of one second.
            return packets
        before = self._counted.get(flow_id, 0)
        if not before and len(self._counted) >= bounded(self._bound):
            # So many one-way flows are a flood by themselves: each counts once a look.
            return 1
        self._counted[flow_id] = packets
        return packets - before

    def make_room(self) -> None:
        """Start over when full: open flows count once more from their start; closed ones made the room they had."""
        if len(self._counted) >= bounded(self._bound):
            self._counted.clear()
