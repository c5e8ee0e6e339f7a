"""Does a device call where it never called before? A new country, or of a device with few contacts a new network (AS).

Learned for a week per device; one that calls dozens of networks, as phones do, is judged by country alone. Wrong when a
content network moves a name to another country.
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

MAX_COUNTRIES: Final = 256
MAX_SEEN: Final = 65_536
"""(device, country, AS) met in this run; starts over when full, which costs time, not truth."""


@dataclass(frozen=True, slots=True)
class Limits:
    learning_days: float = limit(7.0, "days", "a week holds a household's working days and weekend")
    networks: float = limit(
        12.0, "networks", "a gadget calls its maker's few; a phone or computer passes this in a day"
    )


class NewPlace(QuietDetector):
    name: ClassVar[str] = "new_place"
    defaults: ClassVar[Limits] = Limits()
    explanation: ClassVar[Explanation] = Explanation(
        what="A device connected to a country, or a gadget to a network, that it never used in all the time it "
        "is known.",
        usual="A new app, a firmware update, a content network that answers from elsewhere today.",
        check="Does the name fit the maker or an app of the device? A gadget that suddenly calls abroad without "
        "a name deserves a closer look.",
    )

    def __init__(self, neighbours: Neighbours, history: History | None = None, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._neighbours = neighbours
        learning_ns = int(limits.learning_days * DAY_NS)
        self._countries = Habits("new_place_country", history, learning_ns, MAX_COUNTRIES)
        self._networks = Habits("new_place_network", history, learning_ns, int(limits.networks))
        self._seen: set[tuple[int, str | None, int | None]] = set()
        self._known: set[int] = set()
        """Devices whose time has begun; as many as the device table holds."""

    def flow_opened(self, flow: Flow) -> Sequence[Alert]:
        country, asn, device_id = flow.country, flow.asn, flow.device_id
        if device_id is not None and device_id not in self._known:
            self._meet(device_id)
        if (country is None and asn is None) or device_id is None or flow.server_device_id is not None:
            return NOTHING
        place = (device_id, country, asn)
        if place in self._seen:
            return NOTHING
        if len(self._seen) >= bounded(MAX_SEEN):
            self._seen.clear()
        self._seen.add(place)
        return self._judge(flow, device_id)

    def _meet(self, device_id: int) -> None:
        device = self._neighbours.by_id.get(device_id)
        if device is not None:
            self._known.add(device_id)
            self._countries.meet(device.mac)
            self._networks.meet(device.mac)

    def _judge(self, flow: Flow, device_id: int) -> Sequence[Alert]:
        device = self._neighbours.by_id.get(device_id)
        if device is None:
            return NOTHING
        now_ns = flow.first_seen_ns
        what = None
        usual: list[str] = []
        if flow.country is not None and self._countries.news(device.mac, flow.country):
            what, usual = f"country {flow.country}", self._countries.usual(device.mac)
        if flow.asn is not None and self._networks.news(device.mac, str(flow.asn)) and what is None:
            what, usual = flow.as_org or f"AS{flow.asn}", self._networks.usual(device.mac)
        if what is None:
            return NOTHING
        is_gadget = len(self._networks.usual(device.mac)) < self.limits.networks
        suspicious = is_gadget and flow.server_name is None
        return (
            self.alert(
                f"{device.mac} {what}", "medium" if suspicious else "low", f"{device_word(device)} calls a new {what}"
                if what.startswith("country") else f"{device_word(device)} calls a new network: {what}", now_ns,
                because="a gadget with few contacts, and no name" if suspicious else "it has a name, or many contacts",
                observed={"country": flow.country, "asn": flow.asn},
                threshold={"known_places": len(usual) - 1},
                window_s=self.limits.learning_days * 86_400,
                data={"server": flow.server_ip, "server_name": flow.server_name, "port": flow.server_port,
                      "known": usual[:24]},
                device_id=device_id, flow=flow,
            ),
        )  # fmt: skip

    def minute(self, now_ns: int, changed: list[Flow]) -> Sequence[Alert]:
        self._countries.pass_time(now_ns)
        self._networks.pass_time(now_ns)
        return NOTHING

    def counters(self) -> dict[str, int]:
        return self._countries.counters() | self._networks.counters()
