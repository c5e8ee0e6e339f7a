"""Does NetScope itself see everything? Bytes or a direction that never come by, drops, silence, a clock that jumps.

A monitor that misses packets misses attacks, so this is told like any other alert. Silence is counted in seconds that
were watched: in a file time jumps from one packet to the next, so only live captures have it; they alone have drops and
a clock, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from netscope.engine.analyze.detector import MINUTE_NS, NOTHING, SECOND_NS, Explanation, QuietDetector, limit
from netscope.model.flow import Flow
from netscope.model.records import Alert


@dataclass(frozen=True, slots=True)
class Limits:
    gap_share: float = limit(0.1, "of connections", "Zeek warns at a tenth of the data; single holes come from offload")
    connections: int = limit(50, "connections", "fewer say little")
    half_share: float = limit(0.9, "of connections", "some answers take another way; at a wrong mirror port all do")
    window_s: float = limit(900.0, "s", "Zeek looks at losses in the same interval")
    silent_s: float = limit(300.0, "s", "in any network somebody asks or announces something within a minute or two")
    dropped: int = limit(100, "packets a minute", "a burst now and then is lost on any machine")
    dropped_share: float = limit(0.01, "of packets", "one in a hundred is a scan's probe as likely as anything")
    jump_s: float = limit(5.0, "s", "time service corrects in steps only what is further off")


class Sensor(QuietDetector):
    name: ClassVar[str] = "sensor"
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="NetScope does not see all of the traffic: what it says of this time is incomplete.",
        usual="A busy machine; a mirror port that is too slow or copies one direction; a capture made with a filter.",
        check="See the drops in the header. Capture less (-f) or on a faster machine; look at the cable and at the "
        "mirror port's setting (both directions).",
    )

    def __init__(self, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._since_ns = 0
        self._connections = 0
        self._with_gaps = 0
        self._talks = self._half_seen = 0
        """Connections with data, and those of which one side was never heard."""
        self._half_told = False
        self._silent = 0
        """Seconds watched without any traffic, in a row, once there was some."""
        self._heard = False
        self._dropped = self._received = 0
        """As they stood a minute ago."""
        self._counted_ns = 0

    def capture(self, now_ns: int, received: int, dropped: int, jump_s: float) -> Sequence[Alert]:
        """How a live capture stands, once a second: packets so far, how far the clock jumped since the last time."""
        alerts: list[Alert] = []
        if abs(jump_s) >= self.limits.jump_s:
            alerts.append(self._jump(now_ns, jump_s))
        if not 0 <= now_ns - self._counted_ns < MINUTE_NS:
            if self._counted_ns:
                alerts.extend(self._drops(now_ns, received - self._received, dropped - self._dropped))
            self._counted_ns, self._received, self._dropped = now_ns, received, dropped
        return alerts

    def _drops(self, now_ns: int, received: int, dropped: int) -> Sequence[Alert]:
        limits = self.limits
        if dropped < limits.dropped or dropped < limits.dropped_share * (received + dropped):
            return NOTHING
        share = dropped / (received + dropped)
        return (
            self.alert(
                "drops", "medium", f"{share:.0%} of packets were dropped", now_ns,
                because="detectors miss what NetScope does not see",
                observed={"dropped": dropped, "dropped_share": round(share, 3)},
                threshold={"dropped": limits.dropped, "dropped_share": limits.dropped_share},
                window_s=60,
                data={"received": received},
                since_ns=now_ns - MINUTE_NS,
            ),
        )  # fmt: skip

    def _jump(self, now_ns: int, jump_s: float) -> Alert:
        where = "forward" if jump_s > 0 else "back"
        return self.alert(
            "clock", "low", f"The clock was set {where} by {abs(jump_s):,.0f} s", now_ns,
            because="times before and after do not compare; baselines by the hour may be off for a day",
            observed={"jump_s": round(jump_s, 1)},
            threshold={"jump_s": self.limits.jump_s},
            window_s=1,
            data={},
        )  # fmt: skip

    def flow_closed(self, flow: Flow) -> Sequence[Alert]:
        history = flow.tcp_history
        if history is None or ("D" not in history and "d" not in history):
            return NOTHING
        if "S" in history:
            self._connections += 1
            self._with_gaps += "G" in history or "g" in history
        self._talks += 1
        if flow.packets_up and flow.packets_down:
            return NOTHING
        self._half_seen += 1
        if self._half_told or self._talks < self.limits.connections:
            return NOTHING
        return (self._half(flow.last_seen_ns),) if self._half_seen >= self.limits.half_share * self._talks else NOTHING

    def _half(self, now_ns: int) -> Alert:
        self._half_told = True
        share = self._half_seen / self._talks
        return self.alert(
            "half", "medium", "Only one direction of the traffic is seen", now_ns,
            because="who is refused, answered or served does not show: most detectors need both sides",
            observed={"half_share": round(share, 3), "connections": self._talks},
            threshold={"half_share": self.limits.half_share, "connections": self.limits.connections},
            window_s=self.limits.window_s,
            data={"connections_half_seen": self._half_seen},
        )  # fmt: skip

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
            self._talks, self._half_seen, self._half_told = 0, 0, False
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
