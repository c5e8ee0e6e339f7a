"""Does NetScope itself see everything? Connections with bytes that never came by, and an adapter that went silent.

A monitor that misses packets misses attacks, so this is told like any other alert. Silence is counted in seconds that
were watched: in a file time jumps from one packet to the next, so only live captures have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from netscope.engine.analyze.detector import NOTHING, SECOND_NS, Explanation, QuietDetector, limit
from netscope.model.flow import Flow
from netscope.model.records import Alert


@dataclass(frozen=True, slots=True)
class Limits:
    gap_share: float = limit(0.1, "of connections", "Zeek warns at a tenth of the data; single holes come from offload")
    connections: int = limit(50, "connections", "fewer say little")
    window_s: float = limit(900.0, "s", "Zeek looks at losses in the same interval")
    silent_s: float = limit(300.0, "s", "in any network somebody asks or announces something within a minute or two")


class Sensor(QuietDetector):
    name: ClassVar[str] = "sensor"
    answered_only: ClassVar[bool] = True
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="NetScope does not see all of the traffic: what it says of this time is incomplete.",
        usual="A busy machine, a mirror port that is too slow, a capture that was made with a filter.",
        check="See the drops in the header. Capture less (-f) or on a faster machine; look at the cable or "
        "mirror port.",
    )

    def __init__(self, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._since_ns = 0
        self._connections = 0
        self._with_gaps = 0
        self._silent = 0
        """Seconds watched without any traffic, in a row, once there was some."""
        self._heard = False

    def flow_closed(self, flow: Flow) -> Sequence[Alert]:
        history = flow.tcp_history
        if history is not None and "S" in history and ("D" in history or "d" in history):
            self._connections += 1
            self._with_gaps += "G" in history or "g" in history
        return NOTHING

    def second(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        alerts: list[Alert] = []
        if changed:
            self._heard, self._silent = True, 0
        elif self._heard:
            self._silent += 1
            if self._silent == int(self.limits.silent_s):
                alerts.append(self._silence(now_ns))
        self._since_ns = min(self._since_ns, now_ns)  # the clock may have been set back
        if now_ns - self._since_ns >= self.limits.window_s * SECOND_NS:
            alerts.extend(self._losses(now_ns))
            self._since_ns, self._connections, self._with_gaps = now_ns, 0, 0
        return alerts

    def _silence(self, now_ns: int) -> Alert:
        return self.alert(
            "silence", "low", f"No traffic for {self._silent // 60} minutes", now_ns,
            because="nobody is ever silent for so long",
            observed={"silent_s": self._silent},
            threshold={"silent_s": self.limits.silent_s},
            window_s=self.limits.silent_s,
            data={},
            since_ns=now_ns - self._silent * SECOND_NS,
        )  # fmt: skip

    def _losses(self, now_ns: int) -> Sequence[Alert]:
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
