"""How fast a device sends and receives now, and how it did in the last minute. Flows: the meter keeps theirs."""

from __future__ import annotations

from struct import Struct
from typing import Final

from netscope.engine.parse.meter import RATE_SLOTS, RATE_WINDOW_S
from netscope.model.history import RateSeries

SLOT_S: Final = 4
NS: Final = 1_000_000_000
NO_HISTORY: Final = (0,) * RATE_SLOTS
_PACKED_SLOTS: Final = Struct(f"<I{RATE_SLOTS}I{RATE_SLOTS}I")


def slots_of(packed: bytes) -> RateSeries:
    """The last minute of a flow, as the meter packs it."""
    numbers = _PACKED_SLOTS.unpack(packed)
    return RateSeries(numbers[0] * NS, SLOT_S, numbers[1 : RATE_SLOTS + 1], numbers[RATE_SLOTS + 1 :])


class DeviceRate:
    """Bytes of the last five seconds and of the last sixteen slots of four seconds."""

    __slots__ = ("_down", "_received", "_second", "_sent", "_slot", "_slots", "_up")

    def __init__(self, sent: int = 0, received: int = 0) -> None:
        """Of a device that has sent and received so much before."""
        self._sent = sent
        self._received = received
        self._second = 0
        self._up = [0] * RATE_WINDOW_S
        self._down = [0] * RATE_WINDOW_S
        self._slot = 0
        self._slots = [0] * RATE_SLOTS

    def take(self, sent: int, received: int, now_ns: int) -> None:
        """Add what the device's totals gained since the last call."""
        up, down = sent - self._sent, received - self._received
        if up or down:
            self._sent, self._received = sent, received
            self._roll(now_ns)
            self._up[self._second % RATE_WINDOW_S] += up
            self._down[self._second % RATE_WINDOW_S] += down
            self._slots[self._slot % RATE_SLOTS] += up + down

    def _roll(self, now_ns: int) -> None:
        """Empty what time has passed over. A clock a little behind changes nothing, one set back empties all."""
        second, slot = now_ns // NS, now_ns // (SLOT_S * NS)
        if self._second - second > RATE_WINDOW_S:
            self._up, self._down, self._slots = [0] * RATE_WINDOW_S, [0] * RATE_WINDOW_S, [0] * RATE_SLOTS
            self._second, self._slot = second, slot
        for passed in range(max(self._second + 1, second - RATE_WINDOW_S + 1), second + 1):
            self._up[passed % RATE_WINDOW_S] = self._down[passed % RATE_WINDOW_S] = 0
        for passed in range(max(self._slot + 1, slot - RATE_SLOTS + 1), slot + 1):
            self._slots[passed % RATE_SLOTS] = 0
        self._second, self._slot = max(second, self._second), max(slot, self._slot)

    def bits_per_s(self, now_ns: int) -> tuple[float, float]:
        """(up, down), mean of the last five seconds."""
        self._roll(now_ns)
        return sum(self._up) * 8 / RATE_WINDOW_S, sum(self._down) * 8 / RATE_WINDOW_S

    def history(self, now_ns: int) -> tuple[int, ...]:
        """Bytes both ways by slot, oldest first."""
        self._roll(now_ns)
        at = (self._slot + 1) % RATE_SLOTS
        return (*self._slots[at:], *self._slots[:at])
