"""What front ends see of a running engine: immutable snapshots, once a second, and details on request.

Fed on the engine's thread, read from any. Every table states its bound; what does not fit is dropped, oldest first,
and counted. Knows no protocol's meaning and judges nothing.
"""

from __future__ import annotations

import os
import resource
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from netscope.engine.alerts_shown import AlertsShown, NameOf
from netscope.engine.analyze.judge import Judge
from netscope.engine.capture.source import CaptureStatistics, FrameSource
from netscope.engine.chronicle import Chronicle
from netscope.engine.enrich.oui import short_vendor
from netscope.engine.flows_shown import FlowsShown
from netscope.engine.names_shown import NamesShown
from netscope.engine.pipeline import Pipeline
from netscope.engine.privacy import PrivacyLedger
from netscope.engine.rates import DeviceRate
from netscope.engine.trackers_shown import TrackersShown
from netscope.engine.views import device_row
from netscope.model.activity import most_telling
from netscope.model.dns import MdnsAnnouncement
from netscope.model.flow import Flow
from netscope.model.records import Alert, Certificate, Device, DnsQuery, HttpRequest, TlsHandshake, TrackerHit
from netscope.model.snapshot import CaptureState, DeviceRow, PulsePoint, Snapshot

MAX_FACTS: Final = 30_000
"""Flows whose messages are held for the flow's detail view."""
FACTS_A_FLOW: Final = 32
DOING_NS: Final = 20_000_000_000
"""How long after its last packet a flow still says what its device is doing: a player fetches a piece every ten
seconds or so."""
PULSE_SECONDS: Final = 240


MAX_STORE_NOTICES: Final = 16


class Writer(Protocol):
    def take_notices(self) -> list[str]: ...

    def size_bytes(self) -> int: ...


class Run(Protocol):
    """What the outbox reads of the engine."""

    source: FrameSource
    pipeline: Pipeline
    statistics: CaptureStatistics
    finished: bool
    error: str | None
    notices: list[str]

    @property
    def writer(self) -> Writer | None: ...

    @property
    def clock(self) -> Callable[[], int]: ...


