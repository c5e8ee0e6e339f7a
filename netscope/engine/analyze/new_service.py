"""Does a device do what it never did? A port it newly serves, or a protocol it newly speaks.

Learned for a week per device. A printer that serves SSH, or a lamp that speaks SMB, has been changed by someone. Wrong
after an update.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from netscope.engine.analyze.detector import DAY_NS, NOTHING, Explanation, History, QuietDetector, limit
from netscope.engine.analyze.habits import Habits
from netscope.engine.analyze.neighbours import Neighbours, device_word
from netscope.engine.analyze.tables import bounded
from netscope.model.flow import Flow
from netscope.model.records import Alert

FIRST_EPHEMERAL: Final = 32_768
"""Ports from here on are chosen by chance and serve one transfer."""
MAX_SEEN: Final = 65_536
"""(device, service) met in this run; starts over when full."""


@dataclass(frozen=True, slots=True)
class Limits:
    learning_days: float = limit(7.0, "days", "a week holds weekly backups and the visits of a household")
    services: float = limit(24.0, "services", "a device that serves more has no habit: a computer someone works with")


class NewService(QuietDetector):
    name: ClassVar[str] = "new_service"
    answered_only: ClassVar[bool] = True
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="A device serves a port, or speaks a protocol, that it never did in all the time it is known.",
        usual="An update, a function that someone turned on, a new program.",
        check="Did you change something on the device? If not, an intruder may have opened a door.",
    )

    def __init__(self, neighbours: Neighbours, history: History | None = None, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        learning_ns = int(limits.learning_days * DAY_NS)
        self._habits = Habits(self.name, history, learning_ns, int(limits.services))
        self._seen: set[tuple[int, str]] = set()
        self._known: set[int] = set()
        """Devices whose time has begun; as many as the device table holds."""

    def flow_closed(self, flow: Flow) -> Sequence[Alert]:
        if not flow.packets_down:
            return NOTHING
        alerts: list[Alert] = []
        for device_id in (flow.device_id, flow.server_device_id):
            if device_id is not None and device_id not in self._known:
                self._meet(device_id)
        server = flow.server_device_id
        if server is not None and flow.server_port < FIRST_EPHEMERAL and "d" in (flow.tcp_history or ""):
            alerts.extend(self._met(server, f"serves {flow.protocol}/{flow.server_port}", flow))
        client = flow.device_id
        if client is not None and client != server and flow.app_protocol_source == "content":
            alerts.extend(self._met(client, f"speaks {flow.app_protocol}", flow))
        return alerts

    def _meet(self, device_id: int) -> None:
        device = self._neighbours.by_id.get(device_id)
        if device is not None:
            self._known.add(device_id)
            self._habits.meet(device.mac)

    def _met(self, device_id: int, service: str, flow: Flow) -> Sequence[Alert]:
        if (device_id, service) in self._seen:
            return NOTHING
        if len(self._seen) >= bounded(MAX_SEEN):
            self._seen.clear()
        self._seen.add((device_id, service))
        device = self._neighbours.by_id.get(device_id)
        if device is None or not self._habits.news(device.mac, service):
            return NOTHING
        usual = self._habits.usual(device.mac)
        opens = service.startswith("serves")
        return (
            self.alert(
                f"{device.mac} {service}", "medium" if opens else "low", f"{device_word(device)} newly {service}",
                flow.last_seen_ns,
                because="a door that was not open before" if opens else "a protocol it did not use before",
                observed={"service": service},
                threshold={"known_services": len(usual) - 1},
                window_s=self.limits.learning_days * 86_400,
                data={"peer": flow.client_ip if opens else flow.server_ip, "known": usual[:24]},
                device_id=device_id, flow=flow,
            ),
        )  # fmt: skip

    def minute(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        self._habits.pass_time(now_ns)
        return NOTHING

    def counters(self) -> dict[str, int]:
        return self._habits.counters()
