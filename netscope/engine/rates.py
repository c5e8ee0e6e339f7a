"""How fast something moves now, and how it moved in the last minute."""

from __future__ import annotations

from typing import Final

from netscope.model.flow import Flow

WINDOW_S: Final = 5
SLOT_S: Final = 4
SLOTS: Final = 16
NS: Final = 1_000_000_000


class FlowRate:
    """Bytes of the last five seconds and of the last sixteen slots of four seconds."""

    __slots__ = ("_bytes_down", "_bytes_up", "_down", "_packets", "_second", "_slot", "_slots", "_up")

    def __init__(self) -> None:
        self._bytes_up = 0
        self._bytes_down = 0
        self._packets = 0
        self._second = 0
        self._up = [0] * WINDOW_S
        self._down = [0] * WINDOW_S
        self._slot = 0
        self._slots = [0] * SLOTS

    def take(self, flow: Flow, now_ns: int) -> tuple[int, int, int]:
        """Add what the flow gained since the last call; returns bytes up, bytes down and packets of it."""
        up = flow.bytes_up - self._bytes_up
        down = flow.bytes_down - self._bytes_down
        packets = flow.packets_up + flow.packets_down
        gained = packets - self._packets
        self._bytes_up, self._bytes_down, self._packets = flow.bytes_up, flow.bytes_down, packets
        if up or down:
            self.add(up, down, now_ns)
        return up, down, gained

    def add(self, up: int, down: int, now_ns: int) -> None:
        self._roll(now_ns)
        self._up[self._second % WINDOW_S] += up
        self._down[self._second % WINDOW_S] += down
        self._slots[self._slot % SLOTS] += up + down

    def _roll(self, now_ns: int) -> None:
        """Empty what time has passed over. Time that went backwards changes nothing."""
        second, slot = now_ns // NS, now_ns // (SLOT_S * NS)
        for passed in range(max(self._second + 1, second - WINDOW_S + 1), second + 1):
            self._up[passed % WINDOW_S] = self._down[passed % WINDOW_S] = 0
        for passed in range(max(self._slot + 1, slot - SLOTS + 1), slot + 1):
            self._slots[passed % SLOTS] = 0
        self._second, self._slot = max(second, self._second), max(slot, self._slot)

    def bits_per_s(self, now_ns: int) -> tuple[float, float]:
        """(up, down), mean of the last five seconds."""
        self._roll(now_ns)
        return sum(self._up) * 8 / WINDOW_S, sum(self._down) * 8 / WINDOW_S

    def history(self, now_ns: int) -> tuple[int, ...]:
        """Bytes both ways by slot, oldest first."""
        self._roll(now_ns)
        at = (self._slot + 1) % SLOTS
        return (*self._slots[at:], *self._slots[:at])

    def moves(self, now_ns: int) -> bool:
        """Whether a row made from this would differ from one made a second ago, or a slot ago."""
        second = now_ns // NS
        if second - self._second <= WINDOW_S + 1:
            return True
        return second % SLOT_S == 0 and second - self._second <= (SLOTS + 1) * SLOT_S
