"""The fake home network with one hostile string in every place where a stranger's text can come to stand."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from netscope.model.history import NameDetail, TrackerList, TrackerUses
from netscope.model.privacy import PrivacySummary
from netscope.model.snapshot import DeviceDetail, FlowDetail, FlowRow, SameDevice, Snapshot
from tests.tui.fake_reader import FakeReader

Told = TypeVar("Told")

OWN_WORDS: Final = {
    "protocol", "app_protocol", "name_source", "name_missing_reason", "end_reason", "tcp_state", "severity", "state",
    "kind", "rcode", "how", "detector", "client_ip", "server_ip", "mac", "addresses", "country", "sources",
    "query_type", "networks", "gateway", "attribute", "vlan",
}  # fmt: skip
"""Fields that hold words of ours, addresses or codes. All other strings are from the wire, from lists or typed."""


def poison(told: Told, text: str, field: str = "") -> Told:
    """``told`` with each string that is not ours replaced."""
    replaced: Any = told
    if isinstance(told, str):
        replaced = told if field in OWN_WORDS else text
    elif dataclasses.is_dataclass(told) and not isinstance(told, type):
        names = [each.name for each in dataclasses.fields(told) if each.init]
        replaced = dataclasses.replace(told, **{name: poison(getattr(told, name), text, name) for name in names})
    elif isinstance(told, tuple) and hasattr(told, "_fields"):
        replaced = type(told)(*[poison(getattr(told, name), text, name) for name in told._fields])
    elif isinstance(told, dict):
        replaced = {key: poison(value, text, field) for key, value in told.items()}
    elif isinstance(told, (list, tuple)):
        replaced = [poison(each, text, field) for each in told]
        replaced = replaced if isinstance(told, list) else tuple(replaced)
    return replaced  # type: ignore[no-any-return]


class HostileReader(FakeReader):
    """``text`` stands everywhere; None leaves the network as it is."""

    def __init__(self) -> None:
        super().__init__()
        self.text: str | None = None

    def _told(self, told: Told) -> Told:
        return told if self.text is None else poison(told, self.text)

    def snapshot(self) -> Snapshot:
        return self._told(super().snapshot())

    def flow_detail(self, flow_id: int) -> FlowDetail | None:
        return self._told(super().flow_detail(flow_id))

    def device_detail(self, device_id: int) -> DeviceDetail | None:
        found = super().device_detail(device_id)
        if found is None:
            return None
        twin = SameDevice(4, "00:00:5e:00:53:04", "twin", 60, ("hostname", "its last address"))
        return self._told(dataclasses.replace(found, same_devices=(twin,)))

    def device_privacy(self, device_id: int) -> PrivacySummary | None:
        return self._told(super().device_privacy(device_id))

    def name_detail(self, name: str) -> NameDetail | None:
        return self._told(super().name_detail("graph.facebook.com" if name == self.text else name))

    def alert_flows(self, alert_id: int) -> Sequence[FlowRow]:
        return self._told(super().alert_flows(alert_id))

    def tracker_uses(self) -> Sequence[TrackerUses]:
        return self._told(super().tracker_uses())

    def tracker_lists(self) -> Sequence[TrackerList]:
        return self._told(super().tracker_lists())