class Outbox:
    """Implements the pipeline's ``Observer`` and the engine's ``Watcher``."""

    def __init__(self, page_size: int = resource.getpagesize()) -> None:
        self._page_size = page_size
        self._engine: Run | None = None
        self._judge: Judge | None = None
        self.recording: str | None = None
        """Path of the recording that is being written."""
        self._store_notices: list[str] = []
        """The last ones."""
        self.flows = FlowsShown()
        self._device_rates: dict[int, DeviceRate] = {}
        self._device_names: dict[int, str] = {}
        """Devices as the rows call them."""
        self.names = NamesShown()
        self.trackers = TrackersShown()
        self._alerts = AlertsShown()
        self._dropped_alerts = 0
        self.chronicle = Chronicle()
        self.facts: OrderedDict[int, list[object]] = OrderedDict()
        self.privacy = PrivacyLedger()
        self._did: dict[int, dict[str, int]] = {}
        """By device, when each activity of its closed flows was last seen."""
        self._pulse: deque[PulsePoint] = deque(maxlen=PULSE_SECONDS)
        self._version = 0
        self._cpu_s = 0.0
        self._packets = 0
        self._published_ns = 0
        self._now_ns = 0
        self.latest: Snapshot | None = None

    def attach(self, engine: Run, judge: Judge, recording: str | None) -> None:
        self._engine = engine
        self._judge = judge
        self.recording = recording
        self.flows.attach(engine.pipeline.meter)
        self.chronicle.attach(engine.pipeline.correlator.devices.by_id.values())
        for device in engine.pipeline.correlator.devices.by_id.values():
            # What it moved in earlier runs is not of this second.
            self._device_rates[device.id] = DeviceRate(device.bytes_sent, device.bytes_received)
        self.publish(engine, engine.clock())

    # -- observer: on the engine's thread --------------------------------------------------------------------------

    def flow_opened(self, flow: Flow) -> None:
        self.flows.opened(flow)
        self.chronicle.flows += 1

    def flow_closed(self, flow: Flow) -> None:
        self.flows.ended(flow)
        self.chronicle.contacts.ended(flow)
        self.privacy.flow_closed(flow)
        if flow.activity is not None and flow.device_id is not None:
            did = self._did.setdefault(flow.device_id, {})
            did[flow.activity] = max(did.get(flow.activity, 0), flow.last_seen_ns)

    def second(self, now_ns: int, changed: list[Flow]) -> None:
        self._now_ns = now_ns
        if self._engine is None:
            return
        pipeline = self._engine.pipeline
        pulse = pipeline.meter.take_pulse()
        self._pulse.append(PulsePoint(now_ns, *pulse))
        self.chronicle.second(now_ns, pulse, pipeline.correlator.devices.by_id)
        for device in pipeline.correlator.devices.by_id.values():
            rate = self._device_rates.get(device.id)
            if rate is None:
                rate = self._device_rates[device.id] = DeviceRate()
            rate.take(device.bytes_sent, device.bytes_received, now_ns)

    def record(self, record: object) -> None:
        if isinstance(record, DnsQuery):
            self.names.query(record)
            if record.flow is not None:
                self._note_fact(record.flow, record)
        elif isinstance(record, TlsHandshake):
            self.names.connection(record.flow, record.sni, record.transport, record.timestamp_ns, ech=record.ech)
            self._note_named(record.flow, record)
        elif isinstance(record, HttpRequest):
            self.names.connection(record.flow, record.flow.server_name, "http", record.timestamp_ns, ech=False)
            self._note_named(record.flow, record)
        elif isinstance(record, TrackerHit):
            self._note_hit(record)
        elif isinstance(record, Alert):
            self._note_alert(record)
        elif isinstance(record, Certificate) and record.flow is not None:
            self._note_fact(record.flow, record)
        elif isinstance(record, MdnsAnnouncement) and record.flow is not None:
            self.flows.touch(record.flow.id)

    def _note_named(self, flow: Flow, fact: object) -> None:
        self.flows.touch(flow.id)
        self._note_fact(flow, fact)

    def _note_hit(self, hit: TrackerHit) -> None:
        self.trackers.hit(hit)
        self.names.hit(hit)
        self.privacy.hit(hit)
        self.chronicle.tracker_hits += 1
        if hit.flow is not None:
            self.flows.touch(hit.flow.id)

    def _note_alert(self, alert: Alert) -> None:
        if self._alerts.get(alert.id) is None:
            self.chronicle.alert(alert.first_ns)
        self._dropped_alerts += self._alerts.add(alert)

    def _note_fact(self, flow: Flow, fact: object) -> None:
        known = self.facts.get(flow.id)
        if known is None:
            known = self.facts[flow.id] = []
            if len(self.facts) > MAX_FACTS:
                self.facts.popitem(last=False)
        if fact not in known and len(known) < FACTS_A_FLOW:
            known.append(fact)

    # -- watcher: once a second of the clock -----------------------------------------------------------------------

    def publish(self, engine: Run, now_ns: int) -> None:
        """Build the next snapshot; only rows whose flow changed or whose rate still moves are made again."""
        is_file = engine.source.kind == "file"
        # Only live traffic is as old as the clock says; a file's and the demo's time is in their packets.
        traffic_ns = max(self._now_ns, now_ns) if engine.source.kind == "live" else self._now_ns
        if not is_file:
            self.flows.drop_old(traffic_ns)
        self._version += 1
        names = self._names_of_devices(engine)
        alerted = self._alerts.flow_ids
        describe = self._judge.describe if self._judge is not None else lambda detector: ("", "", "")
        devices = engine.pipeline.correlator.devices.by_id
        alerts, allowed = self._alerts.rows(engine.pipeline.allow_list, devices, names, describe)
        for flow_id in alerted ^ self._alerts.flow_ids:
            self.flows.touch(flow_id)
        self.latest = Snapshot(
            version=self._version,
            capture=self._capture_state(engine, now_ns, traffic_ns),
            flows=self.flows.rows(names, self._alerts.flow_ids, traffic_ns, whole=engine.finished),
            devices=self._device_rows(devices.values(), names, traffic_ns),
            names=self.names.rows(names),
            trackers=self.trackers.rows(names),
            alerts=alerts,
            pulse=tuple(self._pulse),
            allowed=allowed,
        )

    def _names_of_devices(self, engine: Run) -> NameOf:
        """What rows call a device; who has another name than before has the rows of its flows made again."""
        names = {id_: display_name(device) for id_, device in engine.pipeline.correlator.devices.by_id.items()}
        renamed = {id_ for id_, name in self._device_names.items() if names.get(id_) != name}
        self._device_names = names
        if renamed:
            self.flows.rename(renamed)
        return lambda device_id, otherwise: names.get(device_id, otherwise) if device_id is not None else otherwise

    def _open_flows(self) -> dict[int, int]:
        """How many each device has."""
        count: dict[int, int] = {}
        for flow in self.flows.open.values():
            device_id, server_id = flow.device_id, flow.server_device_id
            if device_id is not None:
                count[device_id] = count.get(device_id, 0) + 1
            if server_id is not None and server_id != device_id:
                count[server_id] = count.get(server_id, 0) + 1
        return count

    def _doing(self, now_ns: int) -> dict[int, set[str]]:
        """What each device does, by its flows of the last moments."""
        since_ns = now_ns - DOING_NS
        doing: dict[int, set[str]] = {}
        for device_id, did in self._did.items():
            doing[device_id] = {activity for activity, seen_ns in did.items() if seen_ns > since_ns}
        for flow in self.flows.open.values():
            if flow.activity is not None and flow.device_id is not None and flow.last_seen_ns > since_ns:
                doing.setdefault(flow.device_id, set()).add(flow.activity)
        return doing

    def _device_rows(self, devices: Iterable[Device], names: NameOf, now_ns: int) -> tuple[DeviceRow, ...]:
        open_flows = self._open_flows()
        doing = self._doing(now_ns)
        return tuple(
            device_row(
                device,
                names(device.id, device.mac),
                self._device_rates.get(device.id),
                now_ns,
                flows_open=open_flows.get(device.id, 0),
                trackers=self.trackers.of_device.get(device.id, 0),
                alerts=self._alerts.waiting.get(device.id, 0),
                activities=most_telling(doing.get(device.id, set())),
            )
            for device in devices
        )

    def _capture_state(self, engine: Run, now_ns: int, traffic_ns: int) -> CaptureState:
        pipeline, statistics = engine.pipeline, engine.statistics
        meter = pipeline.meter
        elapsed_s = max(1e-3, (now_ns - self._published_ns) / 1e9) if self._published_ns else 1.0
        times = os.times()
        cpu_s = times.user + times.system
        cpu_share = (cpu_s - self._cpu_s) / elapsed_s if self._published_ns else 0.0
        packets_per_s = (meter.packets - self._packets) / elapsed_s if self._published_ns else 0.0
        self._cpu_s, self._packets, self._published_ns = cpu_s, meter.packets, now_ns
        counters = {**meter.counters(), **pipeline.counters}
        interfaces = engine.source.interfaces()
        # What is listened to now comes before what was.
        heard = [network for interface in interfaces for network in interface.networks]
        gateway = next((i.gateway for i in interfaces if i.gateway), None) or self._gateway(engine)
        return CaptureState(
            source=engine.source.name,
            kind=engine.source.kind,
            networks=tuple(dict.fromkeys([*heard, *pipeline.correlator.networks.shown]))[:8],
            gateway=gateway,
            filter=engine.source.filter,
            packets=meter.packets,
            bytes=meter.bytes,
            packets_per_s=packets_per_s,
            dropped=statistics.dropped_kernel,
            dropped_interface=statistics.dropped_interface,
            truncated=meter.truncated,
            malformed=sum(n for slug, n in counters.items() if slug.startswith("malformed")),
            flows_open=meter.flows_open,
            flows_evicted=counters.get("flow_table_full", 0),
            recording=self.recording,
            recording_bytes=engine.writer.size_bytes() if engine.writer is not None and not engine.finished else 0,
            started_ns=pipeline.session.started_ns,
            now_ns=traffic_ns,
            finished=engine.finished,
            progress=engine.source.progress(),
            error=engine.error,
            cpu_share=cpu_share,
            rss_bytes=self._resident_bytes(),
            learning_until_ns=self._judge.learning_until_ns if self._judge is not None else None,
            counters=counters,
            rows_dropped=self._rows_dropped(),
            notices=(*engine.notices, *engine.source.notices(), *self._notices_of_store(engine)),
        )

    def _rows_dropped(self) -> dict[str, int]:
        return {
            "flow": self.flows.dropped,
            "name": self.names.dropped,
            "tracker": self.trackers.dropped,
            "alert": self._dropped_alerts,
        }

    def _notices_of_store(self, engine: Run) -> list[str]:
        if engine.writer is not None:
            self._store_notices += engine.writer.take_notices()
            del self._store_notices[:-MAX_STORE_NOTICES]
        return self._store_notices

    def _gateway(self, engine: Run) -> str | None:
        for device in engine.pipeline.correlator.devices.by_id.values():
            if device.is_gateway:
                return next((a for a in device.addresses if "." in a), None) or next(iter(device.addresses), None)
        return None

    def _resident_bytes(self) -> int:
        try:
            with open("/proc/self/statm", encoding="ascii") as statm:
                return int(statm.read().split()[1]) * self._page_size
        except OSError:
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    def flow(self, flow_id: int) -> Flow | None:
        return self.flows.open.get(flow_id) or self.flows.closed.get(flow_id)

    def open_flows(self, device_id: int) -> list[Flow]:
        """Those of a device; a copy, safe on any thread."""
        return [flow for flow in list(self.flows.open.values()) if flow.device_id == device_id]

    def alert(self, alert_id: int) -> Alert | None:
        return self._alerts.get(alert_id)


def display_name(device: Device) -> str:
    """What to call a device: the user's word, what it says itself, its maker and the tail of its MAC."""
    if device.label:
        return device.label
    if device.name:
        return device.name
    tail = device.mac[-8:]
    if device.randomized_mac:
        return f"private {tail}"
    return tail if device.vendor is None else f"{short_vendor(device.vendor)} {tail}"
