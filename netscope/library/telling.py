"""Turns what the engine's stages emit into events: each once, when no more of it is to come.

Runs on the engine's thread; events are immutable and may go anywhere.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Final

from netscope.engine.store.rows import UPSERTS, Batch, batch_rows
from netscope.export.kinds import BY_NAME
from netscope.export.rows import shaped
from netscope.library.rows import CLASSES, Event, maker
from netscope.model.flow import Flow
from netscope.model.records import (
    Alert,
    Certificate,
    Device,
    DeviceSeen,
    DhcpExchange,
    DnsQuery,
    HttpRequest,
    TlsHandshake,
    TrackerHit,
)

MAX_HELD: Final = 20_000
"""Records that wait for more; the oldest is told as it is."""
MAX_CERTIFICATES: Final = 4_096
"""Told already, the least recently seen forgotten first."""
LOOK_NS: Final = 10_000_000_000
"""Between looks at what devices have become."""
NS: Final = 1_000_000_000

_COLUMNS: Final = {upsert.table: upsert.columns for upsert in UPSERTS}
_KINDS: Final[dict[type, tuple[str, str]]] = {
    Flow: ("flows", "flows"),
    Device: ("devices", "devices"),
    DnsQuery: ("dns", "dns_queries"),
    TlsHandshake: ("tls", "tls_handshakes"),
    HttpRequest: ("http", "http_requests"),
    DhcpExchange: ("dhcp", "dhcp_messages"),
    Certificate: ("certificates", "certificates"),
    TrackerHit: ("trackers", "tracker_hits"),
    Alert: ("alerts", "alerts"),
}
"""Kind of export, and the batch's field, which is the table."""
_MAKERS: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {kind: maker(cls) for kind, cls in CLASSES.items()}


class Teller:
    """An ``Observer`` of the pipeline."""

    def __init__(self, tell: Callable[[Event], None], kinds: Iterable[str]) -> None:
        self._tell = tell
        self._kinds = frozenset(kinds)
        self._devices: dict[int, Device] = {}
        self._told_devices: dict[int, tuple[Any, ...]] = {}
        self._held: OrderedDict[tuple[type, int], Any] = OrderedDict()
        self._certificates: OrderedDict[str, None] = OrderedDict()
        self._last_alert = 0
        self._now_ns = 0
        self._looked_ns = 0

    # -- what the pipeline shows --

    def record(self, record: object) -> None:
        if isinstance(record, DeviceSeen):
            self._devices[record.device.id] = record.device
            self._tell_device(record.device)
        elif isinstance(record, Certificate):
            self._take_certificate(record)
        elif isinstance(record, (DhcpExchange, Alert)):
            self._say_once(record)
        elif isinstance(record, (DnsQuery, TlsHandshake, HttpRequest, TrackerHit)):
            self._hold(record)

    def flow_opened(self, flow: Flow) -> None:
        """Told when it ends."""

    def flow_closed(self, flow: Flow) -> None:
        self._say(flow)

    def second(self, now_ns: int, changed: list[Flow]) -> None:
        self._now_ns = max(self._now_ns, now_ns)
        self._release(now_ns)
        if abs(now_ns - self._looked_ns) >= LOOK_NS:
            self._looked_ns = now_ns
            for device in self._devices.values():
                self._tell_device(device)

    def finish(self) -> None:
        """The source has ended."""
        while self._held:
            self._say(self._held.popitem(last=False)[1])
        for device in self._devices.values():
            self._tell_device(device)

    # -- what is held --

    def _hold(self, record: DnsQuery | TlsHandshake | HttpRequest | TrackerHit) -> None:
        key = (type(record), record.id)
        if _is_finished(record):
            self._held.pop(key, None)
            self._say(record)
        elif key not in self._held:
            self._held[key] = record
            if len(self._held) > MAX_HELD:
                self._say(self._held.popitem(last=False)[1])

    def _release(self, now_ns: int) -> None:
        over = [key for key, record in self._held.items() if _has_waited(record, now_ns)]
        for key in over:
            self._say(self._held.pop(key))

    def _take_certificate(self, certificate: Certificate) -> None:
        is_new = certificate.sha256 not in self._certificates
        self._certificates[certificate.sha256] = None
        self._certificates.move_to_end(certificate.sha256)
        if len(self._certificates) > MAX_CERTIFICATES:
            self._certificates.popitem(last=False)
        if is_new:
            self._say(certificate)

    def _say_once(self, record: DhcpExchange | Alert) -> None:
        """An alert comes again as it grows; it is news when its number is."""
        if isinstance(record, Alert):
            if record.id <= self._last_alert:
                return
            self._last_alert = record.id
        self._say(record)

    def _tell_device(self, device: Device) -> None:
        now = tuple(getattr(device, name) for name in BY_NAME["devices"].changes)
        if self._told_devices.get(device.id) != now:
            self._told_devices[device.id] = now
            self._say(device)

    # -- as events --

    def _say(self, record: Any) -> None:
        kind, table = _KINDS[type(record)]
        if kind not in self._kinds:
            return
        batch = Batch()
        setattr(batch, table, [record])
        (values,) = batch_rows(batch, None)[table].values()
        row = shaped(dict(zip(_COLUMNS[table], values, strict=True)))
        flow = getattr(record, "flow", None)
        if flow is not None:
            for name in BY_NAME[kind].of_flow:
                row.setdefault(name, getattr(flow, name))
        row["device_name"] = self._device_name(row.get("device_id"))
        if kind == "flows":
            # Retention's column: what the engine tells is one conversation.
            row["merged_flows"] = 1
        event: Event = _MAKERS[kind](row)
        self._tell(event)

    def _device_name(self, device_id: int | None) -> str | None:
        device = self._devices.get(device_id) if device_id is not None else None
        return None if device is None else device.label or device.name or device.mac


def _is_finished(record: DnsQuery | TlsHandshake | HttpRequest | TrackerHit) -> bool:
    if isinstance(record, DnsQuery):
        return record.rcode is not None
    return isinstance(record, HttpRequest) and record.response_bytes is not None


def _has_waited(record: DnsQuery | TlsHandshake | HttpRequest | TrackerHit, now_ns: int) -> bool:
    flow = record.flow
    if flow is not None and flow.end_reason is not None:
        return True
    wait_s = BY_NAME[_KINDS[type(record)][0]].wait_s or 0.0
    return record.timestamp_ns + wait_s * NS < now_ns
