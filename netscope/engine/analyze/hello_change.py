"""Does a gadget suddenly speak TLS differently? A JA4 fingerprint it never used, of a device with very few.

A gadget has one or two TLS programs for life; a new one is an update or an intruder. Phones and computers have many and
are not judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from netscope.engine.analyze.detector import DAY_NS, NOTHING, Explanation, History, QuietDetector, limit
from netscope.engine.analyze.habits import Habits
from netscope.engine.analyze.neighbours import Neighbours, device_word
from netscope.model.flow import Flow
from netscope.model.records import Alert, TlsHandshake


@dataclass(frozen=True, slots=True)
class Limits:
    learning_days: float = limit(7.0, "days", "a week shows the programs that run weekly")
    fingerprints: float = limit(
        3.0, "fingerprints", "a gadget has a TLS library or two; a browser alone brings several"
    )


class HelloChange(QuietDetector):
    name: ClassVar[str] = "hello_change"
    defaults: ClassVar[Limits] = Limits()
    observes: ClassVar[tuple[type, ...]] = (TlsHandshake,)
    explanation: ClassVar[Explanation] = Explanation(
        what="A gadget opened an encrypted connection in a way it never did: another program, or another "
        "version, runs on it.",
        usual="A firmware update, or a function that was turned on.",
        check="Was there an update these days? If not, look where the new program connects to.",
    )

    def __init__(self, neighbours: Neighbours, history: History | None = None, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        # One more than a gadget may have: who reaches it is no gadget.
        self._habits = Habits(self.name, history, int(limits.learning_days * DAY_NS), int(limits.fingerprints) + 1)

    def observe(self, record: TlsHandshake) -> Sequence[Alert]:
        device_id = record.flow.device_id
        if record.ja4 is None or device_id is None or record.negotiated_version is not None:
            return NOTHING
        device = self._neighbours.by_id.get(device_id)
        if device is None or not self._habits.news(device.mac, record.ja4):
            return NOTHING
        usual = self._habits.usual(device.mac)
        if len(usual) > self.limits.fingerprints:
            return NOTHING
        return (
            self.alert(
                f"{device.mac} {record.ja4}", "low", f"{device_word(device)} speaks TLS differently",
                record.timestamp_ns,
                because="few fingerprints, and this one is new",
                observed={"ja4": record.ja4},
                threshold={"known_fingerprints": len(usual) - 1},
                window_s=self.limits.learning_days * 86_400,
                data={"known": usual[:-1], "server_name": record.sni, "server": record.flow.server_ip},
                device_id=device_id, flow=record.flow,
            ),
        )  # fmt: skip

    def minute(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        self._habits.pass_time(now_ns)
        return NOTHING

    def counters(self) -> dict[str, int]:
        return self._habits.counters()
