"""Does NetScope itself see everything? Bytes acknowledged but never seen, and a clock that jumps.

A monitor that misses packets misses attacks, so this is told like any other alert. A recording that was cut together
jumps in time too; that is told low.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, Explanation, QuietDetector, limit
from netscope.model.flow import Flow
from netscope.model.records import Alert


@dataclass(frozen=True, slots=True)
class Limits:
    gap_share: float = limit(0.1, "of connections", "Zeek warns at a tenth of the data; single holes come from offload")
    connections: int = limit(50, "connections", "fewer say little")
    window_s: float = limit(900, "s", "Zeek's interval")
    backwards_s: float = limit(2, "s", "several adapters interleave by milliseconds, a clock that is set jumps by more")


class Sensor(QuietDetector):
    name: ClassVar[str] = "sensor"
    explanation: ClassVar[Explanation] = Explanation(
        what="NetScope does not see all of the traffic, or its clock is wrong: what it says of this time is "
        "incomplete.",
        usual="A busy machine, a mirror port that is too slow, a capture that was made with a filter.",
        check="See the drops in the header. Capture less (-f), or on a faster machine; keep the clock in step "
        "with NTP.",
    )

    def __init__(self, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._since_ns = 0
        self._connections = 0
        self._with_gaps = 0
        self._newest_ns = 0

    def flow_closed(self, flow: Flow) -> Iterable[Alert]:
        history = flow.tcp_history
        if history is not None and "S" in history and ("D" in history or "d" in history):
            self._connections += 1
            self._with_gaps += "G" in history or "g" in history
        return NOTHING

    def second(self, now_ns: int, changed: list[Flow]) -> Iterable[Alert]:
        alerts: list[Alert] = []
        if now_ns < self._newest_ns - self.limits.backwards_s * SECOND_NS:
            alerts.append(self._jump(now_ns, (self._newest_ns - now_ns) / SECOND_NS))
        self._newest_ns = max(self._newest_ns, now_ns)
        if now_ns - self._since_ns >= self.limits.window_s * SECOND_NS:
            alerts.extend(self._losses(now_ns))
            self._since_ns, self._connections, self._with_gaps = now_ns, 0, 0
        return alerts

    def _jump(self, now_ns: int, by_s: float) -> Alert:
        return self.alert(
            "clock", "low", f"The clock went back by {by_s:.0f} s", now_ns,
            because="order and rates around this time are off",
            observed={"seconds_back": round(by_s, 1)},
            threshold={"seconds_back": self.limits.backwards_s},
            window_s=0,
            data={"newest_ns": self._newest_ns},
        )  # fmt: skip

    def _losses(self, now_ns: int) -> Iterable[Alert]:
        limits = self.limits
        if self._connections < limits.connections or self._with_gaps < limits.gap_share * self._connections:
            return NOTHING
        share = self._with_gaps / self._connections
        return (
            self.alert(
                "loss", "medium", f"{share:.0%} of connections have holes", now_ns,
                because="detectors miss what NetScope does not see",
                observed={"gap_share": round(share, 3), "connections": self._connections},
                threshold={"gap_share": limits.gap_share, "connections": limits.connections},
                window_s=limits.window_s,
                data={"connections_with_holes": self._with_gaps},
                since_ns=max(self._since_ns, now_ns - int(limits.window_s) * SECOND_NS),
            ),
        )  # fmt: skip
