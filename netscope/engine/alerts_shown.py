"""The alerts front ends see: the newest of a run, less what the allow-list hides."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

from netscope.model.allow import AlertEnds, AllowedRow, AllowList, Hidden, alert_ends
from netscope.model.records import Alert, Device
from netscope.model.snapshot import AlertRow

MAX_ALERTS: Final = 5_000
"""At the bound the oldest goes from view."""

Describe = Callable[[str], tuple[str, str, str]]
NameOf = Callable[[int | None, str], str]


class AlertsShown:
    """Fed on the engine's thread; rows are made once a second."""

    def __init__(self) -> None:
        self._alerts: OrderedDict[int, Alert] = OrderedDict()
        self.flow_ids: set[int] = set()
        """Flows with an alert that is shown."""
        self.waiting: dict[int, int] = {}
        """Device -> alerts shown that nobody has acknowledged."""

    def add(self, alert: Alert) -> bool:
        """Whether another one had to go for it."""
        self._alerts[alert.id] = alert
        if len(self._alerts) <= MAX_ALERTS:
            return False
        self._alerts.popitem(last=False)
        return True

    def get(self, alert_id: int) -> Alert | None:
        return self._alerts.get(alert_id)

    def rows(
        self, allow_list: AllowList, devices: Mapping[int, Device], names: NameOf, describe: Describe
    ) -> tuple[tuple[AlertRow, ...], tuple[AllowedRow, ...]]:
        """What the allow-list leaves, and what each of its rules hides."""
        shown: list[AlertRow] = []
        hidden = Hidden()
        for alert in self._alerts.values():
            if allow_list:
                rule = allow_list.allows(alert.detector, partial(ends_of, alert, devices, names))
                if rule is not None:
                    hidden.add(rule, alert.last_ns)
                    continue
            shown.append(_row(alert, names, describe))
        self._note(shown)
        return tuple(shown), hidden.rows(allow_list.rules)

    def _note(self, shown: Iterable[AlertRow]) -> None:
        self.flow_ids = {row.flow_id for row in shown if row.flow_id is not None}
        self.waiting = {}
        for row in shown:
            if row.state == "new" and row.device_id is not None:
                self.waiting[row.device_id] = self.waiting.get(row.device_id, 0) + 1


def ends_of(alert: Alert, devices: Mapping[int, Device], names: NameOf) -> AlertEnds:
    """Whom an alert is about, as a rule of the allow-list may name them."""
    device, flow = devices.get(alert.device_id) if alert.device_id is not None else None, alert.flow
    sources = [device.mac, *device.addresses, names(device.id, "")] if device is not None else []
    if flow is None:
        return alert_ends(alert.evidence, sources, ())
    return alert_ends(alert.evidence, [*sources, flow.client_ip], (flow.server_ip, flow.server_name))


def _row(alert: Alert, names: NameOf, describe: Describe) -> AlertRow:
    return AlertRow(
        alert.id,
        alert.detector,
        alert.severity,
        alert.title,
        alert.device_id,
        names(alert.device_id, "-"),
        alert.flow.id if alert.flow is not None else None,
        alert.first_ns,
        alert.last_ns,
        alert.count,
        alert.state,
        alert.evidence,
        *describe(alert.detector),
    )
