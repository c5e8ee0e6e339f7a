"""What each device gave away since the start, as running totals, so that closed flows need not be kept.

Only where a screen looks on; a recording is summed up from its rows (store/privacy.py), by the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from netscope.model.flow import Flow
from netscope.model.privacy import (
    ALL,
    CLEAR_TEXT_PROTOCOLS,
    ENCRYPTED_DNS,
    PLAIN_DNS,
    PrivacySummary,
    Total,
    TotalKey,
    summarise,
)
from netscope.model.records import TrackerHit

MAX_TOTALS: Final = 100_000
"""Over all devices, some 30 MB. More are not taken in, and the summary of their device says that it is not whole."""
_CLEAR: Final = frozenset(CLEAR_TEXT_PROTOCOLS)

Moved = list[int]
"""Flows, bytes sent by the device, bytes received."""


def total_keys(flow: Flow) -> Iterator[TotalKey]:
    """What a flow counts for."""
    yield ALL
    if flow.tracker is not None:
        yield ("tracker", flow.tracker, "")
    if flow.country is not None:
        yield ("country", flow.country, "")
    if flow.app_protocol == "dns":
        yield ("resolver", flow.server_ip, PLAIN_DNS)
    elif flow.application in ENCRYPTED_DNS:
        yield ("resolver", flow.server_name or flow.server_ip, flow.application or "")
    elif flow.app_protocol in _CLEAR and flow.app_protocol_source == "content" and flow.tls_version is None:
        yield ("clear_text", flow.app_protocol or "", "")


def moved(flow: Flow) -> tuple[int, int]:
    """Bytes the flow's device sent and received; of a flow from elsewhere the device is the server."""
    if flow.device_id == flow.server_device_id:
        return flow.bytes_down, flow.bytes_up
    return flow.bytes_up, flow.bytes_down


class _Device:
    __slots__ = ("categories", "hits", "is_whole", "totals")

    def __init__(self) -> None:
        self.totals: dict[TotalKey, Moved] = {}
        self.hits: dict[str, int] = {}
        self.categories: dict[tuple[str, str], None] = {}
        self.is_whole = True


class PrivacyLedger:
    """Written by the engine's thread, read by the screen's."""

    def __init__(self, max_totals: int = MAX_TOTALS) -> None:
        self._devices: dict[int, _Device] = {}
        self._room = max_totals

    def flow_closed(self, flow: Flow) -> None:
        if flow.device_id is None:
            return
        device = self._device(flow.device_id)
        for key in total_keys(flow):
            total = device.totals.get(key)
            if total is None:
                total = self._new_total(device, key)
                if total is None:
                    continue
            _add(total, flow)

    def hit(self, hit: TrackerHit) -> None:
        if hit.device_id is None:
            return
        device, owner = self._device(hit.device_id), hit.owner or hit.rule
        if owner not in device.hits and not self._take_room(device):
            return
        device.hits[owner] = device.hits.get(owner, 0) + 1
        if hit.category is not None:
            device.categories[owner, hit.category] = None

    def summary(self, device_id: int, open_flows: Iterable[Flow]) -> PrivacySummary:
        """With what the device's open flows have moved so far."""
        device = self._devices.get(device_id) or _Device()
        totals = {key: list(total) for key, total in device.totals.copy().items()}
        for flow in open_flows:
            for key in total_keys(flow):
                _add(totals.setdefault(key, [0, 0, 0]), flow)
        return summarise(
            device_id,
            {key: Total(*total) for key, total in totals.items()},
            device.hits.copy(),
            device.categories.copy(),
            is_whole=device.is_whole,
        )

    def _device(self, device_id: int) -> _Device:
        device = self._devices.get(device_id)
        if device is None:
            device = self._devices[device_id] = _Device()
        return device

    def _new_total(self, device: _Device, key: TotalKey) -> Moved | None:
        if key != ALL and not self._take_room(device):
            return None
        total = device.totals[key] = [0, 0, 0]
        return total

    def _take_room(self, device: _Device) -> bool:
        if not self._room:
            device.is_whole = False
            return False
        self._room -= 1
        return True


def _add(total: Moved, flow: Flow) -> None:
    sent, received = moved(flow)
    total[0] += 1
    total[1] += sent
    total[2] += received
